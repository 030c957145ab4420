"""A host that notes all that it is asked: what a scan saw becomes a recorded machine, without secrets."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from privaudit.host import (
    TEXT_LIMIT,
    Census,
    CommandResult,
    GroupEntry,
    Host,
    HostError,
    Missing,
    PasswdEntry,
    RawProcess,
)
from privaudit.host.recording import Answer, Recording
from privaudit.host.secrets import Secrets
from privaudit.host.tree import NOT_THERE, Content, Node, Tree, respelled
from privaudit.model.path import AclEntry, FileKind, FileStat
from privaudit.model.service import Listener


class Recorder:
    """Answers as the host it stands before, and remembers; see `privaudit.host.Host` for each method."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._secrets = Secrets()
        self._seen = _Seen(host)
        self._passwd: dict[int | str, PasswdEntry] = {}
        self._groups: dict[int | str, GroupEntry] = {}
        self._group_lists: dict[str, tuple[int, ...]] = {}
        self._answers: list[Answer] = []
        self._processes: Sequence[RawProcess] | str = ()
        self._listeners: Sequence[Listener] | str = ()
        self._time: float | None = None
        self.platform = host.platform
        self.root = host.root
        self.live = host.live
        self.privileged = host.privileged

    def recording(self) -> Recording:
        """All that was asked so far, and what was answered."""
        return Recording(
            self.platform,
            hostname=self._host.hostname(),
            kernel=self._host.kernel(),
            time=self._host.now() if self._time is None else self._time,
            live=self.live,
            privileged=self.privileged,
            passwd=_numbers_first(self._passwd),
            groups=_numbers_first(self._groups),
            group_lists=self._group_lists,
            tree=self._seen,
            processes=self._processes,
            listeners=self._listeners,
            answers=self._answers,
        )

    def hostname(self) -> str:
        """Name of the machine."""
        return self._host.hostname()

    def kernel(self) -> str:
        """Kernel and release."""
        return self._host.kernel()

    def now(self) -> float:
        """Seconds since the epoch."""
        now = self._host.now()
        self._time = now if self._time is None else self._time
        return now

    def lstat(self, path: str) -> FileStat:
        """Status of path itself."""
        self._seen.find(path, follow=False)
        return self._host.lstat(path)

    def readlink(self, path: str) -> str:
        """Text of a link."""
        real = self._seen.find(path, follow=False)
        try:
            return self._host.readlink(path)
        except HostError as error:
            self._seen.cannot(real, "link", error)
            raise

    def listdir(self, path: str, limit: int = 100_000) -> list[str]:
        """Names in a folder, sorted."""
        real = self._seen.find(path, follow=True)
        try:
            names = self._host.listdir(path, limit)
        except HostError as error:
            self._seen.cannot(real, "list", error)
            raise
        self._seen.note(real, names=tuple(names))
        return names

    def read(self, path: str, limit: int = TEXT_LIMIT) -> bytes:
        """Contents of a regular file of at most limit bytes."""
        real = self._seen.find(path, follow=True)
        try:
            data = self._host.read(path, limit)
        except HostError as error:
            self._seen.cannot(real, "read", error)
            raise
        if real is not None:
            self._seen.note(real, content=Content(self._secrets.file(real, data)))
        return data

    def head(self, path: str, size: int = 256) -> bytes:
        """The first bytes of a regular file."""
        real = self._seen.find(path, follow=True)
        try:
            data = self._host.head(path, size)
        except HostError as error:
            self._seen.cannot(real, "head", error)
            raise
        known = self._seen.nodes[real].content if real is not None else None
        if real is not None and (known is None or (not known.whole and len(known.data) < len(data))):
            kept = Content(self._secrets.beginning(data), whole=False)
            self._seen.note(real, content=kept)
        return data

    def acl(self, path: str) -> tuple[AclEntry, ...]:
        """Named entries of the access ACL."""
        real = self._seen.find(path, follow=False)
        try:
            entries = self._host.acl(path)
        except HostError as error:
            self._seen.cannot(real, "acl", error)
            raise
        self._seen.note(real, acl=entries)
        return entries

    def file_capabilities(self, path: str) -> bool:
        """Whether the file carries capabilities."""
        real = self._seen.find(path, follow=False)
        try:
            carries = self._host.file_capabilities(path)
        except HostError as error:
            self._seen.cannot(real, "capabilities", error)
            raise
        self._seen.note(real, capabilities=carries)
        return carries

    def census(self, path: str) -> Census:
        """Count the whole tree at path."""
        real = self._seen.find(path, follow=True)
        try:
            counted = self._host.census(path)
        except HostError as error:
            self._seen.cannot(real, "census", error)
            raise
        if real is not None:
            self._seen.note(real, census=respelled(counted, path, real))
        return counted

    def run(
        self,
        argv: Sequence[str],
        *,
        timeout: float = 30,
        uid: int | None = None,
        env: Mapping[str, str] | None = None,
        stdin: bytes = b"",
    ) -> CommandResult:
        """Run a read-only query."""
        try:
            result = self._host.run(argv, timeout=timeout, uid=uid, env=env, stdin=stdin)
        except HostError as error:
            self._answers.append(Answer(tuple(argv), uid, stdin, error.why))
            raise
        clean = CommandResult(
            result.status, self._secrets.output(result.stdout), self._secrets.output(result.stderr)
        )
        self._answers.append(Answer(tuple(argv), uid, stdin, clean))
        return result

    def processes(self) -> Iterator[RawProcess]:
        """All processes."""
        try:
            rows = tuple(self._host.processes())
        except HostError as error:
            self._processes = error.why
            raise
        self._processes = tuple(replace(row, argv=self._secrets.words(row.argv)) for row in rows)
        return iter(rows)

    def listeners(self) -> tuple[Listener, ...]:
        """All listening sockets."""
        try:
            rows = self._host.listeners()
        except HostError as error:
            self._listeners = error.why
            raise
        self._listeners = rows
        return rows

    def passwd(self, key: int | str) -> PasswdEntry | None:
        """Look one account up."""
        found = self._host.passwd(key)
        if found is not None:
            self._passwd[key] = found
        return found

    def group(self, key: int | str) -> GroupEntry | None:
        """Look one group up."""
        found = self._host.group(key)
        if found is not None:
            self._groups[key] = found
        return found

    def group_list(self, name: str, gid: int) -> tuple[int, ...]:
        """Every gid of an account, primary first."""
        found = self._host.group_list(name, gid)
        self._group_lists[name] = found
        return found


class _Seen(Tree):
    """A tree that asks the host for what it does not have yet."""

    def __init__(self, host: Host) -> None:
        super().__init__()
        self._host = host
        self._absent: set[str] = set()
        self._ask("/")

    def find(self, path: str, *, follow: bool) -> str | None:
        """Resolve a path and keep all that lies on the way; None: it leads nowhere."""
        try:
            return self.real(path, follow=follow)
        except HostError:
            return None

    def note(self, real: str | None, **changes: object) -> None:
        """Keep what a node answered."""
        if real is not None:
            self.nodes[real] = replace(self.nodes[real], **changes)  # type: ignore[arg-type]

    def cannot(self, real: str | None, asked: str, error: HostError) -> None:
        """Keep why a node did not answer."""
        if real is not None:
            self.note(real, cannot={**self.nodes[real].cannot, asked: error.why})

    def _look(self, path: str, step: str) -> Node:
        if step in self._absent:
            raise Missing(path, NOT_THERE)
        if step not in self.nodes:
            self._ask(step)
        return super()._look(path, step)

    def _ask(self, step: str) -> None:
        try:
            stat = self._host.lstat(step)
            text = self._host.readlink(step) if stat.kind is FileKind.LINK else ""
        except Missing:
            self._absent.add(step)
        except HostError as error:
            self.put(step, Node(FileStat(FileKind.FILE, 0, 0, 0), cannot={"stat": error.why}))
        else:
            self.put(step, Node(stat, text=text))


def _numbers_first(found: dict[int | str, PasswdEntry] | dict[int | str, GroupEntry]) -> list:  # type: ignore[type-arg]
    """Of two names of one id, the one that the id gave comes first, so that it does so again."""
    rows = [entry for key, entry in found.items() if isinstance(key, int)]
    rows += [entry for key, entry in found.items() if isinstance(key, str)]
    return list(dict.fromkeys(rows))
