"""Which entry of the catalogue a service is."""

import posixpath
import re
from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from functools import lru_cache

from privaudit.model.definition import Manager
from privaudit.model.process import Process
from privaudit.model.profile import Matches, Profile, Workers

_START_SCRIPT = re.compile(r"(.+)(?:[_-]safe|_brew_services)")
_STARTS = {"pg_ctl": "postgres", "apachectl": "httpd"}


@lru_cache(maxsize=1024)
def _split(patterns: tuple[str, ...]) -> tuple[frozenset[str], tuple[tuple[str, str], ...]]:
    """Names among the patterns, and real patterns as (what stands before the first sign, pattern).

    Most are names, and most others begin otherwise: compiling them all would cost more than the matching.
    """
    heads = {pattern: re.split(r"[*?[]", pattern, maxsplit=1)[0] for pattern in patterns}
    plain = frozenset(pattern for pattern, head in heads.items() if head == pattern)
    return plain, tuple((head, pattern) for pattern, head in heads.items() if pattern not in plain)


@lru_cache(maxsize=8)
def _indexed(
    catalogue: tuple[tuple[str, ...], ...],
) -> tuple[dict[str, int], tuple[tuple[str, str, int], ...]]:
    """For the patterns of each profile: name -> the first that has it, and (head, pattern, profile)."""
    names: dict[str, int] = {}
    others: list[tuple[str, str, int]] = []
    for number, patterns in enumerate(catalogue):
        plain, real = _split(patterns)
        for name in plain:
            names.setdefault(name, number)
        others += [(head, pattern, number) for head, pattern in real]
    return names, tuple(others)


def by_name(catalogue: Sequence[Profile], manager: Manager, names: Iterable[str]) -> Profile | None:
    """Find the profile that a unit name or label belongs to."""
    on_mac = manager is Manager.LAUNCHD
    known, patterns = _indexed(
        tuple(
            # the last is what a fix makes of a person's unit
            (*(p.matches.launchd if on_mac else p.matches.systemd), f"privaudit.{p.service}.service")
            for p in catalogue
        )
    )
    none = first = len(catalogue)
    for name in names:
        first = min(first, known.get(name, none))
        for head, pattern, number in patterns:
            if number < first and name.startswith(head) and fnmatchcase(name, pattern):
                first = number
    return catalogue[first] if first < none else None


def by_program(catalogue: Sequence[Profile], programs: Iterable[str]) -> Profile | None:
    """Find the profile whose work one of the programs (absolute paths), or what it starts, does."""
    known, patterns = _indexed(tuple(profile.matches.programs for profile in catalogue))
    none = first = len(catalogue)
    for path in (name for program in programs for name in (program, started_by(program)) if name):
        name = path.rpartition("/")[2]
        first = min(first, known.get(name, none), known.get(path, none))
        for head, pattern, number in patterns:
            subject = path if "/" in pattern else name
            if number < first and subject.startswith(head) and fnmatchcase(subject, pattern):
                first = number
    return catalogue[first] if first < none else None


def started_by(path: str) -> str | None:
    """The program that a start script is named after: mysqld of mysqld_safe, postgres of pg_ctl."""
    folder, name = posixpath.split(path)
    known = _STARTS.get(name)
    if known is None:
        match = _START_SCRIPT.fullmatch(name)
        known = match[1] if match is not None else None
    return posixpath.join(folder, known) if known is not None else None


def is_program(path: str, patterns: Iterable[str]) -> bool:
    """Whether a program is one of the patterns: file names, or whole paths if they hold a slash."""
    plain, others = _split(tuple(patterns))
    name = path.rpartition("/")[2]
    if name in plain or path in plain:
        return True
    for head, pattern in others:
        subject = path if "/" in pattern else name
        if subject.startswith(head) and fnmatchcase(subject, pattern):
            return True
    return False


def works(process: Process, matches: Matches) -> bool | None:
    """Whether a process does the service's work; None: its program cannot be read, so nobody knows."""
    if any(_title(process).startswith(title) for title in matches.titles):
        return True
    if isinstance(process.program, str):
        return is_program(process.program, matches.programs)
    return None


def is_worker(process: Process, workers: Workers) -> bool:
    """Whether a child of a root master is one of those that must be unprivileged."""
    if workers.titles and not any(_title(process).startswith(title) for title in workers.titles):
        return False
    if not workers.programs:
        return True
    named = process.program if isinstance(process.program, str) else process.name
    return is_program(named, workers.programs)


def _title(process: Process) -> str:
    return process.argv[0] if process.argv else ""
