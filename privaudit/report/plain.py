"""Text that is safe to show: names on a machine may hold anything, a terminal must see none of it raw.

Everything that privaudit prints passes through here. Escaped visibly are control characters, characters
that reorder or hide text (bidirectional overrides, zero-width and other invisible ones), and bytes that are
no UTF-8. Backslashes stay as they are: unit names are full of them and must be copied as they are.
"""

import re

_INVISIBLE = re.compile(
    r"[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
"""Printable by their category, and yet nothing is seen of them (Unicode's Default_Ignorable_Code_Point)."""

_BYTE = range(0xDC80, 0xDD00)
"""What os.fsdecode makes of bytes that are no UTF-8: surrogateescape, PEP 383."""


def plain(text: str) -> str:
    r"""One line of printable characters; all else as `\n`, `\x1b`, `\u202e`, `\xff` for a stray byte."""
    if text.isprintable() and (text.isascii() or not _INVISIBLE.search(text)):
        return text
    return "".join(_shown(character) for character in text)


def _shown(character: str) -> str:
    if character.isprintable() and not _INVISIBLE.match(character):
        return character
    code = ord(character)
    if code in _BYTE:
        return f"\\x{code - 0xDC00:02x}"
    if named := {"\n": "\\n", "\t": "\\t", "\r": "\\r"}.get(character):
        return named
    if character.isascii():
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"  # noqa: PLR2004 - what four digits hold
