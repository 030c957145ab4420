"""Resolve and open paths inside a root: every step by descriptor, every link by us, never out of the root."""

import errno
import os
import stat as st

from privaudit.host import Denied, HostError, Missing
from privaudit.model.path import FileKind, FileStat

MAX_LINKS = 40
_FOLDER = os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC

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


def file_stat(found: os.stat_result) -> FileStat:
    """A stat result as the model's value."""
    return FileStat(
        kind=KINDS[st.S_IFMT(found.st_mode)],
        mode=st.S_IMODE(found.st_mode),
        uid=found.st_uid,
        gid=found.st_gid,
        nlink=found.st_nlink,
        device=found.st_dev,
        inode=found.st_ino,
        size=found.st_size,
    )


class Roots:
    """Opens folders and names below one root folder."""

    def __init__(self, root: str) -> None:
        self.root = root

    def parent(self, path: str, *, follow: bool) -> tuple[int, str]:
        """Open the folder that really holds path's end; returns (descriptor, name), name `.` for the root.

        follow: a link at the end is followed too. The caller closes the descriptor.
        """
        if not path.startswith("/"):
            raise HostError(path, "not an absolute path")
        if "\0" in path:
            raise HostError(path, "holds a NUL")
        try:
            return self._walk(path, follow=follow)
        except OSError as error:
            raise failure(path, error) from None

    def _walk(self, path: str, *, follow: bool) -> tuple[int, str]:
        folders = [os.open(self.root, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)]
        waiting = [part for part in reversed(path.split("/")) if part not in {"", "."}]
        links = 0
        try:
            while waiting:
                part = waiting.pop()
                if part == "..":
                    if len(folders) > 1:
                        os.close(folders.pop())
                    continue
                found = os.stat(part, dir_fd=folders[-1], follow_symlinks=False)
                if st.S_ISLNK(found.st_mode) and (waiting or follow):
                    links += 1
                    if links > MAX_LINKS:
                        raise HostError(path, f"more than {MAX_LINKS} links on the way")
                    text = os.readlink(part, dir_fd=folders[-1])
                    waiting += [p for p in reversed(text.split("/")) if p not in {"", "."}]
                    if text.startswith("/"):
                        while len(folders) > 1:
                            os.close(folders.pop())
                elif waiting:
                    folders.append(os.open(part, _FOLDER, dir_fd=folders[-1]))
                else:
                    return os.dup(folders[-1]), part
            return os.dup(folders[-1]), "."
        finally:
            for folder in folders:
                os.close(folder)

    def open_file(self, path: str) -> int:
        """Open a regular file for reading, without ever blocking; HostError for anything else."""
        folder, name = self.parent(path, follow=True)
        try:
            flags = os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_NOCTTY | os.O_CLOEXEC
            # Opening a device can have effects: the type is known before, and checked again after.
            before = os.stat(name, dir_fd=folder, follow_symlinks=False)
            if not st.S_ISREG(before.st_mode):
                raise HostError(path, f"is a {KINDS[st.S_IFMT(before.st_mode)]}, not a regular file")
            file = os.open(name, flags, dir_fd=folder)
        except OSError as error:
            raise failure(path, error) from None
        finally:
            os.close(folder)
        if not st.S_ISREG(os.fstat(file).st_mode):
            os.close(file)
            raise HostError(path, "changed while it was opened")
        return file

    def open_folder(self, path: str) -> int:
        """Open a folder for listing."""
        folder, name = self.parent(path, follow=True)
        try:
            return os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder)
        except OSError as error:
            raise failure(path, error) from None
        finally:
            os.close(folder)
