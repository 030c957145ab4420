"""launchd: the jobs of every domain, as their files and the running launchd describe them."""

from privaudit.collect.definitions import Managed
from privaudit.collect.launchd import folders, live
from privaudit.collect.launchd.store import Store
from privaudit.host import Host
from privaudit.model.unknown import Limit


def definitions(host: Host) -> Managed:
    """Read the job files of all folders; on a running machine, ask launchd what it loaded of them."""
    limits: list[Limit] = []
    store = Store(host, limits)
    found = folders.jobs(host, store, limits)
    if host.live:
        found = live.merged(host, found, limits)
    return Managed(
        tuple(sorted(found, key=lambda each: (each.owner, each.id, each.path or ""))), tuple(limits)
    )
