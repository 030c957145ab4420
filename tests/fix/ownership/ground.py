"""Trees on a real file system for the tests of the ownership engine, and exact pictures of them."""

import contextlib
import hashlib
import os
import shutil
import socket
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from privaudit.fix.ownership import StateFolder, apply, preview, resume, undo
from privaudit.host.changes import Changes
from privaudit.host.changes_linux import LinuxChanges
from privaudit.model.ownership import Outcome, OwnershipPlan, Tree

JOE, SVC, OTHER, THIRD = 50001, 50003, 50004, 50005
"""The former owner, the new one, and two that have nothing to do with it."""

CAPABILITY = bytes.fromhex("0100000200040000000000000000000000000000")
"""cap_net_bind_service+ep as security.capability stores it (capabilities(7), VFS_CAP_REVISION_2)."""

Picture = dict[str, tuple[object, ...]]


def acl(*entries: tuple[int, int, int]) -> bytes:
    """A system.posix_acl_* value of (tag, rights, id) entries, see linux/posix_acl_xattr.h."""
    import struct

    return struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *entry) for entry in entries)


NO_ID = 0xFFFFFFFF
ACL = acl((1, 6, NO_ID), (2, 4, OTHER), (4, 4, NO_ID), (0x10, 6, NO_ID), (0x20, 0, NO_ID))
"""user::rw-, user:OTHER:r--, group::r--, mask::rw-, other::---"""
FOLDER_ACL = acl((1, 7, NO_ID), (2, 5, OTHER), (4, 5, NO_ID), (0x10, 7, NO_ID), (0x20, 0, NO_ID))


def picture(top: Path) -> Picture:
    """Everything that undo promises, by name: kind, owner, group, mode, attributes, contents, inode."""
    found: Picture = {}
    for path in _walk(os.fsencode(top)):
        status = os.lstat(path)
        kind = stat.S_IFMT(status.st_mode)
        attributes: tuple[tuple[str, bytes], ...] = ()
        contents = ""
        if kind in {stat.S_IFREG, stat.S_IFDIR}:
            attributes = tuple((key, os.getxattr(path, key)) for key in sorted(os.listxattr(path)))
        if kind == stat.S_IFREG:
            contents = hashlib.sha256(Path(os.fsdecode(path)).read_bytes()).hexdigest()
        elif kind == stat.S_IFLNK:
            contents = os.fsdecode(os.readlink(path))
        found[os.fsdecode(path)] = (
            *(kind, status.st_uid, status.st_gid, f"{stat.S_IMODE(status.st_mode):04o}"),
            *(attributes, contents, status.st_ino),
        )
    return found


def _walk(top: bytes) -> Iterator[bytes]:
    yield top
    if stat.S_ISDIR(os.lstat(top).st_mode):
        for name in sorted(os.listdir(top)):
            yield from _walk(os.path.join(top, name))


@dataclass(frozen=True)
class Ground:
    """A base folder of root's with `tree`, the state folder `state`, and room beside them."""

    base: Path

    @property
    def tree(self) -> Path:
        """The tree that changes hands."""
        return self.base / "tree"

    @property
    def state(self) -> str:
        """Where the journals are."""
        return str(self.base / "state")

    def plan(self, top_mode: int | None = None, *, to_uid: int = SVC) -> OwnershipPlan:
        """Give the tree from JOE to SVC."""
        return OwnershipPlan((Tree(str(self.tree), JOE, to_uid, to_uid, top_mode),))

    def change(
        self, name: str = "a.journal", *, changes: Changes | None = None, top_mode: int | None = None
    ) -> Outcome:
        """Preview and apply."""
        changes = changes or LinuxChanges()
        with StateFolder(changes, self.state) as state:
            return apply(changes, preview(changes, self.plan(top_mode)), state, name)

    def undo(self, name: str = "a.journal", *, changes: Changes | None = None) -> Outcome:
        """Take the run of that journal back."""
        changes = changes or LinuxChanges()
        with StateFolder(changes, self.state) as state:
            return undo(changes, state, name)

    def resume(self, name: str = "a.journal", *, changes: Changes | None = None) -> Outcome:
        """Take the run of that journal up."""
        changes = changes or LinuxChanges()
        with StateFolder(changes, self.state) as state:
            return resume(changes, state, name)

    def clear(self) -> None:
        """Start again from nothing."""
        for path in (self.tree, Path(self.state)):
            with contextlib.suppress(FileNotFoundError):
                shutil.rmtree(path)

    def data(self, files: int = 30, folders: int = 5) -> None:
        """A database's folder of JOE's, with one of everything that needs care."""
        self.folder(self.tree, mode=0o755)
        for number in range(folders):
            folder = self.folder(self.tree / f"db{number}", mode=0o700)
            for index in range(files // folders):
                self.file(folder / f"t{index}.ibd", mode=0o660 if index % 3 else 0o640)
        self.file(self.tree / "helper", mode=0o4755)
        self.file(self.tree / "bind", mode=0o755)
        os.setxattr(self.tree / "bind", "security.capability", CAPABILITY)
        self.file(self.tree / "shared", mode=0o660)
        os.setxattr(self.tree / "shared", "system.posix_acl_access", ACL)
        self.file(self.tree / "root-made", uid=0, mode=0o600)
        first = self.file(self.tree / "two-names", mode=0o600)
        os.link(first, self.tree / "db0" / "second-name")
        os.symlink("/etc/passwd", self.tree / "link-out")
        os.chown(self.tree / "link-out", JOE, JOE, follow_symlinks=False)
        os.mkfifo(self.tree / "pipe", 0o600)
        os.chown(self.tree / "pipe", JOE, JOE)
        folder = self.folder(self.tree / "acl-folder", mode=0o770)
        os.setxattr(folder, "system.posix_acl_access", FOLDER_ACL)
        os.setxattr(folder, "system.posix_acl_default", FOLDER_ACL)
        with socket.socket(socket.AF_UNIX) as end:
            end.bind(str(self.tree / "sock"))
        os.chown(self.tree / "sock", JOE, JOE)

    @staticmethod
    def folder(path: Path, uid: int = JOE, gid: int | None = None, mode: int = 0o755) -> Path:
        """Make one; mode is not narrowed by the umask."""
        path.mkdir()
        os.chown(path, uid, uid if gid is None else gid)
        path.chmod(mode)
        return path

    @staticmethod
    def file(
        path: Path, uid: int = JOE, gid: int | None = None, mode: int = 0o644, data: bytes = b"x"
    ) -> Path:
        """Make one; the mode is set after the owner, so that set-id bits stay."""
        path.write_bytes(data)
        os.chown(path, uid, uid if gid is None else gid)
        path.chmod(mode)
        return path


def owners(top: Path) -> set[int]:
    """Whose inodes there are at and below top."""
    return {row[1] for row in picture(top).values()}  # type: ignore[misc]
