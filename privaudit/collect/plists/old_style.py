"""Old-style (OpenStep, ASCII) property lists, plist(5): `{ Label = x; ProgramArguments = (a, "b c"); }`."""

import re
from typing import Any

from privaudit.collect.plists.reading import MAX_DEPTH, Keyed, Unreadable, character

_BLANK = re.compile(r"(?:\s+|//[^\n]*|/\*.*?\*/)*", re.DOTALL)
_BARE = re.compile(r"[A-Za-z0-9_$/:.-]+")
_DATA = re.compile(r"<([0-9A-Fa-f\s]*)>")
_QUOTED = re.compile(r""""((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'""", re.DOTALL)
_ESCAPE = re.compile(r"\\(?:U([0-9A-Fa-f]{1,4})|([0-7]{1,3})|(.))", re.DOTALL)
_LETTERS = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "f": "\f", "v": "\v"}


def parse(text: str) -> object:
    """Read one value; nothing but blanks and comments may follow. Raises Unreadable with the line."""
    reader = _Reader(text)
    value = reader.value(0)
    reader.skip()
    if reader.at < len(text):
        raise reader.fault("neither XML, binary nor old-style property list: more than one value")
    if isinstance(value, str):
        raise Unreadable("not a property list: plain text")
    return value


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def fault(self, why: str) -> Unreadable:
        return Unreadable(f"{why} at line {self.text.count(chr(10), 0, self.at) + 1}")

    def skip(self) -> None:
        """Go past blanks and comments."""
        match = _BLANK.match(self.text, self.at)
        self.at = match.end() if match is not None else self.at

    def _takes(self, sign: str) -> bool:
        self.skip()
        if not self.text.startswith(sign, self.at):
            return False
        self.at += len(sign)
        return True

    def value(self, depth: int) -> Any:  # noqa: ANN401 - as a property list holds
        """Read a dictionary, an array, data or a string."""
        if depth > MAX_DEPTH:
            raise Unreadable(f"nested more than {MAX_DEPTH} levels deep")
        if self._takes("{"):
            return self._dictionary(depth)
        if self._takes("("):
            return self._array(depth)
        match = _DATA.match(self.text, self.at)
        if match is not None and len(digits := "".join(match[1].split())) % 2 == 0:
            self.at = match.end()
            return bytes.fromhex(digits)
        return self._string()

    def _dictionary(self, depth: int) -> Keyed:
        found = Keyed()
        while not self._takes("}"):
            key = self._string()
            if not self._takes("="):
                raise self.fault("not an old-style property list (JSON is none): no = after a key")
            found[key] = self.value(depth + 1)
            if not self._takes(";") and not self.text.startswith("}", self.at):
                raise self.fault("no ; after a value")
        return found

    def _array(self, depth: int) -> list[Any]:
        found: list[Any] = []
        while not self._takes(")"):
            found.append(self.value(depth + 1))
            if not self._takes(",") and not self.text.startswith(")", self.at):
                raise self.fault("no , after a value")
        return found

    def _string(self) -> str:
        self.skip()
        quoted = _QUOTED.match(self.text, self.at)
        if quoted is not None:
            self.at = quoted.end()
            return _ESCAPE.sub(_character, quoted[1] if quoted[1] is not None else quoted[2])
        bare = _BARE.match(self.text, self.at)
        if bare is None:
            raise self.fault("not a property list: no value where one is expected")
        self.at = bare.end()
        return bare[0]


def _character(match: re.Match[str]) -> str:
    unicode, octal, letter = match.groups()
    if unicode is not None:
        return character(int(unicode, 16))
    if octal is not None:
        return character(int(octal, 8) & 0xFF)
    return _LETTERS.get(letter, str(letter))
