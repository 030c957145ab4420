"""What else names the former account: log rotation, tmpfiles and cron; said to a person, not changed."""

import re
from collections.abc import Iterable, Iterator

from privaudit.fix.case import Case
from privaudit.fix.ownership.places import inside
from privaudit.host import Host, HostError, Missing
from privaudit.model.path import Role

_ROTATIONS = ("/etc/logrotate.conf", "/etc/logrotate.d")
_ROTATES = re.compile(r"\s*(create|createolddir|su)\s")
"""Directives that name an owner; logrotate(8)."""
_NAMING = ("/etc/tmpfiles.d", "/etc/crontab", "/etc/cron.d")
"""Each line names an account and what it is for; tmpfiles.d(5), crontab(5)."""
_CRONTABS = ("/var/spool/cron/crontabs", "/var/spool/cron")
"""Debian's and Red Hat's; a file an account."""
_ROLES = frozenset({Role.DATA, Role.LOG, Role.RUN})
_PATH = re.compile(r"/[^\s\"'{}*,;:|&<>()]+")
_SAID = 8
_SHOWN = 120


def still_named(case: Case, trees: Iterable[str]) -> list[str]:
    """Notes for a person: every line that gives files back to the former account, or works in them as it."""
    mine = {path.target for path in case.service.paths if path.role in _ROLES} | {*trees}
    former = case.former.name
    if not mine or case.former.uid in {0, case.target.uid}:
        return []
    unread: list[str] = []
    found = [
        f"{file} says `{line}`, and {former} is not its account any more"
        for file, line in _lines(case, mine, unread)
    ]
    more = [f"and {len(found) - _SAID} more lines like that"] if len(found) > _SAID else []
    return [*found[:_SAID], *more, *unread]


def _lines(case: Case, mine: set[str], unread: list[str]) -> Iterator[tuple[str, str]]:
    """(file, line) of each."""
    named = re.compile(rf"(?<![\w./-]){re.escape(case.former.name)}(?![\w./-])")
    for file, text in _texts(case.host, _ROTATIONS, unread):
        if _about(text, mine):
            yield from ((file, each) for each in _said(text) if _ROTATES.match(each) and named.search(each))
    for file, text in _texts(case.host, _NAMING, unread):
        yield from ((file, each) for each in _said(text) if named.search(each) and _about(each, mine))
    own = [f"{folder}/{case.former.name}" for folder in _CRONTABS]
    for file, text in _texts(case.host, own, unread):
        yield from ((file, each) for each in _said(text) if _about(each, mine))


def _said(text: str) -> Iterator[str]:
    """Lines that are no comments, as much of each as a person reads."""
    for line in text.splitlines():
        if line.strip() and not line.lstrip().startswith("#"):
            yield " ".join(line.split())[:_SHOWN]


def _about(text: str, mine: set[str]) -> bool:
    return any(inside(path.rstrip("/"), tree) for path in _PATH.findall(text) for tree in mine)


def _texts(host: Host, places: Iterable[str], unread: list[str]) -> Iterator[tuple[str, str]]:
    """(path, contents) of the files; of a folder each in it. What is not there has nothing to say."""
    for place in places:
        try:
            files = [f"{place}/{name}" for name in host.listdir(place)]
        except HostError:
            files = [place]  # a file, or nothing
        for file in files:
            try:
                yield file, host.read(file).decode("utf-8", "replace")
            except Missing:
                continue
            except HostError as problem:
                unread.append(f"{file} was not read ({problem.why}): it may name the former account")
