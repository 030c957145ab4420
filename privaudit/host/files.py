"""Read files and folders below a root folder of this machine: what a live and a mounted machine share."""

import errno
import os

from privaudit.host import TEXT_LIMIT, Census, HostError
from privaudit.host import census as censuses
from privaudit.host.acl import ACCESS, hidden_entries
from privaudit.host.resolve import Roots, failure, file_stat
from privaudit.model.path import AclEntry, FileStat

_NONE = frozenset(getattr(errno, name) for name in ("ENODATA", "EOPNOTSUPP", "ELOOP") if hasattr(errno, name))
"""The file has no such attribute, its file system knows none, or it is a link."""


class Files:
    """The half of `privaudit.host.Host` that asks for files; see there for what each method promises."""

    def __init__(self, roots: Roots) -> None:
        self._roots = roots

    def lstat(self, path: str) -> FileStat:
        """Status of path itself."""
        folder, name = self._roots.parent(path, follow=False)
        try:
            return file_stat(os.stat(name, dir_fd=folder, follow_symlinks=False))
        except OSError as error:
            raise failure(path, error) from None
        finally:
            self._roots.release(folder)

    def readlink(self, path: str) -> str:
        """Text of a link."""
        folder, name = self._roots.parent(path, follow=False)
        try:
            return os.readlink(name, dir_fd=folder)
        except OSError as error:
            raise failure(path, error) from None
        finally:
            self._roots.release(folder)

    def listdir(self, path: str, limit: int = 100_000) -> list[str]:
        """Names in a folder, sorted."""
        folder = self._roots.open_folder(path)
        names: list[str] = []
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    if len(names) >= limit:
                        raise HostError(path, f"more than {limit} entries")
                    names.append(entry.name)
        except OSError as error:
            raise failure(path, error) from None
        finally:
            os.close(folder)
        return sorted(names)

    def read(self, path: str, limit: int = TEXT_LIMIT) -> bytes:
        """Contents of a regular file of at most limit bytes."""
        file, expected = self._roots.open_file(path)
        try:
            if expected > limit:
                raise HostError(path, f"larger than {limit} bytes")
            parts: list[bytes] = []
            size = 0
            while data := os.read(file, min(1 << 16, limit + 1 - size)):
                parts.append(data)
                size += len(data)
                if size == expected:
                    break  # what comes later is another file; one of the kernel's is longer than it says
                if size > limit:
                    raise HostError(path, f"larger than {limit} bytes")
            return b"".join(parts)
        except OSError as error:
            raise failure(path, error) from None
        finally:
            os.close(file)

    def head(self, path: str, size: int = 256) -> bytes:
        """The first bytes of a regular file."""
        file, _ = self._roots.open_file(path)
        try:
            return os.read(file, size)
        except OSError as error:
            raise failure(path, error) from None
        finally:
            os.close(file)

    def acl(self, path: str) -> tuple[AclEntry, ...]:
        """Entries of the access ACL that the mode does not show."""
        raw = self._attribute(path, ACCESS)
        try:
            return hidden_entries(raw) if raw is not None else ()
        except ValueError as error:
            raise HostError(path, str(error)) from None

    def file_capabilities(self, path: str) -> bool:
        """Whether the file carries capabilities."""
        return self._attribute(path, "security.capability") is not None

    def _attribute(self, path: str, name: str) -> bytes | None:
        if not hasattr(os, "getxattr"):
            return None  # macOS has no POSIX ACLs and no file capabilities
        folder, last = self._roots.parent(path, follow=False)
        try:
            return os.getxattr(f"/proc/self/fd/{folder}/{last}", name, follow_symlinks=False)
        except OSError as error:
            if error.errno in _NONE:
                return None
            raise failure(path, error) from None
        finally:
            self._roots.release(folder)

    def census(self, path: str) -> Census:
        """Count the whole tree at path."""
        folder = self._roots.open_folder(path)
        try:
            return censuses.census(folder, path)
        finally:
            os.close(folder)
