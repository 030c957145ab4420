"""A service for which Apple has no account: made with dscl, proved with id, and taken away again."""

import os
import plistlib
from pathlib import Path

import pytest
from fix.macos.fake_mac import FakeMac
from fix.macos.pictures import picture
from fix.macos.running import PREFIX, fixed, planned, transcript, undone
from golden import same
from macos.mac_disk import ADMIN, JOE, MACH_O, NODE, STAFF, MacDisk

from privaudit.host import CommandResult
from privaudit.model.plan import FixStatus, NoPlan, Plan
from privaudit.model.plan_launchd import GiveFile, MakeMacAccount

pytestmark = [
    pytest.mark.root,
    pytest.mark.skipif(os.geteuid() != 0, reason="gives files to other accounts: needs root"),
]
GOLDEN = Path(__file__).parent / "golden"
AGENT = "/Users/joe/Library/LaunchAgents/homebrew.mxcl.redis.plist"
LOG = f"{PREFIX}/var/log/redis.log"


@pytest.fixture
def mac(tmp_path: Path) -> FakeMac:
    """Joe ran `brew services start redis`."""
    disk = MacDisk(tmp_path / "disk")
    disk.person("joe", JOE)
    for path in ("", "/opt", "/opt/redis", "/opt/redis/bin", "/etc", "/var", "/var/log", "/var/db"):
        disk.folder(f"{PREFIX}{path}", JOE, ADMIN)
    disk.folder(f"{PREFIX}/var/db/redis", JOE, ADMIN, 0o755)
    disk.file(f"{PREFIX}/var/db/redis/dump.rdb", b"REDIS0011", JOE, ADMIN)
    disk.file(f"{PREFIX}/etc/redis.conf", f"dir {PREFIX}/var/db/redis/\n".encode(), JOE, ADMIN)
    disk.file(f"{PREFIX}/opt/redis/bin/redis-server", MACH_O, JOE, ADMIN, 0o755)
    disk.file(LOG, b"old lines\n", JOE, ADMIN)
    job = {
        "KeepAlive": True,
        "Label": "homebrew.mxcl.redis",
        "ProgramArguments": [f"{PREFIX}/opt/redis/bin/redis-server", f"{PREFIX}/etc/redis.conf"],
        "RunAtLoad": True,
        "StandardErrorPath": LOG,
        "StandardOutPath": LOG,
        "WorkingDirectory": f"{PREFIX}/var",
    }
    disk.job(AGENT, job, JOE, STAFF)
    running = FakeMac(disk)
    running.command(["/bin/launchctl", "bootstrap", "gui/501", AGENT])
    running.log.clear()
    return running


def test_the_account_is_made_proved_and_taken_away(mac: FakeMac) -> None:
    before = picture(mac.disk)
    assert fixed(mac, "redis").status is FixStatus.DONE
    same(GOLDEN / "first-fix-redis.txt", transcript(mac.log))
    made = plistlib.loads(mac.disk.at(f"{NODE}/users/_redis.plist").read_bytes())
    assert (made["uid"], made["gid"], made["IsHidden"]) == (["394"], ["394"], ["1"])
    assert "authentication_authority" not in made
    assert picture(mac.disk)[LOG[1:]][:2] == (394, 394)
    assert picture(mac.disk)[f"{PREFIX[1:]}/var/db/redis/dump.rdb"][:2] == (394, 394)
    assert {row.uids.real for row in mac.rows.values() if row.name == "redis-server"} == {394}
    assert planned(mac, "redis") == NoPlan("privaudit.redis")
    mac.log.clear()
    assert undone(mac, "redis-1").status is FixStatus.DONE
    same(GOLDEN / "undo-redis.txt", transcript(mac.log))
    assert picture(mac.disk) == before


def test_an_id_that_apple_nix_or_macports_take_is_not_chosen(mac: FakeMac) -> None:
    mac.disk.group("_other", 394)
    plan = planned(mac, "redis")
    assert isinstance(plan, Plan)
    assert [step.uid for step in plan.steps if isinstance(step, MakeMacAccount)] == [393]
    assert [step.path for step in plan.steps if isinstance(step, GiveFile)] == [LOG]


@pytest.mark.parametrize(
    ("beginning", "answer", "why"),
    [
        (
            "/usr/bin/dscl . -create /Users/nobody",
            CommandResult(40, b"", b"<dscl_cmd> DS Error: -14120 (eDSPermissionError)\n"),
            "Allow full disk access for remote users",
        ),
        (
            "/usr/bin/dscl . -create /Users/_redis UniqueID",
            CommandResult(0, b"", b""),
            "the account _redis was not made",
        ),
        (
            "/usr/bin/dscl . -create /Users/_redis RealName",
            CommandResult(40, b"", b"<dscl_cmd> DS Error: -14135 (eDSRecordAlreadyExists)\n"),
            "eDSRecordAlreadyExists",
        ),
    ],
)
def test_an_account_that_cannot_be_made_leaves_everything(
    mac: FakeMac, beginning: str, answer: CommandResult, why: str
) -> None:
    before, pids = picture(mac.disk), set(mac.rows)
    mac.answers[beginning] = [answer]
    outcome = fixed(mac, "redis")
    assert outcome.status is FixStatus.PUT_BACK
    assert why in outcome.reason
    assert (picture(mac.disk), set(mac.rows)) == (before, pids)


def test_a_log_with_another_name_is_not_given_away(mac: FakeMac) -> None:
    os.link(mac.disk.at(LOG), mac.disk.at("/Users/joe/diary"))
    found = planned(mac, "redis")
    assert isinstance(found, NoPlan)
    assert [(each.what, each.why) for each in found.refusals] == [
        (LOG, "is no plain file with one name (file)")
    ]


def test_on_a_disk_the_account_is_a_step_for_the_first_boot(mac: FakeMac) -> None:
    mac.live = False
    found = planned(mac, "redis")
    assert isinstance(found, NoPlan)
    (refusal,) = found.refusals
    assert refusal.what == "_redis"
    assert refusal.todo == "a step for its first boot: `privaudit fix redis` there makes _redis with dscl(1)"
