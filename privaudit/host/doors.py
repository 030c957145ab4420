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


Ways = dict[str, tuple[str, frozenset[str]]]
"""Folder -> where it really is, and who can change what is found there: for who asks about many files."""


def doors(path: str, ways: Ways | None = None) -> frozenset[str]:
    """Name everybody but root who can write a file or replace it: `uid 1000`, `group 50`, `everyone`.

    ways: what is known of folders, and becomes known. OSError if a component cannot be looked at.
    """
    folder, name = posixpath.split(posixpath.join(os.getcwd(), path))
    if ways is not None and name not in {"", ".", ".."}:
        way = ways.get(folder)
        if way is None:
            way = ways[folder] = _walked(folder, entered=True)
        status = os.lstat(posixpath.join(way[0], name))
        if not stat.S_ISLNK(status.st_mode):
            return way[1] | _bits(status, sticky=False)
    return _walked(posixpath.join(folder, name), entered=False)[1]


def _walked(path: str, *, entered: bool) -> tuple[str, frozenset[str]]:
    """Say where a path leads and who can change that; entered: it is a folder, and something in it counts."""
    found: set[str] = set()
    waiting = _parts(path)
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
        found |= _bits(status, sticky=stat.S_ISDIR(status.st_mode) and (entered or bool(waiting)))
        current = entry
    return current, frozenset(found)


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
