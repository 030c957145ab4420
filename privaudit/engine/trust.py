"""Who, beyond root, could change a file that is about to be used as root.

Asked before anything is collected, so by permission bits alone: with an access list the group bits are its
mask (acl(5)), so that a list which lets somebody write shows as a group that may. A Mac's access lists do not
show in the bits and are not seen here.
"""

import os
import posixpath
import stat

MAX_LINKS = 40
"""As Linux's MAXSYMLINKS, path_resolution(7)."""


def doors(path: str) -> frozenset[str]:
    """Name everybody but root who can write a file or replace it: `uid 1000`, `group 50`, `everyone`.

    OSError if a component cannot be looked at.
    """
    found: set[str] = set()
    waiting = _parts(posixpath.join(os.getcwd(), path))
    current, links = "/", 0
    found |= _bits(os.lstat(current), sticky=False)
    while waiting:
        name = waiting.pop(0)
        if name == "..":
            current = posixpath.dirname(current)
            continue
        entry = posixpath.join(current, name)
        status = os.lstat(entry)
        if stat.S_ISLNK(status.st_mode):
            links += 1
            if links > MAX_LINKS:
                raise OSError(f"{path}: too many links")
            found |= _owner(status)
            target = os.readlink(entry)
            current = "/" if target.startswith("/") else current
            waiting = _parts(target) + waiting
            continue
        found |= _bits(status, sticky=stat.S_ISDIR(status.st_mode) and bool(waiting))
        current = entry
    return frozenset(found)


def _parts(path: str) -> list[str]:
    return [part for part in path.split("/") if part not in {"", "."}]


def _owner(status: os.stat_result) -> set[str]:
    return {f"uid {status.st_uid}"} if status.st_uid else set()


def _bits(status: os.stat_result, *, sticky: bool) -> set[str]:
    """Who may write by owner, group and others; in a sticky folder only the owner of an entry replaces it."""
    found = _owner(status)
    if sticky and status.st_mode & stat.S_ISVTX:
        return found
    if status.st_mode & stat.S_IWGRP:
        found.add(f"group {status.st_gid}")
    if status.st_mode & stat.S_IWOTH:
        found.add("everyone")
    return found
