"""Typed looks at a mapping of host.yaml: a wrong type or an unknown key is an error that names its place."""

import re
from collections.abc import Hashable, Mapping, Sequence
from typing import TypeVar

_T = TypeVar("_T")
_MODE = re.compile(r"[0-7]{3,4}")


class Wrong(Exception):
    """Something in host.yaml is not as it must be: where, and what."""


class Fields:
    """One mapping; every key that is not asked for by the end is unknown."""

    def __init__(self, raw: object, where: str) -> None:
        if not isinstance(raw, Mapping):
            raise Wrong(f"{where}: must be a mapping")
        self._left: dict[Hashable, object] = dict(raw)
        self.where = where

    def _take(self, key: str, kind: type[_T], default: _T, name: str) -> _T:
        value = self._left.pop(key, None)
        if value is None:
            return default
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise Wrong(f"{self.where}: {key} must be {name}")
        return value

    def raw(self, key: str) -> object:
        """Whatever is there; None: nothing."""
        return self._left.pop(key, None)

    def text(self, key: str, default: str = "") -> str:
        """A string."""
        return self._take(key, str, default, "text (put it in quotes)")

    def number(self, key: str, default: int = 0) -> int:
        """A whole number."""
        return self._take(key, int, default, "a number")

    def real(self, key: str, default: float) -> float:
        """A number with or without a fraction."""
        value = self._left.pop(key, default)
        if not isinstance(value, int | float) or isinstance(value, bool):
            raise Wrong(f"{self.where}: {key} must be a number")
        return float(value)

    def flag(self, key: str, *, default: bool) -> bool:
        """True or false."""
        return self._take(key, bool, default, "true or false")

    def mode(self, key: str, default: int) -> int:
        """Octal digits in quotes: unquoted, YAML reads 0755 as 493."""
        value = self.text(key, f"{default:o}".rjust(3, "0"))
        return mode_of(value, f"{self.where}: {key}")

    def list(self, key: str) -> Sequence[object]:
        """A list of anything."""
        value = self._left.pop(key, None)
        if value is None:
            return ()
        if not isinstance(value, list):
            raise Wrong(f"{self.where}: {key} must be a list")
        return value

    def texts(self, key: str) -> Sequence[str]:
        """A list of strings."""
        return texts_of(self.list(key), f"{self.where}: {key}")

    def mapping(self, key: str) -> Mapping[str, object]:
        """A mapping from text to anything."""
        value = self._left.pop(key, None)
        if value is None:
            return {}
        if not isinstance(value, Mapping) or not all(isinstance(name, str) for name in value):
            raise Wrong(f"{self.where}: {key} must be a mapping of names")
        return value

    def has(self, key: str) -> bool:
        """Whether it is there and not yet asked for."""
        return key in self._left

    def done(self) -> None:
        """Refuse what nobody asked for."""
        if self._left:
            raise Wrong(f"{self.where}: unknown key {next(iter(self._left))!r}")


def mode_of(text: object, where: str) -> int:
    """Octal digits as a number."""
    if not isinstance(text, str) or not _MODE.fullmatch(text):
        raise Wrong(f"{where} must be three or four octal digits in quotes")
    return int(text, 8)


def texts_of(value: object, where: str) -> Sequence[str]:
    """Check a list of strings."""
    if not isinstance(value, list | tuple) or not all(isinstance(item, str) for item in value):
        raise Wrong(f"{where} must be a list of texts")
    return tuple(value)
