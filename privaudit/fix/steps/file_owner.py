"""Give one file in a folder that others can change to the account, by descriptor.

A log in a shared folder, where the account may make no file by itself. Whoever owns the folder may put
another file in its place at any time: only a regular file with one name, of the former owner, is touched.
"""

import stat
from collections.abc import Iterator
from contextlib import contextmanager

from privaudit.fix.ownership.approach import Approach
from privaudit.fix.ownership.failure import Refused
from privaudit.fix.steps import Before, Failed, NotBack, Site
from privaudit.host import HostError, Missing
from privaudit.model.path import FileKind, FileStat
from privaudit.model.plan_launchd import GiveFile


class GiveFileDoer:
    """fchown(2) on the open file."""

    reverts = True

    def needed(self, step: GiveFile, site: Site) -> bool:
        """Whether it is missing, or not the account's."""
        found = _seen(step, site)
        return found is None or found.uid != step.to_uid

    def before(self, step: GiveFile, site: Site) -> Before:
        """Whose it is; None: it is made."""
        found = _seen(step, site)
        if found is None:
            return {"was": None}
        if found.kind is not FileKind.FILE or found.uid != step.from_uid:
            raise Failed(f"{step.path} is no plain file of uid {step.from_uid}")
        return {"was": [found.uid, found.gid, found.mode]}

    def do(self, step: GiveFile, before: Before, site: Site) -> None:
        """Make it, or give it."""
        if before["was"] is not None:
            _give(step, site, step.from_uid, (step.to_uid, step.to_gid))
            return
        with _holding(step, site) as (folder, name):
            file = site.changes.create(folder, name)
            try:
                site.changes.chown(file, step.to_uid, step.to_gid)
                site.changes.chmod(file, step.mode)
                site.changes.sync(file)
            finally:
                site.changes.close(file)

    def undo(self, step: GiveFile, before: Before, site: Site) -> tuple[str, ...]:
        """Give it back as it was; one that was made goes if nothing was written into it since."""
        found = _seen(step, site)
        if found is None or (found.kind, found.uid) != (FileKind.FILE, step.to_uid):
            return ()  # not changed yet, or somebody put another file there since
        try:
            if before["was"] is not None:
                uid, gid, mode = before["was"]
                _give(step, site, step.to_uid, (uid, gid), mode)
                return ()
            if found.size == 0:
                site.hands.remove(step.path)
                return ()
            _give(step, site, step.to_uid, (step.from_uid, _group_of_folder(step, site)))
        except Failed as problem:
            raise NotBack(str(problem)) from None
        return (f"{step.path} was made since, and stays, the former owner's",)


def _seen(step: GiveFile, site: Site) -> FileStat | None:
    try:
        return site.host.lstat(step.path)
    except Missing:
        return None
    except HostError as problem:
        raise Failed(str(problem)) from None


def _give(step: GiveFile, site: Site, owner: int, to: tuple[int, int], mode: int | None = None) -> None:
    """Set-id bits are dropped on the way, and come back with mode."""
    with _holding(step, site) as (folder, name):
        file = site.changes.reopen(folder, name)
        try:
            found = site.changes.status(file)
            if not stat.S_ISREG(found.st_mode) or found.st_nlink != 1 or found.st_uid != owner:
                raise Failed(f"{step.path} is no plain file of uid {owner} with one name")
            site.changes.chown(file, *to)
            site.changes.chmod(file, stat.S_IMODE(found.st_mode) & 0o777 if mode is None else mode)
            site.changes.sync(file)
        finally:
            site.changes.close(file)


def _group_of_folder(step: GiveFile, site: Site) -> int:
    """Where macOS takes the group of a new file from, open(2)."""
    with _holding(step, site) as (folder, _):
        return site.changes.status(folder).st_gid


@contextmanager
def _holding(step: GiveFile, site: Site) -> Iterator[tuple[int, str]]:
    try:
        approach = Approach(site.changes, step.path)
    except Refused as refused:
        raise Failed(str(refused)) from None
    try:
        yield approach.folder, approach.name
    finally:
        approach.close()
