"""Command lines of units, systemd.service(5), "Command Lines": prefixes, words, several in one value."""

import posixpath
import re
from collections.abc import Callable

from privaudit.collect.systemd.syntax import WHITESPACE
from privaudit.collect.systemd.words import BadWord, word
from privaudit.model.definition import Command, Elevation
from privaudit.model.frozen import slotted

_UNSAFE = re.compile("[\x01-\x1f\"'\\\\\x7f]")
NAME_MAX = 255
PATH_MAX = 4096


class BadCommand(Exception):
    """systemd refuses the unit for it."""


@slotted
class _Prefixes:
    """What stands before a program."""

    ignore: bool = False
    own_name: bool = False
    no_expand: bool = False
    elevation: Elevation = Elevation.NONE

    def take(self, sign: str) -> bool:
        """Take one more sign; False: it belongs to the program already."""
        match sign:
            case "-" if not self.ignore:
                self.ignore = True
            case "@" if not self.own_name:
                self.own_name = True
            case ":" if not self.no_expand:
                self.no_expand = True
            case "+" if self.elevation is Elevation.NONE:
                self.elevation = Elevation.FULL
            case "!" if self.elevation is Elevation.NONE:
                self.elevation = Elevation.IDENTITY
            case "!" if self.elevation is Elevation.IDENTITY:
                self.elevation = Elevation.AMBIENT
            case _:
                return False
        return True


def commands(stage: str, value: str, expand: Callable[[str], str]) -> tuple[list[Command], BadCommand | None]:
    """Read the command lines of a value, and why it ended early: None, or what makes the unit void.

    Lines before a bad one count. expand: resolves specifiers, and raises BadCommand for one that is wrong.
    """
    found: list[Command] = []
    position, more = 0, True
    while more:
        more = False
        try:
            first, position = word(value, position)
        except BadWord:
            break
        if first is None:
            break
        if first == ";":
            more = True
            continue
        prefixes = _Prefixes()
        start = 0
        while start < len(first) and prefixes.take(first[start]):
            start += 1
        try:
            path = _program(expand(first[start:]))
            argv, position, more = _arguments(value, position, expand)
            if not prefixes.own_name:
                argv.insert(0, path)
            if not argv:
                raise BadCommand(f"{stage} without an argument for the program's name")
        except BadCommand as bad:
            return found, None if prefixes.ignore else bad
        found.append(
            Command(
                stage, simplified(path), tuple(argv), prefixes.elevation, prefixes.ignore, prefixes.no_expand
            )
        )
    return found, None


def _program(path: str) -> str:
    if not path:
        raise BadCommand("a command without a program")
    if _UNSAFE.search(path):
        raise BadCommand("a program with control characters or quotes in its name")
    if path.endswith(("/", "/.", "/..")):
        raise BadCommand("a program that is a folder")
    if len(path) >= PATH_MAX or any(len(part) > NAME_MAX for part in path.split("/")):
        raise BadCommand("a program with a name that is too long")
    if not path.startswith("/") and ("/" in path or path in {".", ".."}):
        raise BadCommand("a program that is neither an absolute path nor a file name")
    return path


def simplified(path: str) -> str:
    """Drop doubled slashes, single dots and what goes above the root, as systemd does; other `..` stay."""
    parts = [part for part in path.split("/") if part not in {"", "."}]
    if not path.startswith("/"):
        return "/".join(parts)
    first = next((number for number, part in enumerate(parts) if part != ".."), len(parts))
    return "/" + "/".join(parts[first:])


def _arguments(value: str, start: int, expand: Callable[[str], str]) -> tuple[list[str], int, bool]:
    """Read arguments; returns them, where they end, and whether a `;` ended them and more may follow."""
    argv: list[str] = []
    position = start
    while position < len(value):
        if _alone(value, position, ";"):
            return argv, _skip(value, position + 1), True
        if _alone(value, position, "\\;"):
            argv.append(";")
            position = _skip(value, position + 2)
            continue
        try:
            argument, position = word(value, position)
        except BadWord:
            raise BadCommand("a quote that nothing closes") from None
        if argument is None:
            break
        argv.append(expand(argument))
    return argv, position, False


def _alone(value: str, position: int, sign: str) -> bool:
    after = position + len(sign)
    return value.startswith(sign, position) and (after == len(value) or value[after] in WHITESPACE)


def _skip(value: str, position: int) -> int:
    while position < len(value) and value[position] in WHITESPACE:
        position += 1
    return position


SEARCH = ("/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin")
"""Where systemd looks for a program that is named without a path; DEFAULT_PATH."""


def candidates(name: str, search: tuple[str, ...] = SEARCH) -> tuple[str, ...]:
    """List the paths that a program named without a path may have."""
    return tuple(posixpath.join(folder, name) for folder in search)
