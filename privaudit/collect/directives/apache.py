"""Apache: `User`, `Group` (mod_unixd) with Debian's envvars, and the private keys it names (mod_ssl)."""

import posixpath
import re

from privaudit.collect.directives.reading import MAX_DEPTH, Includes, Reading, Request
from privaudit.collect.services.footprint import Place
from privaudit.host import Host, HostError
from privaudit.model.path import FileKind, Role
from privaudit.model.service import Declared
from privaudit.model.unknown import Limit

_EXPORT = re.compile(r"""^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)=["']?([^"'\s;#]*)""", re.MULTILINE)
VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_WANTED = {
    "user",
    "group",
    "serverroot",
    "sslcertificatekeyfile",
    "define",
    "loadmodule",
    "loadfile",
    "customlog",
    "errorlog",
}


def parse(text: str) -> list[tuple[str, str]]:
    """Split into (directive in lower case, argument); continuation lines are joined, sections skipped."""
    found = []
    for raw in re.sub(r"\\\r?\n", " ", text).splitlines():
        line = raw.strip()
        if not line or line[0] in "#<":
            continue
        name, argument = (*line.split(None, 1), "")[:2]
        found.append((name.lower(), argument.strip().strip("\"'")))
    return found


def read(request: Request) -> Reading:
    """Read who the children run as, and the keys."""
    top = request.top("-f")
    if top is None:
        return Reading()
    root = request.option("-d") or posixpath.dirname(top)
    return _Reader(request.host, root).read(top)


def _piped(log: str) -> list[str]:
    """The program that root starts to take a log: `|/usr/bin/x`, `||/usr/bin/x`, `|$/usr/bin/x`."""
    found = re.match(r"""["']?\|[|$]?\s*(/[^\s"']+)""", log)
    return [] if found is None else [found[1]]


class _Reader:
    def __init__(self, host: Host, base: str) -> None:
        self.host = host
        self.root = base
        self.variables = self._environment(posixpath.join(base, "envvars"))
        self.settings: dict[str, tuple[str, str]] = {}
        self.keys: list[str] = []
        self.modules: list[str] = []
        self.includes = Includes(host)

    def read(self, top: str) -> Reading:
        self._visit(top)
        declared = None
        if "user" in self.settings:
            user, file = self.settings["user"]
            group = self.settings.get("group", (None, ""))[0]
            declared = Declared(user, group, source=file)
        places = [Place(Role.SECRET, key, by_root=True) for key in self.keys]
        places += [Place(Role.PROGRAM, module, by_root=True) for module in self.modules]
        return self.includes.reading(declared, places)

    def _environment(self, path: str) -> dict[str, str]:
        try:
            text = self.host.read(path).decode("utf-8", "surrogateescape")
        except HostError:
            return {}  # only Debian has it; a variable that stays unresolved is reported below
        return dict(_EXPORT.findall(text))

    def _visit(self, path: str) -> None:
        with self.includes.text(path) as text:
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
        elif name in {"loadmodule", "loadfile"}:
            files = value.split()[-1:] if name == "loadmodule" else value.split()
            self.modules += [posixpath.join(self.root, file.strip("\"'")) for file in files]
        elif name in {"customlog", "errorlog"}:
            self.modules += _piped(value)
        elif name == "sslcertificatekeyfile":
            self.keys.append(posixpath.join(self.root, value))
        elif "${" in value:
            self.includes.limits.append(Limit(path, f"{name} names a variable that nothing sets"))
        else:
            self.settings[name] = (value, path)

    def _include(self, pattern: str, depth: int = 0) -> None:
        """Read what a pattern names; of a folder everything below it (core, Include)."""
        for file in self.includes.matching(posixpath.join(self.root, pattern)):
            if depth < MAX_DEPTH and self._is_folder(file):
                self._include(f"{file}/*", depth + 1)
            else:
                self._visit(file)

    def _is_folder(self, path: str) -> bool:
        try:
            return self.host.lstat(path).kind is FileKind.DIRECTORY
        except HostError:
            return False  # reading it will say why

    def _resolved(self, text: str) -> str:
        return VARIABLE.sub(lambda match: self.variables.get(match[1], match[0]), text)
