"""What makes a finding the same one on another host or after an upgrade, and what makes it another state."""

import re
from collections.abc import Iterable

from privaudit.model.account import Account, AccountKind
from privaudit.model.digest import sha256_hex
from privaudit.model.service import Service

_PREFIXES = ("/opt/homebrew", "/home/linuxbrew/.linuxbrew", "/usr/local")
"""Where Homebrew lives on Apple silicon, on Linux and on Intel Macs; docs.brew.sh/Installation."""
_CELLAR = re.compile(r"/Cellar/([^/]+)/[^/]+")
"""A keg: the folder of one version of a formula."""


class Homes:
    """Folders of people, so that what lies in one is named the same whoever's it is."""

    def __init__(self, accounts: Iterable[Account]) -> None:
        found = {
            a.home.rstrip("/") for a in accounts if a.kind is AccountKind.PERSON and a.home.count("/") > 1
        }
        self._homes = sorted(found, key=lambda home: (-len(home), home))

    def normal(self, path: str) -> str:
        """Replace home, package prefix and version of a keg in a path."""
        for home in self._homes:
            if path == home or path.startswith(home + "/"):
                path = "{home}" + path[len(home) :]
                break
        for prefix in _PREFIXES:
            if path.startswith(prefix + "/"):
                path = "{prefix}" + path[len(prefix) :]
                break
        return _CELLAR.sub(r"/Cellar/\1/{version}", path)


def lasting_name(service: Service) -> str:
    """Name a service for all its instances: the template, if it has one."""
    template = None if service.definition is None else service.definition.template
    return template if template is not None else service.id


def digest(*parts: object) -> str:
    """Give the sha256, in hex, of texts and of lists of them; they cannot run into each other."""
    return sha256_hex(repr(parts).encode())
