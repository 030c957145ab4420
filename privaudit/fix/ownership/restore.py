"""What undo makes of each inode: as the journal says it was, or, if it was born since, the former owner's."""

import errno
import os
import stat
from dataclasses import dataclass, field

from privaudit.fix.ownership.failure import ChangedUnderUs
from privaudit.fix.ownership.forest import Forest
from privaudit.fix.ownership.journal import Journal
from privaudit.fix.ownership.records import FROZEN, SET_ID, Was, extras, ids_text, kind_of, mode_left
from privaudit.host.changes import Changes
from privaudit.model.ownership import Tree
from privaudit.model.path import FileKind

_SHOWN = 20
_HASH_LIMIT = 256 << 20


@dataclass(slots=True)
class Report:
    """What undo has to say when it is done."""

    changed: int = 0
    born: int = 0
    born_examples: list[str] = field(default_factory=list)
    since: int = 0
    since_examples: list[str] = field(default_factory=list)
    left: int = 0
    left_examples: list[str] = field(default_factory=list)
    failed: int = 0
    """Of those left, the ones where a call failed: undo can be run again for them."""

    def note_born(self, where: str) -> None:
        """An inode that the journal does not know went to the former owner."""
        self.born += 1
        _show(self.born_examples, where)

    def note_since(self, where: str, what: str) -> None:
        """Somebody changed owner or mode since; what they changed stays."""
        self.since += 1
        _show(self.since_examples, f"{where}: {what}")

    def note_left(self, where: str, why: str, *, failed: bool = False) -> None:
        """An inode could not go back."""
        self.left += 1
        self.failed += failed
        _show(self.left_examples, f"{where}: {why}")


def _show(examples: list[str], text: str) -> None:
    if len(examples) < _SHOWN:
        examples.append(text)


class Restore:
    """Reads frozen folders and puts each entry back as it reads it.

    numbers: which tree of the journal each of these is (one may be gone). known: inode number to what it was,
    a map for each device of the trees. folders: what becomes of each folder of the forest on release.
    """

    def __init__(
        self,
        changes: Changes,
        forest: Forest,
        journal: Journal,
        trees: tuple[Tree, ...],
        numbers: tuple[int, ...],
        known: dict[int, dict[int, Was]],
    ) -> None:
        self._changes = changes
        self._forest = forest
        self._journal = journal
        self._trees = trees
        self._numbers = numbers
        self._known = known
        self.folders: list[Was] = []
        self.report = Report()
        self._linked: dict[tuple[int, int], list[tuple[int, str]]] = {}
        self._failed: set[int] = set()

    def tops(self) -> None:
        """Decide what the tops will be, before anything freezes."""
        for number in range(len(self._trees)):
            descriptor = self._forest.open(number)
            self._folder(number, self._changes.status(descriptor))

    def frozen(self, number: int, descriptor: int, found: os.stat_result) -> None:
        """What it will be was decided before it froze."""

    def failed(self, number: int, problem: OSError | ChangedUnderUs) -> None:
        """One folder stands out; the others still go back."""
        why = problem.strerror if isinstance(problem, OSError) else None
        self.report.note_left(self._forest.path(number), why or str(problem), failed=True)
        self._failed.add(number)

    def read(self, number: int, descriptor: int) -> None:
        """Every entry of a frozen folder."""
        status_at = self._changes.status_at
        device = self._forest.device(number)
        for name in self._changes.names(descriptor):
            found = status_at(descriptor, name)
            if found.st_dev != device:
                self.report.note_left(self._forest.path(number, name), "lies on another file system")
            elif stat.S_ISDIR(found.st_mode):
                self._folder(self._forest.add(number, name, found.st_ino), found, number, name)
            else:
                try:
                    self._entry(number, descriptor, name, found)
                except OSError as problem:
                    where = self._forest.path(number, name)
                    self.report.note_left(where, problem.strerror or str(problem), failed=True)

    def _folder(self, number: int, found: os.stat_result, parent: int | None = None, name: str = "") -> None:
        """Decide what a folder will be; written down if the journal does not say it yet."""
        tree = self._trees[self._forest.tree(number)]
        where = self._forest.path(number)
        now = (found.st_uid, found.st_gid, stat.S_IMODE(found.st_mode))
        was = self._known[found.st_dev].get(found.st_ino)
        if (
            was is not None
            and was.kind is FileKind.DIRECTORY
            and self._settled(was, tree, now, top=parent is None)
        ):
            self.folders.append(was)
            return
        uid, gid, mode = now
        if uid == tree.to_uid:
            uid, gid = (was.uid, was.gid) if was is not None else self._former(number)
        if was is None:
            self.report.note_born(where)
        else:
            self.report.note_since(where, f"is {ids_text(*now)} now")
        was = Was(FileKind.DIRECTORY, uid, gid, mode)
        self.folders.append(was)
        self._known[found.st_dev][found.st_ino] = was
        record: dict[str, object] = {"folder": number, "in": parent, "name": name or where, "since": True}
        record["tree"] = self._numbers[self._forest.tree(number)]
        record |= {"inode": found.st_ino, "was": ids_text(uid, gid, mode), **extras(was)}
        self._journal.write(record)

    def _settled(self, was: Was, tree: Tree, now: tuple[int, int, int], *, top: bool) -> bool:
        """Whether it is as the change, a freeze, an undo or half of one of these leaves it."""
        uid, _gid, mode = now
        left = tree.top_mode if top and tree.top_mode is not None else mode_left(was, self._changes.acl_names)
        modes = {FROZEN[2], was.mode & 0o777, left & 0o777}
        return uid in {0, tree.to_uid, was.uid} and mode & 0o777 in modes

    def _former(self, number: int) -> tuple[int, int]:
        """Owner and group for what was born since: the former owner, with the group its folder had."""
        tree = self._trees[self._forest.tree(number)]
        top = self.folders[self._forest.tree(number)]
        return tree.from_uid, top.gid

    def _entry(self, number: int, descriptor: int, name: str, found: os.stat_result) -> None:
        tree = self._trees[self._forest.tree(number)]
        was = self._known[found.st_dev].get(found.st_ino)
        same_kind = was is not None and was.kind is kind_of(found.st_mode)
        if was is not None and same_kind and was.uid == tree.from_uid:
            self._known_entry(number, descriptor, tree, was, name, found)
        elif was is not None and same_kind and was.uid == found.st_uid:
            return  # root's, or the new owner's all along: the change did not touch it
        elif found.st_uid == tree.to_uid:
            # Also where root had an inode of this number: it was removed, and the number used again. What
            # the new owner wrote never becomes root's.
            if found.st_nlink > 1:
                self._linked.setdefault((found.st_ino, found.st_nlink), []).append((number, name))
            else:
                self._give(number, descriptor, name)

    def _give(self, number: int, descriptor: int, name: str) -> None:
        """To the former owner; chown drops set-id bits and capabilities, and they stay dropped."""
        self._changes.chown_at(descriptor, name, *self._former(number))
        self.report.note_born(self._forest.path(number, name))
        self.report.changed += 1

    def finish(self) -> None:
        """Inodes born since with several names: only if all of them are in the tree."""
        for (_inode, links), places in self._linked.items():
            number, name = places[0]
            if len(places) == links:
                self._give(number, self._forest.open(number), name)
            else:
                self.report.note_left(self._forest.path(number, name), "born since, with hard links outside")

    def _known_entry(
        self, number: int, descriptor: int, tree: Tree, was: Was, name: str, found: os.stat_result
    ) -> None:
        mode = stat.S_IMODE(found.st_mode)
        left = mode_left(was, self._changes.acl_names)
        if found.st_uid not in {tree.to_uid, was.uid}:
            self.report.note_since(self._forest.path(number, name), f"belongs to uid {found.st_uid} now")
            return
        if was.plain and mode == was.mode:
            if (found.st_uid, found.st_gid) == (was.uid, was.gid):
                return
            self._changes.chown_at(descriptor, name, was.uid, was.gid)
            self.report.changed += 1
            return
        if mode & 0o777 not in {was.mode & 0o777, left & 0o777, was.mode & left & 0o777}:
            self.report.note_since(self._forest.path(number, name), f"has mode {mode:04o} now")
            self._changes.chown_at(descriptor, name, was.uid, was.gid)
            self.report.changed += 1
            return
        same = (found.st_uid, found.st_gid, mode) == (was.uid, was.gid, was.mode)
        if not same or (was.attributes and self._attributes(descriptor, name) != dict(was.attributes)):
            self._special(number, descriptor, was, name)

    def _attributes(self, descriptor: int, name: str) -> dict[str, bytes]:
        """What the change would have dropped, as it is now."""
        changes = self._changes
        dropped = changes.acl_names | changes.capability_names
        keys = changes.attribute_names(descriptor, name)
        return {key: changes.attribute(descriptor, name, key) for key in keys if key in dropped}

    def _special(self, number: int, descriptor: int, was: Was, name: str) -> None:
        """Owner, ACLs, mode, capabilities, in this order: each drops what comes after it."""
        changes = self._changes
        changes.chown_at(descriptor, name, was.uid, was.gid)
        self.report.changed += 1
        if was.kind is FileKind.LINK:
            return
        same = not was.sha256 or self._same_contents(descriptor, name, was)
        for key, value in was.attributes:
            if key in changes.acl_names:
                changes.set_attribute(descriptor, name, key, value)
        changes.chmod_at(descriptor, name, was.mode if same else was.mode & ~SET_ID)
        if not same:
            why = "its contents changed, so it does not get set-id bits or capabilities back"
            self.report.note_left(self._forest.path(number, name), why)
            return
        for key, value in was.attributes:
            if key in changes.capability_names:
                changes.set_attribute(descriptor, name, key, value)

    def _same_contents(self, descriptor: int, name: str, was: Was) -> bool:
        """A program that runs with somebody's rights gets them back only if nobody rewrote it."""
        try:
            return self._changes.digest(descriptor, name, _HASH_LIMIT) == was.sha256
        except OSError as problem:
            if problem.errno == errno.EFBIG:
                return False
            raise

    def release(self) -> None:
        """Give every folder back, children first."""
        for number in range(len(self.folders) - 1, -1, -1):
            if number not in self._failed:
                try:
                    self._release(self._forest.open(number), self.folders[number])
                except (OSError, ChangedUnderUs) as problem:
                    self.failed(number, problem)

    def _release(self, descriptor: int, was: Was) -> None:
        changes = self._changes
        self.report.changed += changes.status(descriptor).st_uid != was.uid
        changes.chown(descriptor, was.uid, was.gid)
        for key, value in was.attributes:
            changes.set_attribute(descriptor, "", key, value)
        changes.chmod(descriptor, was.mode)
