"""Two copies of one server: a daemon of the system and an agent of somebody, on the same program or data."""

from collections.abc import Sequence
from dataclasses import replace

from privaudit.model.definition import Domain, Manager
from privaudit.model.path import Role
from privaudit.model.service import Purpose, Service

_SHARED = ("/bin/", "/sbin/", "/usr/")
"""Programs of the system: that two services are scripts of one shell makes them no copies."""


def with_twins(services: Sequence[Service]) -> list[Service]:
    """Name in each server of launchd its copies in the other kind of domain."""
    servers = [s for s in services if s.manager is Manager.LAUNCHD and s.purpose is Purpose.SERVER]
    daemons = [s for s in servers if s.domain is Domain.SYSTEM]
    agents = [s for s in servers if s.domain is not Domain.SYSTEM]
    found: dict[int, list[str]] = {}
    for daemon in daemons:
        for agent in agents:
            if _marks(daemon) & _marks(agent):
                found.setdefault(id(daemon), []).append(f"agent {agent.id} of {agent.runs_as.name}")
                found.setdefault(id(agent), []).append(f"daemon {daemon.id}")
    return [replace(s, twins=tuple(sorted(found[id(s)]))) if id(s) in found else s for s in services]


def _marks(service: Service) -> frozenset[str]:
    """What two copies have in common: the label, the real program, a data folder."""
    paths = {path.target for path in service.paths if path.role in {Role.DATA, Role.PROGRAM} and path.exists}
    shared = {path for path in paths if path.startswith(_SHARED) and not path.startswith("/usr/local/")}
    return frozenset({f"label {service.id}", *(paths - shared)})
