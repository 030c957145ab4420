"""A path of a service, who can change it, and what that is worth to them."""

from enum import StrEnum

from privaudit.model.account import AccountKind
from privaudit.model.frozen import frozen
from privaudit.model.severity import Severity
from privaudit.model.unknown import Unknown


class FileKind(StrEnum):
    """The type bits of stat(2)."""

    FILE = "file"
    DIRECTORY = "directory"
    LINK = "link"
    SOCKET = "socket"
    FIFO = "fifo"
    DEVICE = "device"


@frozen
class FileStat:
    """What lstat(2) says, names apart."""

    kind: FileKind
    mode: int
    """Permission bits with set-id and sticky: 0 to 0o7777."""
    uid: int
    gid: int
    nlink: int = 1
    device: int = 0
    inode: int = 0
    size: int = 0


@frozen
class AclEntry:
    """An entry of a POSIX access control list that the mode bits do not show, mask applied; see acl(5).

    Where there is a list, the group bits of the mode are its mask, and what the owning group may is an entry.
    """

    tag: str
    """`user`, `group` or `owning-group`."""
    id: int
    """uid or gid; -1 for the owning group, which the file names."""
    permissions: int
    """0 to 7, effective."""


class Role(StrEnum):
    """What a path is to its service."""

    DEFINITION = "definition"
    DROP_IN = "drop-in"
    DEFINITION_FOLDER = "definition-folder"
    """A folder from which the manager would read a definition or a drop-in of this service."""
    PROGRAM = "program"
    INTERPRETER = "interpreter"
    SCRIPT = "script"
    ENVIRONMENT_FILE = "environment-file"
    CONFIGURATION = "configuration"
    SECRET = "secret"  # noqa: S105 - a role, not a secret
    """Keys, passwords: nobody but root and the service may read it."""
    DATA = "data"
    LOG = "log"
    RUN = "run"
    """Runtime folder: sockets, pid files."""


@frozen
class Exposure:
    """One way in which somebody can replace a path (or write it, or read it)."""

    who: str
    """`joe`, `group staff`, `everyone`."""
    uid: int | None
    """The account, if it is one; None for everyone or a group."""
    kind: AccountKind
    """Of the strongest reach: a person if any member is one."""
    via: str
    """The component that lets them: the file itself, or a folder on the way."""
    how: str
    """`owns the folder`, `may write the file (group staff)`, …"""


@frozen
class TreeEntry:
    """Entries of a data tree that share owner, group, mode and type: counted, with an example."""

    kind: FileKind
    mode: int
    uid: int
    gid: int
    count: int
    example: str
    """The first one's path."""
    owner: str = ""
    """Name of the uid; empty: not looked up."""


@frozen
class ServicePath:
    """One path of one service: what rules that apply to a path judge."""

    role: Role
    path: str
    """As the definition or the profile names it."""
    target: str
    """Links resolved; the same as path where none is."""
    exists: bool | Unknown
    owner: str = ""
    """Name of the owner, or `uid N`."""
    owner_uid: int | None = None
    owner_kind: AccountKind = AccountKind.UNKNOWN
    owner_expected: bool | Unknown = True
    """Owned by root, by the account that runs the service or by the profile's account."""
    group: str = ""
    mode: str = ""
    """Four octal digits: `0750`."""
    kind: FileKind | None = None
    exposed: bool | Unknown = False
    """Anyone but root and the account that uses it can replace it, a link to it, or a folder
    on the way."""
    exposed_to: tuple[Exposure, ...] = ()
    exposed_to_kind: AccountKind = AccountKind.SERVICE
    """The kind of the strongest of them; meaningful if exposed."""
    gain: Severity = Severity.LOW
    """What whoever can replace it gains: critical if root uses it, high a person, medium a
    service account."""
    readable_by_others: bool | Unknown = False
    """Content can be read by accounts beyond root, the service and its own group."""
    readers: tuple[Exposure, ...] = ()
    tree_owned_by_persons: bool | Unknown = False
    """Something at or below it belongs to a person."""
    tree_persons: tuple[TreeEntry, ...] = ()
    tree_writable: bool | Unknown = False
    """Something at or below it can be written by accounts that should not."""
    tree_exposures: tuple[Exposure, ...] = ()
    entries: int = 0
    """Inodes at and below it; 1 for a file; 0 if it does not exist."""
    used_by: str = ""
    """The strongest identity that executes or reads it: `root`, `mysql`."""
