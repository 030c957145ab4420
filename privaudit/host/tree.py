"""A tree of files as values: what a recorded machine answers from, links resolved as a kernel would."""

from collections.abc import Iterator, Mapping
from dataclasses import field, replace

from privaudit.host import Census, CensusRow, Denied, HostError, Missing
from privaudit.host.resolve import MAX_LINKS
from privaudit.model.frozen import frozen
from privaudit.model.path import AclEntry, FileKind, FileStat
from privaudit.model.unknown import Limit

NOT_THERE = "no such file or folder"
NO_FOLDER = "not a folder"
DENIED = "permission denied"
_NO_PROGRAM = "no such program"
_GROUP_WRITE = 0o020
_GROUP_SEARCH, _SEARCH = 0o010, 0o011


def error_of(what: str, why: str) -> HostError:
    """Say again what a machine said: the reason tells which error it was."""
    if why in {NOT_THERE, NO_FOLDER, _NO_PROGRAM}:
        return Missing(what, why)
    return Denied(what, why) if why == DENIED else HostError(what, why)


@frozen
class Content:
    """Bytes of a file: at hand, or in a file of the recording."""

    data: bytes = b""
    stored: str | None = None
    """Path of the file that holds them, from the recording's folder; None: they are `data`."""
    whole: bool = True
    """False: only the first bytes were recorded."""


@frozen
class Node:
    """One entry of the tree."""

    stat: FileStat
    text: str = ""
    """Of a link."""
    content: Content | None = None
    """Of a file; None: never asked for, so not known."""
    acl: tuple[AclEntry, ...] = ()
    capabilities: bool = False
    names: tuple[str, ...] | None = None
    """Of a folder: its listing; None: the entries below it that the tree has."""
    census: Census | None = None
    """Of a folder: as counted when it was recorded; None: counted from the tree."""
    cannot: Mapping[str, str] = field(default_factory=dict)
    """What could not be asked, and why: stat, link, list, read, head, acl, capabilities, census."""


class Tree:
    """Nodes by their real path (no link on the way)."""

    def __init__(self) -> None:
        self.nodes: dict[str, Node] = {"/": Node(FileStat(FileKind.DIRECTORY, 0o755, 0, 0))}
        self._children: dict[str, set[str]] = {"/": set()}

    def put(self, path: str, node: Node) -> None:
        """Put a node; the folder that holds it must be there."""
        self.nodes[path] = node
        if path != "/":
            folder, name = split(path)
            self._children.setdefault(folder, set()).add(name)
        if node.stat.kind is FileKind.DIRECTORY:
            self._children.setdefault(path, set())

    def drop(self, path: str) -> None:
        """Remove a node and all below it."""
        for below in list(self.below(path)):
            self.nodes.pop(below, None)
            self._children.pop(below, None)
        folder, name = split(path)
        self._children[folder].discard(name)

    def children(self, path: str) -> list[str]:
        """Names of the entries of a folder that the tree has, sorted."""
        return sorted(self._children.get(path, ()))

    def below(self, path: str) -> Iterator[str]:
        """List the path and all below it, parents first."""
        waiting = [path]
        while waiting:
            current = waiting.pop()
            yield current
            waiting += [join(current, name) for name in reversed(self.children(current))]

    def real(self, path: str, *, follow: bool) -> str:
        """Resolve links on the way (follow: at the end too); HostError as reading a machine raises it."""
        if not path.startswith("/"):
            raise HostError(path, "not an absolute path")
        if "\0" in path:
            raise HostError(path, "holds a NUL")
        here = "/"
        waiting = _parts(path)
        links = 0
        while waiting:
            part = waiting.pop()
            if part == "..":
                here = split(here)[0]
                continue
            step = join(here, part)
            node = self._look(path, step)
            if node.stat.kind is FileKind.LINK and (waiting or follow):
                links += 1
                if links > MAX_LINKS:
                    raise HostError(path, f"more than {MAX_LINKS} links on the way")
                waiting += _parts(node.text)
                here = "/" if node.text.startswith("/") else here
            elif waiting and node.stat.kind is not FileKind.DIRECTORY:
                raise Missing(path, NO_FOLDER)
            else:
                here = step
        return here

    def _look(self, path: str, step: str) -> Node:
        node = self.nodes.get(step)
        if node is None:
            raise Missing(path, NOT_THERE)
        if "stat" in node.cannot:
            raise error_of(path, node.cannot["stat"])
        return node

    def census(self, top: str, path: str) -> Census:
        """Count the tree at the real path top, which was asked for as path; see `host.census`."""
        rows: dict[tuple[object, ...], CensusRow] = {}
        limits: list[Limit] = []
        waiting: list[tuple[str, tuple[tuple[int, int, int, tuple[AclEntry, ...]], ...]]] = [(top, ())]
        entries = 0
        while waiting:
            here, chain = waiting.pop()
            node = self.nodes[here]
            shown = path + here[len(top) :] if top != "/" else path.rstrip("/") + here
            stat = node.stat
            acl = node.acl if _acl_matters(stat) else ()
            key = (chain, stat.kind, stat.mode, stat.uid, stat.gid, acl)
            known = rows.get(key)
            count, example = (known.count + 1, known.example) if known else (1, shown)
            above = tuple(folder[:3] for folder in chain)
            rows[key] = CensusRow(above, stat.kind, stat.mode, stat.uid, stat.gid, count, example, bool(acl))
            entries += 1
            if stat.kind is FileKind.DIRECTORY:
                if "list" in node.cannot:
                    limits.append(Limit(shown, node.cannot["list"]))
                inner = (*chain, (stat.uid, stat.gid, stat.mode, acl))
                waiting += [(join(here, name), inner) for name in reversed(self.children(here))]
        return Census(tuple(sorted(rows.values(), key=_example)), entries, tuple(sorted(limits)))


def _acl_matters(stat: FileStat) -> bool:
    """As for the census of a real tree: write anywhere, search in a folder that not everybody may enter."""
    enters = stat.kind is FileKind.DIRECTORY and stat.mode & _SEARCH == _GROUP_SEARCH
    return stat.kind is not FileKind.LINK and (bool(stat.mode & _GROUP_WRITE) or enters)


def respelled(census: Census, old: str, new: str) -> Census:
    """The same census of a tree that is called by another path."""
    if old == new:
        return census

    def path(text: str) -> str:
        return new if text == old else new.rstrip("/") + text[len(old.rstrip("/")) :]

    return Census(
        tuple(sorted((replace(row, example=path(row.example)) for row in census.rows), key=_example)),
        census.entries,
        tuple(sorted(replace(limit, what=path(limit.what)) for limit in census.limits)),
    )


def _example(row: CensusRow) -> str:
    return row.example


def join(folder: str, name: str) -> str:
    """Path of an entry of a folder."""
    return f"/{name}" if folder == "/" else f"{folder}/{name}"


def split(path: str) -> tuple[str, str]:
    """(folder, name) of a real path; the root's folder is the root."""
    folder, _, name = path.rpartition("/")
    return folder or "/", name


def _parts(path: str) -> list[str]:
    return [part for part in reversed(path.split("/")) if part not in {"", "."}]
