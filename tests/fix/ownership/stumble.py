"""Stand-ins for the system calls of a change that count them, and at one of them fail or die."""

import errno
import os
import signal
from collections.abc import Callable
from typing import cast

from privaudit.host.changes import Changes
from privaudit.host.changes_linux import LinuxChanges

CHANGING = frozenset(
    {"chown", "chown_at", "chmod", "chmod_at", "set_attribute", "remove_attribute"}
    | {"create", "append", "truncate", "sync", "reserve", "make_folder", "lock"}
)
"""Calls that leave something behind."""


class Stumble:
    """LinuxChanges that calls `trip` before the calls that `at` names, counted from 1."""

    def __init__(self, at: Callable[[int], bool], trip: Callable[[str], None], only: frozenset[str]) -> None:
        self._real = LinuxChanges()
        self._at = at
        self._trip = trip
        self._only = only
        self.calls = 0

    def __getattr__(self, name: str) -> object:
        value = getattr(self._real, name)
        if not callable(value) or (self._only and name not in self._only) or name == "close":
            return value

        def counted(*arguments: object) -> object:
            self.calls += 1
            if self._at(self.calls):
                self._trip(name)
            return value(*arguments)

        return counted


def fail(name: str, number: int = errno.EIO) -> None:
    """What a broken disk says."""
    raise OSError(number, os.strerror(number), name)


def die(_name: str) -> None:
    """No handler runs, nothing is cleaned up."""
    os.kill(os.getpid(), signal.SIGKILL)


def stumbling(
    at: Callable[[int], bool],
    trip: Callable[[str], None] = fail,
    only: frozenset[str] = frozenset(),
) -> tuple[Changes, Stumble]:
    """The stand-in as the seam it stands for, and as what counts."""
    made = Stumble(at, trip, only)
    return cast("Changes", made), made
