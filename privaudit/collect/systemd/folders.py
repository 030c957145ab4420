"""The folders that a manager makes for a service: `StateDirectory=` and its kin, systemd.exec(5)."""

import posixpath
from collections.abc import Iterable, Mapping

from privaudit.collect.systemd.query import KINDS
from privaudit.model.definition import ServiceDirectory
from privaudit.model.frozen import frozen


@frozen
class Bases:
    """Where one manager puts them; what the specifiers %S %C %L %t %E stand for as well."""

    state: str
    cache: str
    logs: str
    runtime: str
    configuration: str


SYSTEM = Bases("/var/lib", "/var/cache", "/var/log", "/run", "/etc")


def of_user(uid: int, home: str, *, old: bool = False) -> Bases:
    """Give the bases of a person's manager, where no variable of the XDG specification moves them.

    old: as systemd before 254 had them.
    """
    state = f"{home}/.config" if old else f"{home}/.local/state"
    return Bases(
        state=state,
        cache=f"{home}/.cache",
        logs=f"{state}/log",
        runtime=f"/run/user/{uid}",
        configuration=f"{home}/.config",
    )


def directories(values: Mapping[str, Iterable[str]], bases: Bases) -> tuple[ServiceDirectory, ...]:
    """List the folders, sorted.

    values: relative paths by key. `name:link` (systemd 251) makes the folder `name`.
    """
    found: set[ServiceDirectory] = set()
    for key, kind in KINDS.items():
        for value in values.get(key, ()):
            name = value.partition(":")[0]
            if name and not name.startswith("/") and ".." not in name.split("/"):
                path = posixpath.normpath(f"{getattr(bases, kind)}/{name}")
                found.add(ServiceDirectory(kind, path))
    return tuple(sorted(found, key=lambda each: (each.kind, each.path)))
