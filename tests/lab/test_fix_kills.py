"""SIGKILL at any moment of a fix, or of its undo: one undo brings every owner, mode, file and row back.

PRIVAUDIT_ROUNDS=full: 100 kills over 20,000 more files; a few over 2,000 else.
"""

import os
import random
from collections.abc import Iterator

import pytest
from lab.broken import GIVEN, mariadb_of_joe, picture, rows, signalled, uid_of, uids_of
from lab.machine import Machine
from lab.session import Lab

FULL = os.environ.get("PRIVAUDIT_ROUNDS") == "full"
FILES, FIXES, UNDOS = (20_000, 100, 20) if FULL else (2_000, 3, 1)
PLACES = (*GIVEN, "/etc/systemd/system", "/run/systemd/system")

_KILLED = """
import subprocess, sys, time
run = subprocess.Popen(["/opt/privaudit/bin/privaudit", *sys.argv[2:]], stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)
began = time.monotonic()
try:
    run.wait(float(sys.argv[1]))
except subprocess.TimeoutExpired:
    run.kill()
run.wait()
print(f"{time.monotonic() - began:.3f}")
"""


@pytest.fixture(scope="module")
def machine(lab: Lab) -> Iterator[Machine]:
    with lab.boot("mariadb") as booted:
        yield booted


@pytest.fixture(scope="module")
def checksum(machine: Machine) -> str:
    checksum = mariadb_of_joe(machine)
    script = f"install -d -o joe -g joe -m 700 more; cd more; seq {FILES} | xargs touch; chown -R joe:joe ."
    machine.run(["sh", "-ec", f"cd /var/lib/mysql; {script}"])
    machine.write("/root/killed.py", _KILLED)
    return checksum


@pytest.fixture(scope="module")
def before(machine: Machine, checksum: str) -> dict[str, str]:
    del checksum
    return picture(machine, *PLACES)


@pytest.fixture(scope="module")
def whole(machine: Machine, before: dict[str, str]) -> float:
    """Seconds that a whole fix takes, from start to end."""
    del before
    took = _killed(machine, 300, "fix", "mysql", "--yes")
    assert machine.privaudit("undo", "--yes").returncode == 0
    return took


def _killed(machine: Machine, after: float, *arguments: str) -> float:
    argv = ["/usr/bin/python3", "/root/killed.py", str(after), *arguments]
    return float(machine.run(argv).stdout)


def _all_is_back(machine: Machine, checksum: str, before: dict[str, str]) -> None:
    undone = machine.privaudit("undo", "--yes")
    said = undone.stdout + undone.stderr
    assert undone.returncode == 0, said
    assert picture(machine, *PLACES) == before, said
    assert rows(machine) == checksum
    assert uids_of(machine, "mariadb.service") == {uid_of(machine, "joe")}
    assert machine.privaudit("undo", "--yes").stdout == "nothing to do\n"


def test_kills_of_a_fix(machine: Machine, checksum: str, before: dict[str, str], whole: float) -> None:
    moments = random.Random(6)  # noqa: S311 - a seed, so that every run kills alike
    for _ in range(FIXES):
        _killed(machine, moments.uniform(0.3, whole), "fix", "mysql", "--yes")
        _all_is_back(machine, checksum, before)


def test_kills_of_an_undo(machine: Machine, checksum: str, before: dict[str, str], whole: float) -> None:
    moments = random.Random(7)  # noqa: S311 - the same
    for _ in range(UNDOS):
        assert machine.privaudit("fix", "mysql", "--yes").returncode == 0
        _killed(machine, moments.uniform(0.2, whole / 4), "undo", "--yes")
        _all_is_back(machine, checksum, before)


def test_the_next_fix_puts_back_first(machine: Machine, checksum: str, before: dict[str, str]) -> None:
    signalled(machine, "SIGKILL", "ask systemd")
    fixed = machine.privaudit("fix", "mysql", "--yes")
    assert fixed.returncode == 0, fixed.stdout + fixed.stderr
    assert "had been cut short" in fixed.stderr
    assert uids_of(machine, "mariadb.service") == {uid_of(machine, "mysql")}
    _all_is_back(machine, checksum, before)
