"""PHP-FPM pools: `user =` of each `[pool]` (php-fpm.conf). Pools of different users name no single one."""

import posixpath
import re

from privaudit.collect.directives.reading import Includes, Reading, Request
from privaudit.model.service import Declared

_USER = re.compile(r"""^\s*(?:\[\s*([^]\n]+?)\s*\]|user\s*=\s*["']?([^"'\s;]+))""", re.MULTILINE)
_INCLUDE = re.compile(r"""^\s*include\s*=\s*["']?([^"'\s;]+)""", re.MULTILINE)


def users(text: str) -> list[str]:
    """Every pool user that a file names; `$pool` is the name of the section."""
    found = []
    pool = ""
    for section, user in _USER.findall(text):
        pool = section or pool
        if user:
            found.append(user.replace("$pool", pool))
    return found


def read(request: Request) -> Reading:
    """Read the pools; Debian keeps one folder a version, named by the program."""
    top = request.top("-y", "--fpm-config") or _debian(request)
    if top is None:
        return Reading()
    includes = Includes(request.host)
    found: list[tuple[str, str]] = []
    with includes.text(top) as text:
        found += [(user, top) for user in users(text)]
        for pattern in _INCLUDE.findall(text):
            for file in includes.matching(posixpath.join(posixpath.dirname(top), pattern)):
                with includes.text(file) as pool:
                    found += [(user, file) for user in users(pool)]
    takes = [Declared(user, source=file) for user, file in found]
    return includes.reading(takes[0] if len({user for user, _ in found}) == 1 else None, takes=takes)


def _debian(request: Request) -> str | None:
    for command in request.definition.commands:
        match = re.search(r"php-fpm(\d+\.\d+)$", command.path)
        if match:
            return f"/etc/php/{match[1]}/fpm/php-fpm.conf"
    return None
