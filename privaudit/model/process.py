"""A running process, as the kernel reports it."""

from privaudit.model.frozen import frozen
from privaudit.model.unknown import Unknown


@frozen
class Ids:
    """Credentials of one kind; see credentials(7)."""

    real: int
    effective: int
    saved: int


@frozen
class Process:
    """One process; threads are not listed."""

    pid: int
    ppid: int
    uids: Ids
    """As this machine's scanner sees them (ids of a foreign user namespace are mapped by the
    kernel)."""
    gids: Ids
    groups: tuple[int, ...]
    """Supplementary groups."""
    name: str
    """comm, at most 15 bytes on Linux."""
    program: str | Unknown
    """Absolute path of what it executes, links resolved by the kernel; a ` (deleted)` mark is
    cut off."""
    argv: tuple[str, ...]
    """As the process shows it; daemons rewrite it ("nginx: worker process"). Empty for kernel
    threads."""
    started: float
    """Seconds since the epoch."""
    unit: str | None = None
    """The systemd unit whose control group it is in: the system manager's, or the user
    manager's."""
    manager_uid: int | None = None
    """Whose manager that is: None the system's; a uid: that person's user manager."""
    session: bool = False
    """It belongs to somebody's login session (session-N.scope), not to a service."""
    container: str | None = None
    """Why it counts as a container's ("foreign pid namespace"); None: it is the machine's own."""
    deleted: bool = False
    """Its program file was replaced or removed since it started."""
    kernel: bool = False
    """A kernel thread."""
