"""Services that no manager defines: process trees that accept connections from beyond loopback.

A developer's own processes are no services; a listener that the network reaches is one, whoever started it.
Where no service manager can be asked at all, a program of the catalogue counts as well.
"""

import posixpath
from collections.abc import Iterable, Sequence

from privaudit.collect.processes import ProcessTable
from privaudit.collect.services.matching import Index
from privaudit.model.definition import Definition, Domain, Manager
from privaudit.model.process import Process
from privaudit.model.service import Listener


def unmanaged(
    table: ProcessTable,
    listeners: Sequence[Listener],
    index: Index,
    managed: frozenset[int],
    *,
    no_manager: bool,
) -> list[tuple[Definition, list[Process]]]:
    """List (empty definition, processes) for every such tree; managed: pids that belong to a definition."""
    open_by_pid: dict[int, Listener] = {}
    for listener in listeners:
        if listener.protocol == "tcp" and not listener.loopback and listener.pid is not None:
            open_by_pid.setdefault(listener.pid, listener)
    found: dict[int, tuple[Definition, list[Process]]] = {}
    for process in table.own.values():
        if process.pid in managed or process.pid == 1 or _is_application(process, index):
            continue
        known = no_manager and _catalogued(process, index)
        if process.pid in open_by_pid or known:
            top = _top(table, process, managed)
            if top.pid not in found:
                tree = [p for p in table.tree(top.pid) if p.pid not in managed]
                port = next((open_by_pid[p.pid].port for p in tree if p.pid in open_by_pid), None)
                found[top.pid] = (_definition(top, port), tree)
    return _renamed(found.values())


def _is_application(process: Process, index: Index) -> bool:
    """A program that somebody opened on a Mac, unless it is a server that the catalogue knows."""
    bundled = isinstance(process.program, str) and ".app/Contents/" in process.program
    return bundled and not _catalogued(process, index)


def _catalogued(process: Process, index: Index) -> bool:
    return isinstance(process.program, str) and index.by_program([process.program]) is not None


def _top(table: ProcessTable, process: Process, managed: frozenset[int]) -> Process:
    """The highest ancestor with the same program: a master, not the shell that started it."""
    top = process
    while True:
        parent = table.own.get(top.ppid)
        if parent is None or parent.pid in managed or parent.pid == 1:
            return top
        if not isinstance(parent.program, str) or parent.program != process.program:
            return top
        top = parent


def _definition(top: Process, port: int | None) -> Definition:
    name = posixpath.basename(top.program) if isinstance(top.program, str) else top.name
    return Definition(
        manager=Manager.NONE,
        domain=Domain.SYSTEM,
        id=f"{name}:{port}" if port is not None else name,
        main_pid=top.pid,
        active_state="active",
    )


def _renamed(
    found: Iterable[tuple[Definition, list[Process]]],
) -> list[tuple[Definition, list[Process]]]:
    """Several trees may carry one name; they are one kind of service, told apart by nothing stable."""
    merged: dict[str, tuple[Definition, list[Process]]] = {}
    for definition, tree in found:
        if definition.id in merged:
            merged[definition.id][1].extend(tree)
        else:
            merged[definition.id] = (definition, list(tree))
    return [merged[name] for name in sorted(merged)]
