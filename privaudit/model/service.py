"""A service, joined: what was declared, what runs, as whom, and on which paths."""

from enum import StrEnum

from privaudit.model.account import Account, AccountKind
from privaudit.model.definition import Definition, Domain, Manager
from privaudit.model.frozen import frozen
from privaudit.model.path import ServicePath
from privaudit.model.process import Process
from privaudit.model.unknown import Unknown


class Purpose(StrEnum):
    """What it is for."""

    SERVER = "server"
    PERSONAL = "personal"
    UNKNOWN = "unknown"


class Model(StrEnum):
    """How a well-kept service of that kind lives."""

    DEDICATED = "dedicated"
    """The whole tree runs as the service account (a start as root that drops is one too)."""
    ROOT_MASTER = "root-master"
    """A root parent, children without privileges."""
    ROOT_REQUIRED = "root-required"
    PER_USER = "per-user"


class IdentityKind(StrEnum):
    """An account's kind, nobody told apart from other service accounts."""

    ROOT = "root"
    SERVICE = "service"
    PERSON = "person"
    NOBODY = "nobody"
    UNKNOWN = "unknown"


@frozen
class Identity:
    """Who a process is or would be."""

    uid: int | None
    """None: the name has no account here, or a DynamicUser= that does not run now."""
    name: str
    kind: IdentityKind
    admin: bool | Unknown = False
    """May become root."""
    can_log_in: bool | Unknown = False
    reason: str = ""
    """The first reasons of its kind, or why it is not known."""


@frozen
class Declared:
    """The identity that a definition, or the program's own configuration, asks for."""

    user: str | None
    """None: not declared, so the manager's own (root in the system domain)."""
    group: str | None = None
    dynamic: bool = False
    source: str = ""
    """The file that says so; empty: nobody does."""


@frozen
class Listener:
    """A socket that accepts connections or datagrams."""

    protocol: str
    """`tcp`, `udp`, `unix`."""
    address: str
    """`0.0.0.0`, `::1`, or the path of a unix socket."""
    port: int
    """0 for unix."""
    pid: int | None
    """A process that holds it; None: not seen (needs root), or the manager's own."""
    uid: int
    """Owner of the socket: the effective uid of whoever made it."""
    loopback: bool = False


@frozen
class Package:
    """Who installed a file."""

    manager: str
    """`dpkg`, `rpm`, `homebrew`, `macports`, …"""
    name: str
    version: str = ""


@frozen
class Service:
    """What rules that apply to a service judge."""

    id: str
    """Unit name or label; `PROGRAM:PORT` for an unmanaged one."""
    name: str
    """Short: `mariadb`."""
    manager: Manager
    domain: Domain
    running: bool
    purpose: Purpose
    purpose_reason: str
    """Why, also why it is unknown."""
    profile: str | None
    """The catalogue's name of it: `mysql`; None: read generically."""
    model: Model | None
    """None without a profile."""
    declared: Declared
    runs_as: Identity
    """Of the processes that do the work: the profile's programs, else the main process; if
    nothing runs, what would."""
    should_run_as: str | None
    """The account the profile names for this platform; None: not known."""
    identities: tuple[Identity, ...] = ()
    """Every distinct real, effective or saved identity of the tree, sorted by uid."""
    persons: tuple[Identity, ...] = ()
    """Those of kind person that are not served by design (sshd's sessions, cron's jobs)."""
    workers: tuple[Identity, ...] = ()
    """Of the children that the profile calls unprivileged; while nothing runs, those that the program's own
    configuration names. Empty where none are known."""
    workers_root: bool | Unknown = False
    """One of them still holds root among its real, effective or saved ids."""
    needless_root: bool | Unknown = False
    """A dedicated service whose working processes are root."""
    differs: bool | Unknown = False
    """A running process of it is not who the declaration says."""
    difference: str = ""
    """`declared mysql, running joe (pid 71)`."""
    beyond_loopback: bool | Unknown = False
    """Listens on an address other than loopback."""
    listens_as: tuple[Identity, ...] | Unknown = ()
    """Who holds the sockets beyond loopback."""
    listeners: tuple[Listener, ...] = ()
    definition: Definition | None = None
    directive: Declared | None = None
    """What the program's own configuration says, where the profile knows how to ask."""
    paths: tuple[ServicePath, ...] = ()
    processes: tuple[Process, ...] = ()
    program: str | None = None
    """Absolute path."""
    package: Package | None = None
    account: Account | None = None
    """Of runs_as, whole."""
    kind: AccountKind = AccountKind.UNKNOWN
    """Of that account."""
    accepted: tuple[tuple[str, str], ...] = ()
    """(rule, reason): what the profile says is right by design."""
    group_powers: tuple[str, ...] = ()
    """Groups that it gets beside those of its account and that amount to root: `docker: its members start
    containers as root`. Empty for root and for people."""
    obstacles: tuple[str, ...] = ()
    """What will keep its manager from starting it: `_mysql may not make its log /x`."""
    twins: tuple[str, ...] = ()
    """Copies of it in another domain, on the same program or data: `agent X of joe`."""
    fix: str | None = None
    """The fix of privaudit's that is in force for it: `mysql-1`; None: it was not fixed."""
    fix_undone: bool | Unknown = False
    """Something of what the fix did does not hold any more."""
    fix_change: str = ""
    """What: `it runs as joe again, not as mysql`."""
    limits: tuple[str, ...] = ()
    """What could not be seen of it."""
