"""What a read property list is made of, and how much of it is too much."""

from collections.abc import Collection
from typing import Any

MAX_DEPTH = 64
"""Containers inside one another; a job file has three or four."""
MAX_VALUES = 100_000
"""Values in all, a shared one counted each time it is met."""

_CODE_POINTS = 0x110000
_SURROGATES = range(0xD800, 0xE000)


class Unreadable(ValueError):
    """Not a property list, or not one that is safe to look at; the text never quotes the file."""


class Keyed(dict[str, Any]):
    """A dictionary that remembers which of its keys were given more than once."""

    def __init__(self) -> None:
        super().__init__()
        self.repeated: set[str] = set()

    def __setitem__(self, key: str, value: Any) -> None:  # noqa: ANN401 - a property list holds anything
        if key in self:
            self.repeated.add(key)
        super().__setitem__(key, value)


def _inside(value: object) -> Collection[object]:
    if isinstance(value, dict):
        if not all(isinstance(key, str) for key in value):
            raise Unreadable("a key that is no text")
        return value.values()
    return value if isinstance(value, list) else ()


def character(code: int) -> str:
    """A character by its number; what stands for none, or for nothing at all, becomes U+FFFD."""
    usable = 0 < code < _CODE_POINTS and code not in _SURROGATES
    return chr(code) if usable else "\ufffd"


def check(value: object) -> None:
    """Refuse what is nested too deeply, refers to itself, or would be huge once written out."""
    waiting: list[tuple[object, int]] = [(value, 0)]
    seen = 0
    while waiting:
        current, depth = waiting.pop()
        if depth > MAX_DEPTH:
            raise Unreadable(f"nested more than {MAX_DEPTH} levels deep")
        inner = _inside(current)
        seen += len(inner)
        if seen > MAX_VALUES:
            raise Unreadable(f"holds more than {MAX_VALUES} values")
        waiting.extend((each, depth + 1) for each in inner)
