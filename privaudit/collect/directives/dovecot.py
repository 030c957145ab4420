"""dovecot.conf: the accounts of the parts that serve nobody yet (Dovecot manual, default_*_user)."""

import posixpath
import re
from collections.abc import Iterator

from privaudit.collect.directives.reading import Includes, Reading, Request
from privaudit.model.service import Declared

_USER = re.compile(r"\s*default_(internal|login)_user\s*=\s*([A-Za-z0-9_][A-Za-z0-9_.-]*)")
_INCLUDE = re.compile(r"\s*!include(?:_try)?\s+(\S+)")
_DEFAULTS = {"internal": "dovecot", "login": "dovenull"}


def read(request: Request) -> Reading:
    """Read both, the last setting counts; includes are relative to the file that names them."""
    top = request.top("-c")
    if top is None:
        return Reading()
    includes = Includes(request.host)
    found = {kind: Declared(user, source=top) for kind, user in _DEFAULTS.items()}
    found |= dict(_visit(includes, top))
    return includes.reading(takes=found.values())


def _visit(includes: Includes, path: str) -> Iterator[tuple[str, Declared]]:
    with includes.text(path) as text:
        for line in text.splitlines():
            if (user := _USER.match(line)) is not None:
                yield user[1], Declared(user[2], source=path)
            elif (other := _INCLUDE.match(line)) is not None:
                for file in includes.matching(posixpath.join(posixpath.dirname(path), other[1])):
                    yield from _visit(includes, file)
