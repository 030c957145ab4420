"""Option files of MySQL and MariaDB: `[mysqld] user`, datadir, logs; see mysqld(8), my_print_defaults(1)."""

import posixpath
import re

from privaudit.collect.directives.reading import MAX_INCLUDES, Reading, Request
from privaudit.collect.services.footprint import Place
from privaudit.host import Host, HostError, Missing
from privaudit.model.path import Role
from privaudit.model.service import Declared
from privaudit.model.unknown import Limit

_GROUP = re.compile(r"\[\s*([^\]]+?)\s*\]")
_SERVER_GROUPS = re.compile(r"(mysqld|mariadbd|server|mariadb)(-\d+\.\d+)?$")
"""Groups that the server reads (MariaDB: Configuring MariaDB with Option Files)."""

Options = dict[str, tuple[str, str]]
"""option -> (value, file that set it last); `-` and `_` are the same, we write `_`."""


def parse(text: str) -> list[tuple[str, str, str]]:
    """Split an option file into (group, option, value); includes come as (``, `!include`, argument)."""
    found: list[tuple[str, str, str]] = []
    group = ""
    for raw in text.splitlines():
        line = raw.strip()
        if not line or line[0] in "#;":
            continue
        if line.startswith("!"):
            word, _, argument = line.partition(" ")
            found.append(("", word, argument.strip()))
            continue
        header = _GROUP.match(line)
        if header:
            group = header[1]
            continue
        option, _, value = line.partition("=")
        value = value.split(" #", 1)[0].strip().strip("\"'")
        found.append((group, option.strip().replace("-", "_").removeprefix("loose_"), value))
    return found


def options(host: Host, top: str) -> tuple[Options, list[Limit]]:
    """Read a file and what it includes, each where it is named; the last setting of an option counts."""
    found: Options = {}
    limits: list[Limit] = []
    seen: set[str] = set()

    def visit(path: str) -> None:
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
        for group, option, value in parse(text):
            if option == "!include":
                visit(value)
            elif option == "!includedir":
                for file in _folder(host, value, limits):
                    visit(file)
            elif _SERVER_GROUPS.match(group):
                found[option] = (value, path)

    visit(top)
    return found, limits


def _folder(host: Host, folder: str, limits: list[Limit]) -> list[str]:
    try:
        names = host.listdir(folder)
    except Missing:
        return []
    except HostError as error:
        limits.append(error.limit())
        return []
    return [posixpath.join(folder, name) for name in names if name.endswith(".cnf")]


def read(request: Request) -> Reading:
    """Read user and folders; what stands on the command line wins over the files."""
    top = request.top()
    found, limits = options(request.host, top) if top is not None else ({}, [])
    for command in request.definition.commands:
        if command.stage not in {"ExecStart", "ProgramArguments"}:
            continue
        for argument in command.argv[1:]:
            if argument.startswith("--") and "=" in argument:
                name, _, value = argument[2:].partition("=")
                found[name.replace("-", "_")] = (value, request.definition.path or "")
    declared = None
    if "user" in found:
        declared = Declared(found["user"][0], source=found["user"][1])
    places = []
    for option, role, tree in (("datadir", Role.DATA, True), ("log_error", Role.LOG, False)):
        if option in found and found[option][0].startswith("/"):
            places.append(Place(role, found[option][0], by_root=False, owner="account", tree=tree))
    return Reading(declared, tuple(places), tuple(limits))
