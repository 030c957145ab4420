"""Packages whose manager writes name and version into every path: Homebrew's Cellar, Nix's store, snaps."""

import re

from privaudit.model.service import Package

_CELLAR = re.compile(r"(?:/[^/]+)*/Cellar/([^/]+)/([^/]+)/.+")
_NIX = re.compile(r"/nix/store/[0-9a-z]{32}-([^/]+?)-([0-9][^/]*)/.+")
_SNAP = re.compile(r"/snap/([^/]+)/([^/]+)/.+")


def by_prefix(path: str) -> Package | None:
    """Read the package off the path; None: the path names none."""
    for manager, pattern in (("homebrew", _CELLAR), ("nix", _NIX), ("snap", _SNAP)):
        found = pattern.fullmatch(path)
        if found is not None:
            return Package(manager, found[1], found[2])
    return None
