"""Scan a hostile machine in a child process of its own, with 10 seconds of CPU, and tell what came of it.

The child is a fork: everything is imported before, so that a machine may also be scanned from inside, live,
where neither Python nor privaudit is to be found.
"""

import importlib
import json
import os
import resource
import signal
import sys
import traceback
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from privaudit import __version__
from privaudit.collect.snapshot import collect
from privaudit.engine import Rule, audit, load_catalogue, load_rules
from privaudit.host import Host
from privaudit.host.local import LocalHost
from privaudit.host.rooted import RootedHost
from privaudit.model.finding import Status
from privaudit.model.profile import Profile
from privaudit.report import json_v1, text
from privaudit.report.content import Report

SECONDS = 10
"""Of CPU, not of the clock: a machine under load is slow, not wrong."""
STUCK = 600
"""Seconds after which a child that waits for something will wait for ever."""
MEMORY = 2 << 30
TRAP = "TRAPPED"
"""Stands in every file outside the machine: no answer may ever have it."""


@dataclass(frozen=True)
class Outcome:
    """What came of one scan."""

    status: int
    """Of the child, as wait(2) gives it; 0: it ended by itself and without an exception."""
    error: str
    limits: tuple[tuple[str, str], ...]
    """(what, why)."""
    shown: str
    """The text report with every verdict, then the JSON report."""

    def names(self, path: str) -> bool:
        """Whether the limits speak of the path."""
        return any(path in what or path in why for what, why in self.limits)


@cache
def _known() -> tuple[tuple[Rule, ...], tuple[Profile, ...]]:
    return load_rules(()), load_catalogue()


@cache
def _warm() -> None:
    """Import and load everything that a scan needs, by one."""
    for module in ("netsockets", "procfs"):
        importlib.import_module(f"privaudit.host.{module}")
    _scan(RootedHost("/"))


def _scan(host: Host) -> tuple[list[tuple[str, str]], str]:
    rules, catalogue = _known()
    snapshot = collect(host, catalogue)
    findings = audit(snapshot, rules)
    report = Report(__version__, snapshot, findings, catalogue, {rule.id: rule.advice for rule in rules})
    shown = text.render(report, show=frozenset(Status)) + json_v1.render(report)
    return [(limit.what, limit.why) for limit in snapshot.limits], shown


def offline(root: Path) -> Outcome:
    """Scan the folder as a mounted disk."""
    return _in_child(root.parent / "outcome", lambda: RootedHost(str(root)))


def live(root: Path) -> Outcome:
    """Scan the folder from inside, as the machine that runs."""

    def inside() -> Host:
        os.chroot(root)
        os.chdir("/")
        return LocalHost(once=True)

    return _in_child(root.parent / "outcome", inside)


def as_nobody(root: Path) -> Outcome:
    """Scan the folder as a mounted disk, without rights."""

    def weak() -> Host:
        os.setgroups([])
        os.setresgid(65534, 65534, 65534)
        os.setresuid(65534, 65534, 65534)
        return RootedHost(str(root))

    return _in_child(root.parent / "outcome", weak)


def _in_child(place: Path, machine: Callable[[], Host]) -> Outcome:
    _warm()
    answer = os.open(place, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        _answer(answer, machine)
    _, status = os.waitpid(child, 0)
    try:
        with os.fdopen(answer, "rb") as file:
            file.seek(0)
            told = json.loads(file.read() or b"{}")
    finally:
        place.unlink()
    return Outcome(
        status,
        told.get("error", "it told nothing"),
        tuple((what, why) for what, why in told.get("limits", ())),
        told.get("shown", ""),
    )


def _answer(answer: int, machine: Callable[[], Host]) -> None:
    """Never returns: whatever happens, the child does not go on as a second pytest."""
    code = 1
    try:
        signal.signal(signal.SIGXCPU, signal.SIG_DFL)
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.alarm(STUCK)
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS + 1))
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY + _size(), MEMORY + _size()))
        told: dict[str, object] = {}
        try:
            limits, shown = _scan(machine())
            told = {"limits": limits, "shown": shown, "error": ""}
            code = 0
        except BaseException:  # noqa: BLE001 - the parent shows it
            told = {"error": traceback.format_exc()}
        os.write(answer, json.dumps(told).encode())
    finally:
        os._exit(code)


def _size() -> int:
    return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()


def check(outcome: Outcome) -> None:
    """Show that a scan came through: no crash, no hang, no escape, nothing raw on the terminal."""
    assert outcome.error == "", outcome.error
    assert outcome.status == 0, f"the child ended with {outcome.status}"
    assert TRAP not in outcome.shown
    assert not any(TRAP in what or TRAP in why for what, why in outcome.limits)
    raw = {
        c for c in outcome.shown if c != "\n" and unicodedata.category(c) in {"Cc", "Cf", "Cs", "Zl", "Zp"}
    }
    assert raw == set()
