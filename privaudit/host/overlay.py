"""A recorded machine that can be changed: every change stays in memory, and the recording as it is."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from privaudit.host import CommandResult, GroupEntry, HostError, Missing, PasswdEntry
from privaudit.host.accounts import Directory
from privaudit.host.recorded import RecordedHost
from privaudit.host.recording import Answer, Effect
from privaudit.host.tree import NO_FOLDER, NOT_THERE, Content, Node, join, split
from privaudit.model.path import FileKind, FileStat


class Overlay(RecordedHost):
    """Reads as the recorded machine with the changes so far; `log` keeps what was done, commands too.

    A command does to the machine what its `then` in host.yaml says, and a second call of it may answer
    differently. Every method raises HostError as the machine would; nobody's rights are checked.
    """

    def __init__(self, folder: str) -> None:
        """Read the recording."""
        super().__init__(folder)
        self.log: list[tuple[str, ...]] = []
        """In order: `("run", "/usr/bin/systemctl", "restart", …)`, `("chown", path, "74", "74")`, …"""

    def run(
        self,
        argv: Sequence[str],
        *,
        timeout: float = 30,
        uid: int | None = None,
        env: Mapping[str, str] | None = None,
        stdin: bytes = b"",
    ) -> CommandResult:
        """Answer as recorded, and let happen what the command does."""
        self.log.append(("run", *argv))
        return super().run(argv, timeout=timeout, uid=uid, env=env, stdin=stdin)

    def _said(self, answer: Answer) -> CommandResult:
        if answer.effect is not None:
            self._happen(answer.effect)
        return super()._said(answer)

    def write_file(self, path: str, data: bytes, mode: int = 0o644, uid: int = 0, gid: int = 0) -> None:
        """Put a regular file, new or in place of another one."""
        real = self._new(path)
        known = self._tree.nodes.get(real)
        if known is not None and known.stat.kind is FileKind.DIRECTORY:
            raise HostError(path, "is a folder")
        stat = FileStat(FileKind.FILE, mode, uid, gid, size=len(data))
        self._put(real, Node(stat, content=Content(data)))
        self.log.append(("write", path))

    def make_folder(self, path: str, mode: int = 0o755, uid: int = 0, gid: int = 0) -> None:
        """Make one folder; the one that holds it must be there."""
        real = self._new(path)
        if real in self._tree.nodes:
            raise HostError(path, "is there already")
        self._put(real, Node(FileStat(FileKind.DIRECTORY, mode, uid, gid)))
        self.log.append(("mkdir", path))

    def make_link(self, path: str, text: str, uid: int = 0, gid: int = 0) -> None:
        """Make a symbolic link."""
        real = self._new(path)
        if real in self._tree.nodes:
            raise HostError(path, "is there already")
        self._put(real, Node(FileStat(FileKind.LINK, 0o777, uid, gid), text=text))
        self.log.append(("symlink", path, text))

    def remove(self, path: str) -> None:
        """Remove a file, a link, a socket or an empty folder."""
        real = self._tree.real(path, follow=False)
        if self._tree.children(real):
            raise HostError(path, "is not empty")
        self._drop(real)
        self.log.append(("remove", path))

    def rename(self, old: str, new: str) -> None:
        """Move a file or a folder with all that is below it."""
        source, target = self._tree.real(old, follow=False), self._new(new)
        if target == source or target.startswith(f"{source}/"):
            raise HostError(new, "lies in what is to be moved")
        if self._tree.children(target):
            raise HostError(new, "is not empty")
        moved = {path: self._tree.nodes[path] for path in self._tree.below(source)}
        self._drop(source)
        for path, node in moved.items():
            self._put(target + path[len(source) :], node)
        self.log.append(("rename", old, new))

    def chown(self, path: str, uid: int, gid: int) -> None:
        """Give an entry, a link itself too, another owner; a file loses set-id bits and capabilities."""
        real = self._tree.real(path, follow=False)
        node = self._tree.nodes[real]
        kept = 0o1777 if node.stat.kind is FileKind.FILE else 0o7777
        stat = replace(node.stat, uid=uid, gid=gid, mode=node.stat.mode & kept)
        self._put(real, replace(node, stat=stat, capabilities=False))
        self.log.append(("chown", path, str(uid), str(gid)))

    def chmod(self, path: str, mode: int) -> None:
        """Give an entry another mode; links are followed."""
        real = self._tree.real(path, follow=True)
        node = self._tree.nodes[real]
        self._put(real, replace(node, stat=replace(node.stat, mode=mode)))
        self.log.append(("chmod", path, f"{mode:04o}"))

    def _new(self, path: str) -> str:
        """Real path of an entry that need not be there; the folder that holds it must be."""
        above, name = split(path.rstrip("/"))
        if not name or name in {".", ".."}:
            raise HostError(path, "is no name of an entry")
        folder = self._tree.real(above, follow=True)
        if self._tree.nodes[folder].stat.kind is not FileKind.DIRECTORY:
            raise Missing(path, NO_FOLDER)
        return join(folder, name)

    def _put(self, real: str, node: Node) -> None:
        self._tree.put(real, node)
        self._noticed(real)

    def _drop(self, real: str) -> None:
        self._tree.drop(real)
        self._noticed(real)

    def _noticed(self, real: str) -> None:
        """Keep the folder's listing true; counts above are taken anew from the entries that are recorded."""
        folder, name = split(real)
        listing = self._tree.nodes[folder].names
        if listing is not None and name:
            names = {*listing, name} if real in self._tree.nodes else {*listing} - {name}
            self._tree.nodes[folder] = replace(self._tree.nodes[folder], names=tuple(sorted(names)))
        while True:
            self._tree.nodes[folder] = replace(self._tree.nodes[folder], census=None)
            if folder == "/":
                return
            folder = split(folder)[0]

    def _happen(self, effect: Effect) -> None:
        for path, node in effect.files:
            if node is not None:
                self._put(self._new(path), node)
            elif path in self._tree.nodes:
                self._drop(path)
            else:
                raise Missing(path, NOT_THERE)
        if not isinstance(self._known.processes, str):
            gone = {*effect.ended, *(row.pid for row in effect.processes)}
            rows = [row for row in self._known.processes if row.pid not in gone]
            self._known.processes = sorted([*rows, *effect.processes], key=lambda row: row.pid)
        self._let_be_known(effect.passwd, effect.groups, effect.removed)

    def _let_be_known(
        self, passwd: Sequence[PasswdEntry], groups: Sequence[GroupEntry], removed: Sequence[str]
    ) -> None:
        accounts = [entry for entry in self._known.passwd if entry.name not in removed]
        all_groups = [entry for entry in self._known.groups if entry.name not in removed]
        self._known.passwd = [*accounts, *passwd]
        self._known.groups = [*all_groups, *groups]
        self._directory = Directory(self._known.passwd, self._known.groups)
