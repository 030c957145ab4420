"""Resolve and open paths inside a root: every step by descriptor, every link by us, never out of the root."""

import errno
import os
import stat as st
from collections.abc import Mapping
from types import MappingProxyType
from weakref import finalize

from privaudit.host import Denied, HostError, Missing
from privaudit.model.path import FileKind, FileStat

MAX_LINKS = 40
_DEEP = 100
"""Folders above one another that are found one by one; a path may have two thousand."""
_LOOK = getattr(os, "O_PATH", os.O_RDONLY)  # macOS has no O_PATH
_FOLDER = _LOOK | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_READ = os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_NOCTTY | os.O_CLOEXEC

KINDS = {
    st.S_IFREG: FileKind.FILE,
    st.S_IFDIR: FileKind.DIRECTORY,
    st.S_IFLNK: FileKind.LINK,
    st.S_IFSOCK: FileKind.SOCKET,
    st.S_IFIFO: FileKind.FIFO,
    st.S_IFCHR: FileKind.DEVICE,
    st.S_IFBLK: FileKind.DEVICE,
}


def failure(path: str, error: OSError) -> HostError:
    """Say what an error of the kernel means, as one of ours."""
    if error.errno in {errno.ENOENT, errno.ESRCH}:
        return Missing(path, "no such file or folder")
    if error.errno == errno.ENOTDIR:
        return Missing(path, "not a folder")
    if error.errno in {errno.EACCES, errno.EPERM}:
        return Denied(path, "permission denied")
    return HostError(path, (error.strerror or str(error)).lower())


def kind_of(mode: int) -> FileKind:
    """The type bits; a type that no file system should have is as untouchable as a device."""
    return KINDS.get(st.S_IFMT(mode), FileKind.DEVICE)


def file_stat(found: os.stat_result) -> FileStat:
    """A stat result as the model's value."""
    return FileStat(
        kind=kind_of(found.st_mode),
        mode=st.S_IMODE(found.st_mode),
        uid=found.st_uid,
        gid=found.st_gid,
        nlink=found.st_nlink,
        device=found.st_dev,
        inode=found.st_ino,
        size=found.st_size,
    )


class Roots:
    """Opens folders and names below one root folder, which stays open for as long as this lives."""

    def __init__(
        self,
        root: str,
        *,
        stand_ins: Mapping[tuple[str, ...], str] = MappingProxyType({}),
        foreign: frozenset[int] = frozenset(),
        trusted: frozenset[int] | None = None,
        kept: int = 0,
    ) -> None:
        """Hold the root folder open; OSError if it is none.

        stand_ins: names from the root -> another absolute path that stands for it, always followed.
        foreign: devices (st_dev) that are not the machine's own and are never entered.
        trusted: only links of these owners are followed; None: of everybody.
        kept: folders that stay open once they were found, for who looks at a machine once. Only without the
        three above.
        """
        self.root = root
        self._top = os.open(root, _LOOK | os.O_DIRECTORY | os.O_CLOEXEC)
        finalize(self, os.close, self._top)
        self._stand_ins = dict(stand_ins)
        self._foreign = foreign
        self._trusted = trusted
        self._kept = kept
        self._folders: dict[str, int] = {}
        self._open = {self._top}
        finalize(self, _close_all, self._folders)

    def parent(self, path: str, *, follow: bool) -> tuple[int, str]:
        """Open the folder that really holds path's end; returns (descriptor, name), name `.` for the root.

        follow: a link at the end is followed too. The caller gives the descriptor back (`release`) before
        anything else is asked.
        """
        if not path.startswith("/"):
            raise HostError(path, "not an absolute path")
        if "\0" in path:
            raise HostError(path, "holds a NUL")
        try:
            if self._kept and path.count("/") < _DEEP:
                found = self._beside(path)
                if found is not None and not (follow and st.S_ISLNK(_look(*found).st_mode)):
                    return found
            return self._walk(path, follow=follow)
        except OSError as error:
            raise failure(path, error) from None
        except UnicodeEncodeError:
            raise HostError(path, "cannot be a name in this machine's encoding") from None

    def release(self, folder: int) -> None:
        """Close what `parent` opened, unless it is kept."""
        if folder not in self._open:
            os.close(folder)

    def _beside(self, path: str) -> tuple[int, str] | None:
        """Find path's end in a folder that is open, or is now; None: it leads elsewhere."""
        above, _, name = path.rpartition("/")
        if name in {"", ".", ".."}:
            return None
        folder = self._top if not above else self._folders.get(above)
        if folder is None:
            try:
                folder = self._keep(above)
            except HostError as error:
                raise type(error)(path, error.why) from None
        return folder, name

    def _keep(self, path: str) -> int:
        """Open a folder, and close the one that was opened first if there are too many."""
        above, name = self.parent(path, follow=True)
        try:
            folder = os.open(name, _FOLDER, dir_fd=above)
        finally:
            self.release(above)
        if len(self._folders) >= self._kept:
            oldest = self._folders.pop(next(iter(self._folders)))
            self._open.remove(oldest)
            os.close(oldest)
        self._folders[path] = folder
        self._open.add(folder)
        return folder

    def _walk(self, path: str, *, follow: bool) -> tuple[int, str]:
        folders = [os.dup(self._top)]
        names: list[str] = []
        waiting = _parts(path)
        links = 0
        try:
            while waiting:
                part = waiting.pop()
                if part == "..":
                    if names:
                        os.close(folders.pop())
                        names.pop()
                    continue
                text = self._link(part, folders[-1], names, follow=bool(waiting) or follow)
                if text is not None:
                    links += 1
                    if links > MAX_LINKS:
                        raise HostError(path, f"more than {MAX_LINKS} links on the way")
                    waiting += _parts(text)
                    if text.startswith("/"):
                        while names:
                            os.close(folders.pop())
                            names.pop()
                elif waiting:
                    folders.append(os.open(part, _FOLDER, dir_fd=folders[-1]))
                    names.append(part)
                else:
                    return os.dup(folders[-1]), part
            return os.dup(folders[-1]), "."
        finally:
            for folder in folders:
                os.close(folder)

    def _link(self, part: str, folder: int, names: list[str], *, follow: bool) -> str | None:
        """Text of a link to be followed, or of what stands in for a path; None: neither."""
        if self._stand_ins:
            text = self._stand_ins.get((*names, part))
            if text is not None:
                return text
        found = os.stat(part, dir_fd=folder, follow_symlinks=False)
        if found.st_dev in self._foreign:
            raise OSError(errno.ENOENT, os.strerror(errno.ENOENT))
        if not follow or not st.S_ISLNK(found.st_mode):
            return None
        if self._trusted is not None and found.st_uid not in self._trusted:
            raise OSError(errno.EPERM, os.strerror(errno.EPERM))
        return os.readlink(part, dir_fd=folder)

    def open_file(self, path: str) -> tuple[int, int]:
        """Open a regular file for reading, without ever blocking; returns (descriptor, size in bytes).

        HostError for anything else.
        """
        file = self._opened(path, follow=not self._kept)
        if file < 0:
            file = self._opened(path, follow=True)
        found = os.fstat(file)
        if not st.S_ISREG(found.st_mode):
            os.close(file)
            raise HostError(path, "changed while it was opened")
        return file, found.st_size

    def _opened(self, path: str, *, follow: bool) -> int:
        """Open the file; -1: it is a link, and those are not followed."""
        folder, name = self.parent(path, follow=follow)
        try:
            # Opening a device can have effects: the type is known before, and checked again after.
            before = _look(folder, name)
            if st.S_ISLNK(before.st_mode) and not follow:
                return -1
            if not st.S_ISREG(before.st_mode):
                raise HostError(path, f"is a {kind_of(before.st_mode)}, not a regular file")
            return os.open(name, _READ, dir_fd=folder)
        except OSError as error:
            raise failure(path, error) from None
        finally:
            self.release(folder)

    def open_folder(self, path: str) -> int:
        """Open a folder for listing."""
        folder, name = self.parent(path, follow=True)
        try:
            return os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder)
        except OSError as error:
            raise failure(path, error) from None
        finally:
            self.release(folder)


def _look(folder: int, name: str) -> os.stat_result:
    return os.stat(name, dir_fd=folder, follow_symlinks=False)


def _close_all(folders: Mapping[str, int]) -> None:
    for folder in folders.values():
        os.close(folder)


def _parts(path: str) -> list[str]:
    """Components, last first."""
    return [part for part in reversed(path.split("/")) if part not in {"", "."}]
