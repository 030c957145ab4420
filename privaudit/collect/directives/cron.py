"""Tables of cron that root's jobs stand in: what they run (crontab(5))."""

import re
from collections.abc import Iterator

from privaudit.collect.directives.reading import Includes, Reading, Request
from privaudit.collect.services.command_line import scripts
from privaudit.collect.services.footprint import Place
from privaudit.model.path import Role

_OF_SYSTEM = ("/etc/crontab", "/etc/cron.d/*")
_OF_ROOT = ("/var/spool/cron/crontabs/root", "/var/spool/cron/root")
"""Debian's and Red Hat's."""
_TIMES = re.compile(r"\s*-?(?:@[a-z]+|(?:[-0-9*/,~A-Za-z]+\s+){4}[-0-9*/,~A-Za-z]+)\s+(.*)")


def read(request: Request) -> Reading:
    """Read root's jobs: of other accounts each runs its own."""
    includes = Includes(request.host)
    places = []
    for pattern in (*_OF_SYSTEM, *_OF_ROOT):
        for file in includes.matching(pattern):
            with includes.text(file) as text:
                places += [
                    Place(Role.SCRIPT, path, by_root=True)
                    for command in commands(text, named=pattern in _OF_SYSTEM)
                    for path in scripts("/bin/sh", ["sh", "-c", command])
                ]
    return Reading(places=tuple(dict.fromkeys(places)), limits=tuple(includes.limits))


def commands(text: str, *, named: bool) -> Iterator[str]:
    """List root's command lines; named: the sixth field says who runs it."""
    for line in text.splitlines():
        times = _TIMES.match(line)
        if times is None or line.lstrip().startswith("#"):
            continue
        command = times[1]
        if named:
            user, _, command = command.partition(" ")
            if user not in {"root", "0"}:
                continue
        yield re.split(r"(?<!\\)%", command, maxsplit=1)[0]
