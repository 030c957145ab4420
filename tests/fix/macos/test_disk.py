"""The founding case on a Mac's disk: fixed where it is mounted, right from its next boot on, and undone."""

import os
import plistlib
import shutil
from pathlib import Path

import pytest
from cli_runs import Ended, Run
from fix.macos.pictures import picture
from macos.mac_disk import ADMIN, JOE, MYSQL, STAFF, MacDisk, brew_job

from privaudit.cli import main, own_code
from privaudit.model.severity import Severity

pytestmark = [
    pytest.mark.root,
    pytest.mark.skipif(os.geteuid() != 0, reason="gives files to other accounts: needs root"),
    pytest.mark.parametrize("prefix", ["/opt/homebrew", "/usr/local"]),
]
AGENT = "/Users/joe/Library/LaunchAgents/homebrew.mxcl.mysql.plist"
DAEMON = "/Library/LaunchDaemons/privaudit.mysql.plist"


@pytest.fixture
def disk(tmp_path: Path, prefix: str) -> MacDisk:
    made = MacDisk(tmp_path / "disk")
    made.person("joe", JOE)
    made.brew_mysql(prefix, JOE, ADMIN, (JOE, ADMIN))
    made.job(AGENT, brew_job(prefix), JOE, STAFF)
    return made


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run privaudit in this process, from code that counts as root's alone."""
    monkeypatch.setattr(own_code, "weak_places", lambda _: ())

    def command(*arguments: str) -> Ended:
        code = main(arguments)
        captured = capsys.readouterr()
        return Ended(code, captured.out, captured.err)

    return command


def test_it_is_fixed_and_nothing_else_is_changed(run: Run, disk: MacDisk, prefix: str) -> None:
    before = picture(disk)
    fixed = run("fix", "mysql", "--root", str(disk.top), "--yes")
    assert fixed.code == 0, fixed.err + fixed.out
    after = picture(disk)
    data = f"{prefix.lstrip('/')}/var/mysql"
    changed = {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)}
    assert changed == {AGENT[1:], DAEMON[1:], data, f"{data}/ibdata1"}
    assert AGENT[1:] not in after
    assert after[data][:3] == (MYSQL, MYSQL, "drwxr-x---")
    assert after[f"{data}/ibdata1"] == (MYSQL, MYSQL, "-rw-r-----", b"x")
    uid, gid, mode, text = after[DAEMON[1:]]
    assert (uid, gid, mode) == (0, 0, "-rw-r--r--")
    account = {"UserName": "_mysql", "GroupName": "_mysql"}
    assert plistlib.loads(text) == {**brew_job(prefix), "Label": "privaudit.mysql", **account}
    assert "from the next boot on" in fixed.out
    assert not os.listxattr(disk.at(DAEMON))


def test_a_scan_of_it_has_nothing_high(run: Run, disk: MacDisk) -> None:
    assert disk.scan().failed(Severity.HIGH)
    assert run("fix", "mysql", "--root", str(disk.top), "--yes").code == 0
    scan = disk.scan()
    assert scan.failed(Severity.HIGH) == []
    assert "program-exposed" in scan.rules(Severity.MEDIUM)
    (service,) = scan.snapshot.services
    assert (service.id, service.runs_as.name, service.fix) == ("privaudit.mysql", "_mysql", "mysql-1")


def test_undo_brings_everything_back(run: Run, disk: MacDisk) -> None:
    before = picture(disk)
    assert run("fix", "mysql", "--root", str(disk.top), "--yes").code == 0
    undone = run("undo", "--root", str(disk.top), "--yes")
    assert undone.code == 0, undone.err + undone.out
    assert picture(disk) == before


def test_a_second_run_finds_nothing_to_do(run: Run, disk: MacDisk) -> None:
    assert run("fix", "mysql", "--root", str(disk.top), "--yes").code == 0
    fixed = picture(disk)
    again = run("fix", "mysql", "--root", str(disk.top), "--yes")
    assert (again.code, again.out) == (0, "privaudit.mysql: nothing to do\n")
    assert picture(disk) == fixed


def test_a_data_volume_that_is_mounted_alone(run: Run, disk: MacDisk) -> None:
    """What another Mac sees of a disk: the system's own volume, with its links, lies elsewhere."""
    for name in ("etc", "tmp", "var"):
        disk.at(f"/{name}").unlink()
    shutil.rmtree(disk.at("/System"))
    shutil.rmtree(disk.at("/bin"))
    before = picture(disk)
    assert run("fix", "mysql", "--root", str(disk.top), "--yes").code == 0
    assert disk.at(DAEMON).exists()
    assert "mysql-1" in run("history", "--root", str(disk.top)).out
    assert run("undo", "--root", str(disk.top), "--yes").code == 0
    assert picture(disk) == before


def test_brews_daemon_of_roots_is_replaced(run: Run, disk: MacDisk, prefix: str) -> None:
    """Somebody ran `sudo brew services start mysql`: a daemon without UserName, on a program of joe's."""
    disk.at(AGENT).unlink()
    brews = "/Library/LaunchDaemons/homebrew.mxcl.mysql.plist"
    disk.job(brews, brew_job(prefix), 0, ADMIN)
    before = picture(disk)
    assert disk.scan().failed(Severity.CRITICAL)
    fixed = run("fix", "mysql", "--root", str(disk.top), "--yes")
    assert fixed.code == 0, fixed.err + fixed.out
    assert not disk.at(brews).exists()
    assert disk.scan().failed(Severity.HIGH) == []
    assert run("undo", "--root", str(disk.top), "--yes").code == 0
    assert picture(disk) == before


def test_a_daemon_of_somebody_elses_making_is_not_written_over(run: Run, disk: MacDisk) -> None:
    """A file of that name that is not what a fix would write: shown as a change, kept, and put back."""
    disk.job(DAEMON, {"Label": "privaudit.mysql", "ProgramArguments": ["/bin/true"]})
    before = picture(disk)
    assert run("fix", "mysql", "--root", str(disk.top), "--yes").code == 0
    assert run("undo", "--root", str(disk.top), "--yes").code == 0
    assert picture(disk) == before
