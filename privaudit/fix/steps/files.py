"""Write root's files and remove what a stopped service left; every byte that goes is kept in the record."""

import hashlib
from collections.abc import Mapping
from typing import Any

from privaudit.fix.steps import Before, Failed, NotBack, Site
from privaudit.host.act import Kept, beside
from privaudit.model.path import FileKind
from privaudit.model.steps import RemoveFiles, WriteFile

_PID_FILE_SIZE = 64
_LOCK_SIZE, _LOCK_LINES = 2048, 5
"""postmaster.pid and .s.PGSQL.5432.lock (PostgreSQL, src/include/utils/pidfile.h)."""


class WriteDoer:
    """Writes one file whole."""

    reverts = True

    def needed(self, step: WriteFile, site: Site) -> bool:
        """Whether the file does not hold the text."""
        return _text(site.hands.look(step.path)) != step.text

    def before(self, step: WriteFile, site: Site) -> Before:
        """The file as it is, and the folders that are missing."""
        kept = site.hands.look(step.path)
        if kept is not None and kept.kind is not FileKind.FILE:
            raise Failed(f"{step.path} is a {kept.kind}, not a regular file")
        if _text(kept) != step.was:
            raise Failed(f"{step.path} was changed since the plan was shown")
        missing = []
        folder = step.path.rpartition("/")[0]
        while folder and site.hands.look(folder) is None:
            missing.append(folder)
            folder = folder.rpartition("/")[0]
        return {"was": None if kept is None else as_record(kept), "missing": missing}

    def do(self, step: WriteFile, before: Before, site: Site) -> None:
        """Write it; an existing file keeps its owner and mode."""
        was = None if before["was"] is None else from_record(before["was"])
        site.hands.make_folders(step.path.rpartition("/")[0])
        data = step.text.encode("utf-8", "surrogateescape")
        owner = (0, 0, step.mode) if was is None else (was.uid, was.gid, was.mode)
        site.hands.write(step.path, Kept(FileKind.FILE, *owner, data))

    def undo(self, step: WriteFile, before: Before, site: Site) -> tuple[str, ...]:
        """Put the former file back; what somebody changed in ours since is kept beside it."""
        was = None if before["was"] is None else from_record(before["was"])
        site.hands.remove(beside(step.path))  # half written, if a kill came
        now = site.hands.look(step.path)
        notes: tuple[str, ...] = ()
        if now != was:
            if now is not None and _text(now) != step.text:
                notes = (_aside(step.path, now, site),)
            if was is None:
                site.hands.remove(step.path)
            else:
                site.hands.write(step.path, was)
        for folder in before["missing"]:
            site.hands.remove_folder(folder)
        return notes


def _aside(path: str, now: Kept, site: Site) -> str:
    if now.kind is not FileKind.FILE:
        raise NotBack(f"{path} is a {now.kind} now: remove it by hand")
    aside = f"{path}.changed-{hashlib.sha256(now.data).hexdigest()[:8]}"
    site.hands.write(aside, now)
    return f"{path} was changed since: what it held is kept in {aside}"


class RemoveDoer:
    """Removes sockets and pid files; nothing to take back, since a service makes its own when it starts."""

    reverts = True

    def needed(self, step: RemoveFiles, site: Site) -> bool:
        """Whether any is there."""
        found = [site.hands.look(path) for path in step.paths]
        return any(kept is not None and step.owner in {None, kept.uid} for kept in found)

    def before(self, step: RemoveFiles, site: Site) -> Before:
        """What is going to be removed, for a person who reads the record."""
        found = {path: site.hands.look(path) for path in step.paths}
        return {"were": {path: as_record(kept) for path, kept in found.items() if kept is not None}}

    def do(self, step: RemoveFiles, before: Before, site: Site) -> None:
        """Remove only what is a socket, or small enough to be a pid file."""
        for path in step.paths:
            if path in before["were"]:
                kept = from_record(before["were"][path])
                if step.owner not in {None, kept.uid}:
                    continue
                if kept.kind is not FileKind.SOCKET and not _is_pid_file(kept):
                    raise Failed(f"{path} is no socket and no pid file: it is left alone")
                site.hands.remove(path)

    def undo(self, step: RemoveFiles, before: Before, site: Site) -> tuple[str, ...]:
        """Nothing."""
        del step, before, site
        return ()


def _is_pid_file(kept: Kept) -> bool:
    """A number, and in PostgreSQL's locks four lines more about its server."""
    first, _, more = kept.data.partition(b"\n")
    small = len(kept.data) <= _PID_FILE_SIZE or (
        len(kept.data) <= _LOCK_SIZE and more.count(b"\n") <= _LOCK_LINES
    )
    return kept.kind is FileKind.FILE and small and first.strip().isdigit()


def _text(kept: Kept | None) -> str | None:
    return None if kept is None else kept.data.decode("utf-8", "surrogateescape")


def as_record(kept: Kept) -> dict[str, object]:
    """A kept file as JSON."""
    return {
        "kind": kept.kind.value,
        "uid": kept.uid,
        "gid": kept.gid,
        "mode": f"{kept.mode:04o}",
        "text": kept.data.decode("utf-8", "surrogateescape"),
    }


def from_record(record: Mapping[str, Any]) -> Kept:
    """What `as_record` wrote."""
    return Kept(
        FileKind(record["kind"]),
        int(record["uid"]),
        int(record["gid"]),
        int(record["mode"], 8),
        str(record["text"]).encode("utf-8", "surrogateescape"),
    )
