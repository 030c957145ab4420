"""Opening the trees of a plan: the way to each, its top folder, and what stands against touching it."""

import stat
from collections.abc import Iterable
from types import TracebackType
from typing import Self

from privaudit.fix.ownership.approach import Approach
from privaudit.fix.ownership.failure import Refused
from privaudit.fix.ownership.forest import Forest
from privaudit.fix.ownership.preflight import refuse_mounts, refuse_surroundings
from privaudit.host.changes import Changes
from privaudit.model.ownership import OwnershipPlan, Refusal, Tree


class OpenTrees:
    """The tops of all trees of a plan, open until left; numbers 0, 1, … in the forest are the tops."""

    def __init__(self, changes: Changes, trees: Iterable[Tree]) -> None:
        self._changes = changes
        self.trees = tuple(trees)
        self.forest = Forest(changes)
        self.paths: list[str] = []
        self._approaches: list[Approach] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.forest.close()
        for approach in self._approaches:
            approach.close()

    def refuse(self, plan: OwnershipPlan) -> list[Refusal]:
        """Open every tree and judge its surroundings; the tree itself is not read."""
        found: list[Refusal] = []
        for tree in self.trees:
            try:
                approach, top = self._reach(tree)
            except Refused as problem:
                found.extend(problem.refusals)
                continue
            self.paths.append(approach.path)
            self.forest.add_top(top, approach.path)
            found.extend(refuse_surroundings(self._changes, plan, tree, approach, top))
        return found

    def reach(self, tree: Tree, inode: int) -> bool:
        """Open a top known by its inode, under any name in its folder; False: it is not there."""
        approach = Approach(self._changes, tree.path)
        self._approaches.append(approach)
        name = self._find(approach, inode)
        if name is None:
            return False
        top = self._changes.step(approach.folder, name)
        if self._changes.status(top).st_ino != inode:
            self._changes.close(top)
            return False
        approach.name = name
        self.paths.append(approach.path)
        self.forest.add_top(top, approach.path)
        return True

    def mounts(self) -> list[Refusal]:
        """Ask once more for mounts: only root can make them, but root may be doing so."""
        return [
            refusal
            for number, path in enumerate(self.paths)
            for refusal in refuse_mounts(self._changes, path, self.forest.open(number))
        ]

    def _reach(self, tree: Tree) -> tuple[Approach, int]:
        approach = Approach(self._changes, tree.path)
        self._approaches.append(approach)
        try:
            top = self._changes.step(approach.folder, approach.name)
        except OSError as problem:
            todo = "name an existing folder of the service"
            raise Refused((Refusal(approach.path, problem.strerror or str(problem), todo),)) from None
        return approach, top

    def _find(self, approach: Approach, inode: int) -> str | None:
        """Name of the folder with this inode number: the one it had, or one that somebody gave it since."""
        for name in (approach.name, *self._changes.names(approach.folder)):
            try:
                found = self._changes.status_at(approach.folder, name)
            except FileNotFoundError:
                continue
            if found.st_ino == inode and stat.S_ISDIR(found.st_mode):
                return name
        return None
