"""PostgreSQL: data folder, key and logs that postgresql.conf names (PostgreSQL documentation, chapter 20).

It has no directive for its user: Debian's units start pg_ctlcluster(1), which becomes the owner of the data.
"""

import posixpath
import re

from privaudit.collect.directives.reading import Includes, Reading, Request
from privaudit.collect.services.footprint import Place
from privaudit.host import HostError
from privaudit.model.path import Role
from privaudit.model.service import Declared

_LINE = re.compile(r"""\s*([A-Za-z_][A-Za-z0-9_.]*)(?:\s*=\s*|\s+)(?:'((?:[^']|'')*)'|([^\s#']+))""")
_CLUSTER = re.compile(r"postgresql@([^/]+?)-([^/]+)\.service")


def parse(text: str) -> list[tuple[str, str]]:
    """Split into (parameter in lower case, value); what has no value is left out."""
    found = []
    for line in text.splitlines():
        match = _LINE.match(line)
        if match is not None:
            value = match[2].replace("''", "'") if match[2] is not None else match[3]
            found.append((match[1].lower(), value))
    return found


def read(request: Request) -> Reading:
    """Read the folders and the key."""
    data = request.option("-D", "--pgdata")
    data = data or dict(request.definition.environment).get("PGDATA")
    top = _named(request) or _debian(request) or (posixpath.join(data, "postgresql.conf") if data else None)
    if top is None or not top.startswith("/"):
        return Reading()
    includes = Includes(request.host)
    settings = _load(includes, top)
    data = settings.get("data_directory", data)
    places = []
    if data is not None and data.startswith("/"):
        places.append(Place(Role.DATA, data, by_root=False, owner="account", tree=True))
        key = settings.get("ssl_key_file", "server.key")
        places.append(Place(Role.SECRET, posixpath.join(data, key), by_root=False))
    hba = settings.get("hba_file", "")
    if hba.startswith("/"):
        places.append(Place(Role.CONFIGURATION, hba, by_root=False, owner="account"))
    return Reading(_owner(request, data), tuple(places), tuple(includes.limits))


def _owner(request: Request, data: str | None) -> Declared | None:
    """Whom pg_ctlcluster(1) becomes, where the unit says nobody."""
    if (
        data is None
        or _CLUSTER.fullmatch(request.definition.id) is None
        or request.definition.user is not None
    ):
        return None
    try:
        uid = request.host.lstat(data).uid
        entry = request.host.passwd(uid)
    except HostError:
        return None  # the place itself says why it cannot be seen
    return Declared(str(uid) if entry is None else entry.name, source=data)


def _named(request: Request) -> str | None:
    """`-c config_file=X`, as Debian's wrapper starts it."""
    for argv in request.argvs():
        for argument in argv[1:]:
            name, sign, value = argument.removeprefix("--").partition("=")
            if sign and name in {"config_file", "config-file"}:
                return value
    return None


def _debian(request: Request) -> str | None:
    """Debian keeps one folder a cluster, named by the unit's instance `15-main`."""
    match = _CLUSTER.fullmatch(request.definition.id)
    return None if match is None else f"/etc/postgresql/{match[1]}/{match[2]}/postgresql.conf"


def _load(includes: Includes, top: str) -> dict[str, str]:
    settings: dict[str, str] = {}

    def visit(path: str) -> None:
        with includes.text(path) as text:
            for name, value in parse(text):
                where = posixpath.join(posixpath.dirname(path), value)
                if name in {"include", "include_if_exists"}:
                    visit(where)
                elif name == "include_dir":
                    for file in includes.matching(f"{where}/*.conf"):
                        visit(file)
                else:
                    settings[name] = value

    visit(top)
    return settings
