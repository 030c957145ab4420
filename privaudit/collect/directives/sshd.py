"""sshd_config(5): host keys, and programs that it starts to look keys up."""

import posixpath
from collections.abc import Iterator

from privaudit.collect.directives.reading import Includes, Reading, Request
from privaudit.collect.services.footprint import Place
from privaudit.model.path import Role

_FOLDER = "/etc/ssh"
"""What an Include is relative to."""
_COMMANDS = frozenset({"authorizedkeyscommand", "authorizedprincipalscommand"})


def read(request: Request) -> Reading:
    """Read the places; sshd itself runs as root, and its sessions as whoever logs in."""
    top = request.top("-f")
    if top is None:
        return Reading()
    includes = Includes(request.host)
    return includes.reading(places=list(_visit(includes, top)))


def _visit(includes: Includes, path: str) -> Iterator[Place]:
    with includes.text(path) as text:
        for line in text.splitlines():
            name, *values = line.replace("=", " ", 1).split() or [""]
            key = name.lower()
            if key == "include":
                for pattern in values:
                    for file in includes.matching(posixpath.join(_FOLDER, pattern)):
                        yield from _visit(includes, file)
            elif values and values[0].startswith("/"):
                if key == "hostkey":
                    yield Place(Role.SECRET, values[0], by_root=True)
                elif key in _COMMANDS:
                    yield Place(Role.PROGRAM, values[0], by_root=True)
