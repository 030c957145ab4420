"""Which package a program is likely in, from its path alone, so that few file lists must be read."""

import re
from collections.abc import Iterable

_BASE = frozenset(
    {"systemd", "util-linux", "coreutils", "e2fsprogs", "procps", "mount", "login", "passwd", "udev", "kmod"}
)
"""Packages whose programs do not carry their name, and that nearly every machine has services of."""
_WORD = re.compile(r"[a-z]{3,}")
_COMMON = frozenset({"usr", "bin", "sbin", "lib", "libexec", "lib64", "local", "opt", "share", "var", "etc"})


_LEAST, _MOST = 3, 10
"""Letters that a word of a path and a word of a name must, and need, share."""


def ranked(names: Iterable[str], paths: Iterable[str]) -> list[str]:
    """Sort package names, the likeliest owner of any of the paths first."""
    words = {word for path in paths for word in _WORD.findall(path.lower())} - _COMMON
    heads = {word[:length] for word in words for length in range(_LEAST, _MOST + 1) if len(word) >= length}

    def rank(name: str) -> tuple[int, int, str]:
        if name in words:
            return (0, len(name), name)
        if name in _BASE:
            return (1, len(name), name)
        parts = _WORD.findall(name.lower())
        shared = max((_head(part, heads) for part in parts), default=0)
        if shared:
            return (2, len(name) - 4 * shared, name)
        inside = any(part[at : at + _LEAST] in heads for part in parts for at in range(1, len(part) - 2))
        return (3 if inside else 4, len(name), name)  # ssh is in openssh-server

    return sorted(names, key=rank)


def _head(part: str, heads: frozenset[str] | set[str]) -> int:
    """How many first letters a word shares with one of the path's."""
    return next((n for n in range(min(len(part), _MOST), _LEAST - 1, -1) if part[:n] in heads), 0)
