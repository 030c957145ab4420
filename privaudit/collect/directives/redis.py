"""Redis and Valkey: folders, modules, includes, and which files hold a password (redis.conf)."""

import posixpath
import re

from privaudit.collect.directives.reading import Includes, Reading, Request
from privaudit.collect.services.footprint import Place
from privaudit.model.path import Role

_WORD = re.compile(r"""\"((?:\\.|[^"\\])*)\"|'((?:\\.|[^'\\])*)'|([^\s"']+)""")
_PASSWORDS = frozenset({"requirepass", "masterauth", "tls-key-file-pass", "tls-client-key-file-pass"})
_KEYS = frozenset({"tls-key-file", "tls-client-key-file", "aclfile"})


def parse(text: str) -> list[tuple[str, list[str]]]:
    """Split into (directive in lower case, its words); what has no words is left out."""
    found = []
    for line in text.splitlines():
        if line.lstrip().startswith("#"):
            continue
        words = [double or single or bare for double, single, bare in _WORD.findall(line)]
        if len(words) > 1:
            found.append((words[0].lower(), words[1:]))
    return found


def _is_secret(name: str, words: list[str]) -> bool:
    """Whether a directive holds a password: of an ACL user, `>` or `#` begins one."""
    if name == "user":
        return any(word.startswith((">", "#")) for word in words)
    return name in _PASSWORDS and bool(words[0])


def read(request: Request) -> Reading:
    """Read the places; the first argument of the command line is the configuration file."""
    top = next(
        (argv[1] for argv in request.argvs() if len(argv) > 1 and argv[1].startswith("/")), request.top()
    )
    if top is None:
        return Reading()
    places: list[Place] = []
    includes = Includes(request.host)
    _visit(includes, top, places)
    return Reading(None, tuple(places), tuple(includes.limits))


def _visit(includes: Includes, path: str, places: list[Place]) -> None:
    with includes.text(path) as text:
        directives = parse(text)
        if not directives:
            return
        secret = any(_is_secret(name, words) for name, words in directives)
        role = Role.SECRET if secret else Role.CONFIGURATION
        places.append(Place(role, path, by_root=False, owner="account"))
        for name, words in directives:
            if name == "include":
                for file in includes.matching(words[0]):
                    _visit(includes, file, places)
            elif words[0].startswith("/"):
                _place(places, name, words[0])


def _place(places: list[Place], name: str, path: str) -> None:
    if name == "dir":
        places.append(Place(Role.DATA, path, by_root=False, owner="account", tree=True))
    elif name == "loadmodule":
        places.append(Place(Role.PROGRAM, path, by_root=False, optional=False))
    elif name in _KEYS:
        places.append(Place(Role.SECRET, path, by_root=False))
    elif name == "logfile" and posixpath.basename(path):
        places.append(Place(Role.LOG, path, by_root=False))
