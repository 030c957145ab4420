"""A fix on a machine in memory: done, put back after every failure, undone after a kill at every action."""

import errno
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fix.fake_machine import FakeHands, Killed, Mortal, picture
from memory_host import MemoryHost

from privaudit.fix.apply import apply
from privaudit.fix.journal import next_id, read_all, reopen
from privaudit.fix.ownership import StateFolder
from privaudit.fix.ownership.journal import Journal
from privaudit.fix.steps import Site, Verdict
from privaudit.fix.undo import choose, finish, undo
from privaudit.host import CommandResult
from privaudit.host.act import ActError, Kept
from privaudit.model.ownership import Refusal
from privaudit.model.path import FileKind
from privaudit.model.plan import FixRecord, FixState, FixStatus, Plan
from privaudit.model.steps import (
    AskHealth,
    Prove,
    ReadBack,
    Reload,
    RemoveFiles,
    StartUnits,
    StopUnits,
    WriteFile,
)

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="the records are root's own")

UNIT = "shop.service"
DROP_IN = f"/etc/systemd/system/{UNIT}.d/zz-privaudit.conf"
CONFIG = "/etc/shop.conf"
TEXT = "[Service]\nUser=shop\nGroup=shop\nSupplementaryGroups=\n"

PLAN = Plan(
    service=UNIT,
    name="shop",
    account="shop",
    former="joe",
    move="drop-in",
    steps=(
        StopUnits(("shop.socket", UNIT), (UNIT,), 20),
        RemoveFiles(("/tmp/shop.sock",)),
        WriteFile(CONFIG, "port 1\n# kept\nuser shop\n", "port 1\n# kept\nuser joe\n"),
        WriteFile(DROP_IN, TEXT),
        Reload(),
        ReadBack(UNIT, (("User", "shop"), ("Group", "shop"), ("SupplementaryGroups", ""))),
        StartUnits((UNIT,), 20),
        AskHealth(("/usr/bin/ask",), "shop", "alive", 2),
        Prove(UNIT, "shop", ("/srv/shop",)),
    ),
    mends=(("runs-as-person", "0" * 64),),
)


@pytest.fixture
def hands() -> FakeHands:
    host = MemoryHost()
    host.account("joe", 1000, home="/home/joe", shell="/bin/bash", shadow="$6$x").account("shop", 500)
    host.file(CONFIG, "port 1\n# kept\nuser joe\n", 0o640, gid=4).dir("/srv/shop", uid=500)
    host.dir("/etc/systemd/system").dir("/run/systemd/system").dir("/tmp", 0o1777)
    made = FakeHands(host, answers={"/usr/bin/ask": CommandResult(0, b"shop is alive\n", b"")})
    made.unit("shop.socket", "root", active=False)
    made.unit(UNIT, "joe")
    return made


@pytest.fixture
def state(tmp_path: Path) -> Iterator[StateFolder]:
    with StateFolder(Mortal(), f"{tmp_path}/state") as folder:
        yield folder


@pytest.fixture
def site(hands: FakeHands, state: StateFolder) -> Site:
    return Site(
        fix=next_id(state, "shop"),
        host=hands.host,
        hands=hands,
        changes=Mortal(),
        state=state,
        check=lambda: None,
        tell=lambda _: None,
        rescan=lambda: Verdict(()),
    )


def test_it_is_done_once(site: Site, hands: FakeHands) -> None:
    assert apply(site, PLAN).status is FixStatus.DONE
    assert hands.units[UNIT].loaded["User"] == "shop"
    assert hands.look(CONFIG) == Kept(FileKind.FILE, 0, 4, 0o640, b"port 1\n# kept\nuser shop\n")
    order = [what for what in hands.done if what.startswith("systemctl") or "privaudit.conf" in what]
    assert order == [
        "systemctl daemon-reload",
        f"systemctl stop --no-block {UNIT}",
        "systemctl daemon-reload",
        f"write {DROP_IN}",
        "systemctl daemon-reload",
        f"systemctl start --no-block {UNIT}",
    ]


def test_undo_brings_everything_back_and_then_does_nothing(site: Site, hands: FakeHands) -> None:
    before = picture(hands)
    apply(site, PLAN)
    assert picture(hands) != before
    assert undo(site).status is FixStatus.DONE
    assert picture(hands) == before
    assert undo(site).status is FixStatus.NOTHING


class _Nth:
    """Does something before the nth action."""

    def __init__(self, number: int, what: Callable[[], None]) -> None:
        self.left, self._what = number, what

    def __call__(self, _: str) -> None:
        self.left -= 1
        if self.left == 0 or (self.left < 0 and self._what is not _fail):
            self._what()


def _fail() -> None:
    raise ActError("something", "failed")


def _actions(site: Site, hands: FakeHands) -> int:
    """How many actions a whole fix takes."""
    before = len(hands.done)
    apply(site, PLAN)
    count = len(hands.done) - before
    undo(site)
    return count


def test_a_failure_of_every_action_is_put_back(site: Site, hands: FakeHands, state: StateFolder) -> None:
    before = picture(hands)
    for number in range(1, _actions(site, hands) + 1):
        hands.before_each = _Nth(number, _fail)
        if number == _asking(hands):
            continue  # a question is asked again
        outcome = apply(replace(site, fix=next_id(state, "shop")), PLAN)
        assert outcome.status is FixStatus.PUT_BACK, (number, outcome)
        assert picture(hands) == before, number


def _asking(hands: FakeHands) -> int:
    first = hands.done.index("/usr/bin/ask as shop")
    return first + 1 - hands.done.index(next(w for w in hands.done if w.startswith("make /run")))


def test_a_kill_at_every_action_is_put_back_by_one_undo(
    site: Site, hands: FakeHands, state: StateFolder
) -> None:
    before = picture(hands)
    mortal = state._changes
    assert isinstance(mortal, Mortal)

    def kill() -> None:
        mortal.dead = True
        raise Killed

    for number in range(1, _actions(site, hands) + 1):
        hands.before_each = _Nth(number, kill)
        fix = next_id(state, "shop")
        with pytest.raises(Killed):
            apply(replace(site, fix=fix), PLAN)
        mortal.dead, hands.before_each = False, lambda _: None
        assert [each.record.state for each in read_all(state).histories][-1].open
        (outcome,) = finish(site)
        assert outcome.status is FixStatus.DONE, (number, outcome)
        assert picture(hands) == before, number
        assert finish(site) == ()


def test_a_record_torn_anywhere_is_undone_as_far_as_it_goes(
    site: Site, hands: FakeHands, state: StateFolder, tmp_path: Path
) -> None:
    before = picture(hands)
    apply(site, PLAN)
    file = tmp_path / "state" / f"{site.fix}.fix"
    whole = file.read_bytes()
    after = picture(hands)
    undo(site)
    started = whole.index(b"\n", whole.index(b'"state":"doing"')) + 1
    for end in range(0, len(whole), 7):
        file.write_bytes(whole[:end])
        found = read_all(state).histories
        if end < started:
            assert found == (), end
            continue
        journal = reopen(state, site.fix)
        assert len(journal.history().begun) <= len(PLAN.steps)
        journal.close()
        undo(site)
        assert picture(hands) == before, end
    assert after != before


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda hands: hands.hangs.add(UNIT), "did not stop within 20 s"),
        (lambda hands: hands.host.file(CONFIG, "user joe\n"), "was changed since the plan was shown"),
        (lambda hands: hands.host.file("/tmp/shop.sock", "letters"), "no socket and no pid file"),
        (
            lambda hands: hands.host.file(f"/run/systemd/system/{UNIT}.d/zzz.conf", "User=joe\n"),
            "with User=joe, not shop",
        ),
        (lambda hands: setattr(hands, "dies", lambda unit: unit.loaded["User"] == "shop"), "did not start"),
        (lambda hands: hands.answers.clear(), "says: nothing"),
        (lambda hands: hands.host.dir("/srv/shop", uid=1000), "shop cannot read and write /srv/shop"),
    ],
)
def test_what_can_go_wrong_is_said_and_put_back(
    site: Site, hands: FakeHands, spoil: Callable[[FakeHands], None], reason: str
) -> None:
    spoil(hands)
    loaded = dict(hands.units[UNIT].loaded)
    outcome = apply(site, PLAN)
    assert outcome.status is FixStatus.PUT_BACK
    assert reason in outcome.reason
    assert hands.look(DROP_IN) is None
    assert {**loaded, "User": "joe"} == {key: hands.units[UNIT].loaded[key] for key in loaded}
    assert sorted(row.uids.real for row in hands.host.rows) == [1000]


def test_a_scan_that_still_finds_it_fails_the_proof(site: Site, hands: FakeHands) -> None:
    before = picture(hands)
    outcome = apply(replace(site, rescan=lambda: Verdict(("runs-as-person: shop runs as joe",))), PLAN)
    assert outcome.status is FixStatus.PUT_BACK
    assert "a new scan still says: runs-as-person" in outcome.reason
    assert picture(hands) == before


def test_a_program_that_says_very_much_fills_neither_record_nor_terminal(
    site: Site, hands: FakeHands, state: StateFolder
) -> None:
    hands.answers["/usr/bin/ask"] = CommandResult(1, b"no " * 1_000_000, b"")
    outcome = apply(site, PLAN)
    assert outcome.status is FixStatus.PUT_BACK
    assert len(outcome.reason) < 2100
    assert [each.record.reason for each in read_all(state).histories] == [outcome.reason]


def test_a_process_that_kept_a_saved_id_fails_the_proof(site: Site, hands: FakeHands) -> None:
    row = hands.host.process(77, "/usr/sbin/helper", 500, unit=UNIT)
    hands.host.rows[-1] = replace(row, uids=replace(row.uids, saved=0))
    outcome = apply(site, PLAN)
    assert outcome.status is FixStatus.PUT_BACK
    assert "uid 500, 500, 0" in outcome.reason


def test_a_drop_in_changed_since_is_kept_aside_by_undo(site: Site, hands: FakeHands) -> None:
    apply(site, PLAN)
    hands.host.file(DROP_IN, TEXT + "Nice=5\n")
    outcome = undo(site)
    assert outcome.status is FixStatus.DONE
    (note,) = outcome.notes
    kept = hands.look(note.rpartition(" ")[2])
    assert kept is not None
    assert kept.data.endswith(b"Nice=5\n")
    assert hands.look(DROP_IN) is None


def test_what_cannot_be_taken_back_stays_open_and_says_so(site: Site, hands: FakeHands) -> None:
    apply(site, PLAN)
    before_undo = dict(hands.host.entries)
    hands.hangs.add(UNIT)
    outcome = undo(site)
    assert outcome.status is FixStatus.LEFT_OPEN
    assert "did not stop" in outcome.left[0]
    assert hands.host.entries[DROP_IN] == before_undo[DROP_IN]
    hands.hangs.clear()
    hands.units[UNIT].active = "active"
    assert undo(site).status is FixStatus.DONE


def test_undo_after_the_package_was_removed_ends(site: Site, hands: FakeHands) -> None:
    apply(site, PLAN)
    hands.units[UNIT].active = "inactive"
    hands.host.rows.clear()
    hands.missing.add(UNIT)
    outcome = undo(site)
    assert outcome.status is FixStatus.DONE
    assert outcome.notes == (f"{UNIT} is not on this machine any more: it is not started",)
    assert hands.look(DROP_IN) is None
    assert undo(site).status is FixStatus.NOTHING


def test_what_only_tried_to_start_need_not_come_up_again(site: Site, hands: FakeHands) -> None:
    hands.units[UNIT].active = "activating"  # Restart=always, and it fails each time
    hands.dies = lambda _: True
    outcome = apply(site, PLAN)
    assert outcome.status is FixStatus.PUT_BACK
    assert hands.done[-1] == f"systemctl start --no-block {UNIT}"
    assert hands.look(DROP_IN) is None


def test_a_target_comes_up_again_by_itself_alone(site: Site, hands: FakeHands) -> None:
    hands.unit("multi-user.target", "", active=False)
    hands.units["multi-user.target"].active = "active"
    stop = StopUnits(("multi-user.target", UNIT), (UNIT, "multi-user.target"), 20)
    before = picture(hands)
    plan = replace(PLAN, steps=(stop, *PLAN.steps[3:6], StartUnits(stop.again, 20)))
    assert apply(site, plan).status is FixStatus.DONE
    assert hands.done[-1] == "systemctl start --no-block --job-mode=ignore-dependencies multi-user.target"
    assert undo(site).status is FixStatus.DONE
    assert picture(hands) == before


def test_no_room_for_a_record_refuses(site: Site, hands: FakeHands, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: StateFolder, __: str) -> Journal:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(StateFolder, "create", full)
    outcome = apply(site, PLAN)
    assert outcome.status is FixStatus.REFUSED
    assert "no room for the record of the fix" in outcome.reason
    assert hands.done == []


def test_what_is_half_done_is_taken_back_first(site: Site, hands: FakeHands, state: StateFolder) -> None:
    apply(site, PLAN)
    hands.hangs.add(UNIT)
    assert undo(site).status is FixStatus.LEFT_OPEN
    hands.hangs.clear()
    hands.units[UNIT].active = "active"
    hands.host.time += 60
    other = replace(site, fix=next_id(state, "till"))
    apply(other, replace(PLAN, service="till.service", name="till", steps=()))
    chosen = choose(state, None)
    assert isinstance(chosen, FixRecord)
    assert chosen.id == "shop-1"


def test_a_clock_set_back_does_not_change_the_order(site: Site, hands: FakeHands, state: StateFolder) -> None:
    apply(site, PLAN)
    hands.host.time -= 3600
    apply(replace(site, fix=next_id(state, "shop")), replace(PLAN, steps=()))
    for name in (None, "shop", UNIT):
        chosen = choose(state, name)
        assert isinstance(chosen, FixRecord)
        assert chosen.id == "shop-2"
    assert isinstance(choose(state, "shop-1"), Refusal)


def test_fixes_are_chosen_by_name_and_in_order(site: Site, state: StateFolder) -> None:
    apply(site, PLAN)
    second = replace(site, fix=next_id(state, "shop"))
    assert second.fix == "shop-2"
    apply(second, replace(PLAN, steps=()))
    newest = choose(state, None)
    assert newest is not None
    assert not isinstance(newest, Refusal)
    assert newest.id == "shop-2"
    assert choose(state, "shop") == choose(state, UNIT) == newest
    refused = choose(state, "shop-1")
    assert isinstance(refused, Refusal)
    assert "shop-2" in refused.todo
    undo(second)
    first = choose(state, None)
    assert first is not None
    assert not isinstance(first, Refusal)
    assert (first.id, first.state) == ("shop-1", FixState.DONE)
    assert isinstance(choose(state, "nobody"), Refusal)
