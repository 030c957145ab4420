"""Apache: `User`, `Group` (mod_unixd) with Debian's envvars, and the private keys it names (mod_ssl)."""

import posixpath
import re

from privaudit.collect.directives.reading import MAX_INCLUDES, Reading, Request
from privaudit.collect.services.footprint import Place, expand
from privaudit.host import Host, HostError, Missing
from privaudit.model.path import Role
from privaudit.model.service import Declared
from privaudit.model.unknown import Limit

_EXPORT = re.compile(r"""^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)=["']?([^"'\s;#]*)""", re.MULTILINE)
_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_WANTED = {"user", "group", "serverroot", "sslcertificatekeyfile", "define"}


def parse(text: str) -> list[tuple[str, str]]:
    """Split into (directive in lower case, argument); continuation lines are joined, sections skipped."""
    found = []
    for raw in re.sub(r"\\\r?\n", " ", text).splitlines():
        line = raw.strip()
        if not line or line[0] in "#<":
            continue
        name, _, argument = line.partition(" ")
        found.append((name.lower(), argument.strip().strip("\"'")))
    return found


def read(request: Request) -> Reading:
    """Read who the children run as, and the keys."""
    top = request.top()
    if top is None:
        return Reading()
    return _Reader(request.host, posixpath.dirname(top)).read(top)


class _Reader:
    def __init__(self, host: Host, base: str) -> None:
        self.host = host
        self.root = base
        self.variables = self._environment(posixpath.join(base, "envvars"))
        self.settings: dict[str, tuple[str, str]] = {}
        self.keys: list[str] = []
        self.limits: list[Limit] = []
        self.seen: set[str] = set()

    def read(self, top: str) -> Reading:
        self._visit(top)
        declared = None
        if "user" in self.settings:
            user, file = self.settings["user"]
            group = self.settings.get("group", (None, ""))[0]
            declared = Declared(user, group, source=file)
        keys = tuple(Place(Role.SECRET, key, by_root=True) for key in self.keys)
        return Reading(declared, keys, tuple(self.limits))

    def _environment(self, path: str) -> dict[str, str]:
        try:
            text = self.host.read(path).decode("utf-8", "surrogateescape")
        except HostError:
            return {}  # only Debian has it; a variable that stays unresolved is reported below
        return dict(_EXPORT.findall(text))

    def _visit(self, path: str) -> None:
        if path in self.seen:
            return
        if len(self.seen) >= MAX_INCLUDES:
            self.limits.append(Limit(path, f"more than {MAX_INCLUDES} files are included"))
            return
        self.seen.add(path)
        try:
            text = self.host.read(path).decode("utf-8", "surrogateescape")
        except Missing:
            return
        except HostError as error:
            self.limits.append(error.limit())
            return
        for name, argument in parse(text):
            if name in {"include", "includeoptional"}:
                self._include(self._resolved(argument))
            elif name in _WANTED:
                self._set(name, self._resolved(argument), path)

    def _set(self, name: str, value: str, path: str) -> None:
        if name == "serverroot":
            self.root = value
        elif name == "define":
            variable, _, text = value.partition(" ")
            self.variables[variable] = text.strip().strip("\"'")
        elif name == "sslcertificatekeyfile":
            self.keys.append(posixpath.join(self.root, value))
        elif "${" in value:
            self.limits.append(Limit(path, f"{name} names a variable that nothing sets"))
        else:
            self.settings[name] = (value, path)

    def _include(self, pattern: str) -> None:
        try:
            files = expand(self.host, posixpath.join(self.root, pattern))
        except HostError as error:
            self.limits.append(error.limit())
            return
        for file in files:
            self._visit(file)

    def _resolved(self, text: str) -> str:
        return _VARIABLE.sub(lambda match: self.variables.get(match[1], match[0]), text)
