"""All services that systemd knows of, the system's and people's."""

from privaudit.host import Host, Platform
from privaudit.model.definition import Definition
from privaudit.model.frozen import frozen
from privaudit.model.unknown import Limit


@frozen
class Managed:
    """All services that systemd is told of."""

    definitions: tuple[Definition, ...]
    """By owner, the system's before root's own, then by id."""
    limits: tuple[Limit, ...]


def definitions(host: Host) -> Managed:
    """Collect the services of the system's manager and of people's own ones."""
    if host.platform is not Platform.LINUX:
        return Managed((), ())
    from privaudit.collect.systemd.managers import Managers

    managers = Managers(host)
    found = [*managers.system(), *managers.people()]
    found.sort(key=lambda each: (each.owner, each.domain.value, each.id))
    return Managed(tuple(found), tuple(managers.limits))
