"""Which processes of a Mac hold something open, as lsof(8) tells it field by field."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from privaudit.host import HostError, commands
from privaudit.host.changes import Holder

_LSOF = ("/usr/sbin/lsof", "-nPw", "-F", "pcufaDi")
"""-F: pid, command, uid, descriptor, access, device, inode, one field a line (lsof(8), OUTPUT FOR OTHER
PROGRAMS)."""
_LIMIT = 120
_FIXED = {"cwd": "working folder", "rtd": "root folder", "txt": "program", "mem": "mapped"}
_READING = "r"

Wanted = Callable[[int, int], bool]


def holders(wanted: Wanted) -> tuple[Holder, ...]:
    """Every process but this one that holds an inode of which wanted(device, inode) is true.

    OSError if lsof does not answer: then nobody knows, and nothing is changed.
    """
    try:
        answer = commands.run(_LSOF, timeout=_LIMIT, account=None, env=None, stdin=b"")
    except HostError as problem:
        raise OSError(str(problem)) from None
    if not answer.stdout:  # its status is 1 whenever something could not be looked at
        raise OSError(f"{_LSOF[0]} ended with {answer.status} and said nothing")
    rows = parse(answer.stdout.decode("utf-8", "replace"))
    return tuple(row for row in rows if row.pid != os.getpid() and wanted(row.device, row.inode))


@dataclass(slots=True)
class _Process:
    pid: int = 0
    uid: int = 0
    command: str = ""


def parse(text: str) -> Iterator[Holder]:
    """Everything that lsof lists with a device and an inode."""
    process = _Process()
    how, device = "open", -1
    for line in text.splitlines():
        key, value = line[:1], line[1:]
        match key:
            case "p":
                process = _Process(int(value))
            case "c":
                process.command = value
            case "u":
                process.uid = int(value)
            case "f":
                how, device = _FIXED.get(value, "open for writing"), -1
            case "a" if value == _READING and how == "open for writing":
                how = "open"
            case "D":
                device = int(value, 16)
            case "i" if value.isdigit() and device >= 0:
                yield Holder(process.pid, process.uid, process.command, how, device, int(value))
            case _:
                pass
