"""The folders of all trees of a run, numbered in the order they are met, reached only by descriptor."""

from array import array
from collections import OrderedDict

from privaudit.fix.ownership.failure import ChangedUnderUs
from privaudit.host.changes import Changes

_OPEN_LIMIT = 64
"""Descriptors kept open besides the tops: a tree may be deeper than a process may have files open."""
_NO_PARENT = -1


class Forest:
    """Folders by number; parents come before their children.

    A folder is opened from its tree's top, one component at a time, and must still be the inode that
    was seen. While its parents are frozen nobody else can move it, so it is found again by name.
    """

    def __init__(self, changes: Changes) -> None:
        self._changes = changes
        self._parents = array("q")
        self._inodes = array("Q")
        self._names: list[str] = []
        self._tops: dict[int, int] = {}
        self._devices: list[int] = []
        self._trees = array("I")
        self._open: OrderedDict[int, int] = OrderedDict()
        self._paths: list[str] = []

    def __len__(self) -> int:
        return len(self._names)

    def add_top(self, descriptor: int, path: str) -> int:
        """Take over the open top of the next tree."""
        found = self._changes.status(descriptor)
        number = self._add(_NO_PARENT, path, found.st_ino, len(self._devices))
        self._devices.append(found.st_dev)
        self._tops[number] = descriptor
        return number

    def add(self, parent: int, name: str, inode: int) -> int:
        """Number a folder that was seen in an open one."""
        return self._add(parent, name, inode, self._trees[parent])

    def _add(self, parent: int, name: str, inode: int, tree: int) -> int:
        self._parents.append(parent)
        self._names.append(name)
        self._inodes.append(inode)
        self._trees.append(tree)
        return len(self._names) - 1

    def is_top(self, number: int) -> bool:
        """Whether it is the top of its tree."""
        return self._parents[number] == _NO_PARENT

    def tree(self, number: int) -> int:
        """Which tree it belongs to: position in the plan."""
        return self._trees[number]

    def device(self, number: int) -> int:
        """st_dev of its tree."""
        return self._devices[self._trees[number]]

    def inode(self, number: int) -> int:
        """Inode number it was seen with."""
        return self._inodes[number]

    def path(self, number: int, name: str = "") -> str:
        """Where it was seen, for messages."""
        parts = [name] if name else []
        while number != _NO_PARENT:
            parts.append(self._names[number])
            number = self._parents[number]
        return "/".join(reversed(parts))

    def open(self, number: int) -> int:
        """Return a descriptor of it, which stays the forest's; ChangedUnderUs if it is another inode."""
        chain = []
        while (descriptor := self._known(number)) is None:
            chain.append(number)
            number = self._parents[number]
        for below in reversed(chain):
            descriptor = self._enter(descriptor, below)
        return descriptor

    def _known(self, number: int) -> int | None:
        if number in self._tops:
            return self._tops[number]
        if number in self._open:
            self._open.move_to_end(number)
            return self._open[number]
        return None

    def _enter(self, above: int, number: int) -> int:
        descriptor = self._changes.folder(above, self._names[number])
        found = self._changes.status(descriptor)
        if found.st_ino != self._inodes[number] or found.st_dev != self.device(number):
            self._changes.close(descriptor)
            raise ChangedUnderUs(f"{self.path(number)} is another folder than a moment ago")
        self._open[number] = descriptor
        if len(self._open) > _OPEN_LIMIT:
            self._changes.close(self._open.popitem(last=False)[1])
        return descriptor

    def close(self) -> None:
        """Close everything, the tops too."""
        for descriptor in (*self._open.values(), *self._tops.values()):
            self._changes.close(descriptor)
        self._open.clear()
        self._tops.clear()
