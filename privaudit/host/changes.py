"""The seam through which owners change: every call that can harm, one method a system call.

Nothing else in the project opens by descriptor to change, chowns, chmods or sets attributes. Tests put
a failing or a recording stand-in here. All names are single components (never `/`, `.` or `..`),
relative to an open folder; no method follows a link at the end of a name. Every method raises OSError.
"""

import os
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple, Protocol

from privaudit.model.frozen import frozen


class Marks(NamedTuple):
    """What stat(2) does not say: see statx(2), or st_flags in stat(2) of macOS."""

    mount: int
    """Identity of the mount the entry lies on; 0: the system knows none, st_dev must do."""
    mount_root: bool
    """Something is mounted exactly here."""
    immutable: bool
    append_only: bool


@frozen
class Mount:
    """One line of proc_pid_mountinfo(5), or of getfsstat(2)."""

    id: int
    point: str
    """Where, as this process sees it."""
    device: str
    """`major:minor`; the same for a bind mount and its source. On macOS the mounted-from name."""
    root: str
    """Which part of the file system is mounted; `/` is the whole of it, anything else a bind mount."""
    kind: str
    """`ext4`, `apfs`, …"""
    read_only: bool = False
    ownerless: bool = False
    """Owners are not stored, or shifted (idmapped mounts, macOS `noowners`)."""


class Holder(NamedTuple):
    """A process that has something open, mapped, or as its working, root or program file."""

    pid: int
    uid: int
    program: str
    how: str
    """`working folder`, `open for writing`, `open`, `mapped`, `program`, `root folder`."""
    device: int
    inode: int

    @property
    def harmless(self) -> bool:
        """Root may stand in a tree or read in it: it needs no descriptor to do harm."""
        return self.uid == 0 and self.how in {"working folder", "root folder", "open", "program"}


class Changes(Protocol):
    """System calls on the machine to be changed."""

    @property
    def acl_names(self) -> frozenset[str]:
        """Attributes that grant access beyond the mode; the change drops them, undo restores them."""
        ...

    @property
    def capability_names(self) -> frozenset[str]:
        """Attributes that give a program rights, and that chown drops."""
        ...

    @property
    def owner_kinds(self) -> frozenset[str]:
        """File systems that store owners, locally."""
        ...

    # looking

    def root(self) -> int:
        """Open `/`."""
        ...

    def step(self, folder: int, name: str) -> int:
        """Open a folder on the way to a tree, or its top; mounts are entered, links are ENOTDIR."""
        ...

    def folder(self, folder: int, name: str) -> int:
        """Open a folder for reading; ELOOP or ENOTDIR for a link, EXDEV where something is mounted."""
        ...

    def close(self, descriptor: int) -> None:
        """Close it."""
        ...

    def status(self, descriptor: int) -> os.stat_result:
        """See fstat(2)."""
        ...

    def status_at(self, folder: int, name: str) -> os.stat_result:
        """See fstatat(2) with AT_SYMLINK_NOFOLLOW."""
        ...

    def marks(self, folder: int, name: str = "") -> Marks:
        """Mount and flags of an entry, or of the folder itself."""
        ...

    def link_text(self, folder: int, name: str) -> str:
        """Text of a symbolic link."""
        ...

    def names(self, folder: int) -> Iterator[str]:
        """Entries of a folder in the system's order, `.` and `..` left out."""
        ...

    def attribute_names(self, folder: int, name: str = "") -> list[str]:
        """Extended attributes (and ACLs) of an entry, or of the folder itself; links are not followed."""
        ...

    def attribute(self, folder: int, name: str, key: str) -> bytes:
        """Value of one of them; name empty: of the folder itself."""
        ...

    def digest(self, folder: int, name: str, limit: int) -> str:
        """Sha256 of a regular file, in hex; EFBIG if it has more than limit bytes; never blocks."""
        ...

    def mounts(self) -> tuple[Mount, ...]:
        """Everything that is mounted in this process's view."""
        ...

    def can_store(self, uid: int, gid: int) -> bool:
        """Whether the ids exist in this user namespace and are ids at all (-1 is none)."""
        ...

    def holders(self, wanted: Callable[[int, int], bool]) -> tuple[Holder, ...]:
        """Processes that hold an inode of which wanted(device, inode) is true; this process left out."""
        ...

    # changing

    def chown(self, descriptor: int, uid: int, gid: int) -> None:
        """See fchown(2)."""
        ...

    def chown_at(self, folder: int, name: str, uid: int, gid: int) -> None:
        """See fchownat(2) with AT_SYMLINK_NOFOLLOW."""
        ...

    def chmod(self, descriptor: int, mode: int) -> None:
        """See fchmod(2)."""
        ...

    def chmod_at(self, folder: int, name: str, mode: int) -> None:
        """See fchmodat(2); the caller knows from status_at, in a frozen folder, that name is no link."""
        ...

    def set_attribute(self, folder: int, name: str, key: str, value: bytes) -> None:
        """Set one extended attribute or ACL; name empty: of the folder itself."""
        ...

    def remove_attribute(self, folder: int, name: str, key: str) -> None:
        """Remove one; name empty: of the folder itself."""
        ...

    # the journal and the lock, in a folder that only root can enter

    def make_folder(self, folder: int, name: str) -> None:
        """Make a folder with mode 0700."""
        ...

    def create(self, folder: int, name: str) -> int:
        """Make a file with mode 0600 and open it to read and append; EEXIST if there is one."""
        ...

    def reopen(self, folder: int, name: str) -> int:
        """Open an existing regular file to read and append, never following a link."""
        ...

    def lock(self, descriptor: int) -> None:
        """Take an exclusive flock(2); BlockingIOError if another process has it."""
        ...

    def reserve(self, descriptor: int, offset: int, size: int) -> None:
        """Take disk space for size bytes from offset on, without changing the file's length."""
        ...

    def append(self, descriptor: int, data: bytes) -> int:
        """Write at the end; bytes written."""
        ...

    def read(self, descriptor: int, size: int, offset: int) -> bytes:
        """See pread(2)."""
        ...

    def truncate(self, descriptor: int, size: int) -> None:
        """Cut a torn last record off, and give unused reserved space back."""
        ...

    def sync(self, descriptor: int) -> None:
        """Do not return before everything is on the disk (fsync(2), F_FULLFSYNC on macOS)."""
        ...


Attributes = Mapping[str, bytes]
"""Attributes by name, as the change drops and undo restores them."""
