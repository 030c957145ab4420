"""systemd: what its managers loaded where they run, and what they would load from files where not."""

from dataclasses import dataclass

from privaudit.collect.systemd import live
from privaudit.host import Host, HostError, Platform
from privaudit.model.definition import Definition
from privaudit.model.unknown import Limit


@dataclass(frozen=True, slots=True)
class Managed:
    """All services that systemd is told of."""

    definitions: tuple[Definition, ...]
    """By owner, then id."""
    limits: tuple[Limit, ...]


def definitions(host: Host) -> Managed:
    """Collect the services of the system's manager and of people's own ones."""
    if host.platform is not Platform.LINUX or not live.booted(host):
        return Managed((), ())
    limits: list[Limit] = []
    found: list[Definition] = []
    try:
        found += live.ask_system(host).definitions
    except HostError as error:
        limits.append(error.limit())
    return Managed(tuple(sorted(found, key=lambda each: (each.owner, each.id))), tuple(limits))
