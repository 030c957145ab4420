"""SIGKILL at any moment of a change or an undo: the next undo or resume puts everything back or finishes.

`PRIVAUDIT_ROUNDS=full` kills 200 times over 20,000 files; without it the rounds are few and the tree small.
"""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from fix.ownership.ground import JOE, Ground, owners, picture

from privaudit.model.ownership import Status

COMMAND = Path(__file__).with_name("engine_command.py")
FULL = os.environ.get("PRIVAUDIT_ROUNDS") == "full"


def start(what: str, ground: Ground, call: int | None = None) -> "subprocess.Popen[str]":
    argv = [sys.executable, str(COMMAND), what, str(ground.base), *([] if call is None else [str(call)])]
    process = subprocess.Popen(argv, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def killed_at_call(what: str, ground: Ground, call: int) -> bool:
    """Run until the call; False: it ended before."""
    process = start(what, ground, call)
    process.communicate(timeout=300)
    assert process.returncode in {0, -signal.SIGKILL}
    return process.returncode != 0


@pytest.mark.parametrize("how", ["undo", "resume"])
def test_killed_before_a_call_of_the_change(ground: Ground, how: str) -> None:
    """A spread of calls, close together where the state changes: at the beginning and at the end."""
    ground.data(files=60)
    before = picture(ground.tree)
    kills = 0
    for call in [*range(3, 24), *range(24, 400, 31)]:
        ground.clear()
        ground.data(files=60)
        before = picture(ground.tree)
        if not killed_at_call("change", ground, call):
            break
        kills += 1
        if not _opened(ground):  # killed before there was a journal: nothing was touched
            assert picture(ground.tree) == before, call
            continue
        if how == "resume":
            resumed = ground.resume()
            assert resumed.status in {Status.DONE, Status.PUT_BACK, Status.NOTHING}, (call, resumed)
            if resumed.status is Status.DONE:
                assert JOE not in owners(ground.tree)
        assert ground.undo().status in {Status.DONE, Status.NOTHING}, call
        assert picture(ground.tree) == before, call
    assert kills > 20


def test_killed_again_and_again_while_putting_back(ground: Ground) -> None:
    ground.data(files=60)
    before = picture(ground.tree)
    assert ground.change().status is Status.DONE
    for call in (2, 5, 9, 14, 20, 27, 35, 50, 70, 100):
        killed_at_call("undo", ground, call)
    assert ground.undo().status in {Status.DONE, Status.NOTHING}
    assert picture(ground.tree) == before


def test_killed_at_random_moments(ground: Ground) -> None:
    rounds, files = (200, 20_000) if FULL else (8, 2_000)
    chance = random.Random(20261129)  # noqa: S311 - moments, not secrets
    started = time.monotonic()
    ground.data(files=files)
    before = picture(ground.tree)
    process = start("change", ground)
    process.communicate(timeout=600)
    whole = time.monotonic() - started
    assert ground.undo().status is Status.DONE
    for number in range(rounds):
        process = start("change", ground)
        time.sleep(chance.uniform(0, whole / 3))
        process.kill()
        process.communicate(timeout=600)
        if number % 2 and _opened(ground):
            assert ground.resume().status in {Status.DONE, Status.PUT_BACK, Status.NOTHING}
        if _opened(ground):
            assert ground.undo().status in {Status.DONE, Status.NOTHING}
            (Path(ground.state) / "a.journal").unlink()
        assert picture(ground.tree) == before, f"round {number}"


def _opened(ground: Ground) -> bool:
    return (Path(ground.state) / "a.journal").exists()
