"""What the service managers of a machine are told: systemd on Linux, launchd on macOS."""

from privaudit.host import Host, Platform
from privaudit.model.definition import Definition
from privaudit.model.frozen import frozen
from privaudit.model.unknown import Limit


@frozen
class Managed:
    """All services of one machine's managers."""

    definitions: tuple[Definition, ...]
    """By owner, then id."""
    limits: tuple[Limit, ...]


def definitions(host: Host) -> Managed:
    """Ask the platform's manager; the other one's reader is not even imported."""
    if host.platform is Platform.DARWIN:
        from privaudit.collect import launchd

        return launchd.definitions(host)
    from privaudit.collect.systemd import managed

    found = managed.definitions(host)
    return Managed(found.definitions, found.limits)
