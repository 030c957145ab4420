"""What Homebrew does to a fix afterwards: the next scan says what, and what to do about it."""

import os
import plistlib
import shutil
from pathlib import Path

import pytest
from fix.macos.fake_mac import FakeMac
from fix.macos.running import AGENT, DAEMON, PREFIX, fixed, mac_with_mysql, planned, scan, transcript
from golden import same
from macos.mac_disk import ADMIN, JOE, MACH_O, STAFF, brew_job

from privaudit.model.finding import Finding
from privaudit.model.plan import FixStatus, Plan
from privaudit.model.plan_launchd import ProveJob, RetireJob
from privaudit.model.severity import Severity

pytestmark = [
    pytest.mark.root,
    pytest.mark.skipif(os.geteuid() != 0, reason="gives files to other accounts: needs root"),
]
GOLDEN = Path(__file__).parent / "golden"


@pytest.fixture
def mac(tmp_path: Path) -> FakeMac:
    """The founding case, fixed: nothing high, and nothing undone."""
    made = mac_with_mysql(tmp_path / "disk")
    assert fixed(made).status is FixStatus.DONE
    assert scan(made).failed(Severity.HIGH) == []
    assert "fix-was-undone" not in scan(made).rules()
    made.log.clear()
    return made


def brew_services_restart(mac: FakeMac) -> None:
    """As joe: brew writes the agent anew, enables its label and loads it; mysqld cannot open the data."""
    mac.crashes = lambda job: "1" if job.domain == "gui/501" else None
    mac.disk.job(AGENT, brew_job(PREFIX), JOE, STAFF)
    for words in (["enable", "gui/501/homebrew.mxcl.mysql"], ["bootstrap", "gui/501", AGENT]):
        assert mac.command(["/bin/launchctl", *words]).status == 0
    mac.log.clear()


def brew_upgrade(mac: FakeMac) -> None:
    """As joe: a new keg, the link turned to it, the old keg removed; the daemon runs on."""
    old, new = (f"{PREFIX}/Cellar/mysql/{version}" for version in ("9.4.0", "9.5.0"))
    mac.disk.folder(f"{new}/bin", JOE, ADMIN)
    for name, data in (("mysqld", MACH_O), ("mysqladmin", MACH_O), ("mysqld_safe", b"#!/bin/sh\n")):
        mac.disk.file(f"{new}/bin/{name}", data, JOE, ADMIN, 0o755)
    os.chown(mac.disk.at(new), JOE, ADMIN)
    mac.disk.at(f"{PREFIX}/opt/mysql").unlink()
    mac.disk.link(f"{PREFIX}/opt/mysql", "../Cellar/mysql/9.5.0", JOE, ADMIN)
    shutil.rmtree(mac.disk.at(old))


def only(findings: list[Finding], rule: str, service: str) -> Finding:
    (found,) = (each for each in findings if (each.rule, each.service) == (rule, service))
    return found


def test_a_restart_by_brew_is_found(mac: FakeMac) -> None:
    brew_services_restart(mac)
    found = scan(mac)
    assert found.exit == 10
    undone = only(found.failed(), "fix-was-undone", "privaudit.mysql")
    assert "since fix mysql-1, agent homebrew.mxcl.mysql of joe is there again" in undone.message
    only(found.failed(), "second-copy", "homebrew.mxcl.mysql")
    only(found.failed(Severity.HIGH), "runs-as-person", "homebrew.mxcl.mysql")


def test_fixed_again_only_the_copy_goes(mac: FakeMac) -> None:
    brew_services_restart(mac)
    daemon, pids = mac.disk.at(DAEMON).read_bytes(), set(mac.rows)
    plan = planned(mac)
    assert isinstance(plan, Plan)
    assert [type(step) for step in plan.steps] == [RetireJob, ProveJob]
    assert fixed(mac).status is FixStatus.DONE
    same(GOLDEN / "fixed-again.txt", transcript(mac.log))
    assert (mac.disk.at(DAEMON).read_bytes(), set(mac.rows)) == (daemon, pids)
    assert scan(mac).failed(Severity.HIGH) == []
    assert not scan(mac).rules() & {"fix-was-undone", "second-copy"}


def test_an_upgrade_is_found_until_the_daemon_is_restarted(mac: FakeMac) -> None:
    brew_upgrade(mac)
    found = scan(mac)
    undone = only(found.failed(), "fix-was-undone", "privaudit.mysql")
    assert f"an upgrade took {PREFIX}/Cellar/mysql/9.4.0/bin/mysqld away" in undone.message
    assert "`launchctl kickstart -k system/privaudit.mysql`" in undone.message
    assert found.failed(Severity.HIGH) == []
    job = mac.jobs["system/privaudit.mysql"]
    mac.version = "9.5.0"
    mac.restart(job)
    assert "fix-was-undone" not in scan(mac).rules()
    assert plistlib.loads(mac.disk.at(DAEMON).read_bytes())["ProgramArguments"][0].startswith(
        f"{PREFIX}/opt/mysql/"
    )


def test_a_start_by_brew_as_root_is_critical(mac: FakeMac) -> None:
    """`sudo brew services start mysql`: a second daemon, without UserName."""
    path = "/Library/LaunchDaemons/homebrew.mxcl.mysql.plist"
    mac.disk.job(path, brew_job(PREFIX), 0, ADMIN)
    assert mac.command(["/bin/launchctl", "bootstrap", "system", path]).status == 0
    found = scan(mac)
    assert found.exit == 10
    assert {each.service for each in found.failed(Severity.CRITICAL)} == {"homebrew.mxcl.mysql"}
