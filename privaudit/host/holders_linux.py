"""Linux: which processes hold something open, read from /proc."""

import contextlib
import os
from collections.abc import Callable, Iterator

from privaudit.host.changes import Holder
from privaudit.host.linux_calls import LinuxCalls

Wanted = Callable[[int, int], bool]
_FIXED = {"cwd": "working folder", "root": "root folder", "exe": "program"}
_ACCESS = 3  # fcntl.h: O_ACCMODE
_GONE = (FileNotFoundError, ProcessLookupError)


def holders(calls: LinuxCalls, wanted: Wanted) -> tuple[Holder, ...]:
    """Every process but this one that holds an inode of which wanted(device, inode) is true."""
    calls.require_proc()
    found: list[Holder] = []
    for name in os.listdir("/proc"):
        if name.isdigit() and int(name) != os.getpid():
            with contextlib.suppress(*_GONE):  # it ended meanwhile: it holds nothing
                found.extend(_process(calls, int(name), wanted))
    return tuple(found)


def _process(calls: LinuxCalls, pid: int, wanted: Wanted) -> Iterator[Holder]:
    base = f"/proc/{pid}"
    try:
        for how, path in _held(base):
            try:
                device, inode = calls.identity(path)
            except FileNotFoundError:
                continue
            if wanted(device, inode):
                yield Holder(pid, _uid(base), _program(base), how(), device, inode)
    except PermissionError:
        # Root with more rights than we have (pid 1 outside a container) hides; nobody else may.
        uid = _uid(base)
        if uid:
            yield Holder(pid, uid, _program(base), "not to be looked into", 0, 0)


def _held(base: str) -> Iterator[tuple[Callable[[], str], str]]:
    """(how, link) of everything a process holds; how is asked for only where it matters."""
    for name, how in _FIXED.items():
        yield (lambda how=how: how), f"{base}/{name}"  # type: ignore[misc]
    for number in os.listdir(f"{base}/fd"):
        yield (lambda number=number: _access(base, number)), f"{base}/fd/{number}"  # type: ignore[misc]
    for area in os.listdir(f"{base}/map_files"):
        yield (lambda: "mapped"), f"{base}/map_files/{area}"


def _access(base: str, number: str) -> str:
    """Whether a descriptor was opened for writing; see proc_pid_fdinfo(5)."""
    with open(f"{base}/fdinfo/{number}", encoding="ascii", errors="replace") as lines:
        for line in lines:
            if line.startswith("flags:"):
                return "open" if int(line.split()[1], 8) & _ACCESS == os.O_RDONLY else "open for writing"
    return "open for writing"


def _uid(base: str) -> int:
    """The weakest of its ids that is not root; a process counts as root only with all of them."""
    with open(f"{base}/status", encoding="utf-8", errors="replace") as lines:
        for line in lines:
            if line.startswith("Uid:"):
                return max(int(field) for field in line.split()[1:])
    raise ProcessLookupError(base)


def _program(base: str) -> str:
    with open(f"{base}/comm", encoding="utf-8", errors="replace") as text:
        return text.read().strip()
