"""The change itself: entries by the journal, in frozen folders; then the folders, children first."""

import stat
from array import array
from collections.abc import Mapping

from privaudit.fix.ownership.failure import ChangedUnderUs, JournalDamaged
from privaudit.fix.ownership.forest import Forest
from privaudit.fix.ownership.journal import Journal
from privaudit.fix.ownership.pace import Pace
from privaudit.fix.ownership.records import Was, mode_left, parse_was, released
from privaudit.host.changes import Changes
from privaudit.model.ownership import Phase, Tree
from privaudit.model.path import FileKind

_TYPE_BITS = {
    FileKind.FILE: stat.S_IFREG,
    FileKind.LINK: stat.S_IFLNK,
    FileKind.SOCKET: stat.S_IFSOCK,
    FileKind.FIFO: stat.S_IFIFO,
}
_TOLD_EVERY = 1000


class Change:
    """Carries out what the journal says; every folder of the forest is frozen.

    ctimes: from the census just taken, in the journal's order; None when resuming, then entries that
    have changed hands already are right too.
    """

    def __init__(
        self, changes: Changes, forest: Forest, trees: tuple[Tree, ...], ctimes: "array[int] | None"
    ) -> None:
        self._changes = changes
        self._forest = forest
        self._trees = trees
        self._ctimes = ctimes
        self.changed = 0

    def entries(self, journal: Journal, pace: Pace) -> None:
        """Change every entry that the journal records of the former owner."""
        position = 0
        total = None if self._ctimes is None else len(self._ctimes)
        for record in journal.records():
            if "entries" not in record:
                continue
            pace.step(Phase.CHANGING, position, total)
            number, was, entries = parse_entries(record)
            tree = self._trees[self._forest.tree(number)]
            if was.uid == tree.from_uid:
                descriptor = self._forest.open(number)
                if was.plain and self._ctimes is not None:
                    self._plain(number, descriptor, tree, was, entries, position)
                else:
                    for name, inode in entries.items():
                        self._special(number, descriptor, tree, was, name, inode)
                self.changed += len(entries)
            position += len(entries)

    def _plain(
        self,
        number: int,
        descriptor: int,
        tree: Tree,
        was: Was,
        entries: Mapping[str, int],
        position: int,
    ) -> None:
        """Look again, then change; the hot loop."""
        ctimes = self._ctimes
        if ctimes is None:
            raise ValueError("a fresh change needs the census's times")
        status_at, chown_at = self._changes.status_at, self._changes.chown_at
        to_uid, to_gid = tree.to_uid, tree.to_gid
        uid, mode, device = was.uid, was.mode | _TYPE_BITS[was.kind], self._forest.device(number)
        name = ""
        for name, inode in entries.items():
            found = status_at(descriptor, name)
            if (
                found.st_ino != inode
                or found.st_uid != uid
                or found.st_mode != mode
                or found.st_nlink != 1
                or found.st_dev != device
                or found.st_ctime_ns != ctimes[position]
            ):
                raise ChangedUnderUs(f"{self._forest.path(number, name)} changed after the census")
            chown_at(descriptor, name, to_uid, to_gid)
            position += 1
        self._require(number, descriptor, name, (to_uid, to_gid, was.mode))

    def _special(self, number: int, descriptor: int, tree: Tree, was: Was, name: str, inode: int) -> None:
        """Narrow, take ACLs away, chown (which drops set-id bits and capabilities), widen."""
        changes = self._changes
        left = mode_left(was, changes.acl_names)
        goal = (tree.to_uid, tree.to_gid, left)
        found = changes.status_at(descriptor, name)
        if (
            found.st_ino != inode
            or found.st_dev != self._forest.device(number)
            or stat.S_IFMT(found.st_mode) != _TYPE_BITS[was.kind]
            or found.st_uid not in {was.uid, tree.to_uid}
            or found.st_nlink != was.links
        ):
            raise ChangedUnderUs(f"{self._forest.path(number, name)} changed after the census")
        if was.kind is not FileKind.LINK and stat.S_IMODE(found.st_mode) != left:
            changes.chmod_at(descriptor, name, found.st_mode & left & 0o777)
        if was.attributes:
            self._drop(descriptor, name, changes.acl_names)
        changes.chown_at(descriptor, name, tree.to_uid, tree.to_gid)
        if was.kind is not FileKind.LINK:
            if was.attributes:
                self._drop(descriptor, name, changes.capability_names)
            if was.mode != left:
                changes.chmod_at(descriptor, name, left)
        self._require(number, descriptor, name, goal)

    def _drop(self, descriptor: int, name: str, unwanted: frozenset[str]) -> None:
        for key in self._changes.attribute_names(descriptor, name):
            if key in unwanted:
                self._changes.remove_attribute(descriptor, name, key)

    def _require(self, number: int, descriptor: int, name: str, goal: tuple[int, int, int]) -> None:
        """Some file systems say yes and do nothing, and somebody may have widened the mode just before."""
        found = self._changes.status_at(descriptor, name)
        if (found.st_uid, found.st_gid, stat.S_IMODE(found.st_mode)) != goal:
            raise ChangedUnderUs(f"{self._forest.path(number, name)} did not become {goal}")

    def release(self, folders: list[Was], pace: Pace) -> None:
        """Give the folders to the new account, children first, the tops last: they commit the run."""
        changes = self._changes
        for number in range(len(folders) - 1, -1, -1):
            if number % _TOLD_EVERY == 0:
                pace.step(Phase.RELEASING, len(folders) - number, len(folders))
            was = folders[number]
            tree = self._trees[self._forest.tree(number)]
            uid, gid, mode = released(was, tree, changes.acl_names, top=self._forest.is_top(number))
            descriptor = self._forest.open(number)
            if was.uid == tree.from_uid:
                self.changed += 1
                if was.attributes:
                    self._drop(descriptor, "", changes.acl_names)
            changes.chown(descriptor, uid, gid)
            changes.chmod(descriptor, mode)


def parse_entries(record: Mapping[str, object]) -> tuple[int, Was, Mapping[str, int]]:
    """(folder, what its entries were, name to inode) of an entries record; JournalDamaged if it is none."""
    number, entries = record.get("in"), record.get("entries")
    if not isinstance(number, int) or not isinstance(entries, dict):
        raise JournalDamaged(f"not a record of entries: {record!r}")
    return number, parse_was(record, FileKind(str(record.get("kind")))), entries
