"""A job file with other values of a few keys, and every other key, comment and byte as it was.

New text stands before the end of the top dictionary; the value of a key that is there already is replaced in
its place. What comes out is read again and must be the old value with the change and nothing else.
"""

import plistlib
from collections.abc import Mapping
from xml.parsers import expat
from xml.sax.saxutils import escape

_FAULTS = (expat.ExpatError, ValueError, TypeError, AttributeError, LookupError, OverflowError)
_TOP = ["plist", "dict"]


class CannotRewrite(ValueError):
    """The file is one that only a lossy rewriting could change; says why, and quotes nothing of it."""


def rewritten(data: bytes, changes: Mapping[str, str], remark: str) -> bytes:
    """Change texts of the top dictionary; remark: a comment before what is inserted. Raises CannotRewrite.

    A binary file (plistlib.FMT_BINARY) becomes XML with its keys in their order: launchd reads both, and only
    one of them can be read by whoever looks after the machine.
    """
    try:
        old = plistlib.loads(data)
    except _FAULTS:
        raise CannotRewrite("is no property list that can be changed without loss") from None
    if not isinstance(old, dict):
        raise CannotRewrite("is no dictionary, so no job")
    wanted = {**old, **changes}
    try:
        xml = data
        if data.startswith(b"bplist"):
            xml = plistlib.dumps(old, fmt=plistlib.FMT_XML, sort_keys=False)
        new = _edited(xml, changes, remark)
        proved = plistlib.loads(new) == wanted
    except CannotRewrite:
        raise
    except _FAULTS:
        raise CannotRewrite("holds what cannot be written as text") from None
    if not proved:
        raise CannotRewrite("would not read as itself with the change alone")
    return new


class _Layout:
    """Where the parts of the top dictionary lie, in bytes."""

    def __init__(self, data: bytes) -> None:
        """Read data; CannotRewrite for a text whose bytes are not UTF-8, or that is no dictionary."""
        self.spans: dict[str, tuple[int, int]] = {}
        """Of the value of each key, its tags among it."""
        self.repeated: set[str] = set()
        self.last_key = self.end = -1
        """Of the last key, and of the tag that closes the dictionary."""
        self._data = data
        self._open: list[str] = []
        self._key = ""
        self._value = -1
        self._parser = expat.ParserCreate()
        self._parser.buffer_text = True
        self._parser.XmlDeclHandler = self._declared
        self._parser.StartElementHandler = self._begin
        self._parser.CharacterDataHandler = self._text
        self._parser.EndElementHandler = self._finish
        self._parser.Parse(data, True)  # noqa: FBT003 - expat names no keyword
        if self.last_key < 0 or not data[max(self.end, 0) :].startswith(b"</dict"):
            raise CannotRewrite("has no top dictionary with keys")

    def _declared(self, _version: str, encoding: str | None, _alone: int) -> None:
        if (encoding or "utf-8").lower() not in {"utf-8", "us-ascii", "ascii"}:
            raise CannotRewrite("is written in another encoding than UTF-8")

    def _begin(self, name: str, _attributes: object) -> None:
        if self._open == _TOP and name == "key":
            self._key = ""
            self.last_key = self._parser.CurrentByteIndex
        elif self._open == _TOP:
            self._value = self._parser.CurrentByteIndex
        self._open.append(name)

    def _text(self, more: str) -> None:
        if self._open == [*_TOP, "key"]:
            self._key += more

    def _finish(self, name: str) -> None:
        self._open.pop()
        at = self._parser.CurrentByteIndex
        if self._open == _TOP and name != "key":
            if self._key in self.spans:
                self.repeated.add(self._key)
            self.spans[self._key] = (self._value, self._data.index(b">", at) + 1)
        elif self._open == _TOP[:1]:
            self.end = at


def _edited(data: bytes, changes: Mapping[str, str], remark: str) -> bytes:
    layout = _Layout(data)
    for key in changes:
        if key in layout.repeated:
            raise CannotRewrite(f"gives {key} more than once")
    pieces = [
        (*layout.spans[key], f"<string>{escape(text)}</string>".encode())
        for key, text in changes.items()
        if key in layout.spans
    ]
    new = [(key, text) for key, text in changes.items() if key not in layout.spans]
    if new:
        at, inserted = _insertion(data, layout, new, remark)
        pieces.append((at, at, inserted))
    for start, end, text in sorted(pieces, reverse=True):
        data = data[:start] + text + data[end:]
    return data


def _insertion(data: bytes, layout: _Layout, new: list[tuple[str, str]], remark: str) -> tuple[int, bytes]:
    """(where, what): lines as the other keys are indented, or one line where the file is one."""
    line = b"\r\n" if b"\r\n" in data else b"\n"
    start = data.rfind(b"\n", 0, layout.end) + 1
    alone = not data[start : layout.end].strip()
    key_line = data.rfind(b"\n", 0, layout.last_key) + 1
    indent = data[key_line : layout.last_key]
    indent = indent if alone and not indent.strip() else b""
    lines = [f"<!-- {remark.replace('--', '- -')} -->".encode()] if remark else []
    for key, text in new:
        lines += [f"<key>{escape(key)}</key>".encode(), f"<string>{escape(text)}</string>".encode()]
    if not alone:
        return layout.end, b"".join(lines)
    return start, b"".join(indent + each + line for each in lines)
