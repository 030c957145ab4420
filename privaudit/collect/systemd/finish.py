"""The last step for every definition: programs named without a path are found, `~` becomes a home."""

from dataclasses import field, replace

from privaudit.collect.systemd.execline import candidates
from privaudit.collect.systemd.query import SEARCH_KEY
from privaudit.host import Host, HostError, PasswdEntry
from privaudit.model.definition import Command, Definition, Domain
from privaudit.model.frozen import slotted
from privaudit.model.path import FileKind

FALLBACK = "/usr/bin"
"""Where a program that is nowhere is said to be missing."""


@slotted
class Finisher:
    """Completes the definitions of one machine."""

    host: Host
    _found: dict[tuple[str, tuple[str, ...]], str] = field(default_factory=dict)

    def finish(self, definition: Definition, owner: PasswdEntry) -> Definition:
        """Complete one; owner: whose manager it is."""
        return replace(
            definition,
            commands=tuple(self._located(command, definition) for command in definition.commands),
            working_directory=self._folder(definition, owner),
        )

    def _located(self, command: Command, definition: Definition) -> Command:
        if command.path.startswith("/"):
            return command
        own = dict(definition.extra).get(SEARCH_KEY, "")
        key = (command.path, tuple(folder for folder in own.split(":") if folder))
        if key not in self._found:
            self._found[key] = self._find(*key)
        return replace(command, path=self._found[key])

    def _find(self, name: str, search: tuple[str, ...]) -> str:
        for path in candidates(name, search) if search else candidates(name):
            try:
                if self.host.lstat(path).kind in {FileKind.FILE, FileKind.LINK}:
                    return path
            except HostError:
                continue  # systemd goes on to the next folder as well
        return f"{FALLBACK}/{name}"

    def _folder(self, definition: Definition, owner: PasswdEntry) -> str | None:
        given = definition.working_directory
        user = definition.domain is not Domain.SYSTEM
        if given is None:
            return owner.home if user else None
        if given != "~":
            return given
        name = definition.user
        if user or name is None:
            return owner.home
        entry = self.host.passwd(int(name) if name.isascii() and name.isdigit() else name)
        return entry.home if entry is not None else None
