"""Programs that a job starts only to start another one: what is really run, and as whom.

MacPorts' daemondo stays in front of every daemon (daemondo --start-cmd PROGRAM ARGUMENTS ;), sudo(8) and
su(1) change the user on the way.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from privaudit.host import Host, HostError
from privaudit.model.definition import Definition
from privaudit.model.frozen import frozen

_DAEMONDO = re.compile(r"(?:/[^/]+)+/bin/daemondo")
_SUDO_VALUES = frozenset("ugpChrtTUD")
"""Options of sudo(8) that take a value."""
_SCRIPT_USER = re.compile(
    rb"^[^#\n]*\b(?:sudo\s+(?:-\w+\s+)*-u\s*|su\s+(?:-l?\s+)?(?:-m\s+)?)([A-Za-z_][A-Za-z0-9_.-]*)\s",
    re.MULTILINE,
)
_MAX_SCRIPT = 1 << 16


@frozen
class Inner:
    """What a wrapper starts."""

    argv: tuple[str, ...]
    user: str | None = None
    """Whom it changes to; None: nobody."""


def inner(argv: Sequence[str]) -> Inner | None:
    """Look one wrapper deep; None: argv is no wrapper that is known."""
    if not argv:
        return None
    if _DAEMONDO.fullmatch(argv[0]):
        return _daemondo(argv)
    if argv[0] in {"/usr/bin/sudo", "sudo"}:
        return _sudo(argv)
    return None


def _daemondo(argv: Sequence[str]) -> Inner | None:
    for index, argument in enumerate(argv):
        if argument == "--start-cmd":
            rest = list(argv[index + 1 :])
            end = rest.index(";") if ";" in rest else len(rest)
            return Inner(tuple(rest[:end])) if end else None
    return None


def _sudo(argv: Sequence[str]) -> Inner | None:
    user: str | None = "root"
    rest = list(argv[1:])
    while rest and rest[0].startswith("-") and rest[0] != "-":
        option = rest.pop(0)
        if option == "--":
            break
        if option in {"-u", "--user"} and rest:
            user = rest.pop(0)
        elif option.startswith("--user="):
            user = option.removeprefix("--user=")
        elif option.startswith("-u") and len(option) > len("-u"):
            user = option[2:]
        elif option[-1:] in _SUDO_VALUES and not option.startswith("--") and rest:
            rest.pop(0)
    return Inner(tuple(rest), user) if rest else None


def unwrapped(host: Host, argv: Sequence[str]) -> tuple[tuple[str, ...], str | None]:
    """Go to the innermost program: (its argv, the last user that was changed to on the way).

    A start script of MacPorts (NAME.wrapper) is read for the user that its sudo or su names.
    """
    current, user = tuple(argv), None
    for _ in range(4):
        found = inner(current)
        if found is None:
            break
        current, user = found.argv, found.user or user
    if user is None and current != tuple(argv) and current and current[0].endswith(".wrapper"):
        user = script_user(host, current[0])
    return current, user


def followed(host: Host, definition: Definition) -> Definition:
    """Add the program behind a wrapper as a second command, and the user that it gets."""
    if not definition.commands:
        return definition
    first = definition.commands[0]
    argv, user = unwrapped(host, (first.path, *first.argv[1:]))
    if not argv or argv[0] == first.path:
        return definition
    extra = definition.extra if user is None else tuple(sorted((*definition.extra, ("inner-user", user))))
    return replace(
        definition, commands=(*definition.commands, replace(first, path=argv[0], argv=argv)), extra=extra
    )


def script_user(host: Host, path: str) -> str | None:
    """The user that a start script changes to, if it names one and the same in every place."""
    try:
        text = host.read(path, _MAX_SCRIPT)
    except HostError:
        return None  # the trace of the program says what is wrong with it
    names = {match.decode("ascii") for match in _SCRIPT_USER.findall(text)}
    return names.pop() if len(names) == 1 else None
