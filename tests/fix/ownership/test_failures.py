"""Whatever call of a change or an undo fails, everything is put back, now or by the next undo.

`PRIVAUDIT_ROUNDS=full` fails every call; without it each seventh, which meets every kind of call.
"""

import contextlib
import errno
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from fix.ownership.ground import Ground, picture
from fix.ownership.stumble import fail, stumbling

from privaudit.fix.ownership import Untrusted
from privaudit.host.changes import Changes
from privaudit.model.ownership import Status

STEP = 1 if os.environ.get("PRIVAUDIT_ROUNDS") == "full" else 7


def attempt(ground: Ground, changes: Changes) -> Status | str:
    """Change; the preview may raise, as it says, where reading itself fails."""
    try:
        return ground.change(changes=changes).status
    except Exception as problem:  # noqa: BLE001 - whatever it is, the tree must be as it was
        return type(problem).__name__


def at(number: int) -> Callable[[int], bool]:
    """That call alone."""
    return lambda call: call == number


def since(number: int) -> Callable[[int], bool]:
    """That call and all after it."""
    return lambda call: call >= number


def calls_of(run: Callable[[Changes], object]) -> int:
    """How many calls a run makes that nothing disturbs."""
    changes, count = stumbling(lambda _number: False)
    run(changes)
    return count.calls


def test_one_failing_call_of_a_change_leaves_everything_as_it_was(ground: Ground) -> None:
    ground.data(files=6, folders=2)
    total = calls_of(lambda changes: ground.change(changes=changes))
    assert total > 100
    seen = set()
    for number in range(1, total + 1, STEP):
        ground.clear()
        ground.data(files=6, folders=2)
        before = picture(ground.tree)
        changes, _count = stumbling(at(number))
        how = attempt(ground, changes)
        seen.add(how)
        if how is Status.DONE:  # a call whose failure changes nothing, asked once more by somebody else
            assert ground.undo().status is Status.DONE, number
        elif how is Status.LEFT_OPEN:
            assert ground.undo().status in {Status.DONE, Status.NOTHING}, number
        assert picture(ground.tree) == before, f"call {number}"
    assert Status.PUT_BACK in seen


def test_a_disk_that_stays_broken_leaves_a_journal_that_undoes_it(ground: Ground) -> None:
    ground.data(files=4, folders=2)
    total = calls_of(lambda changes: ground.change(changes=changes))
    opened = 0
    for number in range(1, total + 1, 3 * STEP):
        ground.clear()
        ground.data(files=4, folders=2)
        before = picture(ground.tree)
        changes, _count = stumbling(since(number))
        how = attempt(ground, changes)
        if Path(ground.state, "a.journal").exists():
            undone = ground.undo()
            assert undone.status in {Status.DONE, Status.NOTHING}, (number, how, undone)
            opened += how is Status.LEFT_OPEN
        assert picture(ground.tree) == before, f"from call {number} on, {how}"
    assert opened


def test_an_undo_that_fails_at_any_call_can_be_run_again(ground: Ground) -> None:
    ground.data(files=4, folders=2)
    before = picture(ground.tree)
    ground.change()
    total = calls_of(lambda changes: ground.undo(changes=changes))
    assert picture(ground.tree) == before
    for number in range(1, total + 1, STEP):
        ground.clear()
        ground.data(files=4, folders=2)
        before = picture(ground.tree)
        assert ground.change().status is Status.DONE
        changes, _count = stumbling(at(number))
        with contextlib.suppress(OSError, Untrusted):  # said, not swallowed: the next undo must do it
            ground.undo(changes=changes)
        assert ground.undo().status in {Status.DONE, Status.NOTHING}
        assert picture(ground.tree) == before, f"call {number}"


@pytest.mark.parametrize("where", ["reserve", "append", "sync"])
def test_no_room_for_the_journal_is_refused_before_anything_changes(ground: Ground, where: str) -> None:
    ground.data()
    before = picture(ground.tree)
    changes, _count = stumbling(
        lambda _number: True, lambda name: fail(name, errno.ENOSPC), frozenset({where})
    )
    how = attempt(ground, changes)
    assert how is not Status.DONE
    assert picture(ground.tree) == before


def test_a_disk_that_is_full_refuses_or_puts_back(ground: Ground) -> None:
    """A real small file system for the state folder, with ever less room."""
    ground.data(files=400, folders=4)
    before = picture(ground.tree)
    for free in (0, 4, 16, 48, 64, 72, 80, 96, 128, 160):
        mount = ground.base / f"small{free}"
        mount.mkdir()
        subprocess.run(
            ["/usr/bin/mount", "-t", "tmpfs", "-o", f"size={free + 4}k,mode=0755", "none", str(mount)],
            check=True,
        )
        try:
            small = Ground(mount)
            (mount / "filler").write_bytes(b"x" * 4096)
            how = _change_with_state(ground, small)
            assert how in {Status.REFUSED, Status.PUT_BACK, Status.DONE, "OSError"}, (free, how)
            if how is Status.DONE:
                assert _undo_with_state(small) is Status.DONE
            assert picture(ground.tree) == before, free
        finally:
            subprocess.run(["/usr/bin/umount", str(mount)], check=True)


def _change_with_state(ground: Ground, small: Ground) -> Status | str:
    from privaudit.fix.ownership import StateFolder, apply, preview
    from privaudit.host.changes_linux import LinuxChanges

    changes = LinuxChanges()
    try:
        with StateFolder(changes, small.state) as state:
            return apply(changes, preview(changes, ground.plan()), state, "a.journal").status
    except OSError:
        return "OSError"


def _undo_with_state(small: Ground) -> Status:
    from privaudit.fix.ownership import StateFolder, undo
    from privaudit.host.changes_linux import LinuxChanges

    changes = LinuxChanges()
    with StateFolder(changes, small.state) as state:
        return undo(changes, state, "a.journal").status
