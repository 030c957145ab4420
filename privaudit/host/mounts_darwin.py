"""What is mounted on a Mac, as mount(8) prints it: `/dev/disk3s5 on /Volumes/Data (apfs, local, …)`."""

import os
import re

from privaudit.host import HostError, commands
from privaudit.host.changes import Mount

_MOUNT = ("/sbin/mount",)
_LINE = re.compile(r"(?P<source>.+?) on (?P<point>/.*) \((?P<kind>[a-z0-9_]+)(?P<options>(?:, [^,()]+)*)\)")
_LIMIT = 30


def mounts() -> tuple[Mount, ...]:
    """Ask mount(8). OSError if it does not answer."""
    try:
        answer = commands.run(_MOUNT, timeout=_LIMIT, account=None, env=None, stdin=b"")
    except HostError as problem:
        raise OSError(str(problem)) from None
    if answer.status:
        raise OSError(f"{_MOUNT[0]} ended with {answer.status}")
    return tuple(
        Mount(
            _device(point, options), point, source, "/", kind, "read-only" in options, "noowners" in options
        )
        for source, point, kind, options in parse(answer.stdout.decode("utf-8", "surrogateescape"))
    )


def parse(text: str) -> list[tuple[str, str, str, frozenset[str]]]:
    """(mounted from, point, kind, options) of each line; a line that is none is left out."""
    found = []
    for line in text.splitlines():
        match = _LINE.fullmatch(line)
        if match is not None:
            options = frozenset(each for each in match["options"].split(", ") if each)
            found.append((match["source"], match["point"], match["kind"], options))
    return found


def _device(point: str, options: frozenset[str]) -> int:
    """Tell it from other mounts: st_dev, asked of local file systems only (a dead server would hang us)."""
    if "local" not in options:
        return -1
    try:
        return os.lstat(point).st_dev
    except OSError:
        return -1
