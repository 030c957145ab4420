"""This machine, live."""

import grp
import os
import platform as _platform
import pwd
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import NoReturn

from privaudit.host import (
    TEXT_LIMIT,
    Census,
    CommandResult,
    GroupEntry,
    HostError,
    PasswdEntry,
    Platform,
    RawProcess,
    commands,
    netsockets,
    procfs,
)
from privaudit.host import census as censuses
from privaudit.host.acl import ACCESS, named_entries
from privaudit.host.resolve import Roots, failure, file_stat
from privaudit.model.path import AclEntry, FileStat
from privaudit.model.service import Listener


class LocalHost:
    """The machine that privaudit runs on; see `privaudit.host.Host` for what each method promises."""

    def __init__(self) -> None:
        self._roots = Roots("/")
        self.platform = Platform.DARWIN if sys.platform == "darwin" else Platform.LINUX
        self.root = "/"
        self.live = True
        self.privileged = os.geteuid() == 0

    def hostname(self) -> str:
        """Name of the machine."""
        return _platform.node()

    def kernel(self) -> str:
        """Kernel and release."""
        return f"{_platform.system()} {_platform.release()}"

    def now(self) -> float:
        """Seconds since the epoch."""
        return time.time()

    def lstat(self, path: str) -> FileStat:
        """Status of path itself."""
        folder, name = self._roots.parent(path, follow=False)
        try:
            return file_stat(os.stat(name, dir_fd=folder, follow_symlinks=False))
        except OSError as error:
            raise failure(path, error) from None
        finally:
            os.close(folder)

    def readlink(self, path: str) -> str:
        """Text of a link."""
        folder, name = self._roots.parent(path, follow=False)
        try:
            return os.readlink(name, dir_fd=folder)
        except OSError as error:
            raise failure(path, error) from None
        finally:
            os.close(folder)

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
        file = self._roots.open_file(path)
        try:
            if os.fstat(file).st_size > limit:
                raise HostError(path, f"larger than {limit} bytes")
            parts: list[bytes] = []
            size = 0
            while data := os.read(file, min(1 << 16, limit + 1 - size)):
                parts.append(data)
                size += len(data)
                if size > limit:
                    raise HostError(path, f"larger than {limit} bytes")
            return b"".join(parts)
        except OSError as error:
            raise failure(path, error) from None
        finally:
            os.close(file)

    def head(self, path: str, size: int = 256) -> bytes:
        """The first bytes of a regular file."""
        file = self._roots.open_file(path)
        try:
            return os.read(file, size)
        except OSError as error:
            raise failure(path, error) from None
        finally:
            os.close(file)

    def acl(self, path: str) -> tuple[AclEntry, ...]:
        """Named entries of the access ACL."""
        raw = self._attribute(path, ACCESS)
        try:
            return named_entries(raw) if raw is not None else ()
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
            if error.errno in {_errno("ENODATA"), _errno("EOPNOTSUPP"), _errno("ELOOP")}:
                return None
            raise failure(path, error) from None
        finally:
            os.close(folder)

    def census(self, path: str) -> Census:
        """Count the whole tree at path."""
        folder = self._roots.open_folder(path)
        try:
            return censuses.census(folder, path)
        finally:
            os.close(folder)

    def run(
        self,
        argv: Sequence[str],
        *,
        timeout: float = 30,
        uid: int | None = None,
        env: Mapping[str, str] | None = None,
        stdin: bytes = b"",
    ) -> CommandResult:
        """Run a read-only query."""
        account = None
        if uid is not None and uid != os.geteuid():
            entry = self.passwd(uid)
            if entry is None:
                raise HostError(argv[0], f"uid {uid} has no account")
            account = (entry, self.group_list(entry.name, entry.gid))
        return commands.run(argv, timeout=timeout, account=account, env=env, stdin=stdin)

    def processes(self) -> Iterator[RawProcess]:
        """All processes."""
        try:
            yield from procfs.processes()
        except OSError as error:
            _fail("/proc", error)

    def listeners(self) -> tuple[Listener, ...]:
        """All listening sockets."""
        try:
            return netsockets.listeners()
        except OSError as error:
            _fail("/proc/net", error)

    def passwd(self, key: int | str) -> PasswdEntry | None:
        """Look one account up."""
        try:
            found = pwd.getpwuid(key) if isinstance(key, int) else pwd.getpwnam(key)
        except (KeyError, OverflowError, ValueError):
            return None
        return PasswdEntry(
            found.pw_name, found.pw_uid, found.pw_gid, found.pw_gecos, found.pw_dir, found.pw_shell
        )

    def group(self, key: int | str) -> GroupEntry | None:
        """Look one group up."""
        try:
            found = grp.getgrgid(key) if isinstance(key, int) else grp.getgrnam(key)
        except (KeyError, OverflowError, ValueError):
            return None
        return GroupEntry(found.gr_name, found.gr_gid, tuple(found.gr_mem))

    def group_list(self, name: str, gid: int) -> tuple[int, ...]:
        """Every gid of an account, primary first."""
        try:
            others = sorted(set(os.getgrouplist(name, gid)) - {gid})
        except (OSError, ValueError):
            others = []
        return (gid, *others)


def _errno(name: str) -> int:
    import errno

    return int(getattr(errno, name))


def _fail(what: str, error: OSError) -> NoReturn:
    raise failure(what, error) from None
