"""launchctl(1) with its waits: what launchd holds, ending a job without losing data, loading one.

`bootout` returns while the process still ends: until launchd has forgotten the label (`print` answers 113), a
`bootstrap` of it fails with 5. So every wait here asks again until it is so, with a limit. `bootout` itself
kills with SIGKILL once the job's exit timeout is over (5 s where the job file says nothing): a database gets
SIGTERM first, and all the time that it needs.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from privaudit.collect.launchd import printed
from privaudit.collect.services.matching import is_program
from privaudit.fix.steps import Failed, Site
from privaudit.host import CommandResult, HostError, RawProcess

LAUNCHCTL = "/bin/launchctl"
KILL = "/bin/kill"
NOT_FOUND = 113
"""Exit status of `print` for a label that is not loaded."""
NO_DOMAIN = frozenset({64, 112, 124, 125})
"""The person is not logged in, so there is no such domain."""
_GONE = frozenset({0, 3, NOT_FOUND})
"""Of `bootout`: done, or nothing of that label is there."""
_ENDING = frozenset({36, 37})
"""Of `bootout`: going on; `print` says when it is over."""
_AGAIN = frozenset({5, 36, 37})
"""Of `bootstrap`: what is left of the label is still being removed, or launchd gives no reason."""
_TRIES = 10
_PAUSE = 1.0
_POLL = 0.5
_ASK = 60
_EXIT_TIMEOUT = 5
"""Seconds between SIGTERM and SIGKILL where a job says nothing: every capture of `print` has it."""
_SLACK = 25

MEANINGS = {
    1: "root may not do this",
    2: "launchd does not find the file",
    5: "launchd gives no reason: `log show --last 5m --predicate 'process == \"launchd\"'` may",
    17: "a job of that label is loaded already",
    37: "the label is still being removed",
    78: "launchd could not set it up: its log, its working folder or its account",
    107: "the bundle is malformed",
    108: "the path of the job file is not allowed",
    109: "the job file is no property list to launchd",
    110: "the label is not allowed",
    111: "the program is not allowed",
    112: "there is no such domain: nobody is logged in",
    114: "launchd knows no such account",
    115: "launchd knows no such group",
    119: "the label is disabled",
    122: "launchd does not accept owner or mode of the job file",
    125: "the domain does not take jobs: nobody is logged in at its screen",
    134: "LimitLoadToSessionType keeps it out of this domain",
    150: "System Integrity Protection protects it",
    155: "the program or the file is quarantined: xattr -d com.apple.quarantine",
    159: "a sandbox keeps it from starting",
    161: "Background Task Management refuses it: System Settings > General > Login Items, or the MDM profile",
}
"""Exit statuses of launchctl(1), as `launchctl error N` and the field explain them."""


@dataclass(frozen=True, slots=True)
class Job:
    """A label as launchd holds it now."""

    pid: int | None
    user: str | None
    group: str | None
    path: str | None
    state: str
    runs: int | None
    last_exit: str
    exit_timeout: int


def job(site: Site, target: str) -> Job | None:
    """Ask for `DOMAIN/LABEL`; None: it is not loaded. Failed if launchd does not say."""
    try:
        answer = site.host.run([LAUNCHCTL, "print", target], timeout=_ASK)
    except HostError as problem:
        raise Failed(str(problem)) from None
    if answer.status in {NOT_FOUND, 3, *NO_DOMAIN}:
        return None
    text = answer.stdout.decode("utf-8", "replace")
    found = printed.service(text) if answer.status == 0 else None
    if found is None:
        raise Failed(f"`launchctl print {target}` failed: {meaning(answer)}")
    values = next(iter(printed.blocks(text).blocks.values())).values
    return Job(
        pid=found.pid,
        user=found.user,
        group=found.group,
        path=found.path,
        state=found.state or "",
        runs=_number(values.get("runs")),
        last_exit=found.last_exit or "",
        exit_timeout=_number(values.get("exit timeout")) or _EXIT_TIMEOUT,
    )


def end(site: Site, target: str, programs: Sequence[str], limit: float) -> None:
    """End a loaded job and have launchd forget it; Failed, with nothing killed, if it takes too long."""
    found = job(site, target)
    if found is None:
        return
    if found.pid is not None:
        _ask_to_end(site, target, found.pid, programs, limit)
    again = job(site, target)  # KeepAlive starts it anew at once: what that one has opened holds no data yet
    crew = tree(site, again.pid) if again is not None and again.pid is not None else []
    answer = _run(site, "bootout", target)
    if answer.status not in _GONE | _ENDING:
        raise Failed(f"`launchctl bootout {target}`: {meaning(answer)}")
    forgotten(site, target, found.exit_timeout + _SLACK)
    _none_left(site, target, crew, limit)


def forgotten(site: Site, target: str, limit: float) -> None:
    """Wait until `print` does not find the label any more."""
    ends = site.hands.now() + limit
    while job(site, target) is not None:
        if site.hands.now() > ends:
            raise Failed(f"{target} is still there {limit:g} s after it was booted out")
        site.check()
        site.hands.wait(_POLL)


def _ask_to_end(site: Site, target: str, pid: int, programs: Sequence[str], limit: float) -> None:
    """SIGTERM for those who do the work (mysqld_safe ignores it, mysqld does not), and time to obey."""
    crew = tree(site, pid)
    working = [row for row in crew if is_program(row.program or "", programs)]
    first = working[:1] or crew[:1]
    if not first:
        return
    if first[0].pid == pid:
        _run(site, "kill", "SIGTERM", target)
    else:
        site.hands.run([KILL, "-TERM", str(first[0].pid)], limit=_ASK)
    ends = site.hands.now() + limit
    while any(_same(first[0], row) for row in _processes(site)):
        if site.hands.now() > ends:
            raise Failed(f"{target} (pid {first[0].pid}) did not stop in {limit:g} s; it was not killed")
        site.check()
        site.hands.wait(_POLL)


def _none_left(site: Site, target: str, crew: Sequence[RawProcess], limit: float) -> None:
    """Children that outlive their start script hold the data still: they are asked to end as well."""
    asked = False
    ends = site.hands.now() + limit
    while left := [row for row in _processes(site) if any(_same(row, known) for known in crew)]:
        if not asked:
            for row in left:
                site.hands.run([KILL, "-TERM", str(row.pid)], limit=_ASK)
            asked = True
        if site.hands.now() > ends:
            raise Failed(f"process {left[0].pid} ({left[0].name}) of {target} did not end in {limit:g} s")
        site.check()
        site.hands.wait(_POLL)


def tree(site: Site, pid: int) -> list[RawProcess]:
    """Find a process and all below it, the oldest first."""
    rows = _processes(site)
    wanted = {pid}
    grown = True
    while grown:
        more = {row.pid for row in rows if row.ppid in wanted} - wanted
        grown = bool(more)
        wanted |= more
    return sorted((row for row in rows if row.pid in wanted), key=lambda row: (row.started, row.pid))


def _processes(site: Site) -> list[RawProcess]:
    try:
        return list(site.host.processes())
    except HostError as problem:
        raise Failed(str(problem)) from None


def _same(one: RawProcess, other: RawProcess) -> bool:
    return (one.pid, one.started) == (other.pid, other.started)


def load(site: Site, domain: str, label: str, path: str, limit: float) -> None:
    """Load a job from its file; Failed with what the status means. `NoDomain` if nobody is logged in."""
    target = f"{domain}/{label}"
    forgotten(site, target, limit)
    answer = _run(site, "bootstrap", domain, path)
    for _ in range(_TRIES - 1):
        if answer.status not in _AGAIN:
            break
        site.check()
        site.hands.wait(_PAUSE)
        answer = _run(site, "bootstrap", domain, path)
    if answer.status in NO_DOMAIN and domain != "system":
        raise NoDomain(f"{domain} is not there: {meaning(answer)}")
    if answer.status:
        raise Failed(f"`launchctl bootstrap {domain} {path}`: {meaning(answer)}")
    if job(site, target) is None:
        raise Failed(
            f"launchd took {path} and does not know {target}: {MEANINGS[161]} (sudo sfltool dumpbtm)"
        )


class NoDomain(Failed):
    """There is no such domain now; whatever lies in its folder is loaded at the next login."""


def disabled(site: Site, domain: str) -> dict[str, bool]:
    """Label -> whether it may not be loaded, of those that somebody decided on. NoDomain, Failed."""
    try:
        answer = site.host.run([LAUNCHCTL, "print-disabled", domain], timeout=_ASK)
    except HostError as problem:
        raise Failed(str(problem)) from None
    if answer.status in NO_DOMAIN and domain != "system":
        raise NoDomain(f"`launchctl print-disabled {domain}`: {meaning(answer)}")
    if answer.status:
        raise Failed(f"`launchctl print-disabled {domain}`: {meaning(answer)}")
    return printed.overrides(answer.stdout.decode("utf-8", "replace"))


def switch(site: Site, verb: str, target: str) -> None:
    """`enable` or `disable` a label; Failed if launchd does not, NoDomain if nobody is logged in."""
    answer = _run(site, verb, target)
    if answer.status in NO_DOMAIN and not target.startswith("system/"):
        raise NoDomain(f"`launchctl {verb} {target}`: {meaning(answer)}")
    if answer.status:
        raise Failed(f"`launchctl {verb} {target}`: {meaning(answer)}")


def meaning(answer: CommandResult) -> str:
    """Status and what it means; launchctl's own words where nobody explained it."""
    said = answer.stderr.decode("utf-8", "replace").strip().splitlines()
    known = MEANINGS.get(answer.status) or (said[0] if said else "launchctl says no more")
    return f"{answer.status}: {known}"


def _run(site: Site, *words: str) -> CommandResult:
    return site.hands.run([LAUNCHCTL, *words], limit=_ASK)


def _number(text: str | None) -> int | None:
    return int(text) if text is not None and re.fullmatch(r"[0-9]{1,9}", text) else None
