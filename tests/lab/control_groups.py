"""Control groups of its own for each machine: in shared ones two systemds kill each other's services."""

import os
import signal
from contextlib import suppress
from pathlib import Path

MOUNT = Path("/sys/fs/cgroup")
LEGACY = ("systemd", "unified", "memory", "pids")
"""Hierarchies that systemd 252 and its services use on a host of control groups version 1 or hybrid."""


def folders(name: str) -> list[Path]:
    """Where the machine's control groups are."""
    if (MOUNT / "cgroup.controllers").exists():
        return [MOUNT / name]
    return [MOUNT / hierarchy / name for hierarchy in LEGACY if (MOUNT / hierarchy).is_dir()]


def entered(name: str, argv: list[str]) -> list[str]:
    """Make the groups, and the command that joins them and then becomes argv."""
    for folder in folders(name):
        folder.mkdir(exist_ok=True)
    files = [str(folder / "cgroup.procs") for folder in folders(name)]
    join = 'while [ "$1" != -- ]; do echo $$ > "$1"; shift; done; shift; exec "$@"'
    return ["/bin/sh", "-ec", join, "sh", *files, "--", *argv]


def kill(name: str) -> None:
    """SIGKILL to all that is in the machine's groups."""
    for folder in folders(name):
        for procs in folder.rglob("cgroup.procs"):
            with suppress(OSError):
                for pid in procs.read_text().split():
                    with suppress(ProcessLookupError):
                        os.kill(int(pid), signal.SIGKILL)


def removed(name: str) -> bool:
    """Remove the groups; False: some are still busy (the kernel takes a while to let go of the dead)."""
    for folder in folders(name):
        for path, _, _ in os.walk(folder, topdown=False):
            with suppress(OSError):
                os.rmdir(path)
    return not any(folder.exists() for folder in folders(name))
