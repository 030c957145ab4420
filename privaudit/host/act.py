"""The seam through which a fix acts on a machine: commands that change something, and root's own files.

Owners of trees change through `privaudit.host.changes` alone. Programs are absolute paths, run without a
shell and with a limit; files are reached by descriptor from `/`, through folders that only root can change.
"""

from collections.abc import Sequence
from typing import Protocol

from privaudit.host import CommandResult
from privaudit.model.frozen import frozen
from privaudit.model.path import FileKind

KEPT_LIMIT = 4 << 20
"""Bytes of a file that a journal keeps; larger ones are refused."""


def beside(path: str) -> str:
    """Where `Hands.write` prepares a file, in the same folder: a kill may leave it there."""
    folder, slash, name = path.rpartition("/")
    return f"{folder}{slash}.{name}.privaudit"


class ActError(Exception):
    """Something could not be done: what, and why. Whatever it was done for is put back."""

    def __init__(self, what: str, why: str) -> None:
        super().__init__(f"{what}: {why}")
        self.what = what
        self.why = why


@frozen
class RunAs:
    """Whom a program runs as."""

    uid: int
    gid: int
    groups: tuple[int, ...]
    """Supplementary groups, the primary one among them or not."""
    home: str = "/"
    name: str = ""
    environment: tuple[tuple[str, str], ...] = ()
    """More variables: where the account's own manager listens."""


@frozen
class Kept:
    """A file, socket or link as it stands, whole: what undo makes of it again."""

    kind: FileKind
    uid: int
    gid: int
    mode: int
    """0 to 0o7777."""
    data: bytes = b""
    """Contents of a regular file, text of a link."""


class Hands(Protocol):
    """What a fix may do. Every method raises ActError and nothing else for what the machine does."""

    def run(
        self, argv: Sequence[str], *, limit: float, account: RunAs | None = None, stdin: bytes = b""
    ) -> CommandResult:
        """Run a program that may change something; account: with that account's rights, never root's."""
        ...

    def look(self, path: str) -> Kept | None:
        """What is at path, no link at its end followed; None: nothing. A folder has no data."""
        ...

    def write(self, path: str, kept: Kept) -> None:
        """Put a regular file or a link there, atomically and on the disk.

        The folder must be root's alone, or belong to whom the file is to belong.
        """
        ...

    def remove(self, path: str) -> None:
        """Remove a file, link or socket (no folder); nothing happens if it is not there."""
        ...

    def make_folders(self, path: str) -> tuple[str, ...]:
        """Make the folder (root's, 0755) and those above it that are missing; returns the made ones."""
        ...

    def remove_folder(self, path: str) -> None:
        """Remove a folder if it is there and empty."""
        ...

    def can_use(self, path: str, account: RunAs) -> bool:
        """Whether the account may read, write and enter the folder, as the kernel says."""
        ...

    def boot(self) -> str:
        """Identity of this boot of the machine; empty: it does not run."""
        ...

    def now(self) -> float:
        """Seconds since the epoch."""
        ...

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        ...
