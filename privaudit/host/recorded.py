"""A recorded machine: the same answers as on the day it was recorded, from a folder of files."""

import os
from collections.abc import Iterator, Mapping, Sequence

from privaudit.host import (
    TEXT_LIMIT,
    Census,
    CommandResult,
    GroupEntry,
    HostError,
    Missing,
    PasswdEntry,
    RawProcess,
)
from privaudit.host.accounts import Directory
from privaudit.host.recording import Answer
from privaudit.host.recording.load import load, open_folder
from privaudit.host.tree import Content, Node, error_of, respelled
from privaudit.model.path import AclEntry, FileKind, FileStat
from privaudit.model.service import Listener

NOT_RECORDED = "was not recorded"


class RecordedHost:
    """The machine in a folder (form: `privaudit.host.recording`); see `privaudit.host.Host` for each method.

    What was not recorded is missing; what could not be read then cannot be read now, for the same reason.
    """

    def __init__(self, folder: str) -> None:
        """Read host.yaml and look at rootfs/; HostError if there is none, or it is wrong."""
        self._folder = open_folder(folder)
        self._known = load(folder, self._folder)
        self._tree = self._known.tree
        self._directory = Directory(self._known.passwd, self._known.groups)
        self._answers: dict[tuple[tuple[str, ...], int | None, bytes], list[Answer]] = {}
        for answer in self._known.answers:
            self._answers.setdefault((answer.argv, answer.uid, answer.stdin), []).append(answer)
        self.platform = self._known.platform
        self.root = os.path.abspath(folder)
        self.live = self._known.live
        self.privileged = self._known.privileged

    def hostname(self) -> str:
        """Name of the machine."""
        return self._known.hostname

    def kernel(self) -> str:
        """Kernel and release."""
        return self._known.kernel

    def now(self) -> float:
        """When it was recorded: certificates and waivers are judged as on that day."""
        return self._known.time

    def lstat(self, path: str) -> FileStat:
        """Status of path itself."""
        return self._tree.nodes[self._tree.real(path, follow=False)].stat

    def readlink(self, path: str) -> str:
        """Text of a link."""
        node = self._node(path, "link", follow=False)
        if node.stat.kind is not FileKind.LINK:
            raise HostError(path, "invalid argument")  # EINVAL, as readlink(2) says it
        return node.text

    def listdir(self, path: str, limit: int = 100_000) -> list[str]:
        """Names in a folder, sorted."""
        real = self._tree.real(path, follow=True)
        node = self._at(path, real, "list")
        if node.stat.kind is not FileKind.DIRECTORY:
            raise Missing(path, "not a folder")
        names = list(node.names) if node.names is not None else self._tree.children(real)
        if len(names) > limit:
            raise HostError(path, f"more than {limit} entries")
        return names

    def read(self, path: str, limit: int = TEXT_LIMIT) -> bytes:
        """Contents of a regular file of at most limit bytes."""
        content = self._content(path, "read")
        if not content.whole:
            raise HostError(path, f"{NOT_RECORDED} whole")
        data = self._bytes(content)
        if len(data) > limit:
            raise HostError(path, f"larger than {limit} bytes")
        return data

    def head(self, path: str, size: int = 256) -> bytes:
        """The first bytes of a regular file."""
        return self._bytes(self._content(path, "head"))[:size]

    def acl(self, path: str) -> tuple[AclEntry, ...]:
        """Named entries of the access ACL."""
        return self._node(path, "acl", follow=False).acl

    def file_capabilities(self, path: str) -> bool:
        """Whether the file carries capabilities."""
        return self._node(path, "capabilities", follow=False).capabilities

    def census(self, path: str) -> Census:
        """Count the whole tree at path."""
        real = self._tree.real(path, follow=True)
        node = self._at(path, real, "census")
        if node.stat.kind is not FileKind.DIRECTORY:
            raise Missing(path, "not a folder")
        if node.census is None:
            return self._tree.census(real, path)
        return respelled(node.census, real, path)

    def run(
        self,
        argv: Sequence[str],
        *,
        timeout: float = 30,  # noqa: ARG002
        uid: int | None = None,
        env: Mapping[str, str] | None = None,  # noqa: ARG002
        stdin: bytes = b"",
    ) -> CommandResult:
        """Answer as recorded; the last answer stands for every further call."""
        answers = self._answers.get((tuple(argv), uid, stdin))
        if not answers:
            raise Missing(argv[0], f"{NOT_RECORDED}: {' '.join(argv)}")
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        return self._said(answer)

    def _said(self, answer: Answer) -> CommandResult:
        if isinstance(answer.result, str):
            raise error_of(answer.argv[0], answer.result)
        return answer.result

    def processes(self) -> Iterator[RawProcess]:
        """All processes."""
        if isinstance(self._known.processes, str):
            raise error_of("/proc", self._known.processes)
        return iter(self._known.processes)

    def listeners(self) -> tuple[Listener, ...]:
        """All listening sockets."""
        if isinstance(self._known.listeners, str):
            raise error_of("/proc/net", self._known.listeners)
        return tuple(self._known.listeners)

    def passwd(self, key: int | str) -> PasswdEntry | None:
        """Look one account up."""
        return self._directory.passwd(key)

    def group(self, key: int | str) -> GroupEntry | None:
        """Look one group up."""
        return self._directory.group(key)

    def group_list(self, name: str, gid: int) -> tuple[int, ...]:
        """Every gid of an account, primary first."""
        known = self._known.group_lists.get(name)
        if known is None:
            return self._directory.group_list(name, gid)
        return (gid, *(other for other in known if other != gid))

    def _node(self, path: str, asked: str, *, follow: bool) -> Node:
        return self._at(path, self._tree.real(path, follow=follow), asked)

    def _at(self, path: str, real: str, asked: str) -> Node:
        node = self._tree.nodes[real]
        if asked in node.cannot:
            raise error_of(path, node.cannot[asked])
        return node

    def _content(self, path: str, asked: str) -> Content:
        node = self._node(path, asked, follow=True)
        if node.stat.kind is not FileKind.FILE:
            raise HostError(path, f"is a {node.stat.kind}, not a regular file")
        if node.content is None:
            raise HostError(path, NOT_RECORDED)
        return node.content

    def _bytes(self, content: Content) -> bytes:
        if content.stored is None:
            return content.data
        return self._folder.read(content.stored, _LARGEST)


_LARGEST = 64 << 20
"""Bytes of a recorded file."""
