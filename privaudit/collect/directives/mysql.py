"""Option files of MySQL and MariaDB: `[mysqld] user`, datadir, logs; see mysqld(8), my_print_defaults(1)."""

import posixpath
import re
from collections.abc import Sequence

from privaudit.collect.directives.reading import Includes, Reading, Request, option_values
from privaudit.collect.services.footprint import Place
from privaudit.model.path import Role
from privaudit.model.service import Declared

_GROUP = re.compile(r"\[\s*([^\]]+?)\s*\]")
_SERVER_GROUPS = re.compile(r"(mysqld|mariadbd|server|mariadb)(-\d+\.\d+)?$")
"""Groups that the server reads (MariaDB: Configuring MariaDB with Option Files)."""

_SAFE = ("mysqld_safe", "mariadbd-safe")
_SAFE_GROUPS = re.compile(
    r"(mysqld|mariadbd|server|mariadb)(-\d+\.\d+)?$|(mysqld|mariadbd?|safe_mysqld)[_-]safe$"
)
"""Groups that the start script reads as well (mysqld_safe(1))."""
_PLACES = (
    ("datadir", Role.DATA, "account", True),
    ("log_error", Role.LOG, "account", False),
    ("plugin_dir", Role.PROGRAM, "", False),
    ("ssl_key", Role.SECRET, "", False),
)
"""(option, what it names, whose it is, whether all below counts)."""

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


def options(includes: Includes, tops: Sequence[str], groups: re.Pattern[str]) -> Options:
    """Read files and what they include, each where it is named.

    The last setting of an option counts, of `user` the first: so the server keeps a later file from making it
    root (mysqld(8), --user).
    """
    found: Options = {}

    def visit(path: str) -> None:
        with includes.text(path) as text:
            for group, option, value in parse(text):
                if option == "!include":
                    visit(value)
                elif option == "!includedir":
                    for file in includes.matching(f"{value.rstrip('/')}/*.cnf"):
                        visit(file)
                elif groups.match(group):
                    _set(found, option, value, path)

    for top in tops:
        visit(top)
    return found


def _set(found: Options, option: str, value: str, source: str) -> None:
    if option != "user" or option not in found:
        found[option] = (value, source)


def read(request: Request) -> Reading:
    """Read user, folders and key; what stands on the command line comes after the files."""
    defaults = request.option("--defaults-file")
    tops = request.files if defaults is None else (defaults,)
    safe = any(argv and argv[0].endswith(_SAFE) for argv in request.argvs())
    includes = Includes(request.host)
    found = options(includes, tops, _SAFE_GROUPS if safe else _SERVER_GROUPS)
    for argv in request.argvs():
        for option in ("user", "datadir", "log-error", "plugin-dir", "ssl-key"):
            for value in option_values(argv, (f"--{option}", f"--{option.replace('-', '_')}")):
                if "$" not in value:
                    _set(found, option.replace("-", "_"), value, request.definition.path or "")
    declared = None
    if "user" in found:
        declared = Declared(found["user"][0], source=found["user"][1])
    base = found.get("datadir", ("", ""))[0]
    places = [
        Place(role, path, by_root=False, owner=owner, tree=tree)
        for option, role, owner, tree in _PLACES
        if option in found and (path := posixpath.join(base, found[option][0])).startswith("/")
    ]
    return includes.reading(declared, places)
