"""The read-only look at a plan: what would change, and every reason not to. It binds nobody."""

import errno
import os
import stat

from privaudit.fix.ownership.failure import ChangedUnderUs
from privaudit.fix.ownership.forest import Forest
from privaudit.fix.ownership.pace import Tell
from privaudit.fix.ownership.records import kind_of
from privaudit.fix.ownership.tally import Tally
from privaudit.fix.ownership.trees import OpenTrees
from privaudit.host.changes import Changes
from privaudit.model.ownership import Census, OwnershipPlan, Phase, Progress
from privaudit.model.path import FileKind

_TOLD_EVERY = 1000
_MOVED = {errno.ENOENT, errno.ENOTDIR, errno.ELOOP}


def preview(changes: Changes, plan: OwnershipPlan, tell: Tell | None = None) -> Census:
    """Look at every tree without changing anything.

    The trees may change while they are looked at: what has gone meanwhile is left out, and the census
    under freeze decides. Raises OSError only where reading itself fails.
    """
    with OpenTrees(changes, plan.trees) as trees:
        refusals = trees.refuse(plan)
        if len(trees.paths) != len(plan.trees):
            return Census(plan, (), tuple(refusals))
        tallies = [Tally(tree, path) for tree, path in zip(plan.trees, trees.paths, strict=True)]
        look = _Look(changes, trees.forest, tallies)
        look.all(tell)
    for tally in tallies:
        tally.finish()
        refusals.extend(tally.refusals)
    return Census(plan, tuple(tally.census() for tally in tallies), tuple(refusals), tuple(look.notes))


class _Look:
    def __init__(self, changes: Changes, forest: Forest, tallies: list[Tally]) -> None:
        self._changes = changes
        self._forest = forest
        self._tallies = tallies
        self.notes: list[str] = []

    def all(self, tell: Tell | None) -> None:
        """Every folder, parents first."""
        done = 0
        while done < len(self._forest):
            try:
                descriptor = self._forest.open(done)
            except (OSError, ChangedUnderUs) as problem:
                if isinstance(problem, OSError) and problem.errno not in _MOVED:
                    tally = self._tallies[self._forest.tree(done)]
                    tally.refuse(self._forest.path(done), problem.strerror or "", "see that root can read it")
            else:
                self._folder(done, descriptor)
            done += 1
            if tell is not None and done % _TOLD_EVERY == 0:
                tell(Progress(Phase.LOOKING, done))

    def _folder(self, number: int, descriptor: int) -> None:
        tally = self._tallies[self._forest.tree(number)]
        if self._forest.is_top(number):
            found = self._changes.status(descriptor)
            tally.note_top(found.st_mode)
            self._entry(number, tally, descriptor, "", found)
        for name in self._changes.names(descriptor):
            try:
                found = self._changes.status_at(descriptor, name)
                self._entry(number, tally, descriptor, name, found)
            except OSError as problem:
                if problem.errno not in _MOVED:
                    where = self._forest.path(number, name)
                    tally.refuse(where, problem.strerror or "", "see that root can read it")

    def _entry(self, number: int, tally: Tally, folder: int, name: str, found: os.stat_result) -> None:
        """Judge and count one entry; name empty: the folder itself, a top."""
        where = self._forest.path(number, name)
        mode = found.st_mode
        tally.count(mode, found.st_uid, found.st_gid, where)
        tally.judge(found, self._forest.device(number), where)
        marks = self._changes.marks(folder, name)
        if marks.immutable or marks.append_only:
            flag = "immutable" if marks.immutable else "append-only"
            tally.refuse(where, f"carries the {flag} flag", f"chattr -{flag[0]} {where}, if it should not")
        if name and marks.mount_root:
            tally.refuse(where, "something is mounted here", f"unmount {where} for the fix")
        kind = kind_of(mode)
        if kind in {FileKind.FILE, FileKind.DIRECTORY}:
            keys = self._changes.attribute_names(folder, name)
            tally.note(mode, keys, self._changes.acl_names, self._changes.capability_names)
            tally.journal_bytes += 200 * len(keys)
        if kind is FileKind.LINK:
            tally.note_link(where, self._changes.link_text(folder, name))
        if kind in {FileKind.SOCKET, FileKind.FIFO}:
            tally.note_special(where)
        tally.note_size(name, folder=stat.S_ISDIR(mode))
        if kind is FileKind.DIRECTORY:
            tally.folders += 1
            if name and not marks.mount_root and found.st_dev == self._forest.device(number):
                self._forest.add(number, name, found.st_ino)
