"""The files of a recorded machine: what lies in rootfs/, and what host.yaml says of it."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from privaudit.host import Census, CensusRow, GroupEntry, PasswdEntry
from privaudit.host.files import Files
from privaudit.host.recording import ROOT_FOLDER, escape, unescape
from privaudit.host.recording.fields import Fields, Wrong, mode_of, texts_of
from privaudit.host.tree import Content, Node, Tree, join, split
from privaudit.model.path import AclEntry, FileKind, FileStat
from privaudit.model.unknown import Limit

MODES = {
    FileKind.DIRECTORY: 0o755,
    FileKind.FILE: 0o644,
    FileKind.LINK: 0o777,
    FileKind.SOCKET: 0o755,
    FileKind.FIFO: 0o644,
    FileKind.DEVICE: 0o600,
}
_EXECUTABLE = 0o100
_LARGEST_STORED = 16 << 20
_CANNOT = frozenset({"stat", "link", "list", "read", "head", "acl", "capabilities", "census"})


class Owners:
    """Names of accounts and groups as numbers, and who owns what by default."""

    def __init__(
        self,
        passwd: Iterable[PasswdEntry],
        groups: Iterable[GroupEntry],
        trees: Mapping[str, object],
    ) -> None:
        self._uids = {entry.name: entry.uid for entry in reversed(list(passwd))}
        self._gids = {entry.name: entry.gid for entry in reversed(list(groups))}
        self._trees: dict[str, tuple[int, int]] = {}
        for path, raw in trees.items():
            given = Fields(raw, f"trees: {path}")
            self._trees[unescape(path).rstrip("/") or "/"] = self.pair(given, (0, 0))
            given.done()

    def also(self, passwd: Iterable[PasswdEntry], groups: Iterable[GroupEntry]) -> "Owners":
        """Know some more names."""
        more = Owners(passwd, groups, {})
        more._uids = {**self._uids, **more._uids}
        more._gids = {**self._gids, **more._gids}
        more._trees = self._trees
        return more

    def uid(self, value: object, where: str) -> int:
        """Read the number of an account."""
        return _number(value, self._uids, f"{where}: no account")

    def gid(self, value: object, where: str) -> int:
        """Read the number of a group."""
        return _number(value, self._gids, f"{where}: no group")

    def pair(self, given: Fields, default: tuple[int, int]) -> tuple[int, int]:
        """Read `owner` and `group` of a mapping."""
        owner, group = given.raw("owner"), given.raw("group")
        return (
            default[0] if owner is None else self.uid(owner, given.where),
            default[1] if group is None else self.gid(group, given.where),
        )

    def of(self, path: str) -> tuple[int, int]:
        """(uid, gid) by the nearest of `trees`."""
        while path not in self._trees and path != "/":
            path = split(path)[0]
        return self._trees.get(path, (0, 0))


def _number(value: object, names: Mapping[str, int], unknown: str) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and value in names:
        return names[value]
    raise Wrong(f"{unknown} {value!r}")


def put_root(tree: Tree, folder: Files, owners: Owners) -> None:
    """Put everything that lies in rootfs/; modes and owners there mean nothing but "may be executed"."""
    waiting = [("/", f"/{ROOT_FOLDER}")]
    while waiting:
        path, stored = waiting.pop()
        for name in folder.listdir(stored):
            here, there = join(path, unescape(name)), join(stored, name)
            found = folder.lstat(there)
            uid, gid = owners.of(here)
            mode = MODES[found.kind]
            if found.kind is FileKind.FILE and found.mode & _EXECUTABLE:
                mode |= 0o111
            node = Node(FileStat(found.kind, mode, uid, gid, size=found.size))
            if found.kind is FileKind.FILE:
                node = replace(node, content=Content(stored=there))
            elif found.kind is FileKind.LINK:
                node = replace(node, text=folder.readlink(there))
            elif found.kind is FileKind.DIRECTORY:
                waiting.append((here, there))
            tree.put(here, node)


def put_files(tree: Tree, files: Mapping[str, object], owners: Owners) -> None:
    """Put what the mapping says, over what is there already; folders on the way come to be."""
    for key in sorted(files):
        path = unescape(key)
        given = Fields(files[key], f"files: {key}")
        node = entry(path, given, tree.nodes.get(path.rstrip("/") or "/"), owners)
        put_with_folders(tree, path.rstrip("/") or "/", node, owners)


def put_with_folders(tree: Tree, path: str, node: Node, owners: Owners) -> None:
    """Put a node; folders on the way that are not there yet are made, with the owner of their tree."""
    missing = []
    folder = split(path)[0]
    while folder not in tree.nodes:
        missing.append(folder)
        folder = split(folder)[0]
    if path != "/" and tree.nodes[folder].stat.kind is not FileKind.DIRECTORY:
        raise Wrong(f"files: {escape(path)}: {escape(folder)} is no folder (a slash at its end makes it one)")
    for made in reversed(missing):
        tree.put(made, Node(FileStat(FileKind.DIRECTORY, MODES[FileKind.DIRECTORY], *owners.of(made))))
    tree.put(path, node)


def entry(path: str, given: Fields, known: Node | None, owners: Owners) -> Node:
    """Read one entry; known: what rootfs/ or an earlier state has there."""
    folder = path.endswith("/")
    path = path.rstrip("/") or "/"
    kind = _kind(given, known, folder=folder)
    base = known if known is not None and known.stat.kind is kind else None
    default = (base.stat.uid, base.stat.gid) if base is not None else owners.of(path)
    uid, gid = owners.pair(given, default)
    text = given.text("link")
    content = _content(given, kind, base)
    stat = FileStat(
        kind,
        given.mode("mode", base.stat.mode if base is not None else MODES[kind]),
        uid,
        gid,
        nlink=given.number("links", base.stat.nlink if base is not None else 1),
        size=given.number("size", _size(content, base)),
    )
    names = given.raw("names")
    census, cannot = given.raw("census"), given.mapping("cannot")
    node = Node(
        stat,
        text=unescape(text) if text or base is None else base.text,
        content=content,
        acl=tuple(_acl(line, owners, given.where) for line in given.texts("acl")),
        capabilities=given.flag("capabilities", default=False),
        names=None if names is None else _names(names, given.where),
        census=None if census is None else _census(Fields(census, f"{given.where}: census")),
        cannot=_reasons(cannot, given.where),
    )
    given.done()
    return node


def _kind(given: Fields, known: Node | None, *, folder: bool) -> FileKind:
    name = given.text("kind")
    if name:
        if name not in {kind.value for kind in FileKind}:
            raise Wrong(f"{given.where}: no kind of file is called {name!r}")
        return FileKind(name)
    if given.has("link"):
        return FileKind.LINK
    if folder:
        return FileKind.DIRECTORY
    return known.stat.kind if known is not None else FileKind.FILE


def _content(given: Fields, kind: FileKind, base: Node | None) -> Content | None:
    unread, whole = given.flag("unread", default=False), given.flag("whole", default=True)
    stored, text = given.text("stored"), given.raw("text")
    if kind is not FileKind.FILE or unread:
        return None
    if text is not None:
        if not isinstance(text, str):
            raise Wrong(f"{given.where}: text must be text (put it in quotes)")
        return Content(text.encode(), whole=whole)
    if stored:
        return Content(stored=f"/{stored}", whole=whole)
    known = base.content if base is not None and base.content is not None else Content()
    return replace(known, whole=whole)


def _size(content: Content | None, base: Node | None) -> int:
    if content is not None and content.stored is None:
        return len(content.data)
    return base.stat.size if base is not None else 0


def _acl(line: str, owners: Owners, where: str) -> AclEntry:
    tag, _, rest = line.partition(":")
    who, _, digit = rest.rpartition(":")
    if tag not in {"user", "group"} or digit not in set("01234567"):
        raise Wrong(f"{where}: acl must be lines like user:joe:6, group:adm:4 or group::5")
    if tag == "group" and not who:
        return AclEntry("owning-group", -1, int(digit))
    value: object = int(who) if who.isdigit() else who
    return AclEntry(tag, (owners.uid if tag == "user" else owners.gid)(value, where), int(digit))


def _names(value: object, where: str) -> tuple[str, ...]:
    return tuple(sorted(unescape(name) for name in texts_of(value, f"{where}: names")))


def _reasons(value: Mapping[str, object], where: str) -> Mapping[str, str]:
    for what, why in value.items():
        if what not in _CANNOT or not isinstance(why, str):
            raise Wrong(f"{where}: cannot must say why, for one of {', '.join(sorted(_CANNOT))}")
    return {what: str(why) for what, why in value.items()}


def _census(given: Fields) -> Census:
    rows = tuple(_row(row, given.where) for row in given.list("rows"))
    limits = tuple(Limit(*_pair(line, given.where)) for line in given.list("limits"))
    found = Census(rows, given.number("entries"), limits)
    given.done()
    return found


def _pair(value: object, where: str) -> tuple[str, str]:
    texts = texts_of(value, f"{where}: limits")
    if len(texts) != 2:  # noqa: PLR2004
        raise Wrong(f"{where}: limits must be pairs of what and why")
    return unescape(texts[0]), texts[1]


def _row(value: object, where: str) -> CensusRow:
    """`[file, "0640", 27, 27, 113, /var/lib/mysql/ibdata1, false, [[0, 0, "0755"], [27, 27, "0750"]]]`."""
    match value:
        case [str(kind), mode, int(uid), int(gid), int(count), str(example), bool(acl), list(chain)]:
            return CensusRow(
                tuple(_link_of_chain(step, where) for step in chain),
                FileKind(kind),
                mode_of(mode, where),
                uid,
                gid,
                count,
                unescape(example),
                acl,
            )
        case _:
            raise Wrong(f"{where}: rows must be [kind, mode, uid, gid, count, example, acl, chain]")


def _link_of_chain(step: object, where: str) -> tuple[int, int, int]:
    match step:
        case [int(uid), int(gid), mode]:
            return (uid, gid, mode_of(mode, where))
        case _:
            raise Wrong(f"{where}: a chain must be of [uid, gid, mode]")
