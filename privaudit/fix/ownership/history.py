"""What a journal says, read back: the trees, the state, the folders, and what each inode was."""

from dataclasses import dataclass, field

from privaudit.fix.ownership.change import parse_entries
from privaudit.fix.ownership.failure import JournalDamaged
from privaudit.fix.ownership.journal import Journal, State
from privaudit.fix.ownership.records import Was, parse_was
from privaudit.model.ownership import Tree
from privaudit.model.path import FileKind

VERSION = 1


@dataclass(slots=True)
class Top:
    """A tree as the journal's first record names it."""

    tree: Tree
    inode: int


@dataclass(slots=True)
class History:
    """A journal's contents but for the entries, which are many."""

    tops: list[Top] = field(default_factory=list)
    state: State | None = None
    folders: list[tuple[int | None, str, int, Was]] = field(default_factory=list)
    """(parent, name, inode, what it was) of the folders met by the change, in their order."""

    def tree(self, number: int) -> int:
        """Which tree a folder of the change belongs to."""
        parent = self.folders[number][0]
        while parent is not None:
            number = parent
            parent = self.folders[number][0]
        return number


def read_history(journal: Journal) -> History:
    """Read all but the entries; JournalDamaged if it is no journal of ours."""
    found = History()
    for record in journal.records():
        if "privaudit" in record:
            found.tops = _tops(record)
        elif "state" in record:
            found.state = State(str(record["state"]))
        elif "folder" in record and "since" not in record:
            found.folders.append(_folder(record))
    if not found.tops and found.state is not None:
        raise JournalDamaged(f"{journal.path}: does not begin with the trees it is about")
    return found


def known_inodes(journal: Journal, tree_numbers: frozenset[int]) -> dict[int, dict[int, Was]]:
    """Tree to inode number to what it was; the last record about an inode counts."""
    known: dict[int, dict[int, Was]] = {number: {} for number in tree_numbers}
    trees: dict[int, int] = {}
    for record in journal.records():
        if "folder" in record:
            parent, _name, inode, was = _folder(record)
            if "since" in record:
                tree = _int(record, "tree")
            else:
                tree = len(trees) if parent is None else trees[parent]
                trees[_int(record, "folder")] = tree
            if tree in known:
                known[tree][inode] = was
        elif "entries" in record:
            number, was, entries = parse_entries(record)
            if trees[number] in known:
                inodes = known[trees[number]]
                for inode in entries.values():
                    inodes[inode] = was
    return known


def _tops(record: dict[str, object]) -> list[Top]:
    if record.get("privaudit") != "ownership" or record.get("version") != VERSION:
        raise JournalDamaged(f"not a journal of this version: {record.get('version')!r}")
    trees = record.get("trees")
    if not isinstance(trees, list):
        raise JournalDamaged("a journal that names no trees")
    return [_top(tree) for tree in trees]


def _top(tree: dict[str, object]) -> Top:
    uid, _, gid = str(tree["to"]).partition(":")
    mode = tree.get("mode")
    value = Tree(
        path=str(tree["path"]),
        from_uid=_int(tree, "from"),
        to_uid=int(uid),
        to_gid=int(gid),
        top_mode=None if mode is None else int(str(mode), 8),
    )
    return Top(value, _int(tree, "inode"))


def _folder(record: dict[str, object]) -> tuple[int | None, str, int, Was]:
    parent = None if record.get("in") is None else _int(record, "in")
    was = parse_was(record, FileKind.DIRECTORY)
    return parent, str(record.get("name")), _int(record, "inode"), was


def _int(record: dict[str, object], key: str) -> int:
    value = record.get(key)
    if isinstance(value, int):
        return value
    raise JournalDamaged(f"a record without a number for {key!r}: {record!r}")
