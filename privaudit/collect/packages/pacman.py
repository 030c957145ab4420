"""Arch's package database: a folder a package, its `files` list among it (alpm-files(5))."""

import re

from privaudit.collect.packages.candidates import ranked
from privaudit.host import Host, Missing
from privaudit.model.service import Package

_LOCAL = "/var/lib/pacman/local"
_LIMIT = 32 << 20
_FOLDER = re.compile(r"(.+)-([^-]+-[^-]+)")
"""NAME-VERSION-RELEASE."""


def owners(host: Host, paths: frozenset[str]) -> dict[str, Package]:
    """Path -> package, for those of the paths that are in a package."""
    folders = {found[1]: found for name in host.listdir(_LOCAL) if (found := _FOLDER.fullmatch(name))}
    wanted = {path[1:].encode("utf-8", "surrogateescape"): path for path in paths}
    owned: dict[str, Package] = {}
    for name in ranked(folders, paths):
        if len(owned) == len(paths):
            break
        folder = folders[name]
        try:
            lines = host.read(f"{_LOCAL}/{folder[0]}/files", _LIMIT).split(b"\n")
        except Missing:
            continue  # removed since the listing
        for line in wanted.keys() & set(lines):
            owned[wanted[line]] = Package("pacman", name, folder[2])
    return owned
