"""The founding case on a running Mac: every command and wait in its order, each failure put back, undone."""

import os
import plistlib
from pathlib import Path

import pytest
from fix.macos.fake_mac import FakeMac, Job
from fix.macos.pictures import picture
from fix.macos.running import AGENT, DAEMON, PREFIX, fixed, mac_with_mysql, planned, transcript, undone
from golden import same
from macos.mac_disk import ADMIN, JOE, STAFF, brew_job

from privaudit.host import CommandResult
from privaudit.model.plan import FixOutcome, FixStatus, NoPlan

pytestmark = [
    pytest.mark.root,
    pytest.mark.skipif(os.geteuid() != 0, reason="gives files to other accounts: needs root"),
]
GOLDEN = Path(__file__).parent / "golden"


@pytest.fixture
def mac(tmp_path: Path) -> FakeMac:
    return mac_with_mysql(tmp_path / "disk")


def test_first_fix_second_run_and_undo(mac: FakeMac) -> None:
    before = picture(mac.disk)
    assert fixed(mac).status is FixStatus.DONE
    same(GOLDEN / "first-fix.txt", transcript(mac.log))
    assert {row.uids.real for row in mac.rows.values() if row.name in {"mysqld", "sh"}} == {74}
    assert planned(mac) == NoPlan("privaudit.mysql")
    mac.log.clear()
    assert undone(mac).status is FixStatus.DONE
    same(GOLDEN / "undo.txt", transcript(mac.log))
    assert picture(mac.disk) == before
    assert set(mac.jobs) == {"gui/501/homebrew.mxcl.mysql"}
    assert {row.uids.real for row in mac.rows.values() if row.name in {"mysqld", "sh"}} == {JOE}


def answer(status: int, why: str = "") -> CommandResult:
    return CommandResult(status, b"", f"{why or 'failed'}\n".encode())


BOOTSTRAP = "/bin/launchctl bootstrap system"
BOOTOUT = "/bin/launchctl bootout gui/501/"
REFUSALS = [1, 2, 17, 107, 108, 109, 110, 111, 114, 115, 119, 122, 125, 134, 150, 154, 155, 159, 161]
"""Statuses of `bootstrap` after which asking again would not help."""


def test_a_daemon_that_launchd_refuses_is_put_back(mac: FakeMac) -> None:
    before = picture(mac.disk)
    told = []
    for status in REFUSALS:
        mac.answers[BOOTSTRAP] = [answer(status)]
        outcome = fixed(mac)
        assert outcome.status is FixStatus.PUT_BACK
        assert f"`launchctl bootstrap system {DAEMON}`: {status}: " in outcome.reason
        assert_as_before(mac, before)
        told.append(failure(mac, outcome, status))
    same(GOLDEN / "bootstrap-refused.txt", "\n".join(told))


def failure(mac: FakeMac, outcome: FixOutcome, status: int) -> str:
    """What a person is told, and what was done from the failure on."""
    at = next(number for number, line in enumerate(mac.log) if line.endswith(f"-> {status}"))
    text = f"! {outcome.reason}\n{transcript(mac.log[at:])}"
    mac.log.clear()
    return text


def assert_as_before(mac: FakeMac, before: object) -> None:
    assert picture(mac.disk) == before
    (target,) = mac.jobs
    assert target == "gui/501/homebrew.mxcl.mysql"
    assert mac.off["501"].get("homebrew.mxcl.mysql", False) is False
    assert {row.uids.real for row in mac.rows.values() if row.name in {"mysqld", "sh"}} == {JOE}


@pytest.mark.parametrize("status", [5, 36, 37])
def test_a_label_that_is_still_being_removed_is_tried_again(mac: FakeMac, status: int) -> None:
    mac.answers[BOOTSTRAP] = [answer(status)] * 3
    assert fixed(mac).status is FixStatus.DONE
    tried = [line for line in mac.log if line.startswith(BOOTSTRAP)]
    assert [line.rpartition(" ")[2] for line in tried] == [str(status)] * 3 + ["0"]


def test_a_label_that_never_goes_is_put_back(mac: FakeMac) -> None:
    before = picture(mac.disk)
    mac.answers[BOOTSTRAP] = [answer(5)] * 10
    outcome = fixed(mac)
    assert outcome.status is FixStatus.PUT_BACK
    assert_as_before(mac, before)
    same(GOLDEN / "bootstrap-5-always.txt", failure(mac, outcome, 5))


def test_an_agent_that_cannot_be_booted_out_stays(mac: FakeMac) -> None:
    before = picture(mac.disk)
    told = []
    for status in (1, 5, 125, 150):
        mac.answers[BOOTOUT] = [answer(status)]
        outcome = fixed(mac)
        assert outcome.status is FixStatus.PUT_BACK
        assert f"`launchctl bootout gui/501/homebrew.mxcl.mysql`: {status}: " in outcome.reason
        assert_as_before(mac, before)
        told.append(failure(mac, outcome, status))
    same(GOLDEN / "bootout-refused.txt", "\n".join(told))


@pytest.mark.parametrize("status", [3, 36, 37])
def test_an_agent_that_goes_anyway_is_waited_for(mac: FakeMac, status: int) -> None:
    mac.answers[BOOTOUT] = [answer(status)]
    mac.jobs["gui/501/homebrew.mxcl.mysql"].keys["KeepAlive"] = False
    mac.jobs["gui/501/homebrew.mxcl.mysql"].gone_at = mac.clock + 4
    assert fixed(mac).status is FixStatus.DONE


def test_a_database_that_does_not_stop_is_not_killed(mac: FakeMac) -> None:
    before = picture(mac.disk)
    mac.deaf.add("mysqld")
    outcome = fixed(mac)
    assert outcome.status is FixStatus.PUT_BACK
    assert "did not stop in 900 s; it was not killed" in outcome.reason
    assert not [line for line in mac.log if "bootout" in line or "KILL" in line]
    assert_as_before(mac, before)
    same(GOLDEN / "does-not-stop.txt", f"! {outcome.reason}\n{transcript(mac.log)}")


@pytest.mark.parametrize("last", ["78: EX_CONFIG", "1"])
def test_a_daemon_that_ends_at_once_is_put_back(mac: FakeMac, last: str) -> None:
    before = picture(mac.disk)
    mac.crashes = lambda job: last if job.domain == "system" else None
    outcome = fixed(mac)
    assert outcome.status is FixStatus.PUT_BACK
    assert f"privaudit.mysql has no process: spawn scheduled, last exit: {last}" in outcome.reason
    assert_as_before(mac, before)
    started = next(number for number, line in enumerate(mac.log) if line.startswith("# bootstrap"))
    mac.log = [f"! {outcome.reason}", *mac.log[started:]]
    same(GOLDEN / f"ends-with-{last.partition(':')[0]}.txt", transcript(mac.log))


def test_a_label_that_background_task_management_hides_is_put_back(mac: FakeMac) -> None:
    before = picture(mac.disk)
    mac.answers[BOOTSTRAP] = [answer(0)]
    outcome = fixed(mac)
    assert outcome.status is FixStatus.PUT_BACK
    assert "sudo sfltool dumpbtm" in outcome.reason
    assert_as_before(mac, before)


def test_a_daemon_that_is_somebody_else_is_put_back(mac: FakeMac) -> None:
    before = picture(mac.disk)
    shown = mac._shown

    def as_root(job: Job) -> str:
        return shown(job).replace("\tusername = _mysql\n", "")

    mac._shown = as_root  # type: ignore[method-assign]
    outcome = fixed(mac)
    assert outcome.status is FixStatus.PUT_BACK
    assert "launchd has privaudit.mysql as root:_mysql" in outcome.reason
    assert_as_before(mac, before)


def test_an_agent_of_somebody_who_logged_out_starts_when_they_log_in(mac: FakeMac) -> None:
    assert fixed(mac).status is FixStatus.DONE
    mac.sessions.clear()
    outcome = undone(mac)
    assert outcome.status is FixStatus.DONE
    assert outcome.notes == (
        "joe is not logged in now: once they are, `launchctl enable gui/501/homebrew.mxcl.mysql`",
        "joe is not logged in now: homebrew.mxcl.mysql starts when they log in",
    )
    assert mac.disk.at(AGENT).exists()
    assert not mac.disk.at(DAEMON).exists()


def test_data_that_somebody_still_holds_are_not_given_away(mac: FakeMac) -> None:
    """A child that outlives its start script and SIGTERM."""
    before = picture(mac.disk)
    mac.process(777, f"{PREFIX}/Cellar/mysql/9.4.0/bin/mysqld", JOE, 1)
    outcome = fixed(mac)
    assert outcome.status is FixStatus.PUT_BACK
    assert "still held by mysqld (pid 777, uid 501, working folder)" in outcome.reason
    assert_as_before(mac, before)


def test_an_agent_that_is_a_link_comes_back_as_one(mac: FakeMac) -> None:
    """Once Homebrew's advice: `ln -sfv PREFIX/opt/mysql/*.plist ~/Library/LaunchAgents`."""
    data = mac.disk.at(AGENT).read_bytes()
    mac.disk.at(AGENT).unlink()
    keg = f"{PREFIX}/Cellar/mysql/9.4.0/homebrew.mxcl.mysql.plist"
    mac.disk.file(keg, data, JOE, ADMIN)
    mac.disk.link(AGENT, f"{PREFIX}/opt/mysql/homebrew.mxcl.mysql.plist", JOE, STAFF)
    before = picture(mac.disk)
    assert fixed(mac).status is FixStatus.DONE
    assert mac.disk.at(keg).read_bytes() == data
    assert not mac.disk.at(DAEMON).is_symlink()
    assert undone(mac).status is FixStatus.DONE
    assert_as_before(mac, before)


def test_an_agent_in_both_domains_leaves_both(mac: FakeMac) -> None:
    assert mac.command(["/bin/launchctl", "bootstrap", "user/501", AGENT]).status == 0
    assert fixed(mac).status is FixStatus.DONE
    assert list(mac.jobs) == ["system/privaudit.mysql"]
    assert undone(mac).status is FixStatus.DONE
    assert sorted(mac.jobs) == ["gui/501/homebrew.mxcl.mysql", "user/501/homebrew.mxcl.mysql"]


def test_a_binary_job_is_written_as_text_with_its_keys_in_order(mac: FakeMac) -> None:
    data = plistlib.dumps(brew_job(PREFIX), fmt=plistlib.FMT_BINARY, sort_keys=False)
    mac.disk.file(AGENT, data, JOE, STAFF)
    before = picture(mac.disk)
    assert fixed(mac).status is FixStatus.DONE
    made = plistlib.loads(mac.disk.at(DAEMON).read_bytes())
    assert list(made) == [*brew_job(PREFIX), "UserName", "GroupName"]
    assert undone(mac).status is FixStatus.DONE
    assert_as_before(mac, before)


def test_an_agent_of_somebody_who_is_not_logged_in(mac: FakeMac) -> None:
    """Nothing runs: the daemon is there for the next boot, and nothing is started."""
    mac.jobs.clear()
    mac.sessions.clear()
    mac.rows = {1: mac.rows[1]}
    before = picture(mac.disk)
    assert fixed(mac).status is FixStatus.DONE
    assert (mac.jobs, set(mac.rows)) == ({}, {1})
    assert mac.disk.at(DAEMON).exists()
    outcome = undone(mac)
    assert (outcome.status, outcome.notes) == (FixStatus.DONE, ())
    assert picture(mac.disk) == before
