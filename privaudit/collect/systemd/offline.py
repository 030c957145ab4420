"""One manager's services as its files define them: those that are there, and instances that are asked for."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from privaudit.collect.systemd import enabled, names
from privaudit.collect.systemd.assign import DEPENDENCIES
from privaudit.collect.systemd.load import Loader, definition
from privaudit.collect.systemd.scope import Scope
from privaudit.collect.systemd.specifiers import Machine
from privaudit.collect.systemd.triggers import Triggers, triggers
from privaudit.collect.systemd.unitfiles import scan
from privaudit.host import Host
from privaudit.model.definition import Definition, Domain
from privaudit.model.frozen import frozen
from privaudit.model.unknown import Limit

MAX_SERVICES = 20_000
"""Services of one manager that are looked at."""


def open_files(host: Host, scope: Scope, machine: Machine, *, booted: bool) -> Loader:
    """Look through the search path of a manager; add what generators would write where they did not run."""
    loader = Loader(host, scope, scan(host, scope.search), machine)
    if not booted and scope.domain is Domain.SYSTEM:
        from privaudit.collect.systemd import generators, sysv

        sysv.add(loader)
        generators.add(loader)
    return loader


@frozen
class Wished:
    """The services that one manager's files ask for, loaded."""

    units: frozenset[str]
    starting: Triggers
    pulled: enabled.Wanted


def wished(loader: Loader) -> Wished:
    """Find every service that there is or that something asks for.

    A template is a service only where a socket makes an instance of it for each connection.
    """
    starting = triggers(loader)
    pulled = enabled.wanted(loader)
    wishes = [*loader.files.units, *pulled, *starting.of]
    return Wished(frozenset(_reached(loader, wishes, starting.templates)), starting, pulled)


def services(
    loader: Loader, asked: Wished, known: frozenset[str] = frozenset()
) -> Iterator[tuple[Definition, set[str]]]:
    """List the services whose names are not known yet, each with the folders in which links enable it."""
    starting, pulled = asked.starting, asked.pulled
    for unit in sorted(asked.units - known):
        loaded = loader.load(unit)
        if loaded is None or known.intersection(loaded.names):
            continue
        made = definition(loaded)
        if made is not None:
            by = {trigger for name in loaded.names for trigger in starting.of.get(name, ())}
            yield (
                replace(
                    made,
                    enabled=enabled.state(loader, loaded, pulled),
                    triggered_by=tuple(sorted(by.union(made.triggered_by))),
                ),
                enabled.enabling(loader, loaded, pulled),
            )


def _reached(loader: Loader, wishes: Iterable[str], templates: set[str]) -> set[str]:
    """Find the units that names lead to, and those that these pull in."""
    found: set[str] = set()
    waiting = list(wishes)
    while waiting:
        name = waiting.pop()
        unit = loader.files.id_of(name) if names.is_service(name) else None
        if unit is None or unit in found or (names.is_template(unit) and unit not in templates):
            continue
        if len(found) >= MAX_SERVICES:
            loader.limits.append(
                Limit(unit, f"one of more than {MAX_SERVICES} services: the rest were not read")
            )
            break
        found.add(unit)
        loaded = loader.load(unit)
        if loaded is not None and loaded.state == "loaded":
            waiting += [other for key in DEPENDENCIES for other in loaded.settings.lists.get(key, ())]
    return found
