"""The state folder: root's alone, one run at a time, and the journals in it."""

import errno
import stat
from types import TracebackType
from typing import Self

from privaudit.fix.ownership.approach import Approach
from privaudit.fix.ownership.failure import Busy, Refused, Untrusted
from privaudit.fix.ownership.journal import Journal
from privaudit.host.changes import Changes

LINUX_STATE = "/var/lib/privaudit"
MACOS_STATE = "/private/var/db/privaudit"
"""Without the link /var, which a data volume that is mounted alone lacks."""
_LOCK = "lock"


class StateFolder:
    """Open, checked and locked while entered; made if it is missing and its parent is root's.

    Raises Untrusted if anybody but root could write to it or to a folder on the way, Busy if another
    run holds the lock, OSError if it cannot be made.
    """

    def __init__(self, changes: Changes, path: str) -> None:
        self._changes = changes
        self.path = path.rstrip("/")
        self._folder = -1
        self._lock = -1

    def __enter__(self) -> Self:
        try:
            self._folder = self._open()
            self._lock = self._lock_file()
        except BaseException:
            self._close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    def create(self, name: str) -> Journal:
        """Begin a journal; FileExistsError if there is one of that name."""
        descriptor = self._changes.create(self._folder, name)
        self._changes.sync(self._folder)
        return Journal(self._changes, descriptor, f"{self.path}/{name}")

    def open(self, name: str) -> Journal:
        """Open a journal to read it and append to it; Untrusted if it is not root's alone."""
        descriptor = self._changes.reopen(self._folder, name)
        found = self._changes.status(descriptor)
        if (
            not stat.S_ISREG(found.st_mode)
            or found.st_uid != 0
            or found.st_mode & 0o077
            or found.st_nlink != 1
        ):
            self._changes.close(descriptor)
            raise Untrusted(f"{self.path}/{name} is not a file that only root can write")
        return Journal(self._changes, descriptor, f"{self.path}/{name}")

    def names(self) -> list[str]:
        """Files in the folder but the lock."""
        return sorted(name for name in self._changes.names(self._folder) if name != _LOCK)

    def _open(self) -> int:
        try:
            approach = Approach(self._changes, self.path)
        except Refused as problem:
            raise Untrusted(str(problem)) from None
        try:
            for step in approach.steps:
                sticky = step.mode & stat.S_ISVTX
                if step.uid != 0 or (step.mode & 0o022 and not sticky):
                    raise Untrusted(f"{step.path} can be changed by others than root: no place for a journal")
            try:
                self._changes.make_folder(approach.folder, approach.name)
            except OSError as problem:
                if problem.errno != errno.EEXIST:
                    raise
            folder = self._changes.step(approach.folder, approach.name)
        finally:
            approach.close()
        found = self._changes.status(folder)
        if found.st_uid != 0 or found.st_mode & 0o077:
            self._changes.close(folder)
            raise Untrusted(f"{self.path} is not root's alone: make it owner root, mode 0700")
        return folder

    def _lock_file(self) -> int:
        try:
            descriptor = self._changes.create(self._folder, _LOCK)
        except FileExistsError:
            descriptor = self._changes.reopen(self._folder, _LOCK)
        try:
            self._changes.lock(descriptor)
        except BlockingIOError:
            self._changes.close(descriptor)
            raise Busy(f"another run works with {self.path}") from None
        return descriptor

    def _close(self) -> None:
        for descriptor in (self._lock, self._folder):
            if descriptor >= 0:
                self._changes.close(descriptor)
        self._lock = self._folder = -1
