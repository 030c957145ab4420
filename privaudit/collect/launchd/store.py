"""Which jobs were switched off: launchd's own store, that wins over the `Disabled` of a job file.

Flat label -> bool, true = disabled, in disabled.plist (system) and disabled.UID.plist (gui/UID and user/UID
share one); to OS X 10.9 overrides.plist with label -> {Disabled: bool}.
"""

from privaudit.collect import plists
from privaudit.host import Host, HostError, Missing
from privaudit.model.unknown import Limit

_FOLDER = "/private/var/db/com.apple.xpc.launchd"
_OLD = "/private/var/db/launchd.db/com.apple.launchd{peruser}/overrides.plist"


class Store:
    """The overrides of one machine, read once for each owner."""

    def __init__(self, host: Host, limits: list[Limit]) -> None:
        self._host = host
        self._limits = limits
        self._known: dict[int, dict[str, bool]] = {}

    def enabled(self, owner: int, label: str, *, by_file: bool) -> str:
        """`enabled` or `disabled`; by_file: what holds where the store says nothing."""
        if owner not in self._known:
            self._known[owner] = self._read(owner)
        disabled = self._known[owner].get(label)
        return "disabled" if (disabled if disabled is not None else not by_file) else "enabled"

    def _read(self, owner: int) -> dict[str, bool]:
        name = "disabled.plist" if owner == 0 else f"disabled.{owner}.plist"
        old = _OLD.format(peruser="" if owner == 0 else f".peruser.{owner}")
        for path in (f"{_FOLDER}/{name}", old):
            try:
                return parse(self._host.read(path))
            except Missing:
                continue
            except HostError as error:
                self._limits.append(error.limit())
            except plists.Unreadable as fault:
                self._limits.append(Limit(path, str(fault)))
        return {}


def parse(data: bytes) -> dict[str, bool]:
    """Read a store of either form as label -> disabled. Raises plists.Unreadable."""
    value = plists.read(data)
    if not isinstance(value, dict):
        raise plists.Unreadable("not a list of overrides")
    found: dict[str, bool] = {}
    for label, entry in value.items():
        said = entry.get("Disabled") if isinstance(entry, dict) else entry
        if isinstance(said, bool):
            found[label] = said
    return found
