"""What will keep launchd from starting a job: a working folder or a log that its account cannot use.

launchd.plist(5), WorkingDirectory, StandardOutPath: a job whose folder or log cannot be opened ends with
EX_CONFIG (78) before its program starts. A missing folder for a log is made as root's own, mode 0744.
"""

import posixpath
from collections.abc import Iterator

from privaudit.collect.files.exposure import SEARCH, WRITE, Principal, may
from privaudit.collect.files.trace import Trace, Tracer
from privaudit.model.account import Account
from privaudit.model.definition import Definition, Domain, Manager
from privaudit.model.path import FileKind

_STREAMS = ("stdout", "stderr")


def obstacles(tracer: Tracer, definition: Definition, account: Account | None) -> tuple[str, ...]:
    """Say each obstacle; account: whom launchd starts it as, None: not known, so nothing is said."""
    if definition.manager is not Manager.LAUNCHD or account is None:
        return ()
    who = Principal(account.uid, frozenset(account.groups), account.label, account.kind)
    found = list(_folder(tracer, definition, who))
    if account.uid != 0:
        extra = dict(definition.extra)
        for path in dict.fromkeys(extra[stream] for stream in _STREAMS if stream in extra):
            found += _log(tracer, path, who, made_by_root=definition.domain is Domain.SYSTEM)
    return tuple(found)


def _folder(tracer: Tracer, definition: Definition, who: Principal) -> Iterator[str]:
    path = definition.working_directory
    if path is None or not path.startswith("/") or definition.root_directory is not None:
        return
    trace = tracer.trace(path)
    if trace.error is not None:
        return
    if trace.end is None:
        yield f"working folder {path} does not exist"
    elif trace.end.stat.kind is not FileKind.DIRECTORY:
        yield f"working folder {path} is no folder"
    elif who.uid != 0 and not _enters(who, trace, with_end=True):
        yield f"{who.who} may not enter the working folder {path}"


def _log(tracer: Tracer, path: str, who: Principal, *, made_by_root: bool) -> Iterator[str]:
    trace = tracer.trace(path)
    if not path.startswith("/") or path.startswith("/dev/") or trace.error is not None:
        return
    if trace.end is None:
        last = trace.folders[-1] if trace.folders else None
        if last is None or last.path != posixpath.dirname(trace.target):
            if made_by_root:
                yield f"no folder for its log {path}: launchd makes one that {who.who} cannot enter"
        elif not _enters(who, trace) or not may(who, last.stat, last.acl, WRITE | SEARCH):
            yield f"{who.who} may not make its log {path}"
    elif trace.end.stat.kind is FileKind.FILE and not (
        _enters(who, trace) and may(who, trace.end.stat, trace.end.acl, WRITE)
    ):
        yield f"{who.who} may not write its log {path}"


def _enters(who: Principal, trace: Trace, *, with_end: bool = False) -> bool:
    """Whether it may search every folder on the way, and with_end the one at the end."""
    ends = trace.end.path if trace.end is not None and not with_end else None
    return all(may(who, node.stat, node.acl, SEARCH) for node in trace.folders if node.path != ends)
