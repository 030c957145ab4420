"""Jobs that MacPorts, Apple or a vendor writes: fixed by their own means, or refused with the reason."""

import os
from collections.abc import Mapping
from pathlib import Path

import pytest
from fix.macos.fake_mac import FakeMac
from fix.macos.running import fixed, planned, scan
from macos.mac_disk import ADMIN, JOE, MACH_O, MYSQL, STAFF, MacDisk, brew_job

from privaudit.model.plan import FixStatus, NoPlan, Plan
from privaudit.model.plan_launchd import BootstrapJob, ProveJob, StopJob
from privaudit.model.steps import GiveTrees

pytestmark = [
    pytest.mark.root,
    pytest.mark.skipif(os.geteuid() != 0, reason="gives files to other accounts: needs root"),
]
ORACLE = "/usr/local/mysql-8.4.0-macos14-arm64"


@pytest.fixture
def disk(tmp_path: Path) -> MacDisk:
    made = MacDisk(tmp_path / "disk")
    made.person("joe", JOE)
    return made


def running(disk: MacDisk, path: str, job: Mapping[str, object], owner: tuple[int, int] = (0, 0)) -> FakeMac:
    disk.job(path, job, *owner)
    mac = FakeMac(disk)
    assert mac.command(["/bin/launchctl", "bootstrap", "system", path]).status == 0
    return mac


def oracle(disk: MacDisk, owner: int, **more: object) -> FakeMac:
    disk.file(f"{ORACLE}/bin/mysqld", MACH_O, mode=0o755)
    disk.link("/usr/local/mysql", ORACLE)
    disk.folder(f"{ORACLE}/data", owner, owner if owner != JOE else STAFF, 0o750)
    disk.file(f"{ORACLE}/data/ibdata1", b"x", owner, owner if owner != JOE else STAFF, 0o640)
    job = {
        "Label": "com.oracle.oss.mysql.mysqld",
        "ProgramArguments": ["/usr/local/mysql/bin/mysqld", "--datadir=/usr/local/mysql/data"],
        "RunAtLoad": True,
        "KeepAlive": True,
        "SessionCreate": True,
        "WorkingDirectory": "/usr/local/mysql",
        **more,
    }
    return running(disk, "/Library/LaunchDaemons/com.oracle.oss.mysql.mysqld.plist", job)


def test_oracles_mysql_is_right_as_it_is(disk: MacDisk) -> None:
    mac = oracle(disk, MYSQL, UserName="_mysql", GroupName="_mysql")
    assert planned(mac) == NoPlan("com.oracle.oss.mysql.mysqld")


def test_data_of_oracles_that_are_joes_are_given_back_and_the_job_stays(disk: MacDisk) -> None:
    mac = oracle(disk, JOE, UserName="_mysql", GroupName="_mysql")
    before = disk.at("/Library/LaunchDaemons/com.oracle.oss.mysql.mysqld.plist").read_bytes()
    plan = planned(mac)
    assert isinstance(plan, Plan), plan
    kinds = [type(step) for step in plan.steps]
    assert (kinds[0], kinds[1]) == (StopJob, GiveTrees)
    assert {BootstrapJob, ProveJob} <= set(kinds)
    assert fixed(mac).status is FixStatus.DONE
    assert disk.at("/Library/LaunchDaemons/com.oracle.oss.mysql.mysqld.plist").read_bytes() == before
    assert disk.at(f"{ORACLE}/data/ibdata1").stat().st_uid == MYSQL
    assert "data-owned-by-person" not in scan(mac).rules()


def test_a_daemon_of_brews_own_form_keeps_it(disk: MacDisk) -> None:
    """`sudo brew services start mysql --sudo-service-user=_mysql`: UserName alone, data still joe's."""
    disk.brew_mysql("/opt/homebrew", JOE, ADMIN, (JOE, ADMIN))
    path = "/Library/LaunchDaemons/homebrew.mxcl.mysql.plist"
    mac = running(disk, path, brew_job("/opt/homebrew", UserName="_mysql"), (0, ADMIN))
    before = disk.at(path).read_bytes()
    assert fixed(mac).status is FixStatus.DONE
    assert disk.at(path).read_bytes() == before
    assert list(mac.jobs) == ["system/homebrew.mxcl.mysql"]
    assert disk.at("/opt/homebrew/var/mysql/ibdata1").stat().st_uid == MYSQL


def test_oracles_mysql_without_an_account_is_its_packages_to_mend(disk: MacDisk) -> None:
    found = planned(oracle(disk, MYSQL))
    assert isinstance(found, NoPlan)
    assert "vendor's package" in found.refusals[0].why


def test_macports_redis_as_root_is_its_ports_to_mend(disk: MacDisk) -> None:
    disk.file("/opt/local/bin/daemondo", MACH_O, mode=0o755)
    disk.file("/opt/local/bin/redis-server", MACH_O, mode=0o755)
    job = {
        "Label": "org.macports.redis",
        "ProgramArguments": [
            *("/opt/local/bin/daemondo", "--label=redis", "--start-cmd", "/opt/local/bin/redis-server", ";"),
            "--pid=exec",
        ],
        "KeepAlive": True,
    }
    mac = running(disk, "/Library/LaunchDaemons/org.macports.redis.plist", job)
    mac.process(950, "/opt/local/bin/redis-server", 0, 900)
    found = planned(mac, "redis")
    assert isinstance(found, NoPlan)
    assert "MacPorts' own job" in found.refusals[0].why
    assert "port unload redis" in found.refusals[0].todo
