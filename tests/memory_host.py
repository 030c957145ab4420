"""A machine in memory: files with owners, modes and links, accounts, processes and recorded answers.

    host = MemoryHost()
    host.account("joe", 1000, home="/home/joe", shell="/bin/bash")
    host.file("/etc/nginx/nginx.conf", "user www-data;")
    host.command(["/usr/bin/rpm", "-qf"], stdout="mariadb-server")

Folders on the way are made as root's, 0755. Nothing checks permissions: `denied` names what cannot be read.
"""

import posixpath
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Self

from privaudit.host import (
    TEXT_LIMIT,
    Census,
    CensusRow,
    CommandResult,
    Denied,
    GroupEntry,
    HostError,
    Missing,
    PasswdEntry,
    Platform,
    RawProcess,
)
from privaudit.model.path import AclEntry, FileKind, FileStat
from privaudit.model.process import Ids
from privaudit.model.service import Listener

MAX_LINKS = 40


@dataclass(frozen=True, slots=True)
class Entry:
    """One inode."""

    kind: FileKind
    mode: int = 0o644
    uid: int = 0
    gid: int = 0
    content: bytes = b""
    """Of a file; the text of a link."""
    acl: tuple[AclEntry, ...] = ()
    capabilities: bool = False
    nlink: int = 1


@dataclass(slots=True)
class MemoryHost:
    """See `privaudit.host.Host`; everything may be set up before or after it is handed on."""

    platform: Platform = Platform.LINUX
    live: bool = True
    privileged: bool = True
    root: str = "/"
    name: str = "memory"
    time: float = 1_700_000_000.0
    entries: dict[str, Entry] = field(default_factory=lambda: {"/": Entry(FileKind.DIRECTORY, 0o755)})
    denied: set[str] = field(default_factory=set)
    """Real paths whose reading raises Denied."""
    commands: dict[tuple[str, ...], CommandResult | HostError] = field(default_factory=dict)
    asked: list[tuple[str, ...]] = field(default_factory=list)
    """Every command line that was run, in order."""
    reads: list[str] = field(default_factory=list)
    """Every file that was read whole, in order."""
    rows: list[RawProcess] = field(default_factory=list)
    sockets: list[Listener] = field(default_factory=list)
    accounts: list[PasswdEntry] = field(default_factory=list)
    groups: list[GroupEntry] = field(default_factory=list)

    # What a test sets up.

    def file(
        self, path: str, content: bytes | str = b"", mode: int = 0o644, uid: int = 0, gid: int = 0
    ) -> Self:
        """Put a regular file."""
        text = content.encode() if isinstance(content, str) else content
        return self.put(path, Entry(FileKind.FILE, mode, uid, gid, text))

    def dir(self, path: str, mode: int = 0o755, uid: int = 0, gid: int = 0) -> Self:
        """Put a folder, or change the one that is there."""
        return self.put(path, Entry(FileKind.DIRECTORY, mode, uid, gid))

    def link(self, path: str, target: str, uid: int = 0, gid: int = 0) -> Self:
        """Put a symbolic link."""
        return self.put(path, Entry(FileKind.LINK, 0o777, uid, gid, target.encode()))

    def fifo(self, path: str, mode: int = 0o644, uid: int = 0, gid: int = 0) -> Self:
        """Put a named pipe."""
        return self.put(path, Entry(FileKind.FIFO, mode, uid, gid))

    def put(self, path: str, entry: Entry) -> Self:
        """Put anything; folders on the way that do not exist yet are root's."""
        parent = posixpath.dirname(path)
        while parent not in self.entries:
            self.entries[parent] = Entry(FileKind.DIRECTORY, 0o755)
            parent = posixpath.dirname(parent)
        self.entries[path] = entry
        return self

    def change(self, path: str, **changes: object) -> Self:
        """Change fields of an entry: mode, uid, acl, capabilities and the rest."""
        self.entries[path] = replace(self.entries[path], **changes)  # type: ignore[arg-type]
        return self

    def command(
        self, argv: Sequence[str], stdout: bytes | str = b"", status: int = 0, stderr: bytes | str = b""
    ) -> Self:
        """Record what a command answers."""
        out, err = (text.encode() if isinstance(text, str) else text for text in (stdout, stderr))
        self.commands[tuple(argv)] = CommandResult(status, out, err)
        return self

    def account(
        self,
        name: str,
        uid: int,
        gid: int | None = None,
        *,
        home: str = "/nonexistent",
        shell: str = "/usr/sbin/nologin",
        gecos: str = "",
        shadow: str | None = "!",
        listed: bool = True,
    ) -> Self:
        """Add an account.

        shadow: its password field, None for no line; listed: it stands in /etc/passwd (and shadow), or
        only a directory knows it.
        """
        entry = PasswdEntry(name, uid, uid if gid is None else gid, gecos, home, shell)
        self.accounts.append(entry)
        if listed:
            self._append("/etc/passwd", f"{name}:x:{uid}:{entry.gid}:{gecos}:{home}:{shell}\n", 0o644)
            if shadow is not None:
                self._append("/etc/shadow", f"{name}:{shadow}:19700:0:99999:7:::\n", 0o640)
        return self

    def members(self, name: str, gid: int, *members: str, listed: bool = True) -> Self:
        """Add a group; listed: it stands in /etc/group, or only a directory knows it."""
        self.groups.append(GroupEntry(name, gid, members))
        if listed:
            self._append("/etc/group", f"{name}:x:{gid}:{','.join(members)}\n", 0o644)
        return self

    def process(
        self, pid: int, program: str | None, uid: int = 0, ppid: int = 1, unit: str | None = None
    ) -> RawProcess:
        """Add a process whose ids are all the same; vary the value it returns with `replace` and `rows`."""
        name = posixpath.basename(program or "unknown")
        group = f"/system.slice/{unit}" if unit is not None else None
        ids = Ids(uid, uid, uid)
        argv = (program,) if program is not None else ()
        row = RawProcess(pid, ppid, ids, ids, (), name[:15], program, argv, float(pid), group)
        self.rows.append(row)
        return row

    def _append(self, path: str, line: str, mode: int) -> None:
        known = self.entries.get(path)
        self.file(path, (known.content if known else b"") + line.encode(), mode)

    # What the Host protocol asks.

    def hostname(self) -> str:
        return self.name

    def kernel(self) -> str:
        return "Linux 6.1.0" if self.platform is Platform.LINUX else "Darwin 24.5.0"

    def now(self) -> float:
        return self.time

    def lstat(self, path: str) -> FileStat:
        real = self.resolve(path, follow=False)
        found = self.entries[real]
        inode = 1 + list(self.entries).index(real)
        return FileStat(
            found.kind, found.mode, found.uid, found.gid, found.nlink, 1, inode, len(found.content)
        )

    def readlink(self, path: str) -> str:
        found = self.entries[self.resolve(path, follow=False)]
        if found.kind is not FileKind.LINK:
            raise HostError(path, "invalid argument")
        return found.content.decode()

    def listdir(self, path: str, limit: int = 100_000) -> list[str]:
        real = self.resolve(path)
        if self.entries[real].kind is not FileKind.DIRECTORY:
            raise Missing(path, "not a folder")
        if real in self.denied:
            raise Denied(path, "permission denied")
        names = self._names(real)
        if len(names) > limit:
            raise HostError(path, f"more than {limit} entries")
        return names

    def read(self, path: str, limit: int = TEXT_LIMIT) -> bytes:
        content = self._content(path)
        if len(content) > limit:
            raise HostError(path, f"larger than {limit} bytes")
        self.reads.append(path)
        return content

    def head(self, path: str, size: int = 256) -> bytes:
        return self._content(path)[:size]

    def acl(self, path: str) -> tuple[AclEntry, ...]:
        return self.entries[self.resolve(path, follow=False)].acl

    def file_capabilities(self, path: str) -> bool:
        return self.entries[self.resolve(path, follow=False)].capabilities

    def census(self, path: str) -> Census:
        real = self.resolve(path)
        if self.entries[real].kind is not FileKind.DIRECTORY:
            raise Missing(path, "not a folder")
        rows = self._rows(real, path, ())
        counted: dict[CensusRow, CensusRow] = {}
        for row in sorted(rows, key=lambda row: row.example):
            key = replace(row, example="")
            known = counted.get(key)
            counted[key] = row if known is None else replace(known, count=known.count + 1)
        return Census(tuple(sorted(counted.values(), key=lambda row: row.example)), len(rows), ())

    def run(
        self,
        argv: Sequence[str],
        *,
        timeout: float = 30,
        uid: int | None = None,
        env: Mapping[str, str] | None = None,
        stdin: bytes = b"",
    ) -> CommandResult:
        del timeout, uid, env, stdin
        self.asked.append(tuple(argv))
        answer = self.commands.get(tuple(argv))
        if answer is None:
            raise Missing(argv[0], "no such program")
        if isinstance(answer, HostError):
            raise answer
        return answer

    def processes(self) -> Iterator[RawProcess]:
        yield from sorted(self.rows, key=lambda row: row.pid)

    def listeners(self) -> tuple[Listener, ...]:
        return tuple(self.sockets)

    def passwd(self, key: int | str) -> PasswdEntry | None:
        return next((e for e in self.accounts if key == (e.uid if isinstance(key, int) else e.name)), None)

    def group(self, key: int | str) -> GroupEntry | None:
        return next((e for e in self.groups if key == (e.gid if isinstance(key, int) else e.name)), None)

    def group_list(self, name: str, gid: int) -> tuple[int, ...]:
        return (gid, *sorted({e.gid for e in self.groups if name in e.members} - {gid}))

    def resolve(self, path: str, *, follow: bool = True) -> str:
        """Real path of an existing entry; links on the way are followed, one at the end if `follow`."""
        if not path.startswith("/"):
            raise HostError(path, "not an absolute path")
        waiting = [part for part in reversed(path.split("/")) if part not in {"", "."}]
        current, links = "/", 0
        while waiting:
            part = waiting.pop()
            if part == "..":
                current = posixpath.dirname(current)
                continue
            if self.entries[current].kind is not FileKind.DIRECTORY:
                raise Missing(path, "not a folder")
            where = posixpath.join(current, part)
            if where not in self.entries:
                raise Missing(path, "no such file or folder")
            found = self.entries[where]
            if found.kind is FileKind.LINK and (waiting or follow):
                links += 1
                if links > MAX_LINKS:
                    raise HostError(path, f"more than {MAX_LINKS} links on the way")
                text = found.content.decode()
                waiting += [p for p in reversed(text.split("/")) if p not in {"", "."}]
                current = "/" if text.startswith("/") else current
            else:
                current = where
        return current

    def _content(self, path: str) -> bytes:
        real = self.resolve(path)
        found = self.entries[real]
        if real in self.denied:
            raise Denied(path, "permission denied")
        if found.kind is not FileKind.FILE:
            raise HostError(path, f"is a {found.kind}, not a regular file")
        return found.content

    def _names(self, folder: str) -> list[str]:
        return sorted(
            posixpath.basename(path)
            for path in self.entries
            if path != "/" and posixpath.dirname(path) == folder
        )

    def _rows(self, real: str, shown: str, chain: tuple[tuple[int, int, int], ...]) -> list[CensusRow]:
        found = self.entries[real]
        rows = [CensusRow(chain, found.kind, found.mode, found.uid, found.gid, 1, shown, bool(found.acl))]
        if found.kind is FileKind.DIRECTORY:
            inner = (*chain, (found.uid, found.gid, found.mode))
            for name in self._names(real):
                rows += self._rows(posixpath.join(real, name), posixpath.join(shown, name), inner)
        return rows
