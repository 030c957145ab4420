"""Give people and the machine of a recording other names, the same ones everywhere."""

import os
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from privaudit.host import Census, CommandResult, PasswdEntry, Platform, RawProcess
from privaudit.host.accounts import passwd_entries
from privaudit.host.recording import Answer, Recording
from privaudit.host.secrets.plists import BINARY, rewritten
from privaudit.host.tree import Node, Tree
from privaudit.model.account import NOBODY

_FIRST_PERSON = {Platform.LINUX: 1000, Platform.DARWIN: 501}
"""UID_MIN of login.defs(5), and the first account that macOS makes."""
_HOMES = ("/home/", "/Users/")
_SYSTEM = ("/usr/", "/bin/", "/sbin/", "/lib/", "/System/", "/Library/")
_NO_NAME = frozenset({"localhost", "debian", "ubuntu", "fedora", "centos", "alpine", "arch", "linux", "mac"})
"""Names of machines that say nothing, and that mean something else in many files."""
_SHORTEST = 2


def masked(recording: Recording) -> Recording:
    """The same machine under other names; a name that a program or folder of the system has too stays."""
    mask = _Mask(_names(recording))
    tree = Tree()
    for path in sorted(recording.tree.nodes):
        tree.put(mask.text(path), mask.node(recording.tree.nodes[path]))
    return replace(
        recording,
        hostname=mask.text(recording.hostname),
        passwd=[mask.account(entry) for entry in recording.passwd],
        groups=[
            replace(group, name=mask.text(group.name), members=mask.texts(group.members))
            for group in recording.groups
        ],
        group_lists={mask.text(name): gids for name, gids in recording.group_lists.items()},
        tree=tree,
        processes=recording.processes
        if isinstance(recording.processes, str)
        else [mask.process(row) for row in recording.processes],
        listeners=recording.listeners
        if isinstance(recording.listeners, str)
        else [replace(row, address=mask.text(row.address)) for row in recording.listeners],
        answers=[mask.answer(answer) for answer in recording.answers],
    )


def _names(recording: Recording) -> dict[str, str]:
    """Every name to be replaced, and what replaces it."""
    taken = {
        part for path in recording.tree.nodes if path.startswith(_SYSTEM) for part in path.split("/")
    } | {""}
    names: dict[str, str] = {}
    people = sorted({entry.uid: entry for entry in _people(recording)}.items())
    for number, (_, first) in enumerate(people, 1):
        for entry in (each for each in _people(recording) if each.uid == first.uid):
            if entry.name in taken or len(entry.name) < _SHORTEST:
                continue
            names.setdefault(entry.name, f"person{number}")
            for said in (entry.gecos, entry.gecos.split(",")[0]):
                if len(said) > _SHORTEST and said not in taken:
                    names.setdefault(said, f"Person {number}")
    host = recording.hostname
    if host and host.lower() not in _NO_NAME and host not in taken:
        names.setdefault(host, "machine.example" if "." in host else "machine")
        names.setdefault(host.split(".")[0], "machine")
    return names


def _people(recording: Recording) -> Iterable[PasswdEntry]:
    """Accounts that may be somebody's: of the asked ones and of the account file."""
    entries = list(recording.passwd)
    node = recording.tree.nodes.get("/etc/passwd") or recording.tree.nodes.get("/private/etc/passwd")
    if node is not None and node.content is not None:
        entries += passwd_entries(os.fsdecode(node.content.data))
    first = _FIRST_PERSON[recording.platform]
    return [
        entry
        for entry in dict.fromkeys(entries)
        if entry.uid >= first and entry.uid != NOBODY and f"{entry.home}/".startswith(_HOMES)
    ]


class _Mask:
    """Replaces names wherever they stand as a word of their own."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self._names = {os.fsencode(name): new.encode() for name, new in names.items()}
        words = b"|".join(re.escape(name) for name in sorted(self._names, key=len, reverse=True))
        self._pattern = re.compile(rb"(?<![A-Za-z0-9])(?:" + words + rb")(?![A-Za-z0-9])") if words else None

    def data(self, data: bytes) -> bytes:
        """Mask what a file or a command says; a binary property list is taken apart for it."""
        if self._pattern is None:
            return data
        if data.startswith(BINARY):
            return rewritten(data, lambda text, _: self.text(text), lambda blob: blob) or data
        return self._pattern.sub(lambda found: self._names[found[0]], data)

    def text(self, text: str) -> str:
        """Mask a name, a path or a word of a command line."""
        return os.fsdecode(self.data(os.fsencode(text))) if self._pattern is not None else text

    def texts(self, texts: Iterable[str]) -> tuple[str, ...]:
        """Mask each."""
        return tuple(map(self.text, texts))

    def account(self, entry: PasswdEntry) -> PasswdEntry:
        """Mask an account."""
        return PasswdEntry(
            self.text(entry.name),
            entry.uid,
            entry.gid,
            self.text(entry.gecos),
            self.text(entry.home),
            self.text(entry.shell),
        )

    def node(self, node: Node) -> Node:
        """Mask an entry of the tree."""
        content, census = node.content, node.census
        return replace(
            node,
            text=self.text(node.text),
            content=None if content is None else replace(content, data=self.data(content.data)),
            names=None if node.names is None else self.texts(node.names),
            census=None if census is None else self._census(census),
        )

    def _census(self, census: Census) -> Census:
        return replace(
            census,
            rows=tuple(replace(row, example=self.text(row.example)) for row in census.rows),
            limits=tuple(replace(limit, what=self.text(limit.what)) for limit in census.limits),
        )

    def process(self, row: RawProcess) -> RawProcess:
        """Mask a process."""
        return replace(
            row,
            name=self.text(row.name),
            program=_maybe(row.program, self.text),
            argv=self.texts(row.argv),
            control_group=_maybe(row.control_group, self.text),
        )

    def answer(self, answer: Answer) -> Answer:
        """Mask a command and what it answered."""
        result = answer.result
        if isinstance(result, CommandResult):
            result = CommandResult(result.status, self.data(result.stdout), self.data(result.stderr))
        return replace(answer, argv=self.texts(answer.argv), stdin=self.data(answer.stdin), result=result)


def _maybe(text: str | None, mask: Callable[[str], str]) -> str | None:
    return None if text is None else mask(text)
