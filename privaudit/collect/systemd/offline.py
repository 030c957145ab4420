"""One manager's services as its files define them: those that are there, and instances that are asked for."""

from collections.abc import Iterator
from dataclasses import replace

from privaudit.collect.systemd import enabled, names, sysv
from privaudit.collect.systemd.load import Loader, definition
from privaudit.collect.systemd.scope import Scope
from privaudit.collect.systemd.specifiers import Machine
from privaudit.collect.systemd.triggers import triggers
from privaudit.collect.systemd.unitfiles import scan
from privaudit.host import Host
from privaudit.model.definition import Definition, Domain

MAX_SERVICES = 20_000
"""Services of one manager that are looked at."""


def open_files(host: Host, scope: Scope, machine: Machine, *, booted: bool) -> Loader:
    """Look through the search path of a manager; add what generators would write where they did not run."""
    loader = Loader(host, scope, scan(host, scope.search), machine)
    if not booted and scope.domain is Domain.SYSTEM:
        sysv.add(loader)
    return loader


def services(loader: Loader, known: frozenset[str] = frozenset()) -> Iterator[Definition]:
    """List the services whose names are not known yet.

    A template is a service only where a socket makes an instance of it for each connection.
    """
    starting = triggers(loader)
    pulled = enabled.wanted(loader)
    wishes = [*loader.files.units, *pulled, *starting.of]
    units: set[str] = set()
    for name in wishes:
        if not names.is_service(name):
            continue
        unit = loader.files.id_of(name)
        if unit is not None and (not names.is_template(unit) or unit in starting.templates):
            units.add(unit)
    for unit in sorted(units - known)[:MAX_SERVICES]:
        loaded = loader.load(unit)
        if loaded is None or known.intersection(loaded.names):
            continue
        made = definition(loaded)
        if made is not None:
            by = {trigger for name in loaded.names for trigger in starting.of.get(name, ())}
            yield replace(
                made,
                enabled=enabled.state(loader, loaded, pulled),
                triggered_by=tuple(sorted(by.union(made.triggered_by))),
            )
