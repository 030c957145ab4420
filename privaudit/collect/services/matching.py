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


def _is_one(name: str, patterns: tuple[str, ...]) -> bool:
    plain, others = _split(patterns)
    return name in plain or any(
        name.startswith(head) and fnmatchcase(name, pattern) for head, pattern in others
    )


def by_name(catalogue: Sequence[Profile], manager: Manager, names: Iterable[str]) -> Profile | None:
    """Find the profile that a unit name or label belongs to."""
    wanted = tuple(names)
    for profile in catalogue:
        patterns = profile.matches.launchd if manager is Manager.LAUNCHD else profile.matches.systemd
        ours = f"privaudit.{profile.service}.service"  # what a fix makes of a person's unit
        if ours in wanted or any(_is_one(name, patterns) for name in wanted):
            return profile
    return None


def by_program(catalogue: Sequence[Profile], programs: Iterable[str]) -> Profile | None:
    """Find the profile whose work one of the programs (absolute paths), or what it starts, does."""
    wanted = tuple(name for program in programs for name in (program, started_by(program)) if name)
    for profile in catalogue:
        if any(is_program(program, profile.matches.programs) for program in wanted):
            return profile
    return None


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
