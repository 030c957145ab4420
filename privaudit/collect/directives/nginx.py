"""nginx.conf: `user NAME [GROUP];`, includes, and keys (ngx_core_module, ngx_http_ssl_module)."""

import posixpath
import re
from collections.abc import Iterator

from privaudit.collect.directives.reading import Includes, Reading, Request
from privaudit.collect.services.footprint import Place
from privaudit.model.path import Role
from privaudit.model.service import Declared

TOKEN = re.compile(r"""#[^\n]*|"((?:\\.|[^"\\])*)"|'((?:\\.|[^'\\])*)'|([;{}])|([^\s;{}#"']+)""")

_PREFIX = "/usr/share/nginx"
"""What relative modules are below on Debian and Red Hat (their --prefix)."""

Directive = tuple[int, tuple[str, ...]]
"""(nesting depth, words)."""


def parse(text: str) -> list[Directive]:
    """Split a configuration into directives with their depth; 0 is the main context."""
    found: list[Directive] = []
    words: list[str] = []
    depth = 0
    for match in TOKEN.finditer(text):
        double, single, sign, bare = match.groups()
        if sign is None:
            word = next((part for part in (double, single, bare) if part is not None), None)
            if word is not None:
                words.append(word)
            continue
        if words:
            found.append((depth, tuple(words)))
            words = []
        depth += {"{": 1, "}": -1}.get(sign, 0)
        depth = max(depth, 0)
    return found


def load(includes: Includes, top: str) -> Iterator[tuple[Directive, str]]:
    """Read a file and its includes in order, as (directive, file)."""
    base = posixpath.dirname(top)

    def visit(path: str, depth: int) -> Iterator[tuple[Directive, str]]:
        with includes.text(path) as text:
            for inner, words in parse(text):
                if words[0] == "include" and len(words) > 1:
                    for file in includes.matching(posixpath.join(base, words[1])):
                        yield from visit(file, depth + inner)
                else:
                    yield (depth + inner, words), path

    return visit(top, 0)


def read(request: Request) -> Reading:
    """Read the user of the workers and the private keys."""
    top = request.top("-c")
    if top is None:
        return Reading()
    includes = Includes(request.host)
    directives = list(load(includes, top))
    unit = request.definition.path or ""
    directives += [(each, unit) for each in parse(f"{request.option('-g') or ''};")]  # nginx(8)
    declared = None
    places = []
    base = posixpath.dirname(top)
    for (depth, words), file in directives:
        if depth == 0 and words[0] == "user" and len(words) > 1:
            declared = Declared(words[1], words[2] if len(words) > 2 else None, source=file)  # noqa: PLR2004
        if depth == 0 and words[0] == "load_module" and len(words) > 1:
            places.append(Place(Role.PROGRAM, posixpath.join(_PREFIX, words[1]), by_root=True))
        if (
            words[0] == "ssl_certificate_key"
            and len(words) > 1
            and not re.match(r"engine:|store:|data:|.*\$", words[1])
        ):
            places.append(Place(Role.SECRET, posixpath.join(base, words[1]), by_root=True))
    return includes.reading(declared, places)
