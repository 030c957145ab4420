"""Write a report to a file: whole or not at all, through no link, and nowhere that it can be swapped.

As root, the folder and everything on the way to it must be root's, and so must links: a weaker account that
can rename a folder would choose what root overwrites.
"""

import os
import stat as st
from contextlib import suppress
from typing import Self

from privaudit.cli.exits import Exit, Failure

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FRESH = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_OTHERS_WRITE = st.S_IWGRP | st.S_IWOTH
_MAX_LINKS = 40
_ELSEWHERE = "write to standard output instead, and have the shell put it there: > FILE"


class OutputFile:
    """A file to be: its folder is judged and held open at once, the file appears whole when it is written."""

    def __init__(self, path: str) -> None:
        """Open the folder that path lies in. Failure if that cannot be, or is not safe."""
        self._path = path
        folder, self._name = os.path.split(os.path.abspath(path))
        if not self._name or path.endswith("/"):
            raise Failure(f"{path} is a folder", "name a file with -o")
        self._folder = _open_folder(folder, path)
        try:
            self._refuse_odd()
        except Failure:
            os.close(self._folder)
            raise

    def __enter__(self) -> Self:
        """Hold the folder."""
        return self

    def __exit__(self, *_: object) -> None:
        """Let the folder go."""
        os.close(self._folder)

    def write(self, text: str) -> None:
        """Put text there, replacing a regular file of that name; only the owner may read it."""
        passing = f".{self._name[:200]}.{os.urandom(6).hex()}"
        try:
            file = os.open(passing, _FRESH, 0o600, dir_fd=self._folder)
            try:
                with os.fdopen(file, "wb") as stream:
                    stream.write(text.encode("utf-8", "backslashreplace"))
                    stream.flush()
                    os.fsync(stream.fileno())
                self._refuse_odd()
                os.rename(passing, self._name, src_dir_fd=self._folder, dst_dir_fd=self._folder)
            except BaseException:
                with suppress(FileNotFoundError):
                    os.unlink(passing, dir_fd=self._folder)
                raise
        except OSError as error:
            raise Failure(
                f"{self._path} cannot be written: {error.strerror}", "nothing was left there", Exit.FAILED
            ) from None

    def _refuse_odd(self) -> None:
        try:
            found = os.stat(self._name, dir_fd=self._folder, follow_symlinks=False)
        except FileNotFoundError:
            return
        except OSError as error:
            raise Failure(f"{self._path} cannot be written: {error.strerror}", _ELSEWHERE) from None
        if st.S_ISLNK(found.st_mode):
            raise Failure(f"{self._path} is a link, which is not followed", "name the file that it leads to")
        if not st.S_ISREG(found.st_mode):
            raise Failure(f"{self._path} is no regular file", _ELSEWHERE)


def _open_folder(path: str, asked: str) -> int:
    """Open an absolute folder; as root, only if nobody else could put another one in its place."""
    try:
        if os.geteuid() == 0:
            return _open_as_root(path)
        return os.open(path, _FOLDER & ~os.O_NOFOLLOW)
    except OSError as error:
        raise Failure(
            f"{asked} cannot be written: {path}: {error.strerror}", "name another with -o"
        ) from None


def _open_as_root(path: str) -> int:
    """Go step by step, by descriptor; every folder and every link on the way must be root's own."""
    waiting = [part for part in reversed(path.split("/")) if part]
    here, name, links = os.open("/", _FOLDER), "/", 0
    try:
        _refuse_shared(here, name)
        while waiting:
            part = waiting.pop()
            step = os.path.normpath(os.path.join(name, part))
            found = os.stat(part, dir_fd=here, follow_symlinks=False)
            if st.S_ISLNK(found.st_mode):
                links += 1
                if found.st_uid != 0 or links > _MAX_LINKS:
                    raise Failure(f"{step} is a link that root does not follow", _ELSEWHERE)
                target = os.readlink(part, dir_fd=here)
                waiting.extend(each for each in reversed(target.split("/")) if each not in {"", "."})
                if not target.startswith("/"):
                    continue
                part = step = "/"
            below = os.open(part, _FOLDER, dir_fd=here)
            os.close(here)
            here, name = below, step
            _refuse_shared(here, name)
    except BaseException:
        os.close(here)
        raise
    return here


def _refuse_shared(folder: int, name: str) -> None:
    """Raise Failure for a folder that is not root's, or that others may write and that is not sticky."""
    found = os.fstat(folder)
    writable = found.st_mode & (st.S_IWOTH if found.st_gid == 0 else _OTHERS_WRITE)
    if found.st_uid != 0 or (writable and not found.st_mode & st.S_ISVTX):
        raise Failure(f"{name} could be changed by another account than root", _ELSEWHERE)
