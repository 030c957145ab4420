"""Single files that the new account must own: logs and pid files in folders that many services share."""

import posixpath
from collections.abc import Iterable, Sequence

from privaudit.collect.files.exposure import SEARCH, WRITE, Principal, may
from privaudit.fix.case import Case, Refuse
from privaudit.fix.ownership.places import inside
from privaudit.host import HostError, Missing
from privaudit.model.account import AccountKind
from privaudit.model.definition import Definition
from privaudit.model.path import FileKind, FileStat, Role
from privaudit.model.plan_launchd import GiveFile

_STREAMS = ("stdout", "stderr")


def plan_files(case: Case, definition: Definition, trees: Sequence[str]) -> list[GiveFile]:
    """One step a file; Refuse what is no plain file of the former account."""
    found = []
    for path in dict.fromkeys(_wanted(case, definition)):
        if any(inside(path, tree) for tree in trees):
            continue
        step = _step(case, path)
        if step is not None:
            found.append(step)
    return found


def _wanted(case: Case, definition: Definition) -> Iterable[str]:
    """What launchd itself opens as the account, and what the profile names without a folder of its own."""
    extra = dict(definition.extra)
    for stream in _STREAMS:
        path = extra.get(stream, "")
        if path.startswith("/") and not path.startswith("/dev/"):
            yield posixpath.normpath(path)
    for known in case.service.paths:
        its_own = known.role in {Role.LOG, Role.RUN} and known.path not in extra.values()
        if its_own and known.kind is FileKind.FILE and known.path.startswith("/"):
            yield known.path


def _step(case: Case, path: str) -> GiveFile | None:
    former = case.former.uid or 0
    try:
        found = case.host.lstat(path)
    except Missing:
        return _new(case, path, former)
    except HostError as problem:
        raise Refuse(path, problem.why, "see that root can read it") from None
    if found.uid == case.target.uid and found.kind is FileKind.FILE:
        return None
    if found.kind is not FileKind.FILE or found.nlink > 1:
        why = f"is no plain file with one name ({found.kind})"
        raise Refuse(path, why, "write the log to a plain file, or let the job have none")
    if found.uid == 0 or found.uid != former:
        why = f"belongs to uid {found.uid}, not to {case.former.name}"
        raise Refuse(path, why, f"look at it, then: chown {case.target.name} {path}")
    return GiveFile(path, found.uid, case.target.uid, case.target.gid)


def _new(case: Case, path: str, former: int) -> GiveFile | None:
    """A file that is not there: made, unless the account may make it by itself."""
    folder = posixpath.dirname(path)
    try:
        holder = case.host.lstat(folder)
    except HostError:
        why = "does not exist: launchd would make it so that the account cannot enter it"
        raise Refuse(folder, why, f"mkdir -p {folder}") from None
    if _may_make(case, holder):
        return None
    if holder.uid != former or former == 0:  # a person's job must not have root make files where they cannot
        why = f"is not there, and {case.target.name} may not make it in a folder of uid {holder.uid}"
        raise Refuse(path, why, "write the log to a folder of the service's own")
    return GiveFile(path, former, case.target.uid, case.target.gid)


def _may_make(case: Case, folder: FileStat) -> bool:
    who = Principal(case.target.uid, frozenset(case.target.groups), case.target.name, AccountKind.SERVICE)
    return may(who, folder, (), WRITE | SEARCH)
