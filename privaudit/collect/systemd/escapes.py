r"""C-style escapes, systemd.syntax(7): `\n`, `\x41`, `\u263a` and their kin."""

import re

_SIMPLE = {
    "a": "\a",
    "b": "\b",
    "f": "\f",
    "n": "\n",
    "r": "\r",
    "t": "\t",
    "v": "\v",
    "\\": "\\",
    '"': '"',
    "'": "'",
    "s": " ",
}
_ESCAPE = re.compile(
    r"\\(?:(?P<c>[abfnrtv\\\"'s])|x(?P<x>[0-9a-fA-F]{2})|u(?P<u>[0-9a-fA-F]{4})"
    r"|U(?P<U>[0-9a-fA-F]{8})|(?P<o>[0-3][0-7]{2}))"
)


def escape_at(text: str, position: int) -> tuple[str, int] | None:
    r"""Resolve the escape whose backslash is at position; returns its value and where it ends.

    None: no such escape. A byte beyond ASCII (`\xe2`) is given as a lone surrogate, as os.fsdecode does.
    """
    match = _ESCAPE.match(text, position)
    if match is None:
        return None
    value = _value(match)
    return None if value is None else (value, match.end())


def unescape(text: str) -> str:
    """Resolve all escapes; the backslash of one that is unknown is dropped."""
    parts: list[str] = []
    position = 0
    while (found := text.find("\\", position)) >= 0:
        parts.append(text[position:found])
        escape = escape_at(text, found)
        piece, position = escape if escape is not None else (text[found + 1 : found + 2], found + 2)
        parts.append(piece)
    return joined("".join((*parts, text[position:])))


def joined(text: str) -> str:
    """Put bytes that were escaped one by one together into the characters they make."""
    return (
        text if text.isascii() else text.encode("utf-8", "surrogateescape").decode("utf-8", "surrogateescape")
    )


def _value(match: re.Match[str]) -> str | None:
    if match["c"] is not None:
        return _SIMPLE[match["c"]]
    if match["x"] is not None or match["o"] is not None:
        byte = int(match["x"], 16) if match["x"] is not None else int(match["o"], 8)
        return bytes([byte]).decode("ascii", "surrogateescape") if byte else None
    code = int(match["u"] or match["U"], 16)
    if code == 0 or code > 0x10FFFF or 0xD800 <= code < 0xE000:  # noqa: PLR2004 - Unicode's own bounds
        return None
    return chr(code)
