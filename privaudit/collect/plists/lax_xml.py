"""XML property lists that a strict XML parser refuses, read as leniently as Apple's own reader does.

Apple's reader (CFPropertyList.c, published with CF-1153) is no XML parser: it skips comments to the next
`-->`, a DOCTYPE to the next `>`, processing instructions to `?>`, wherever they stand, ends with the first
value and ignores what follows. An unescaped `&` (MacPorts writes arguments as they are) is taken as itself.
"""

import base64
import binascii
import re
from typing import Any

from privaudit.collect.plists.reading import MAX_DEPTH, Keyed, Unreadable, character

_TAG = re.compile(r"<(/?)([A-Za-z]+)(?:\s[^<>]*?)?(/?)>")
_ENTITY = re.compile(r"&(?:#x([0-9A-Fa-f]{1,6})|#([0-9]{1,7})|(amp|lt|gt|apos|quot));")
_NAMED = {"amp": "&", "lt": "<", "gt": ">", "apos": "'", "quot": '"'}
_SPACE = re.compile(r"\s*")
_INTEGER = re.compile(r"\s*[+-]?(?:0[xX][0-9A-Fa-f]{1,32}|[0-9]{1,40})\s*")


def parse(text: str) -> object:
    """Read the first value of a text. Raises Unreadable with the line."""
    return _Reader(text).document()


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def document(self) -> object:
        tag, empty = self._open()
        if tag == "plist":
            if empty:
                raise self._fault("an empty property list")
            tag, empty = self._open()
        return self._value(tag, 0, empty=empty)

    def _fault(self, why: str) -> Unreadable:
        return Unreadable(f"{why} at line {self.text.count(chr(10), 0, self.at) + 1}")

    def _skip(self) -> None:
        """Go past blanks, comments, processing instructions and document types."""
        while True:
            match = _SPACE.match(self.text, self.at)
            self.at = match.end() if match is not None else self.at
            if self.text.startswith("<!--", self.at):
                self._past("-->", 4, "a comment that never ends")
            elif self.text.startswith("<?", self.at):
                self._past("?>", 2, "an instruction that never ends")
            elif self.text.startswith("<!DOCTYPE", self.at):
                start = self.at
                self._past(">", 9, "a document type that never ends")
                if "[" in self.text[start : self.at]:
                    raise self._fault("a document type of its own")
            else:
                return

    def _past(self, end: str, start: int, why: str) -> None:
        found = self.text.find(end, self.at + start)
        if found < 0:
            raise self._fault(why)
        self.at = found + len(end)

    def _open(self) -> tuple[str, bool]:
        """Read an opening tag: (name, whether it closes itself)."""
        self._skip()
        match = _TAG.match(self.text, self.at)
        if match is None or match[1]:
            raise self._fault("not the beginning of a value")
        self.at = match.end()
        return match[2], bool(match[3])

    def _closes(self, tag: str) -> bool:
        """Go past the closing tag if it stands here."""
        self._skip()
        match = _TAG.match(self.text, self.at)
        if match is None or not match[1] or match[2] != tag:
            return False
        self.at = match.end()
        return True

    def _value(self, tag: str, depth: int, *, empty: bool) -> Any:  # noqa: ANN401 - as a property list holds
        if depth > MAX_DEPTH:
            raise Unreadable(f"nested more than {MAX_DEPTH} levels deep")
        if tag == "dict":
            return self._dictionary(depth, empty=empty)
        if tag == "array":
            return self._array(depth, empty=empty)
        text = "" if empty else self._text(tag)
        return self._scalar(tag, text)

    def _dictionary(self, depth: int, *, empty: bool) -> Keyed:
        found = Keyed()
        while not empty and not self._closes("dict"):
            tag, blank = self._open()
            if tag != "key":
                raise self._fault("no key where one is expected")
            key = "" if blank else self._text("key")
            tag, blank = self._open()
            found[key] = self._value(tag, depth + 1, empty=blank)
        return found

    def _array(self, depth: int, *, empty: bool) -> list[Any]:
        found: list[Any] = []
        while not empty and not self._closes("array"):
            tag, blank = self._open()
            found.append(self._value(tag, depth + 1, empty=blank))
        return found

    def _text(self, tag: str) -> str:
        """Read up to the closing tag, with entities, comments and CDATA sections resolved."""
        parts: list[str] = []
        while True:
            sign = self.text.find("<", self.at)
            if sign < 0:
                raise self._fault(f"a {tag} that never ends")
            parts.append(_unescaped(self.text[self.at : sign]))
            self.at = sign
            if self.text.startswith("<![CDATA[", sign):
                self._past("]]>", 9, "a section that never ends")
                parts.append(self.text[sign + 9 : self.at - 3])
            elif self.text.startswith("<!--", sign):
                self._past("-->", 4, "a comment that never ends")
            elif self._closes(tag):
                return "".join(parts)
            else:
                raise self._fault(f"a {tag} that is not closed")

    def _scalar(self, tag: str, text: str) -> Any:  # noqa: ANN401 - as a property list holds
        if tag in {"string", "date"}:
            return text
        if tag in {"true", "false"}:
            return tag == "true"
        if tag == "integer" and _INTEGER.fullmatch(text):
            return int(text, 16 if "x" in text.lower() else 10)
        try:
            if tag == "real":
                return float(text)
            if tag == "data":
                return base64.b64decode(text)
        except (ValueError, binascii.Error):
            pass
        raise self._fault("a value that is not of its kind" if tag in _KINDS else "a tag that nobody knows")


_KINDS = frozenset({"integer", "real", "data"})


def _unescaped(text: str) -> str:
    return text if "&" not in text else _ENTITY.sub(_character, text)


def _character(match: re.Match[str]) -> str:
    hexadecimal, decimal, name = match.groups()
    if name is not None:
        return _NAMED[name]
    return character(int(hexadecimal, 16) if hexadecimal is not None else int(decimal))
