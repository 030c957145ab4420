"""PHP-FPM pools: `user =` of each `[pool]` (php-fpm.conf). Pools of different users name no single one."""

import posixpath
import re

from privaudit.collect.directives.reading import Reading, Request
from privaudit.collect.services.footprint import expand
from privaudit.host import HostError
from privaudit.model.service import Declared
from privaudit.model.unknown import Limit

_USER = re.compile(r"""^\s*user\s*=\s*["']?([^"'\s;]+)""", re.MULTILINE)
_INCLUDE = re.compile(r"""^\s*include\s*=\s*["']?([^"'\s;]+)""", re.MULTILINE)


def users(text: str) -> list[str]:
    """Every pool user that a file names."""
    return _USER.findall(text)


def read(request: Request) -> Reading:
    """Read the pools; Debian keeps one folder a version, named by the program."""
    top = request.top() or _debian(request)
    if top is None:
        return Reading()
    text = request.host.read(top).decode("utf-8", "surrogateescape")
    found = [(user, top) for user in users(text)]
    limits: list[Limit] = []
    for pattern in _INCLUDE.findall(text):
        absolute = pattern if pattern.startswith("/") else posixpath.join(posixpath.dirname(top), pattern)
        for file in expand(request.host, absolute):
            try:
                pool = request.host.read(file).decode("utf-8", "surrogateescape")
            except HostError as error:
                limits.append(error.limit())
                continue
            found += [(user, file) for user in users(pool)]
    if len({user for user, _ in found}) != 1:
        return Reading(limits=tuple(limits))
    return Reading(Declared(found[0][0], source=found[0][1]), limits=tuple(limits))


def _debian(request: Request) -> str | None:
    for command in request.definition.commands:
        match = re.search(r"php-fpm(\d+\.\d+)$", command.path)
        if match:
            return f"/etc/php/{match[1]}/fpm/php-fpm.conf"
    return None
