"""sshd_config(5): host keys, root's own key files, and programs that it starts to look keys up."""

import posixpath
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase

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
    entry = request.host.passwd(0)
    home = "/root" if entry is None else entry.home
    return includes.reading(places=list(_visit(includes, top, home)))


def _visit(includes: Includes, path: str, home: str, *, of_root: bool = True) -> Iterator[Place]:
    """of_root: what is said there is said of root's sessions too."""
    with includes.text(path) as text:
        for line in text.splitlines():
            name, *values = line.replace("=", " ", 1).split() or [""]
            key = name.lower()
            if key == "include":
                for pattern in values:
                    for file in includes.matching(posixpath.join(_FOLDER, pattern)):
                        yield from _visit(includes, file, home, of_root=of_root)
            elif key == "match":
                of_root = _matches_root(values)
            elif key == "authorizedkeysfile" and of_root:
                for file in _of_root(values, home):
                    yield Place(Role.CONFIGURATION, file, by_root=True, optional=False)
            elif values and values[0].startswith("/"):
                if key == "hostkey":
                    yield Place(Role.SECRET, values[0], by_root=True)
                elif key in _COMMANDS:
                    yield Place(Role.PROGRAM, values[0], by_root=True)


def _matches_root(criteria: list[str]) -> bool:
    """Whether a Match line may mean root: by user and group, whatever else it asks for."""
    named = dict(zip((word.lower() for word in criteria[::2]), criteria[1::2], strict=False))
    patterns = (named[key].split(",") for key in ("user", "group") if key in named)
    return all(any(fnmatchcase("root", pattern) for pattern in several) for several in patterns)


def _of_root(patterns: list[str], home: str) -> Iterator[str]:
    """Key files that let somebody in as root; whoever writes one is root.

    With StrictModes sshd refuses a file that others can write: then root is locked out, and nothing but that
    setting keeps them from being root.
    """
    tokens = {"%%": "%", "%h": home, "%u": "root", "%U": "0"}
    for pattern in patterns:
        path = re.sub(r"%[%huU]", lambda found: tokens[found.group()], pattern.strip('"'))
        if path.lower() != "none":
            yield posixpath.join(home, path)
