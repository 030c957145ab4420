"""The census under freeze, the authoritative one: judge every entry and write down what undo needs."""

import os
import stat
from array import array

from privaudit.fix.ownership.failure import ChangedUnderUs, Refused
from privaudit.fix.ownership.forest import Forest
from privaudit.fix.ownership.journal import Journal
from privaudit.fix.ownership.records import SET_ID, Was, extras, ids_text, kind_of
from privaudit.fix.ownership.tally import Tally
from privaudit.host.changes import Changes
from privaudit.model.ownership import Refusal
from privaudit.model.path import FileKind

_CHUNK = 1000
"""Names a record: a line that a person can still look at, and few enough to hold in memory."""
_HASH_LIMIT = 256 << 20
_GROWTH = 4
_GROWTH_SLACK = 10_000
_LISTED = (stat.S_IFREG, stat.S_IFDIR)

Group = tuple[dict[str, int], list[int]]


class Take:
    """Reads frozen folders into tallies and the journal.

    `ctimes` holds, in the journal's order, when each plain entry of the journal last changed: the change
    compares it, so that whoever still has a descriptor cannot chmod, link or set an ACL in between unseen.
    """

    def __init__(
        self, changes: Changes, forest: Forest, journal: Journal, tallies: list[Tally], expected: int
    ) -> None:
        self._changes = changes
        self._forest = forest
        self._journal = journal
        self._tallies = tallies
        self._limit = expected * _GROWTH + _GROWTH_SLACK
        self._dropped = changes.acl_names | changes.capability_names
        self.ctimes = array("q")
        self.inodes = array("Q")
        self.folders: list[Was] = []
        """What each folder of the forest was."""
        self._groups: dict[tuple[int, int, int], Group] = {}
        self._gathered = 0

    def tops(self) -> None:
        """Write what the tops are, before anything freezes."""
        for number in range(len(self._tallies)):
            descriptor = self._forest.open(number)
            found = self._changes.status(descriptor)
            tally = self._tallies[number]
            tally.judge(found, self._forest.device(number), tally.path)
            self._folder(number, tally.path, descriptor, "", found, parent=None)

    def frozen(self, number: int, descriptor: int, found: os.stat_result) -> None:
        """Its owner may have changed mode or ACL since they were written down; now nobody can."""
        was = self.folders[number]
        keys = self._changes.attribute_names(descriptor)
        now = {key: self._changes.attribute(descriptor, "", key) for key in keys if key in self._dropped}
        if stat.S_IMODE(found.st_mode) != was.mode or now != dict(was.attributes):
            raise ChangedUnderUs(f"mode or ACL of {self._forest.path(number)} changed while it was frozen")

    def failed(self, number: int, problem: OSError | ChangedUnderUs) -> None:
        """Any failure stops the change: everything is put back."""
        raise ChangedUnderUs(f"{self._forest.path(number)}: {problem}") from problem

    def read(self, number: int, descriptor: int) -> None:
        """Every entry of a frozen folder."""
        tally = self._tallies[self._forest.tree(number)]
        device = self._forest.device(number)
        tree = tally.tree
        status_at, attribute_names = self._changes.status_at, self._changes.attribute_names
        groups, listed = self._groups, _LISTED
        owners = (tree.from_uid, tree.to_uid)
        for name in self._changes.names(descriptor):
            found = status_at(descriptor, name)
            mode = found.st_mode
            kind = mode & 0o170000
            uid = found.st_uid
            keys = attribute_names(descriptor, name) if kind in listed else ()
            if (
                kind != stat.S_IFREG
                or keys
                or mode & SET_ID
                or found.st_nlink != 1
                or found.st_dev != device
                or uid not in owners
            ):
                self._odd(number, tally, descriptor, name, found, list(keys))
                continue
            group = groups.get((mode, uid, found.st_gid))
            if group is None:
                group = groups[(mode, uid, found.st_gid)] = ({}, [])
            group[0][name] = found.st_ino
            group[1].append(found.st_ctime_ns)
            self._gathered += 1
            if self._gathered == _CHUNK:
                self._write_groups(number)
        self._write_groups(number)
        if tally.refusals and tally.refused > _CHUNK:
            raise Refused(tuple(tally.refusals))

    def finish(self) -> list[Refusal]:
        """Every reason found in the trees."""
        for tally in self._tallies:
            tally.finish()
        return [refusal for tally in self._tallies for refusal in tally.refusals]

    def _write_groups(self, number: int) -> None:
        """One record for all entries of a folder that share kind, owner, group and mode."""
        tally = self._tallies[self._forest.tree(number)]
        for (mode, uid, gid), (entries, ctimes) in self._groups.items():
            self._journal.write(
                {
                    "in": number,
                    "kind": kind_of(mode),
                    "was": ids_text(uid, gid, stat.S_IMODE(mode)),
                    "entries": entries,
                }
            )
            self.ctimes.extend(ctimes)
            self.inodes.extend(entries.values())
            tally.count(mode, uid, gid, next(iter(entries)), len(entries))
        self._groups.clear()
        self._gathered = 0

    def _odd(
        self, number: int, tally: Tally, descriptor: int, name: str, found: os.stat_result, keys: list[str]
    ) -> None:
        """Anything but a plain file of the former or the new owner."""
        where = self._forest.path(number, name)
        tally.judge(found, self._forest.device(number), where)
        kind = kind_of(found.st_mode)
        if found.st_dev != self._forest.device(number):
            return
        if kind is FileKind.DIRECTORY:
            self._folder(number, where, descriptor, name, found, parent=number)
            return
        tally.count(found.st_mode, found.st_uid, found.st_gid, where)
        if found.st_uid not in {tally.tree.from_uid, tally.tree.to_uid}:
            return
        was = self._was(tally, descriptor, name, found, keys, where)
        record = {
            "in": number,
            "kind": kind,
            "was": ids_text(was.uid, was.gid, was.mode),
            "entries": {name: found.st_ino},
            **extras(was),
        }
        self._journal.write(record)
        self.ctimes.append(found.st_ctime_ns)
        self.inodes.append(found.st_ino)

    def _folder(
        self,
        number: int,
        where: str,
        descriptor: int,
        name: str,
        found: os.stat_result,
        *,
        parent: int | None,
    ) -> None:
        """Write a folder down before it freezes; name empty: descriptor is the folder itself, a top."""
        tally = self._tallies[self._forest.tree(number)]
        tally.folders += 1
        tally.count(found.st_mode, found.st_uid, found.st_gid, where)
        keys = self._changes.attribute_names(descriptor, name)
        was = self._was(tally, descriptor, name, found, keys, where)
        if parent is not None:
            number = self._forest.add(parent, name, found.st_ino)
            if number > self._limit:
                raise ChangedUnderUs(f"the tree grows while it is read: {number} folders")
        self.folders.append(was)
        record: dict[str, object] = {"folder": number, "in": parent, "name": name or where}
        record |= {"inode": found.st_ino, "was": ids_text(was.uid, was.gid, was.mode), **extras(was)}
        self._journal.write(record)

    def _was(
        self, tally: Tally, descriptor: int, name: str, found: os.stat_result, keys: list[str], where: str
    ) -> Was:
        kind = kind_of(found.st_mode)
        tally.note(found.st_mode, keys, self._changes.acl_names, self._changes.capability_names)
        attributes = tuple(
            sorted(
                (key, self._changes.attribute(descriptor, name, key)) for key in keys if key in self._dropped
            )
        )
        capable = any(key in self._changes.capability_names for key in keys)
        digest = ""
        if kind is FileKind.FILE and (capable or found.st_mode & SET_ID):
            try:
                digest = self._changes.digest(descriptor, name, _HASH_LIMIT)
            except OSError as problem:
                todo = "remove its set-id bits or capabilities, if it should have none"
                tally.refuse(where, f"cannot be summed up: {problem.strerror}", todo)
        return Was(
            kind,
            found.st_uid,
            found.st_gid,
            stat.S_IMODE(found.st_mode),
            links=found.st_nlink,
            attributes=attributes,
            sha256=digest,
        )
