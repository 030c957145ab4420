"""The way to a path: every folder entered, every link followed, and what stands at the end."""

import posixpath
from dataclasses import field

from privaudit.host import Host, HostError, Missing
from privaudit.model.frozen import frozen, slotted
from privaudit.model.path import AclEntry, FileKind, FileStat

MAX_LINKS = 40
"""As Linux's MAXSYMLINKS, path_resolution(7)."""

_GROUP_BITS = 0o070


@frozen
class Node:
    """One existing component: its real path, status and named ACL entries."""

    path: str
    stat: FileStat
    acl: tuple[AclEntry, ...] = ()


@frozen
class Hop:
    """A look-up of one entry in one folder: whoever can change the folder decides what is found."""

    folder: int
    """Index of the folder among the trace's folders."""
    entry: Node


@frozen
class Trace:
    """How the kernel would get from `/` to a path (path_resolution(7))."""

    path: str
    target: str
    """Real path of the end, or of the first component that is missing."""
    folders: tuple[Node, ...]
    """Every folder searched, in order; one that is passed twice (through a link) stands once."""
    ways: tuple[tuple[int, ...], ...]
    """For each folder, the indexes of the folders that must be searched to reach it."""
    hops: tuple[Hop, ...]
    end: Node | None
    """None: it does not exist."""
    error: HostError | None = None
    """Set when a component could not be read; the trace ends there."""


@slotted
class Tracer:
    """Traces paths of one host, each component read once a scan."""

    host: Host
    _nodes: dict[str, Node | HostError] = field(default_factory=dict)
    _traces: dict[str, Trace] = field(default_factory=dict)
    _names: dict[str, frozenset[str] | None] = field(default_factory=dict)

    def trace(self, path: str) -> Trace:
        """Walk to an absolute path; never raises, a problem stands in `error`."""
        known = self._traces.get(path)
        if known is None:
            known = self._traces[path] = self._walk(path)
        return known

    def node(self, path: str) -> Node:
        """Read one component; path must have no links before its end."""
        known = self._nodes.get(path)
        if known is None:
            try:
                stat = self.host.lstat(path)
                named = self.host.acl(path) if _acl_matters(stat) else ()
                known = Node(path, stat, named)
            except HostError as error:
                known = error
            self._nodes[path] = known
        if isinstance(known, HostError):
            raise known
        return known

    def names(self, folder: str) -> frozenset[str] | None:
        """Names in a folder; None: it cannot be listed."""
        if folder not in self._names:
            try:
                self._names[folder] = frozenset(self.host.listdir(folder))
            except HostError:
                self._names[folder] = None
        return self._names[folder]

    def _walk(self, path: str) -> Trace:
        waiting = [part for part in reversed(path.split("/")) if part not in {"", "."}]
        folders: list[Node] = []
        ways: list[tuple[int, ...]] = []
        index: dict[str, int] = {}
        hops: list[Hop] = []
        links = 0
        current = "/"
        try:
            end = self.node("/")
            while True:
                if end.stat.kind is FileKind.DIRECTORY and current not in index:
                    index[current] = len(folders)
                    parent = index.get(posixpath.dirname(current)) if current != "/" else None
                    folders.append(end)
                    ways.append(() if parent is None else (*ways[parent], parent))
                if not waiting:
                    return Trace(path, current, tuple(folders), tuple(ways), tuple(hops), end)
                part = waiting.pop()
                if part == "..":
                    current = posixpath.dirname(current)
                    end = self.node(current)
                    continue
                if end.stat.kind is not FileKind.DIRECTORY:
                    raise Missing(current, "not a folder")
                where = posixpath.join(current, part)
                try:
                    entry = self.node(where)
                except Missing:
                    target = posixpath.join(where, *reversed(waiting))
                    return Trace(path, target, tuple(folders), tuple(ways), tuple(hops), None)
                hops.append(Hop(index[current], entry))
                if entry.stat.kind is FileKind.LINK:
                    links += 1
                    if links > MAX_LINKS:
                        raise HostError(path, f"more than {MAX_LINKS} links on the way")
                    text = self.host.readlink(where)
                    waiting.extend(p for p in reversed(text.split("/")) if p not in {"", "."})
                    if text.startswith("/"):
                        current, end = "/", self.node("/")
                else:
                    current, end = where, entry
        except HostError as error:
            return Trace(path, current, tuple(folders), tuple(ways), tuple(hops), None, error)


def _acl_matters(stat: FileStat) -> bool:
    """The group bits are the mask of an ACL (acl(5)): where they are clear, no named entry counts."""
    return stat.kind is not FileKind.LINK and bool(stat.mode & _GROUP_BITS)
