"""Linux: the calls of the seam for changing owners."""
# ruff: noqa: D102 - the protocol says what each method does

import os
from collections.abc import Callable

from privaudit.host.changes import Holder, Marks, Mount
from privaudit.host.changes_posix import PosixChanges, single
from privaudit.host.holders_linux import holders
from privaudit.host.linux_calls import LinuxCalls
from privaudit.host.mountinfo import parse_mountinfo

_OWNER_KINDS = frozenset(
    {"bcachefs", "btrfs", "ext2", "ext3", "ext4", "f2fs", "jfs", "overlay", "ramfs", "reiserfs", "tmpfs"}
    | {"xfs", "zfs"}
)
_NO_ID = 0xFFFFFFFF  # chown(2): -1 means "leave as it is"


class LinuxChanges(PosixChanges):
    """This machine.

    Attributes are listed through the working folder: half the price of a path through /proc, and the
    only call that depends on it, so that a wrong working folder could never change a wrong inode.
    """

    acl_names = frozenset({"system.posix_acl_access", "system.posix_acl_default"})
    capability_names = frozenset({"security.capability"})
    owner_kinds = _OWNER_KINDS

    def __init__(self) -> None:
        super().__init__()
        self._calls = LinuxCalls()

    def folder(self, folder: int, name: str) -> int:
        return self._calls.open_folder(folder, single(name))

    def marks(self, folder: int, name: str = "") -> Marks:
        return self._calls.marks(folder, name)

    def attribute_names(self, folder: int, name: str = "") -> list[str]:
        if not name:
            return os.listxattr(folder)
        if folder != self._entered:
            self._enter(folder)
        return os.listxattr(name, follow_symlinks=False)

    def attribute(self, folder: int, name: str, key: str) -> bytes:
        if not name:
            return os.getxattr(folder, key)
        return os.getxattr(self._path(folder, name), key, follow_symlinks=False)

    def mounts(self) -> tuple[Mount, ...]:
        with open("/proc/self/mountinfo", "rb") as lines:
            return parse_mountinfo(lines.read())

    def can_store(self, uid: int, gid: int) -> bool:
        return _mapped("/proc/self/uid_map", uid) and _mapped("/proc/self/gid_map", gid)

    def holders(self, wanted: Callable[[int, int], bool]) -> tuple[Holder, ...]:
        return holders(self._calls, wanted)

    def set_attribute(self, folder: int, name: str, key: str, value: bytes) -> None:
        if name:
            os.setxattr(self._path(folder, name), key, value, follow_symlinks=False)
        else:
            os.setxattr(folder, key, value)

    def remove_attribute(self, folder: int, name: str, key: str) -> None:
        if name:
            os.removexattr(self._path(folder, name), key, follow_symlinks=False)
        else:
            os.removexattr(folder, key)

    def reserve(self, descriptor: int, offset: int, size: int) -> None:
        self._calls.reserve(descriptor, offset, size)

    def sync(self, descriptor: int) -> None:
        os.fsync(descriptor)

    def _path(self, folder: int, name: str) -> str:
        self._calls.require_proc()
        return f"/proc/self/fd/{folder}/{single(name)}"


def _mapped(table: str, wanted: int) -> bool:
    """Whether the id exists in this user namespace; see user_namespaces(7)."""
    if not 0 <= wanted < _NO_ID:
        return False
    with open(table, encoding="ascii") as lines:
        for line in lines:
            inside, _outside, count = (int(field) for field in line.split())
            if inside <= wanted < inside + count:
                return True
    return False
