"""What a read property list is made of, and how much of it is too much."""

from typing import Any

MAX_DEPTH = 64
"""Containers inside one another; a job file has three or four."""
MAX_VALUES = 100_000
"""Values in all, a shared one counted each time it is met."""


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


def check(value: object) -> None:
    """Refuse what is nested too deeply, refers to itself, or would be huge once written out."""
    waiting: list[tuple[object, int]] = [(value, 0)]
    seen = 0
    while waiting:
        current, depth = waiting.pop()
        if depth > MAX_DEPTH:
            raise Unreadable(f"nested more than {MAX_DEPTH} levels deep")
        inner = (
            current.values() if isinstance(current, dict) else current if isinstance(current, list) else ()
        )
        seen += len(inner)
        if seen > MAX_VALUES:
            raise Unreadable(f"holds more than {MAX_VALUES} values")
        waiting.extend((each, depth + 1) for each in inner)
