"""Which package a program is likely in, from its path alone, so that few file lists must be read."""

import re
from collections.abc import Iterable, Sequence

_BASE = frozenset(
    {"systemd", "util-linux", "coreutils", "procps", "mount", "login", "passwd", "udev", "kmod"}
)
"""Packages whose programs do not carry their name, and that nearly every machine has services of."""
_WORD = re.compile(r"[a-z]{3,}")
_COMMON = frozenset({"usr", "bin", "sbin", "lib", "libexec", "lib64", "local", "opt", "share", "var", "etc"})


def ranked(names: Iterable[str], paths: Iterable[str]) -> list[str]:
    """Sort package names, the likeliest owner of any of the paths first."""
    words = {word for path in paths for word in _WORD.findall(path.lower())} - _COMMON
    stems = sorted({word[:4] for word in words})

    def rank(name: str) -> tuple[int, int, str]:
        parts = _WORD.findall(name.lower())
        if name in words:
            return (0, len(name), name)
        if name in _BASE or words.intersection(parts):
            return (1, len(name), name)
        if _shares(parts, stems):
            return (2, len(name), name)
        return (3, len(name), name)

    return sorted(names, key=rank)


def _shares(parts: Sequence[str], stems: Sequence[str]) -> bool:
    """`sshd` is in openssh-server, `named` is not in bind9: the first letters of a word, anywhere."""
    return any(stem[:3] in part for part in parts for stem in stems)
