"""Timing in pairs: both commands in turn, many times, and the ratio of each pair; times alone say little."""

import os
import statistics
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a command."""

    seconds: float
    cpu: float
    """Seconds of processor, its children's included: steady on a busy machine, blind to waiting."""
    megabytes: float
    """Resident at most, of the largest process (getrusage(2), ru_maxrss)."""


@dataclass(frozen=True, slots=True)
class Pair:
    """What two commands took, pair by pair."""

    ours: tuple[Run, ...]
    theirs: tuple[Run, ...]

    @property
    def ratio(self) -> float:
        """Median of the ratios of time."""
        pairs = zip(self.ours, self.theirs, strict=True)
        return statistics.median(a.seconds / b.seconds for a, b in pairs)

    @property
    def cpu_ratio(self) -> float:
        """Median of the ratios of processor time."""
        pairs = zip(self.ours, self.theirs, strict=True)
        return statistics.median(a.cpu / b.cpu for a, b in pairs)

    def line(self, name: str, target: float | None) -> str:
        """One line to print; target: None where nothing is asked, as beside tools that do other work."""
        verdict = ""
        if target is not None:
            verdict = f", at most {target:.1f}x is wanted: {'ok' if self.ratio <= target else 'TOO SLOW'}"
        megabytes = max(run.megabytes for run in self.ours)
        times = f"{_median(self.ours):.3f} s against {_median(self.theirs):.3f} s"
        rest = f"processor {self.cpu_ratio:.2f}x; {megabytes:.0f} MB"
        return f"{name}: {self.ratio:.2f}x{verdict} ({times}; {rest})"


def _median(runs: Sequence[Run]) -> float:
    return statistics.median(run.seconds for run in runs)


def timed(argv: Sequence[str]) -> Run:
    """Run one command with its output thrown away; CalledProcessError if it fails."""
    began = time.perf_counter()
    process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, list(argv))
    return Run(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


QUIET = 0.9
"""Share of a second that all processors together must idle for."""


def settled(limit: float = 300) -> bool:
    """Wait until a machine that was just started rests for three seconds on end; False: it never does."""
    end = time.monotonic() + limit
    quiet = 0
    while quiet < 3 and time.monotonic() < end:  # noqa: PLR2004 - seconds
        before = _ticks()
        time.sleep(1)
        total, idle = (after - was for after, was in zip(_ticks(), before, strict=True))
        quiet = quiet + 1 if total and idle / total >= QUIET else 0
    return quiet > 0


def _ticks() -> tuple[int, int]:
    """All ticks of all processors, and those that were idle; proc_stat(5)."""
    with open("/proc/stat", encoding="ascii") as file:
        fields = [int(field) for field in file.readline().split()[1:9]]
    return sum(fields), fields[3] + fields[4]


def paired(ours: Sequence[str], theirs: Sequence[str], rounds: int = 9) -> Pair:
    """Run both once to warm up, then in turn, each first every other time."""
    timed(ours)
    timed(theirs)
    mine: list[Run] = []
    others: list[Run] = []
    for number in range(rounds):
        if number % 2:
            others.append(timed(theirs))
            mine.append(timed(ours))
        else:
            mine.append(timed(ours))
            others.append(timed(theirs))
    return Pair(tuple(mine), tuple(others))
