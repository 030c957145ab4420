"""Alpine's package database: one text file, apk-package(5) with the files of each package."""

from privaudit.host import Host
from privaudit.model.service import Package

_INSTALLED = "/lib/apk/db/installed"
_LIMIT = 128 << 20


def owners(host: Host, paths: frozenset[str]) -> dict[str, Package]:
    """Path -> package, for those of the paths that are in a package."""
    return parse(host.read(_INSTALLED, _LIMIT), paths)


def parse(data: bytes, paths: frozenset[str]) -> dict[str, Package]:
    """Read the database: P name, V version, F folder, R file in it."""
    found: dict[str, Package] = {}
    name = version = folder = ""
    for line in data.decode("utf-8", "surrogateescape").split("\n"):
        key, _, value = line.partition(":")
        if not line:
            name = version = folder = ""
        elif key == "P":
            name = value
        elif key == "V":
            version = value
        elif key == "F":
            folder = value
        elif key == "R":
            path = f"/{folder}/{value}" if folder else f"/{value}"
            if path in paths:
                found[path] = Package("apk", name, version)
    return found
