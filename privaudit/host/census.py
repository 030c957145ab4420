"""Count a tree: a walk by folder descriptors that keeps no names, in two processes where the tree is big.

Rows share everything that a judgement of ownership needs, the folders on the way included, so a million files
cost little memory. Links are counted and never followed; another file system is named and not entered.
"""

import os
import signal
import stat as st
from collections.abc import Callable, Iterator
from dataclasses import field

from privaudit.host import Census, CensusRow
from privaudit.host.acl import ACCESS, hidden_entries
from privaudit.host.resolve import kind_of
from privaudit.model.frozen import frozen, slotted
from privaudit.model.path import AclEntry
from privaudit.model.unknown import Limit

_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
MAX_ROWS = 10_000
"""Distinct rows; a tree that has more is hostile or broken, and the rest of it is only counted."""
BIG = 20_000
"""Entries after which a second process is worth its start."""
MAX_LIMITS = 100

_OPEN = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
Acl = tuple[AclEntry, ...]
Chain = tuple[tuple[int, int, int, Acl], ...]
"""(uid, gid, mode, named entries) of each folder: two that only an access list tells apart are two."""
Key = tuple[Chain, int, int, int, Acl]
"""(chain, st_mode, uid, gid, named entries)."""


@slotted
class Tally:
    """What a walk has counted so far."""

    device: int
    rows: dict[Key, list[int | str]] = field(default_factory=dict)
    entries: int = 0
    limits: list[Limit] = field(default_factory=list)
    overflow: bool = False

    def limit(self, what: str, why: str) -> None:
        """Note what could not be looked at, bounded."""
        if len(self.limits) < MAX_LIMITS:
            self.limits.append(Limit(what, why))

    def merge(self, other: "Tally") -> None:
        """Add what another walk has counted."""
        self.entries += other.entries
        self.overflow = self.overflow or other.overflow
        for key, (count, example) in other.rows.items():
            row = self.rows.setdefault(key, [0, example])
            row[0] += count  # type: ignore[operator]
        self.limits = (self.limits + other.limits)[:MAX_LIMITS]


def _acl(folder: int, name: str, mode: int) -> Acl:
    """Entries of a list where they may matter: the group bits are the mask (acl(5)).

    Write matters anywhere; search only in a folder that not everybody may enter.
    """
    kind = mode & 0o170000
    enters = kind == st.S_IFDIR and mode & (st.S_IXGRP | st.S_IXOTH) == st.S_IXGRP
    if kind == st.S_IFLNK or not (mode & 0o020 or enters) or not hasattr(os, "getxattr"):
        return ()  # macOS has no POSIX ACLs
    try:
        return hidden_entries(os.getxattr(f"/proc/self/fd/{folder}/{name}", ACCESS, follow_symlinks=False))
    except (OSError, ValueError):
        return ()  # none, or a file system without ACLs


def _folder(
    tally: Tally, folder: int, path: str, chain: Chain, chains: dict[Chain, Chain]
) -> list[tuple[str, str, Chain]]:
    """Count the entries of one open folder; returns its subfolders as (name, path, chain)."""
    below: list[tuple[str, str, Chain]] = []
    rows = tally.rows
    stat = os.stat
    counted = 0
    with os.scandir(folder) as names:
        for entry in names:
            name = entry.name
            try:
                found = stat(name, dir_fd=folder, follow_symlinks=False)
            except OSError:
                continue  # it vanished between the listing and the look
            counted += 1
            mode = found.st_mode
            acl = _acl(folder, name, mode)
            key = (chain, mode, found.st_uid, found.st_gid, acl)
            row = rows.get(key)
            if row is not None:
                row[0] += 1  # type: ignore[operator]
            elif len(rows) < MAX_ROWS:
                rows[key] = [1, f"{path}/{name}"]
            else:
                tally.overflow = True
            if (mode & 0o170000) == st.S_IFDIR:
                if found.st_dev != tally.device:
                    tally.limit(f"{path}/{name}", "another file system is mounted here; it was not entered")
                    continue
                inner = (*chain, (found.st_uid, found.st_gid, mode & 0o7777, acl))
                below.append((name, f"{path}/{name}", chains.setdefault(inner, inner)))
    tally.entries += counted
    return below


def _open_below(top: int, names: tuple[str, ...]) -> int:
    """Open a folder by walking down from the top, so that depth costs no descriptors."""
    current = os.dup(top)
    for name in names:
        try:
            inner = os.open(name, _OPEN, dir_fd=current)
        finally:
            os.close(current)
        current = inner
    return current


MAX_DEPTH = 256
"""Folders in folders that are entered; finding one again from the top costs as many calls."""
_DEEP = 64
"""Open folders kept at once; below that a folder is found again from the top."""


def walk(tally: Tally, top: int, path: str, chain: Chain, budget: int | None = None) -> list["Pending"]:
    """Count everything below an open folder; with a budget, stop after it and return what is left."""
    chains: dict[Chain, Chain] = {}
    root = Pending((), path, chain)
    waiting = [root]
    cached: dict[tuple[str, ...], int] = {}
    try:
        while waiting:
            if budget is not None and tally.entries >= budget and len(waiting) > 1:
                return waiting
            here = waiting.pop()
            if len(here.chain) > MAX_DEPTH:
                tally.limit(here.path, f"deeper than {MAX_DEPTH} folders; it was not entered")
                continue
            folder = _enter(tally, top, here, cached)
            if folder is None:
                continue
            try:
                for name, where, inner in _folder(tally, folder, here.path, here.chain, chains):
                    waiting.append(Pending((*here.names, name), where, inner))
            except OSError as error:
                tally.limit(here.path, (error.strerror or "cannot be read").lower())
            finally:
                _keep(cached, here.names, folder)
    finally:
        for descriptor in cached.values():
            os.close(descriptor)
    return []


@frozen
class Pending:
    """A folder still to be counted."""

    names: tuple[str, ...]
    path: str
    chain: Chain


def _enter(tally: Tally, top: int, here: Pending, cached: dict[tuple[str, ...], int]) -> int | None:
    names = here.names
    try:
        if not names:
            return os.dup(top)
        parent = cached.get(names[:-1])
        if parent is not None:
            return os.open(names[-1], _OPEN, dir_fd=parent)
        return _open_below(top, names)
    except OSError as error:
        tally.limit(here.path, (error.strerror or "cannot be opened").lower())
        return None


def _keep(cached: dict[tuple[str, ...], int], names: tuple[str, ...], folder: int) -> None:
    """Keep the descriptors of the folders that the walk is in; those it has left are closed."""
    for known in [known for known in cached if names[: len(known)] != known]:
        os.close(cached.pop(known))
    if len(cached) < _DEEP:
        cached[names] = folder
    else:
        os.close(folder)


def census(top: int, path: str) -> Census:
    """Count the tree whose top folder is open as `top` and is called `path`."""
    found = os.fstat(top)
    tally = Tally(found.st_dev)
    acl = _acl(top, ".", found.st_mode)
    chain: Chain = ((found.st_uid, found.st_gid, st.S_IMODE(found.st_mode), acl),)
    tally.rows[(), found.st_mode, found.st_uid, found.st_gid, acl] = [1, path]
    tally.entries = 1
    left = walk(tally, top, path.rstrip("/"), chain, BIG)
    if left:
        _in_two(tally, top, left)
    if tally.overflow:
        tally.limit(path, f"more than {MAX_ROWS} kinds of entries; the rest was counted and not judged")
    return Census(tuple(_rows(tally)), tally.entries, tuple(sorted(tally.limits)))


def _in_two(tally: Tally, top: int, left: list[Pending]) -> None:
    """Share what is left between this process and a child of it."""
    from multiprocessing import get_context  # only big trees pay for its import

    context = get_context("fork")
    lock, cursor = context.Lock(), context.Value("i", 0, lock=False)

    def take() -> int:
        with lock:
            cursor.value += 1
            return int(cursor.value) - 1

    receiver, sender = context.Pipe(duplex=False)
    child = context.Process(target=_child, args=(sender, tally.device, top, left, take), daemon=True)
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING)
    try:
        child.start()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    sender.close()
    _share(tally, top, left, take)
    try:
        tally.merge(receiver.recv())
    except EOFError:
        tally.limit(left[0].path, "the second process of the census died; entries are missing")
    child.join()
    child.close()
    receiver.close()


def _child(sender, device: int, top: int, left: list[Pending], take: Callable[[], int]) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
    for number in _ENDING:  # it has nothing to put right, and its parent says whatever is to be said
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDING)
    tally = Tally(device)
    _share(tally, top, left, take)
    sender.send(tally)
    sender.close()


def _share(tally: Tally, top: int, left: list[Pending], take: Callable[[], int]) -> None:
    while (index := take()) < len(left):
        pending = left[index]
        try:
            folder = _open_below(top, pending.names)
        except OSError as error:
            tally.limit(pending.path, (error.strerror or "cannot be opened").lower())
            continue
        try:
            walk(tally, folder, pending.path, pending.chain)
        finally:
            os.close(folder)


def _rows(tally: Tally) -> Iterator[CensusRow]:
    rows = [
        CensusRow(
            tuple(folder[:3] for folder in chain),
            kind_of(mode),
            st.S_IMODE(mode),
            uid,
            gid,
            int(count),
            str(example),
            bool(acl),
        )
        for (chain, mode, uid, gid, acl), (count, example) in tally.rows.items()
    ]
    yield from sorted(rows, key=lambda row: row.example)
