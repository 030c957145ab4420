"""Which package installed a program: asked of the machine's own package database, once for all programs."""

import importlib
from collections.abc import Iterable

from privaudit.collect.packages.prefixes import by_prefix
from privaudit.host import Host, HostError, Missing, Platform
from privaudit.model.service import Package
from privaudit.model.unknown import Limit

_NEVER = ("/home/", "/root/", "/usr/local/", "/proc/", "/dev/", "/run/")
"""Where no system package puts a program (FHS 3.0, sections 3 and 4.9)."""
_DATABASES = (
    ("/var/lib/dpkg/status", "dpkg"),
    ("/usr/lib/sysimage/rpm", "rpm"),
    ("/var/lib/rpm", "rpm"),
    ("/lib/apk/db/installed", "apk"),
    ("/var/lib/pacman/local", "pacman"),
)
"""What shows that a package manager is the system's own, and its reader; the first that is there is asked.

dpkg comes first, since rpm's tools on Debian make an empty database of theirs.
"""


class Packages:
    """The package databases of one machine."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self.limits: tuple[Limit, ...] = ()

    def owners(self, paths: Iterable[str]) -> dict[str, Package]:
        """Path -> package, for those of the paths that one installed."""
        wanted = frozenset(paths)
        if self._host.platform is Platform.DARWIN:
            return self._on_mac(wanted)
        found = {path: package for path in wanted if (package := by_prefix(path)) is not None}
        rest = frozenset(path for path in wanted - found.keys() if not path.startswith(_NEVER))
        for sign, name in _DATABASES:
            if not rest or not self._exists(sign):
                continue
            reader = importlib.import_module(f"privaudit.collect.packages.{name}")
            try:
                found |= reader.owners(self._host, rest)
            except HostError as error:
                self.limits = (*self.limits, error.limit())
            break
        return found

    def _on_mac(self, wanted: frozenset[str]) -> dict[str, Package]:
        from privaudit.collect.packages import mac

        limits: list[Limit] = []
        found = mac.owners(self._host, wanted, limits)
        self.limits = (*self.limits, *limits)
        return found

    def _exists(self, path: str) -> bool:
        try:
            self._host.lstat(path)
        except Missing:
            return False
        except HostError as error:
            self.limits = (*self.limits, error.limit())
            return False
        return True
