"""Linux: the calls of the seam for changing owners."""
# ruff: noqa: D102 - the protocol says what each method does

import errno
import fcntl
import hashlib
import os
import stat
from collections.abc import Callable, Iterator

from privaudit.host.changes import Holder, Marks, Mount
from privaudit.host.holders_linux import holders
from privaudit.host.linux_calls import LinuxCalls
from privaudit.host.mountinfo import parse_mountinfo

_OWNER_KINDS = frozenset(
    {"bcachefs", "btrfs", "ext2", "ext3", "ext4", "f2fs", "jfs", "overlay", "ramfs", "reiserfs", "tmpfs"}
    | {"xfs", "zfs"}
)
_HASH_BLOCK = 1 << 20
_NO_ID = 0xFFFFFFFF  # chown(2): -1 means "leave as it is"


class LinuxChanges:
    """This machine.

    Attributes are listed through the working folder: half the price of a path through /proc, and the
    only call that depends on it, so that a wrong working folder could never change a wrong inode.
    """

    acl_names = frozenset({"system.posix_acl_access", "system.posix_acl_default"})
    capability_names = frozenset({"security.capability"})
    owner_kinds = _OWNER_KINDS

    def __init__(self) -> None:
        self._calls = LinuxCalls()
        self._entered: int | None = None
        self._home = -1

    def root(self) -> int:
        return os.open("/", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)

    def step(self, folder: int, name: str) -> int:
        flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        return os.open(_single(name), flags, dir_fd=folder)

    def folder(self, folder: int, name: str) -> int:
        return self._calls.open_folder(folder, _single(name))

    def close(self, descriptor: int) -> None:
        if descriptor == self._entered:
            self._leave()
        os.close(descriptor)

    def status(self, descriptor: int) -> os.stat_result:
        return os.fstat(descriptor)

    def status_at(self, folder: int, name: str) -> os.stat_result:
        return os.stat(name, dir_fd=folder, follow_symlinks=False)

    def marks(self, folder: int, name: str = "") -> Marks:
        return self._calls.marks(folder, name)

    def link_text(self, folder: int, name: str) -> str:
        return os.readlink(name, dir_fd=folder)

    def names(self, folder: int) -> Iterator[str]:
        with os.scandir(folder) as entries:
            for entry in entries:
                yield entry.name

    def attribute_names(self, folder: int, name: str = "") -> list[str]:
        if not name:
            return os.listxattr(folder)
        if folder != self._entered:
            self._enter(folder)
        return os.listxattr(name, follow_symlinks=False)

    def _enter(self, folder: int) -> None:
        """Work in the folder until it is closed."""
        if self._entered is None:
            self._home = _here()
        os.fchdir(folder)
        self._entered = folder

    def _leave(self) -> None:
        """Back to where the caller worked: a process that stays in a tree holds it, and its children too."""
        os.fchdir(self._home)
        os.close(self._home)
        self._entered, self._home = None, -1

    def attribute(self, folder: int, name: str, key: str) -> bytes:
        if not name:
            return os.getxattr(folder, key)
        return os.getxattr(self._path(folder, name), key, follow_symlinks=False)

    def digest(self, folder: int, name: str, limit: int) -> str:
        descriptor = os.open(
            _single(name),
            os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOATIME,
            dir_fd=folder,
        )
        try:
            found = os.fstat(descriptor)
            if not stat.S_ISREG(found.st_mode):
                raise OSError(errno.EINVAL, "not a regular file", name)
            total = hashlib.sha256()
            size = 0
            while block := os.read(descriptor, _HASH_BLOCK):
                size += len(block)
                if size > limit:
                    raise OSError(errno.EFBIG, os.strerror(errno.EFBIG), name)
                total.update(block)
            return total.hexdigest()
        finally:
            os.close(descriptor)

    def mounts(self) -> tuple[Mount, ...]:
        with open("/proc/self/mountinfo", "rb") as lines:
            return parse_mountinfo(lines.read())

    def can_store(self, uid: int, gid: int) -> bool:
        return _mapped("/proc/self/uid_map", uid) and _mapped("/proc/self/gid_map", gid)

    def holders(self, wanted: Callable[[int, int], bool]) -> tuple[Holder, ...]:
        return holders(self._calls, wanted)

    def chown(self, descriptor: int, uid: int, gid: int) -> None:
        os.fchown(descriptor, uid, gid)

    def chown_at(self, folder: int, name: str, uid: int, gid: int) -> None:
        os.chown(name, uid, gid, dir_fd=folder, follow_symlinks=False)

    def chmod(self, descriptor: int, mode: int) -> None:
        os.fchmod(descriptor, mode)

    def chmod_at(self, folder: int, name: str, mode: int) -> None:
        os.chmod(_single(name), mode, dir_fd=folder)

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

    def make_folder(self, folder: int, name: str) -> None:
        os.mkdir(_single(name), 0o700, dir_fd=folder)

    def create(self, folder: int, name: str) -> int:
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        return os.open(_single(name), flags, 0o600, dir_fd=folder)

    def reopen(self, folder: int, name: str) -> int:
        flags = os.O_RDWR | os.O_APPEND | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        return os.open(_single(name), flags, dir_fd=folder)

    def lock(self, descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def reserve(self, descriptor: int, offset: int, size: int) -> None:
        self._calls.reserve(descriptor, offset, size)

    def append(self, descriptor: int, data: bytes) -> int:
        return os.write(descriptor, data)

    def read(self, descriptor: int, size: int, offset: int) -> bytes:
        return os.pread(descriptor, size, offset)

    def truncate(self, descriptor: int, size: int) -> None:
        os.ftruncate(descriptor, size)

    def sync(self, descriptor: int) -> None:
        os.fsync(descriptor)

    def _path(self, folder: int, name: str) -> str:
        self._calls.require_proc()
        return f"/proc/self/fd/{folder}/{_single(name)}"


def _here() -> int:
    """The working folder; `/` where it is gone or closed to us."""
    try:
        return os.open(".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError:
        return os.open("/", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)


def _single(name: str) -> str:
    """A name that is more than one component would leave the folder it is looked up in."""
    if not name or "/" in name or name in {".", ".."}:
        raise OSError(errno.EINVAL, "not the name of an entry", name)
    return name


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
