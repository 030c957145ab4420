"""Counting a tree and judging each entry: the same for the preview and for the census under freeze."""

import os
import stat

from privaudit.fix.ownership.records import SET_ID, kind_of
from privaudit.model.ownership import Refusal, Tree, TreeCensus
from privaudit.model.path import FileKind, TreeEntry

_SHOWN = 20
_NAME_COST = 24
"""Bytes of a journal beside the name, an entry: quotes, inode number, its share of the record."""
_FOLDER_COST = 120


class Tally:
    """One tree's figures as they grow."""

    def __init__(self, tree: Tree, path: str) -> None:
        self.tree = tree
        self.path = path
        self.refusals: list[Refusal] = []
        self.refused = 0
        self.entries = self.folders = self.to_change = 0
        self.set_id = self.capabilities = self.acls = self.attributes = 0
        self.links_out: list[str] = []
        self.listed: list[str] = []
        self.journal_bytes = 0
        self.top_differs = False
        self._rows: dict[tuple[int, int, int], tuple[int, str]] = {}
        self._linked: dict[int, tuple[int, int, str]] = {}

    def refuse(self, where: str, why: str, todo: str) -> None:
        """Note a reason not to touch the tree; the first ones are shown, all are counted."""
        self.refused += 1
        if len(self.refusals) < _SHOWN:
            self.refusals.append(Refusal(where, why, todo))

    def count(self, mode: int, uid: int, gid: int, example: str, number: int = 1) -> None:
        """Count entries of one kind, mode, owner and group."""
        key = (mode, uid, gid)
        known, first = self._rows.get(key, (0, example))
        self._rows[key] = (known + number, first)
        self.entries += number
        if uid == self.tree.from_uid:
            self.to_change += number

    def judge(self, found: os.stat_result, device: int, where: str) -> None:
        """Refuse what must not change: another device, a device node, a third owner; note links."""
        if found.st_dev != device:
            self.refuse(where, "lies on another file system", f"unmount {where} for the fix")
        if kind_of(found.st_mode) is FileKind.DEVICE:
            self.refuse(where, "is a device node", "remove it; a service's data holds none")
        if found.st_uid not in {0, self.tree.from_uid, self.tree.to_uid}:
            why = f"belongs to a third account, uid {found.st_uid}"
            self.refuse(where, why, "give it to the service's account or move it away")
        if found.st_nlink > 1 and found.st_uid == self.tree.from_uid and not stat.S_ISDIR(found.st_mode):
            links, seen, first = self._linked.get(found.st_ino, (found.st_nlink, 0, where))
            self._linked[found.st_ino] = (links, seen + 1, first)

    def note_top(self, mode: int) -> None:
        """Compare the top's mode with the plan's."""
        self.top_differs = self.tree.top_mode not in {None, stat.S_IMODE(mode)}

    def note(self, mode: int, keys: list[str], acls: frozenset[str], capabilities: frozenset[str]) -> None:
        """Count what the change drops beside the owner."""
        self.set_id += stat.S_ISREG(mode) and bool(mode & SET_ID)
        self.capabilities += any(key in capabilities for key in keys)
        self.acls += any(key in acls for key in keys)
        self.attributes += any(key not in acls and key not in capabilities for key in keys)

    def note_link(self, where: str, text: str) -> None:
        """List a symbolic link that leads out of the tree."""
        target = os.path.normpath(text if text.startswith("/") else f"{where.rpartition('/')[0]}/{text}")
        outside = target != self.path and not target.startswith(f"{self.path}/")
        if outside and len(self.links_out) < _SHOWN:
            self.links_out.append(f"{where} -> {text}")

    def note_special(self, where: str) -> None:
        """List a socket or FIFO."""
        if len(self.listed) < _SHOWN:
            self.listed.append(where)

    def note_size(self, name: str, *, folder: bool) -> None:
        """Estimate what an entry takes in the journal."""
        shown = len(name) if name.isascii() and name.isprintable() else 12 * len(name)
        self.journal_bytes += shown + (_FOLDER_COST if folder else _NAME_COST)

    def finish(self) -> None:
        """After the whole tree: refuse files of the former owner with names outside of it."""
        for links, seen, first in self._linked.values():
            if seen != links:
                why = f"has {links} names, {links - seen} of them outside the tree: hard links"
                todo = "remove the other names (`find / -xdev -samefile` shows them)"
                self.refuse(first, why, todo)
        self._linked.clear()

    def census(self) -> TreeCensus:
        """The figures as a value."""
        rows = (
            TreeEntry(kind_of(mode), stat.S_IMODE(mode), uid, gid, number, example)
            for (mode, uid, gid), (number, example) in self._rows.items()
        )
        return TreeCensus(
            tree=self.tree,
            path=self.path,
            entries=self.entries,
            folders=self.folders,
            to_change=self.to_change,
            rows=tuple(sorted(rows, key=lambda row: row.example)),
            set_id=self.set_id,
            capabilities=self.capabilities,
            acls=self.acls,
            attributes=self.attributes,
            links_out=tuple(self.links_out),
            listed=tuple(self.listed),
            journal_bytes=self.journal_bytes,
            top_differs=self.top_differs,
        )
