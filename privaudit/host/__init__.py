"""The one seam to a machine: everything that a scan may ask of it, and nothing it could change.

Paths are absolute `str`, decoded with surrogateescape (os.fsdecode), as the machine names them: under
`--root DIR` they still start at `/`, and every link is resolved inside DIR.
"""

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Protocol

from privaudit.model.frozen import frozen
from privaudit.model.path import AclEntry, FileKind, FileStat
from privaudit.model.process import Ids
from privaudit.model.service import Listener
from privaudit.model.unknown import Limit

TEXT_LIMIT = 1 << 20
"""Bytes that a definition or configuration may have; a larger one is named in the limits."""


class HostError(Exception):
    """Something could not be read: what, and why. The scan goes on and reports it."""

    def __init__(self, what: str, why: str) -> None:
        super().__init__(f"{what}: {why}")
        self.what = what
        self.why = why

    def limit(self, service: str | None = None) -> Limit:
        """Say the same as a value for the report."""
        return Limit(what=self.what, why=self.why, service=service)


class Missing(HostError):
    """No such file, folder, process or command."""


class Denied(HostError):
    """The caller may not: EACCES, EPERM."""


class Platform(StrEnum):
    """Chosen once, by the host; nothing else looks at sys.platform."""

    LINUX = "linux"
    DARWIN = "darwin"


@frozen
class CommandResult:
    """What a command answered."""

    status: int
    """Exit status; negative: killed by that signal."""
    stdout: bytes
    stderr: bytes


@frozen
class RawProcess:
    """A process as the kernel's tables give it; `collect.processes` makes the model's value of it."""

    pid: int
    ppid: int
    uids: Ids
    gids: Ids
    groups: tuple[int, ...]
    name: str
    program: str | None
    """Target of /proc/PID/exe; None: unreadable or a kernel thread."""
    argv: tuple[str, ...]
    started: float
    """Seconds since the epoch."""
    control_group: str | None = None
    """Path in the systemd (or unified) hierarchy; None: there is none."""
    foreign_pid_namespace: bool = False
    """In another pid namespace than the scanner."""
    foreign_user_namespace: bool = False
    kernel: bool = False


@frozen
class PasswdEntry:
    """A line of passwd(5), whoever knows it (a file or a directory)."""

    name: str
    uid: int
    gid: int
    gecos: str
    home: str
    shell: str


@frozen
class GroupEntry:
    """A line of group(5), whoever knows it."""

    name: str
    gid: int
    members: tuple[str, ...]


@frozen
class CensusRow:
    """Entries of a tree that share everything a judgement of ownership needs: counted.

    Rows are few where trees are big, so a tree of a million files costs little memory.
    """

    chain: tuple[tuple[int, int, int], ...]
    """(uid, gid, mode) of the folders from the tree's top down to the parent: who can get there at all."""
    kind: FileKind
    mode: int
    uid: int
    gid: int
    count: int
    example: str
    """Path of the first one met, absolute."""
    acl: bool = False
    """Has a POSIX access ACL with named entries; asked only where the mode lets one matter."""


@frozen
class Census:
    """A whole tree, counted."""

    rows: tuple[CensusRow, ...]
    """Sorted by example."""
    entries: int
    """Inodes seen, the top among them."""
    limits: tuple[Limit, ...]
    """Folders that could not be entered, other file systems not entered, too many distinct rows."""


class Host(Protocol):
    """A machine that can be read.

    Every method raises `HostError` (`Missing`, `Denied`) and nothing else for what the machine does.
    """

    @property
    def platform(self) -> Platform:
        """Which conventions hold."""
        ...

    @property
    def root(self) -> str:
        """`/`, or the folder that stands for it."""
        ...

    @property
    def live(self) -> bool:
        """Whether processes and service managers can be asked; False for an image or a recording of one."""
        ...

    @property
    def privileged(self) -> bool:
        """Whether the scanner may read everything (is root)."""
        ...

    def hostname(self) -> str:
        """Name of the machine; empty: not known."""
        ...

    def kernel(self) -> str:
        """`Linux 6.1.0`; empty: not known."""
        ...

    def now(self) -> float:
        """Seconds since the epoch."""
        ...

    def lstat(self, path: str) -> FileStat:
        """Status of path itself; links on the way are followed, a link at the end is not."""
        ...

    def readlink(self, path: str) -> str:
        """Text of a link."""
        ...

    def listdir(self, path: str, limit: int = 100_000) -> list[str]:
        """Names in a folder, sorted; HostError if there are more than limit."""
        ...

    def read(self, path: str, limit: int = TEXT_LIMIT) -> bytes:
        """Contents of a regular file (links are followed, each hop by descriptor and O_NOFOLLOW).

        Never blocks (O_NONBLOCK); HostError for anything but a regular file and for more than limit bytes.
        """
        ...

    def head(self, path: str, size: int = 256) -> bytes:
        """The first bytes of a regular file, read as safely as `read` does."""
        ...

    def acl(self, path: str) -> tuple[AclEntry, ...]:
        """Entries of the access ACL (acl(5)) that the mode does not show, mask applied; empty: no list."""
        ...

    def file_capabilities(self, path: str) -> bool:
        """Whether the file carries capabilities (capabilities(7))."""
        ...

    def census(self, path: str) -> Census:
        """Count the whole tree at path; never follows a link, never leaves its file system."""
        ...

    def run(
        self,
        argv: Sequence[str],
        *,
        timeout: float = 30,
        uid: int | None = None,
        env: Mapping[str, str] | None = None,
        stdin: bytes = b"",
    ) -> CommandResult:
        """Run a read-only query: absolute program, no shell, LC_ALL=C, a fresh environment.

        uid: as that account (with its groups). Missing if there is no such program, HostError on timeout;
        a recorded machine answers from its record and raises Missing for what was not recorded.
        """
        ...

    def processes(self) -> Iterator[RawProcess]:
        """All processes, by pid; one that vanishes meanwhile is left out. Nothing if not live."""
        ...

    def listeners(self) -> tuple[Listener, ...]:
        """List listening tcp, bound unconnected udp and listening unix sockets. Empty if not live."""
        ...

    def passwd(self, key: int | str) -> PasswdEntry | None:
        """Look one account up by uid or name, directories included; None: no such account."""
        ...

    def group(self, key: int | str) -> GroupEntry | None:
        """Look one group up by gid or name, directories included; None: no such group."""
        ...

    def group_list(self, name: str, gid: int) -> tuple[int, ...]:
        """Every gid of an account, primary first (getgrouplist(3)), directories included."""
        ...
