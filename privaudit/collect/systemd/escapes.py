r"""C-style escapes, systemd.syntax(7): `\n`, `\x41`, `\u263a` and their kin."""

import os
import re
import sys

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
    r"\\(?:x(?P<x>[0-9a-fA-F]{2})|u(?P<u>[0-9a-fA-F]{4})|U(?P<U>[0-9a-fA-F]{8})|(?P<o>[0-7]{3})|(?P<c>.))",
    re.DOTALL,
)


def unescape(text: str) -> str:
    """Resolve all escapes; one that is unknown stands for the character behind it."""
    if "\\" not in text:
        return text
    found = bytearray()
    end = 0
    for match in _ESCAPE.finditer(text):
        found += os.fsencode(text[end : match.start()])
        found += _value(match)
        end = match.end()
    return os.fsdecode(bytes(found + os.fsencode(text[end:])))


def _value(match: re.Match[str]) -> bytes:
    if match["x"] is not None:
        return bytes([int(match["x"], 16)])
    if match["o"] is not None:
        return bytes([int(match["o"], 8) & 0xFF])
    wide = match["u"] or match["U"]
    if wide is not None:
        code = int(wide, 16)
        return chr(code).encode("utf-8", "surrogatepass") if code <= sys.maxunicode else b""
    return os.fsencode(_SIMPLE.get(match["c"], match["c"]))
