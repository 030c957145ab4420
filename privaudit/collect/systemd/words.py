"""Words of a value: split at blanks, quotes and C-style escapes resolved; systemd.syntax(7), "Quoting"."""

import re
from collections.abc import Iterator

from privaudit.collect.systemd.escapes import escape_at, joined
from privaudit.collect.systemd.syntax import WHITESPACE

_PLAIN = re.compile(r"[^ \t\n\r]+")
_BLANKS = re.compile(r"[ \t\n\r]*")
_ORDINARY = re.compile(r"[^ \t\n\r\"'\\]+")
_ESCAPED = re.compile(r"(?:[^ \t\n\r\\]|\\.|\\$)+", re.DOTALL)
_BACKSLASH = re.compile(r"\\(.)", re.DOTALL)
_RAW = re.compile(r"""(?:"[^"]*"|'[^']*'|[^ \t\n\r"'])+""")
_QUOTES = re.compile(r""""([^"]*)"|'([^']*)'""")
_QUOTED = {'"': re.compile(r'[^"\\]+'), "'": re.compile(r"[^'\\]+")}


class BadWord(Exception):
    """A quote that nothing closes, or an escape that is unknown where that is an error."""


def plain(value: str) -> list[str]:
    """Split at blanks; quotes and backslashes are ordinary characters."""
    return _PLAIN.findall(value)


def escaped(value: str) -> list[str]:
    """Split at blanks that no backslash escapes, and drop backslashes; quotes are ordinary characters."""
    return [_BACKSLASH.sub(r"\1", found) for found in _ESCAPED.findall(value)]


def word(text: str, start: int, *, strict: bool = False) -> tuple[str | None, int]:
    """Read the word at start; returns it, None at the end, and where the next one starts.

    An escape that is unknown keeps its backslash, or raises BadWord if strict.
    """
    position = _after_blanks(text, start)
    if position == len(text):
        return None, position
    parts: list[str] = []
    quote = ""
    while position < len(text):
        sign = text[position]
        if sign == "\\":
            piece, position = _escaped(text, position, quoted=bool(quote), strict=strict)
            parts.append(piece)
        elif quote:
            if sign == quote:
                quote, position = "", position + 1
            else:
                position = _take(_QUOTED[quote], text, position, parts)
        elif sign in _QUOTED:
            quote, position = sign, position + 1
        elif sign in WHITESPACE:
            break
        else:
            position = _take(_ORDINARY, text, position, parts)
    if quote:
        raise BadWord
    return joined("".join(parts)), _after_blanks(text, position)


def words(text: str, *, strict: bool = False) -> Iterator[str]:
    """Read all words; raises BadWord after those that could be read."""
    position = 0
    while True:
        found, position = word(text, position, strict=strict)
        if found is None:
            return
        yield found


def unquoted(text: str) -> Iterator[str]:
    """Read words of which only quotes are resolved; raises BadWord after those that could be read."""
    position = 0
    while (position := _after_blanks(text, position)) < len(text):
        found = _RAW.match(text, position)
        end = found.end() if found is not None else position
        if end < len(text) and text[end] not in WHITESPACE:
            raise BadWord
        yield _QUOTES.sub(r"\1\2", text[position:end])
        position = end


def fields(text: str) -> list[str]:
    r"""Split a word at its colons but `\:`, and resolve escapes; raises BadWord for one that is unknown."""
    found: list[list[str]] = [[]]
    position = 0
    while position < len(text):
        if text[position] == ":":
            found.append([])
            position += 1
        elif text[position] != "\\":
            found[-1].append(text[position])
            position += 1
        elif text[position + 1 : position + 2] == ":":
            found[-1].append(":")
            position += 2
        else:
            piece, position = _escaped(text, position, quoted=False, strict=True)
            found[-1].append(piece)
    return [joined("".join(parts)) for parts in found]


def _after_blanks(text: str, position: int) -> int:
    found = _BLANKS.match(text, position)
    return found.end() if found is not None else position


def _take(pattern: re.Pattern[str], text: str, position: int, parts: list[str]) -> int:
    found = pattern.match(text, position)
    taken = found[0] if found is not None else ""
    parts.append(taken)
    return position + len(taken)


def _escaped(text: str, position: int, *, quoted: bool, strict: bool) -> tuple[str, int]:
    found = escape_at(text, position)
    if found is not None:
        return found
    if strict or (quoted and position + 1 == len(text)):
        raise BadWord
    return text[position : position + 2], position + 2
