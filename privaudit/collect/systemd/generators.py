"""Instances that Debian's own generators ask for at boot, systemd.generator(7), where they did not run.

Without them an image would seem to have no database: Debian's clusters, mailers and relays are instances that
nothing but a generator names.
"""

import re
from collections.abc import Callable, Iterator

from privaudit.collect.systemd.load import Loader
from privaudit.host import Host, HostError, Missing

FOLDER = "/usr/lib/systemd/system-generators"
PLACE = "/run/systemd/generator"
MAX_INSTANCES = 1_000
"""Versions, clusters or relays that are looked at."""

_TOR_NAME = re.compile(r"[A-Za-z0-9]+")


def add(loader: Loader) -> None:
    """Tell the loader of the instances; what cannot be read goes to its limits."""
    for generator, instances in _INSTANCES.items():
        if not _exists(loader.host, f"{FOLDER}/{generator}"):
            continue
        try:
            for name in instances(loader.host):
                loader.asked[name] = PLACE
        except HostError as error:
            loader.limits.append(error.limit())


def _postgresql(host: Host) -> Iterator[str]:
    """List clusters whose start.conf does not say otherwise, pg_createcluster(1)."""
    for version in _names(host, "/etc/postgresql"):
        if not _exists(host, f"/usr/lib/postgresql/{version}/bin/postgres"):
            continue
        for cluster in _names(host, f"/etc/postgresql/{version}"):
            folder = f"/etc/postgresql/{version}/{cluster}"
            if _exists(host, f"{folder}/postgresql.conf") and _starts(host, f"{folder}/start.conf"):
                yield f"postgresql@{version}-{cluster}.service"


def _starts(host: Host, path: str) -> bool:
    try:
        text = host.read(path).decode("utf-8", "replace")
    except Missing:
        return True
    lines = [line.partition("#")[0].strip() for line in text.splitlines()]
    return [line for line in lines if line] == ["auto"]


def _postfix(_: Host) -> Iterator[str]:
    yield "postfix@-.service"


def _tor(host: Host) -> Iterator[str]:
    if _exists(host, "/etc/tor/torrc"):
        yield "tor@default.service"
    for name in _names(host, "/etc/tor/instances"):
        if (
            name != "default"
            and _TOR_NAME.fullmatch(name)
            and _exists(host, f"/etc/tor/instances/{name}/torrc")
        ):
            yield f"tor@{name}.service"


def _names(host: Host, folder: str) -> list[str]:
    try:
        return host.listdir(folder, MAX_INSTANCES)
    except Missing:
        return []


def _exists(host: Host, path: str) -> bool:
    try:
        host.lstat(path)
    except Missing:
        return False
    return True


_INSTANCES: dict[str, Callable[[Host], Iterator[str]]] = {
    "postgresql-generator": _postgresql,
    "postfix-instance-generator": _postfix,
    "tor-generator": _tor,
}
