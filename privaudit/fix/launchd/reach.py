"""Whether the new account gets to what its job needs: launchd and the program would find out too late."""

from collections.abc import Iterable, Sequence

from privaudit.collect.files.exposure import READ, SEARCH, Principal, may
from privaudit.collect.files.trace import Trace, Tracer
from privaudit.fix.case import Case
from privaudit.fix.ownership.places import inside
from privaudit.model.account import AccountKind
from privaudit.model.definition import Definition
from privaudit.model.ownership import Refusal
from privaudit.model.path import FileKind, Role

_EXECUTE = SEARCH
"""The same bit, execve(2)."""


def unreachable(case: Case, definition: Definition, given: Sequence[str]) -> list[Refusal]:
    """Everything that stands in its way; given: trees and files that become the account's."""
    who = Principal(case.target.uid, frozenset(case.target.groups), case.target.name, AccountKind.SERVICE)
    tracer = Tracer(case.host)
    found: list[Refusal] = []
    for path, wanted in dict(_needed(case, definition)).items():
        trace = tracer.trace(path)
        where = trace.end.path if trace.end is not None else trace.target
        if any(inside(where, each) or inside(path, each) for each in given):
            continue
        found += _blocked(who, path, trace, wanted)
    return found


def _needed(case: Case, definition: Definition) -> Iterable[tuple[str, int]]:
    """(path, bits) of the working folder, the programs and the configuration."""
    folder = definition.working_directory
    if folder is not None and folder.startswith("/"):
        yield folder, SEARCH
    for command in definition.commands:
        if command.path.startswith("/"):
            yield command.path, _EXECUTE
    for path in case.service.paths:
        if path.role is Role.CONFIGURATION and path.exists is True and path.kind is FileKind.FILE:
            yield path.path, READ


def _blocked(who: Principal, path: str, trace: Trace, wanted: int) -> Iterable[Refusal]:
    if trace.error is not None:
        yield Refusal(path, trace.error.why, "see that root can read it")
        return
    for node in trace.folders:
        last = trace.end is not None and node.path == trace.end.path
        if not may(who, node.stat, node.acl, wanted if last else SEARCH):
            why = f"{who.who} cannot get through {node.path} (mode {node.stat.mode:04o})"
            yield Refusal(path, why, "move what the service needs to a place of its own, or open the way")
            return
    if trace.end is None:
        yield Refusal(path, "does not exist", "install the service again, then fix it")
    elif not may(who, trace.end.stat, trace.end.acl, wanted):
        why = f"{who.who} may not use it (mode {trace.end.stat.mode:04o})"
        yield Refusal(path, why, "chmod o+r it, or o+rx a folder or a program")
