"""macOS: the calls of the seam for changing owners.

What is not seen is refused, not guessed: an entry with an access control list (chmod(1), `ls -le`), since
lists cannot be carried over here. Other extended attributes are left as they are and are not counted.
"""
# ruff: noqa: D102 - the protocol says what each method does

import errno
import fcntl
import os
import stat
import struct
from collections.abc import Callable

from privaudit.host.changes import Holder, Marks, Mount
from privaudit.host.changes_posix import PosixChanges, single
from privaudit.host.darwin_calls import AccessLists
from privaudit.host.holders_darwin import holders
from privaudit.host.mounts_darwin import mounts

_NO_ID = 0xFFFFFFFF  # chown(2): -1 means "leave as it is"
_RESTRICTED = 0x00080000  # sys/stat.h: SF_RESTRICTED, System Integrity Protection
_IMMUTABLE = stat.UF_IMMUTABLE | stat.SF_IMMUTABLE | _RESTRICTED
_APPEND_ONLY = stat.UF_APPEND | stat.SF_APPEND
_F_PREALLOCATE = 42  # sys/fcntl.h
_F_ALLOCATEALL, _F_PEOFPOSMODE = 4, 3
_F_FULLFSYNC = 51  # fsync(2): "Applications ... that require tighter guarantees should use F_FULLFSYNC"
_HAS_LIST = "has an access control list: `ls -lde` shows it, `chmod -N` takes it away"


class DarwinChanges(PosixChanges):
    """This Mac. Mounts are told apart by st_dev: a firmlink leads into another volume than its path says."""

    acl_names: frozenset[str] = frozenset()
    capability_names: frozenset[str] = frozenset()
    owner_kinds = frozenset({"apfs", "hfs"})

    def __init__(self, lists: AccessLists | None = None) -> None:
        super().__init__()
        self._lists = lists if lists is not None else AccessLists()

    def folder(self, folder: int, name: str) -> int:
        opened = os.open(
            single(name),
            os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC,
            dir_fd=folder,
        )
        if os.fstat(folder).st_dev != os.fstat(opened).st_dev:
            os.close(opened)
            raise OSError(errno.EXDEV, os.strerror(errno.EXDEV), name)
        return opened

    def marks(self, folder: int, name: str = "") -> Marks:
        found = self.status_at(folder, name) if name else self.status(folder)
        flags = int(getattr(found, "st_flags", 0))
        return Marks(
            mount=found.st_dev,
            mount_root=bool(name) and found.st_dev != self.status(folder).st_dev,
            immutable=bool(flags & _IMMUTABLE),
            append_only=bool(flags & _APPEND_ONLY),
        )

    def attribute_names(self, folder: int, name: str = "") -> list[str]:
        """Nothing; OSError where an access control list would be lost."""
        if not name:
            listed = self._lists.of_descriptor(folder)
        else:
            if folder != self._entered:
                self._enter(folder)
            listed = self._lists.of_name(single(name))
        if listed:
            raise OSError(errno.ENOTSUP, _HAS_LIST, name)
        return []

    def attribute(self, folder: int, name: str, key: str) -> bytes:
        raise OSError(errno.ENOTSUP, os.strerror(errno.ENOTSUP), f"{name} {key} {folder}")

    def set_attribute(self, folder: int, name: str, key: str, value: bytes) -> None:
        raise OSError(errno.ENOTSUP, os.strerror(errno.ENOTSUP), f"{name} {key} {folder} {len(value)}")

    def remove_attribute(self, folder: int, name: str, key: str) -> None:
        raise OSError(errno.ENOTSUP, os.strerror(errno.ENOTSUP), f"{name} {key} {folder}")

    def mounts(self) -> tuple[Mount, ...]:
        return mounts()

    def can_store(self, uid: int, gid: int) -> bool:
        return 0 <= uid < _NO_ID and 0 <= gid < _NO_ID

    def holders(self, wanted: Callable[[int, int], bool]) -> tuple[Holder, ...]:
        return holders(wanted)

    def reserve(self, descriptor: int, offset: int, size: int) -> None:
        """Blocks after the end of the file: fcntl(2), F_PREALLOCATE, struct fstore."""
        missing = offset + size - os.fstat(descriptor).st_size
        if missing > 0:
            wish = struct.pack("=Iiqqq", _F_ALLOCATEALL, _F_PEOFPOSMODE, 0, missing, 0)
            fcntl.fcntl(descriptor, _F_PREALLOCATE, wish)

    def sync(self, descriptor: int) -> None:
        try:
            fcntl.fcntl(descriptor, _F_FULLFSYNC)
        except OSError as problem:
            if problem.errno not in {errno.ENOTSUP, errno.EINVAL, errno.ENOTTY}:
                raise
            os.fsync(descriptor)  # a file system that knows nothing more
