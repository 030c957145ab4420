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


class Index:
    """A catalogue, arranged for look-ups; where several entries match, the first counts."""

    def __init__(self, catalogue: Sequence[Profile]) -> None:
        self._catalogue = catalogue
        # the last is what a fix makes of a person's unit
        own = [f"privaudit.{p.service}.service" for p in catalogue]
        self._units = _Patterns((*p.matches.systemd, name) for p, name in zip(catalogue, own, strict=True))
        self._labels = _Patterns((*p.matches.launchd, name) for p, name in zip(catalogue, own, strict=True))
        self._programs = _Patterns(p.matches.programs for p in catalogue)

    def by_name(self, manager: Manager, names: Iterable[str]) -> Profile | None:
        """Find the profile that a unit name or label belongs to."""
        patterns = self._labels if manager is Manager.LAUNCHD else self._units
        return self._first(patterns.find(name, name) for name in names)

    def by_program(self, programs: Iterable[str]) -> Profile | None:
        """Find the profile whose work one of the programs (absolute paths), or what it starts, does."""
        paths = (path for program in programs for path in (program, started_by(program)) if path)
        return self._first(self._programs.find(path.rpartition("/")[2], path) for path in paths)

    def _first(self, places: Iterable[int | None]) -> Profile | None:
        place = min((place for place in places if place is not None), default=None)
        return None if place is None else self._catalogue[place]


class _Patterns:
    """The patterns of each entry: names by themselves, and the others."""

    def __init__(self, patterns: Iterable[tuple[str, ...]]) -> None:
        self._names: dict[str, int] = {}
        self._others: list[tuple[str, str, int]] = []
        for place, each in enumerate(patterns):
            plain, real = _split(each)
            for name in plain:
                self._names.setdefault(name, place)
            self._others += [(head, pattern, place) for head, pattern in real]

    def find(self, name: str, path: str) -> int | None:
        """Find the first entry that has a name, or a path where the pattern is one."""
        first = min((self._names[each] for each in (name, path) if each in self._names), default=None)
        for head, pattern, place in self._others:
            if first is not None and place >= first:
                continue
            subject = path if "/" in pattern else name
            if subject.startswith(head) and fnmatchcase(subject, pattern):
                first = place
        return first


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
