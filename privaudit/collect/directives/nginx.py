"""nginx.conf: `user NAME [GROUP];`, includes, and keys (ngx_core_module, ngx_http_ssl_module)."""

import posixpath
import re

from privaudit.collect.directives.reading import MAX_INCLUDES, Reading, Request
from privaudit.collect.services.footprint import Place, expand
from privaudit.host import Host, HostError, Missing
from privaudit.model.path import Role
from privaudit.model.service import Declared
from privaudit.model.unknown import Limit

_TOKEN = re.compile(r"""#[^\n]*|"((?:\\.|[^"\\])*)"|'((?:\\.|[^'\\])*)'|([;{}])|([^\s;{}#"']+)""")

Directive = tuple[int, tuple[str, ...]]
"""(nesting depth, words)."""


def parse(text: str) -> list[Directive]:
    """Split a configuration into directives with their depth; 0 is the main context."""
    found: list[Directive] = []
    words: list[str] = []
    depth = 0
    for match in _TOKEN.finditer(text):
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


def load(host: Host, top: str) -> tuple[list[tuple[Directive, str]], list[Limit]]:
    """Read a file and its includes in order, as (directive, file)."""
    found: list[tuple[Directive, str]] = []
    limits: list[Limit] = []
    seen: set[str] = set()
    base = posixpath.dirname(top)

    def visit(path: str, depth: int) -> None:
        if path in seen:
            return
        if len(seen) >= MAX_INCLUDES:
            limits.append(Limit(top, f"includes more than {MAX_INCLUDES} files"))
            return
        seen.add(path)
        try:
            text = host.read(path).decode("utf-8", "surrogateescape")
        except Missing:
            return
        except HostError as error:
            limits.append(error.limit())
            return
        for inner, words in parse(text):
            if words[0] == "include" and len(words) > 1:
                pattern = words[1] if words[1].startswith("/") else posixpath.join(base, words[1])
                try:
                    included = expand(host, pattern)
                except HostError as error:
                    limits.append(error.limit())
                    continue
                for file in included:
                    visit(file, depth + inner)
            else:
                found.append(((depth + inner, words), path))

    visit(top, 0)
    return found, limits


def read(request: Request) -> Reading:
    """Read the user of the workers and the private keys."""
    top = request.top()
    if top is None:
        return Reading()
    directives, limits = load(request.host, top)
    declared = None
    places = []
    base = posixpath.dirname(top)
    for (depth, words), file in directives:
        if depth == 0 and words[0] == "user" and len(words) > 1:
            declared = Declared(words[1], words[2] if len(words) > 2 else None, source=file)  # noqa: PLR2004
        if (
            words[0] == "ssl_certificate_key"
            and len(words) > 1
            and not re.match(r"engine:|store:|data:|.*\$", words[1])
        ):
            places.append(Place(Role.SECRET, posixpath.join(base, words[1]), by_root=True))
    return Reading(declared, tuple(places), tuple(limits))
