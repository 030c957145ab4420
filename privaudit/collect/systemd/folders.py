"""The folders that a manager makes for a service: `StateDirectory=` and its kin, systemd.exec(5)."""

import posixpath
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from privaudit.model.definition import ServiceDirectory

KINDS = {
    "StateDirectory": "state",
    "CacheDirectory": "cache",
    "LogsDirectory": "logs",
    "RuntimeDirectory": "runtime",
    "ConfigurationDirectory": "configuration",
}


@dataclass(frozen=True, slots=True)
class Bases:
    """Where one manager puts them; what the specifiers %S %C %L %t %E stand for as well."""

    state: str
    cache: str
    logs: str
    runtime: str
    configuration: str


SYSTEM = Bases("/var/lib", "/var/cache", "/var/log", "/run", "/etc")


def of_user(uid: int, home: str) -> Bases:
    """Give the bases of a person's manager (the XDG defaults, systemd 254 and later)."""
    return Bases(
        state=f"{home}/.local/state",
        cache=f"{home}/.cache",
        logs=f"{home}/.local/state/log",
        runtime=f"/run/user/{uid}",
        configuration=f"{home}/.config",
    )


def directories(values: Mapping[str, Iterable[str]], bases: Bases) -> tuple[ServiceDirectory, ...]:
    """List the folders; values: relative paths by key. `name:link` (systemd 251) makes the folder `name`."""
    found = []
    for key, kind in KINDS.items():
        for value in values.get(key, ()):
            name = value.partition(":")[0]
            if name and not name.startswith("/") and ".." not in name.split("/"):
                path = posixpath.normpath(f"{getattr(bases, kind)}/{name}")
                found.append(ServiceDirectory(kind, path))
    return tuple(found)
