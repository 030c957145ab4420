"""The calls of the seam for changing owners that Linux and macOS share: POSIX.1-2008, by descriptor."""
# ruff: noqa: D102 - the protocol says what each method does

import errno
import fcntl
import hashlib
import os
import stat
from collections.abc import Iterator

_HASH_BLOCK = 1 << 20
_UNSEEN: int = getattr(os, "O_NOATIME", 0)
"""Linux alone can read without noting when."""


class PosixChanges:
    """One half of `privaudit.host.changes.Changes`; a system's own class has the other."""

    def __init__(self) -> None:
        self._entered: int | None = None
        self._home = -1

    def root(self) -> int:
        return os.open("/", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)

    def step(self, folder: int, name: str) -> int:
        flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        return os.open(single(name), flags, dir_fd=folder)

    def close(self, descriptor: int) -> None:
        if descriptor == self._entered:
            self._leave()
        os.close(descriptor)

    def status(self, descriptor: int) -> os.stat_result:
        return os.fstat(descriptor)

    def status_at(self, folder: int, name: str) -> os.stat_result:
        return os.stat(name, dir_fd=folder, follow_symlinks=False)

    def link_text(self, folder: int, name: str) -> str:
        return os.readlink(name, dir_fd=folder)

    def names(self, folder: int) -> Iterator[str]:
        with os.scandir(folder) as entries:
            for entry in entries:
                yield entry.name

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

    def digest(self, folder: int, name: str, limit: int) -> str:
        descriptor = os.open(
            single(name),
            os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC | _UNSEEN,
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

    def chown(self, descriptor: int, uid: int, gid: int) -> None:
        os.fchown(descriptor, uid, gid)

    def chown_at(self, folder: int, name: str, uid: int, gid: int) -> None:
        os.chown(name, uid, gid, dir_fd=folder, follow_symlinks=False)

    def chmod(self, descriptor: int, mode: int) -> None:
        os.fchmod(descriptor, mode)

    def chmod_at(self, folder: int, name: str, mode: int) -> None:
        os.chmod(single(name), mode, dir_fd=folder)

    def make_folder(self, folder: int, name: str) -> None:
        os.mkdir(single(name), 0o700, dir_fd=folder)

    def create(self, folder: int, name: str) -> int:
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        return os.open(single(name), flags, 0o600, dir_fd=folder)

    def reopen(self, folder: int, name: str) -> int:
        flags = os.O_RDWR | os.O_APPEND | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        return os.open(single(name), flags, dir_fd=folder)

    def lock(self, descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def append(self, descriptor: int, data: bytes) -> int:
        return os.write(descriptor, data)

    def read(self, descriptor: int, size: int, offset: int) -> bytes:
        return os.pread(descriptor, size, offset)

    def truncate(self, descriptor: int, size: int) -> None:
        os.ftruncate(descriptor, size)


def _here() -> int:
    """The working folder; `/` where it is gone or closed to us."""
    try:
        return os.open(".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError:
        return os.open("/", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)


def single(name: str) -> str:
    """A name that is more than one component would leave the folder it is looked up in."""
    if not name or "/" in name or name in {".", ".."}:
        raise OSError(errno.EINVAL, "not the name of an entry", name)
    return name
