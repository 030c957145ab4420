"""The text that `systemctl show` prints, read back: units, their properties, words and command lines.

Its format is not made for that: properties are lines, lists are words quoted as for a shell, and command
lines are printed raw, so that an argument with a line break or ` ; ` in it looks like more of the record.
"""

import re
from collections.abc import Iterator

from privaudit.collect.systemd.escapes import unescape
from privaudit.model.definition import Command, Elevation
from privaudit.model.frozen import frozen

Properties = dict[str, list[str]]
"""Values by property, in the order printed; most have one."""

MAX_COMMAND_LINES = 10_000
"""Lines that one printed command may have; beyond, it is cut off and what follows is read as properties."""

_COMMAND_STARTS = "{ path="
_COMMAND_ENDS = re.compile(r" ; status=-?[0-9]+(/[A-Z0-9]+)? }$")
_TAIL = 64
"""Characters that the end of a printed command has at most."""
_ELEVATIONS = {"privileged": Elevation.FULL, "no-setuid": Elevation.IDENTITY, "ambient": Elevation.AMBIENT}


@frozen
class Printed:
    """A command line as it was printed."""

    path: str
    words: str
    """All arguments, joined by spaces: which spaces were inside of one, the text does not say."""
    elevation: Elevation
    ignore_failure: bool
    no_env_expand: bool

    def command(self, stage: str, argv: tuple[str, ...] | None = None) -> Command:
        """Make the model's value; argv: known from elsewhere, None: split at every space."""
        words = argv if argv is not None else tuple(self.words.split())
        return Command(stage, self.path, words, self.elevation, self.ignore_failure, self.no_env_expand)


def units(text: str) -> Iterator[Properties]:
    """Split the output into units; a line that belongs to no property is left out."""
    lines = iter(text.split("\n"))
    unit: Properties = {}
    for line in lines:
        key, sign, value = line.partition("=")
        if not line:
            if unit:
                yield unit
            unit = {}
        elif sign:
            if value.startswith(_COMMAND_STARTS) and key.startswith("Exec"):
                value = _whole(value, lines)
            unit.setdefault(key, []).append(value)
    if unit:
        yield unit


def _whole(value: str, lines: Iterator[str]) -> str:
    """Take the lines that a printed command goes on for."""
    parts = [value]
    while not _COMMAND_ENDS.search(parts[-1][-_TAIL:]) and len(parts) < MAX_COMMAND_LINES:
        following = next(lines, None)
        if following is None:
            break
        parts.append(following)
    return "\n".join(parts)


def printed(value: str) -> Printed | None:
    """Read one command line; None: it is not one.

    Arguments may hold anything, the signs that end them too: those that come last count.
    """
    path, sign, rest = value.removeprefix(_COMMAND_STARTS).partition(" ; argv[]=")
    body, start, _ = rest.rpartition(" ; start_time=[")
    if not sign or not start:
        return None
    argv, key, found = body.rpartition(" ; flags=")
    if key:
        flags = set(found.split())
        elevation = next((e for flag, e in _ELEVATIONS.items() if flag in flags), Elevation.NONE)
        return Printed(path, argv, elevation, "ignore-failure" in flags, "no-env-expand" in flags)
    argv, key, found = body.rpartition(" ; ignore_errors=")  # before systemd 243 there was but this
    return Printed(path, argv, Elevation.NONE, found == "yes", no_env_expand=False) if key else None


_CLOSED = {
    '"': re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL),
    "$'": re.compile(r"\$'((?:[^'\\]|\\.)*)'", re.DOTALL),
}


def words(value: str) -> list[str]:
    """Split a list; a word that needs it is printed in double quotes or as $'…'."""
    found: list[str] = []
    position = 0
    while position < len(value):
        if value[position] == " ":
            position += 1
            continue
        quoted = _CLOSED.get('"' if value[position] == '"' else value[position : position + 2])
        if quoted is None:
            end = value.find(" ", position)
            end = len(value) if end < 0 else end
            found.append(value[position:end])
        else:
            match = quoted.match(value, position)
            end = match.end() if match is not None else len(value)
            found.append(unescape(match[1]) if match is not None else value[position:])
        position = end
    return found
