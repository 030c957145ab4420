"""sudoers(5) read by us, where cvtsudoers cannot be asked: under --root its includes would lead out of DIR.

The subset: `@include`/`#include` and their folders, Defaults, the four kinds of alias, user specifications
with runas lists, tags and options. What is not understood is named, never guessed.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import field, replace

from privaudit.collect.accounts.sudoers import rules
from privaudit.collect.accounts.sudoers.policy import Grant, Item, Kind, Policy
from privaudit.collect.accounts.sudoers.scanner import Scanner, SudoersError
from privaudit.host import HostError, Missing
from privaudit.model.frozen import slotted
from privaudit.model.unknown import Limit

_INCLUDE = re.compile(r"[@#]include(dir)?\s+(.+)")
_COMMENT = re.compile(r"(?<![%\\])#(?![0-9]).*|(?<=[^\s,(=!:%])#.*")
_ALIAS = re.compile(r"(User|Runas|Host|Cmnd|Cmd)_Alias\s+(.+)", re.DOTALL)
_ALIAS_NAME = re.compile(r"[A-Z][A-Z0-9_]*")
_MAX_DEPTH = 128
"""As sudoers(5), Including other files."""
_MAX_FILES = 500
_MAX_EXPANDED = 10_000
_ALIASED = frozenset({Kind.NAME, Kind.HOST, Kind.COMMAND})
"""Kinds of items whose text may be the name of an alias."""


@slotted
class Reader:
    """Reads one sudoers file and what it includes."""

    read: Callable[[str], bytes]
    """Contents of a file; HostError (Missing) if it cannot be read."""
    listdir: Callable[[str], list[str]]
    """Names in a folder, sorted; HostError (Missing) likewise."""
    hostname: str
    found: Policy = field(default_factory=Policy)
    _aliases: dict[tuple[str, str], tuple[Item, ...]] = field(default_factory=dict)
    _files: int = 0

    def file(self, path: str, depth: int = 0) -> None:
        """Read a file."""
        self._files += 1
        if depth > _MAX_DEPTH or self._files > _MAX_FILES:
            self.found.gaps.append(Limit(path, "includes too many files"))
            return
        try:
            data = self.read(path)
        except Missing:
            return
        except HostError as error:
            self.found.gaps.append(error.limit())
            return
        for number, line in _lines(data.decode("utf-8", "surrogateescape")):
            include = _INCLUDE.fullmatch(line)
            if include is not None:
                self._include(path, include[2].strip().strip('"'), depth, folder=bool(include[1]))
                continue
            try:
                self._line(_COMMENT.sub("", line).strip())
            except SudoersError as error:
                self.found.gaps.append(Limit(f"{path}, line {number}", f"not understood: {error}"))

    def finished(self) -> Policy:
        """Expand the aliases, which may be defined after they are used."""
        grants, self.found.grants = self.found.grants, []
        for grant in grants:
            try:
                self.found.grants.append(self._expanded(grant))
            except SudoersError as error:
                self.found.gaps.append(Limit("/etc/sudoers", str(error)))
        self.found.defaults = [replace(d, users=self._expand("User", d.users)) for d in self.found.defaults]
        return self.found

    def _expanded(self, grant: Grant) -> Grant:
        return replace(
            grant,
            users=self._expand("User", grant.users),
            hosts=self._expand("Host", grant.hosts),
            commands=self._expand("Cmnd", grant.commands),
            runas=None if grant.runas is None else self._expand("Runas", grant.runas),
            runas_groups=None if grant.runas_groups is None else self._expand("Runas", grant.runas_groups),
        )

    def _include(self, path: str, target: str, depth: int, *, folder: bool) -> None:
        target = target.replace("%h", self.hostname.partition(".")[0]).replace("\\ ", " ")
        if not target.startswith("/"):
            target = f"{path.rpartition('/')[0]}/{target}"
        if not folder:
            self.file(target, depth + 1)
            return
        try:
            names = self.listdir(target)
        except Missing:
            return
        except HostError as error:
            self.found.gaps.append(error.limit())
            return
        for name in names:
            if "." not in name and not name.endswith("~"):
                self.file(f"{target.rstrip('/')}/{name}", depth + 1)

    def _line(self, line: str) -> None:
        if not line:
            return
        alias = _ALIAS.fullmatch(line)
        if alias is not None:
            self._alias("Cmnd" if alias[1] == "Cmd" else alias[1], Scanner(alias[2]))
        elif re.match(r"Defaults(?:[\s@:!>]|$)", line):
            self.found.defaults.append(rules.default(line[len("Defaults") :]))
        else:
            self.found.grants.extend(rules.specification(Scanner(line)))

    def _alias(self, kind: str, text: Scanner) -> None:
        while True:
            name = text.take(_ALIAS_NAME, "the name of an alias")
            text.sign("=")
            items = rules.commands(text) if kind == "Cmnd" else rules.names(text, host=kind == "Host")
            self._aliases[kind, name] = items
            if not text.optional(":"):
                break
        text.end()

    def _expand(
        self, kind: str, items: tuple[Item, ...], seen: frozenset[str] = frozenset()
    ) -> tuple[Item, ...]:
        found: list[Item] = []
        for item in items:
            inner = self._aliases.get((kind, item.value)) if item.value not in seen else ()
            if inner is None or item.kind not in _ALIASED:
                found.append(item)
                continue
            below = self._expand(kind, inner, seen | {item.value})
            found.extend(replace(each, negated=each.negated != item.negated) for each in below)
            if len(found) > _MAX_EXPANDED:
                raise SudoersError("aliases that grow without bound")
        return tuple(found)


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """Lines with their continuations, and the number of the first."""
    waiting, first = "", 0
    for number, line in enumerate(text.split("\n"), 1):
        first = first if waiting else number
        if line.endswith("\\") and not line.endswith("\\\\"):
            waiting += line[:-1] + " "
            continue
        yield first, (waiting + line).strip()
        waiting = ""
    if waiting:
        yield first, waiting.strip()
