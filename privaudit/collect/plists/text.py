"""Bytes of a property list as text: by its mark, its zero bytes, its declaration, else UTF-8."""

import codecs
import re

from privaudit.collect.plists.reading import Unreadable

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_PLAIN = ("ascii", "utf-8", "iso8859", "cp125", "mac-")
"""Encodings of one byte a character that a file may name; any other name is not believed."""
_DECLARED = re.compile(rb"""<\?xml[^>]{0,200}encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")


def decode(data: bytes) -> str:
    """Decode; raises Unreadable if the bytes are no text of their encoding, or hold a NUL."""
    encoding = _encoding(data)
    try:
        text = data.decode(encoding)
    except (UnicodeDecodeError, LookupError):
        raise Unreadable("not text in the encoding that it declares") from None
    if "\0" in text:
        raise Unreadable("holds a NUL")
    return text


def _encoding(data: bytes) -> str:
    for mark, name in _MARKS:
        if data.startswith(mark):
            return name
    if data[1:2] == b"\0" and data[3:4] == b"\0":
        return "utf-16-le"
    if data[0:1] == b"\0" and data[2:3] == b"\0":
        return "utf-16-be"
    declared = _DECLARED.search(data[:1000])
    if declared is None:
        return "utf-8"
    name = declared[1].decode("ascii")
    try:
        known = codecs.lookup(name)
    except LookupError:
        raise Unreadable("declares an encoding that nobody knows") from None
    return known.name if known.name.startswith(_PLAIN) else "utf-8"
