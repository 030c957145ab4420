"""Unit files as text: lines, continuations, comments and sections become assignments; systemd.syntax(7).

What systemd does with damaged files is not all in the manual and was compared with a running one: a line that
is no assignment is skipped, a broken section header or text that is not UTF-8 makes it give up the file.
"""

import re
from collections.abc import Iterator

from privaudit.model.frozen import frozen

WHITESPACE = " \t\n\r"
LINE_LIMIT = 1 << 20
"""Bytes of a line that systemd takes, LONG_LINE_MAX; continuation lines counted together."""

_BOM = b"\xef\xbb\xbf"
_LINE_END = re.compile(rb"\n\r?\0?|\r\n?\0?|\0")
_SPACES = WHITESPACE.encode()
_NOT_CHARACTERS = re.compile(
    "[\ufdd0-\ufdef"
    + "".join(chr(plane << 16 | last) for plane in range(17) for last in (0xFFFE, 0xFFFF))
    + "]"
)
_UNSAFE = re.compile("[\x01-\x1f\"'\\\\\x7f]")


@frozen
class Assignment:
    """One `Key=value` of a section."""

    section: str
    key: str
    value: str
    """Without blanks around; a continued line is one, with a space for each break."""


class SyntaxFailure(Exception):
    """The file cannot be read on; what came before it counts in a drop-in, and nothing in a unit file."""

    def __init__(self, line: int, why: str) -> None:
        super().__init__(f"{why} at line {line}")


def assignments(data: bytes) -> Iterator[Assignment]:
    """List the assignments in order; raises SyntaxFailure where systemd gives up."""
    section: str | None = None
    for number, raw in _logical_lines(data):
        line = raw.strip(_SPACES)
        if not line:
            continue
        text = _decoded(line, number)
        if text.startswith("["):
            section = _section(text, number)
            continue
        key, sign, value = text.partition("=")
        if section is not None and sign and key:
            yield Assignment(section, key.strip(WHITESPACE), value.strip(WHITESPACE))


def _logical_lines(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Join continued lines; comments and blanks inside of a continuation are skipped, as systemd does."""
    waiting: list[bytes] = []
    number = size = 0
    marked = False
    for number, whole in enumerate(_LINE_END.split(data), 1):
        line = whole
        if line.lstrip(_SPACES).startswith((b"#", b";")) or not (line or waiting):
            continue
        if not marked and line.startswith(_BOM):
            line, marked = line[len(_BOM) :], True
        size += len(line)
        if size > LINE_LIMIT:
            raise SyntaxFailure(number, "line too long")
        if line.endswith(b"\\") and _continues(line):
            waiting.append(line[:-1] + b" ")
        else:
            yield number, b"".join((*waiting, line)) if waiting else line
            waiting.clear()
            size = 0
    if waiting:
        yield number, b"".join(waiting)


def _continues(line: bytes) -> bool:
    """Whether the last backslash is one that nothing before it escapes."""
    return (len(line) - len(line.rstrip(b"\\"))) % 2 == 1


def _decoded(line: bytes, number: int) -> str:
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError:
        raise SyntaxFailure(number, "not valid UTF-8") from None
    if not text.isascii() and _NOT_CHARACTERS.search(text):
        raise SyntaxFailure(number, "not valid UTF-8")
    return text


def _section(text: str, number: int) -> str:
    name = text[1:-1]
    if not text.endswith("]") or _UNSAFE.search(name):
        raise SyntaxFailure(number, "not a section header")
    return name
