"""Everything collected in one scan: what the engine judges and a report shows."""

from privaudit.model.account import Account, Group
from privaudit.model.frozen import frozen
from privaudit.model.service import Service
from privaudit.model.unknown import Limit, Unknown


@frozen
class Machine:
    """The machine, as reports name it."""

    hostname: str
    platform: str
    """`linux` or `darwin`."""
    system: str
    """`debian 12`, `macos 15.5`; empty: not known."""
    kernel: str = ""
    root: str = "/"
    """What was scanned: `/`, or the folder given with --root."""
    privileged: bool = True
    """Whether the scan ran as root."""
    fix_cut_short: bool | Unknown = False
    """A fix was killed half way, and nobody has put it back yet."""
    cut_short: tuple[str, ...] = ()
    """Which: `mysql-1 of mariadb.service`."""


@frozen
class Snapshot:
    """All facts of one scan, immutable."""

    machine: Machine
    services: tuple[Service, ...]
    """Sorted by id, then owner."""
    accounts: tuple[Account, ...]
    """Every account that was seen in use or may become root, sorted by uid."""
    groups: tuple[Group, ...]
    limits: tuple[Limit, ...]
    """Sorted."""
    started: float
    """Seconds since the epoch."""
    finished: float
    containers: int = 0
    """Processes left out since they belong to containers."""
