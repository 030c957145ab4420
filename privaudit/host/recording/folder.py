"""A new folder, written whole or not at all: for root alone, by descriptor, over nobody else's links."""

import contextlib
import os
import secrets
import stat as st
from collections.abc import Iterator

from privaudit.host import HostError
from privaudit.host.resolve import Roots, failure

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


def check_free(folder: str) -> None:
    """Say early what `save` would refuse."""
    with parent_of(folder) as (parent, name):
        refuse_taken(parent, name, folder)


@contextlib.contextmanager
def parent_of(folder: str) -> Iterator[tuple[int, str]]:
    """Open the folder in which it is to lie, over no links but root's and our own: (descriptor, name)."""
    above, name = os.path.split(os.path.abspath(folder))
    parent = Roots("/", trusted=frozenset({0, os.geteuid()})).open_folder(above)
    try:
        yield parent, name
    except OSError as error:
        raise failure(folder, error) from None
    finally:
        os.close(parent)


def refuse_taken(parent: int, name: str, folder: str) -> None:
    """HostError if what is there under the name is more than an empty folder."""
    if not name:
        raise HostError(folder, "is not empty")
    try:
        found = os.stat(name, dir_fd=parent, follow_symlinks=False)
    except FileNotFoundError:
        return
    if not st.S_ISDIR(found.st_mode):
        raise HostError(folder, "is there already, and no folder")
    descriptor = os.open(name, _FOLDER, dir_fd=parent)
    try:
        if os.listdir(descriptor):
            raise HostError(folder, "is not empty")
    finally:
        os.close(descriptor)


def refuse_swapped(parent: int, name: str, top: int, folder: str) -> None:
    """HostError if the name leads to another folder than the one that is open."""
    found, ours = os.stat(name, dir_fd=parent, follow_symlinks=False), os.fstat(top)
    if (found.st_dev, found.st_ino) != (ours.st_dev, ours.st_ino):
        raise HostError(folder, "somebody else put something in its place")


@contextlib.contextmanager
def unfinished(parent: int, name: str) -> Iterator[tuple[str, int]]:
    """Make a folder of another name beside it; if what is done in it fails, it goes again."""
    temporary = f".{name[:100]}.{secrets.token_hex(8)}"
    os.mkdir(temporary, 0o700, dir_fd=parent)
    top = os.open(temporary, _FOLDER, dir_fd=parent)
    try:
        yield temporary, top
    except BaseException:
        _empty(top)
        with contextlib.suppress(OSError):  # what failed is said, not what failed after it
            os.rmdir(temporary, dir_fd=parent)
        raise
    finally:
        os.close(top)


def _empty(folder: int) -> None:
    """Remove everything below an open folder that only we can write."""
    for name in os.listdir(folder):
        if st.S_ISDIR(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode):
            inner = os.open(name, _FOLDER, dir_fd=folder)
            try:
                _empty(inner)
            finally:
                os.close(inner)
            os.rmdir(name, dir_fd=folder)
        else:
            os.unlink(name, dir_fd=folder)


class Writer:
    """Puts files below one open folder, and makes the folders they need."""

    def __init__(self, top: int) -> None:
        self._top = top
        self._made: set[tuple[str, ...]] = {()}

    def put(self, names: tuple[str, ...], data: bytes) -> None:
        """Write one new file."""
        folder = self._open(names[:-1])
        try:
            file = os.open(names[-1], _NEW, 0o600, dir_fd=folder)
            with os.fdopen(file, "wb") as stream:
                stream.write(data)
                stream.flush()
                os.fsync(file)
        finally:
            os.close(folder)

    def folder(self, names: tuple[str, ...]) -> None:
        """Make a folder, and those above it."""
        os.close(self._open(names))

    def _open(self, names: tuple[str, ...]) -> int:
        folder = os.dup(self._top)
        for depth, name in enumerate(names, 1):
            try:
                if names[:depth] not in self._made:
                    os.mkdir(name, 0o700, dir_fd=folder)
                    self._made.add(names[:depth])
                inner = os.open(name, _FOLDER, dir_fd=folder)
            finally:
                os.close(folder)
            folder = inner
        return folder
