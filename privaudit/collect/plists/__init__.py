"""Property lists as Apple's own parser takes them: plistlib first, then readers of ours for what it refuses.

A file that cannot be read raises `Unreadable` with the reason and never a word of its contents.
"""

import struct
from collections.abc import Callable
from typing import Any
from xml.parsers.expat import ExpatError

from privaudit.collect.plists.reading import Keyed, Unreadable, check
from privaudit.collect.plists.text import decode

__all__ = ["Keyed", "Unreadable", "read"]

_FAULTS = (
    ExpatError,
    ValueError,  # plistlib.InvalidFileException, UnicodeDecodeError, int() among them
    AttributeError,
    TypeError,
    LookupError,
    OverflowError,
    RecursionError,
    MemoryError,
    EOFError,
    struct.error,
)
"""What plistlib lets out for bytes that are no property list."""


def read(data: bytes) -> object:
    """Read a property list of any form: binary, XML, old-style (plist(5), CFPropertyList).

    Dictionaries come as `Keyed`. Raises Unreadable.
    """
    import plistlib

    if not data.strip():
        raise Unreadable("the file is empty")
    try:
        value = plistlib.loads(data, dict_type=Keyed)
    except _FAULTS:
        if data.startswith(b"bplist"):
            raise Unreadable("a damaged binary property list") from None
        value = _leniently(data)
    if value is None:
        raise Unreadable("an empty property list")
    check(value)
    return value


def _leniently(data: bytes) -> object:
    """Take a text that plistlib refuses."""
    from privaudit.collect.plists import lax_xml, old_style

    text = decode(data)
    start = text.lstrip()
    reader: Callable[[str], Any] = lax_xml.parse if start.startswith("<") else old_style.parse
    if start.startswith("<") and not start.startswith(("<!", "<?", "<plist", "<dict")):
        reader = old_style.parse  # old-style data: <0fbd77>
    try:
        return reader(text)
    except Unreadable as fault:
        if start.startswith(("<", "{")) and is_template(text):
            raise Unreadable(f"a template, not a job: {fault}") from None
        raise


def is_template(text: str) -> bool:
    """Whether a text holds marks that a program was to fill in: `{{x}}`, `@x@`, `${x}`, `#{x}`, `$x`."""
    import re

    return re.search(r"\{\{|\{%|\{#|#\{|\$\{|@[A-Za-z_]+@|\$[A-Za-z_]{2,}", text) is not None
