"""What a scan asks before anything else is loaded: it goes to work while systemd does."""

import os
import stat
from collections.abc import Sequence
from contextlib import suppress

from privaudit import spawn
from privaudit.collect.systemd.query import BOOTED, OF_SYSTEM

_ELSEWHERE = ("--root", "--recorded", "-h", "--help")
"""Options with which a scan does not look at this machine."""

asked: dict[tuple[str, ...], spawn.Running] = {}
"""Queries that were started, by command line."""


def ask(arguments: Sequence[str]) -> None:
    """Ask what takes longest, before the command line is even understood.

    arguments: of `scan`; a wrong guess costs a question that nobody waits for.
    """
    if any(argument.partition("=")[0] in _ELSEWHERE for argument in arguments):
        return
    with suppress(OSError, spawn.NoAnswer):  # whoever wants the answer says why there is none
        if stat.S_ISDIR(os.lstat(BOOTED).st_mode):
            asked[OF_SYSTEM] = spawn.start(OF_SYSTEM, anywhere=True)
