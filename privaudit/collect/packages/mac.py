"""Who installed a program on a Mac: Homebrew and vendors by the path, MacPorts by its registry.

The registry (macports-base, src/cregistry/sql.c) is an SQLite database of up to some hundred megabytes. It is
opened as a copy in memory, and only if nobody but root could have written it.
"""

import re
from collections.abc import Iterable

from privaudit.collect.files.trace import Trace, Tracer
from privaudit.collect.packages.prefixes import by_prefix
from privaudit.host import Host, HostError
from privaudit.model.path import FileKind
from privaudit.model.service import Package
from privaudit.model.unknown import Limit

REGISTRY = "/opt/local/var/macports/registry/registry.db"
_REGISTRY_LIMIT = 512 << 20
_MACPORTS = "/opt/local/"
_OTHERS_WRITE = 0o022
_VENDORS = (
    (re.compile(r"(?:/.*)?/opt/([^/]+)/(?:s?bin|libexec|lib)/.+"), "homebrew"),
    (re.compile(r"/usr/local/(mysql)-([0-9][^-/]*)[^/]*/.+"), "oracle"),
    (re.compile(r"/usr/local/(mysql)/.+"), "oracle"),
    (re.compile(r"/Library/(PostgreSQL)/([^/]+)/.+"), "edb"),
)
_OWNER = """
    SELECT ports.name, ports.version, ports.revision FROM files JOIN ports ON ports.id = files.id
    WHERE files.actual_path = ? AND files.active = 1 LIMIT 1
"""


def owners(host: Host, paths: Iterable[str], limits: list[Limit]) -> dict[str, Package]:
    """Path -> package; limits: told why MacPorts' registry could not be asked."""
    tracer = Tracer(host)
    targets = {path: tracer.trace(path).target for path in paths}
    found = {path: package for path, target in targets.items() if (package := _by_path(path, target))}
    ports = {path: target for path, target in targets.items() if target.startswith(_MACPORTS)}
    if ports:
        try:
            found |= _by_registry(host, tracer.trace(REGISTRY), ports)
        except HostError as error:
            limits.append(error.limit())
    return found


def _by_path(path: str, target: str) -> Package | None:
    package = by_prefix(target)
    if package is not None:
        return package
    for pattern, manager in _VENDORS:
        match = pattern.fullmatch(target) or pattern.fullmatch(path)
        if match is not None and not path.startswith(_MACPORTS):
            name, version = (*match.groups(), "")[:2]
            return Package(manager, name.lower(), version)
    return None


def _by_registry(host: Host, trace: Trace, ports: dict[str, str]) -> dict[str, Package]:
    if trace.error is not None:
        raise trace.error
    if trace.end is None or trace.end.stat.kind is not FileKind.FILE:
        return {}
    for node in (*trace.folders, trace.end):
        if node.stat.uid != 0 or node.stat.mode & _OTHERS_WRITE:
            raise HostError(REGISTRY, f"not looked into: others than root may change {node.path}")
    return registry_owners(host.read(REGISTRY, _REGISTRY_LIMIT), ports)


def registry_owners(database: bytes, ports: dict[str, str]) -> dict[str, Package]:
    """Look paths up in a registry; ports: path -> real path. Raises HostError if it is none."""
    import sqlite3

    copy = bytearray(database)
    copy[18:20] = b"\x01\x01"  # a write-ahead log cannot be opened in memory (SQLite file format, 1.3.3)
    found: dict[str, Package] = {}
    connection = sqlite3.connect(":memory:")
    try:
        connection.deserialize(bytes(copy))
        for path, target in ports.items():
            for name, version, revision in connection.execute(_OWNER, (target,)):
                found[path] = Package("macports", str(name), f"{version}_{revision}")
    except sqlite3.Error:
        raise HostError(REGISTRY, "not a registry of MacPorts that can be read") from None
    finally:
        connection.close()
    return found
