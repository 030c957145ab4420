"""Which machine a command looks at: this one, a folder that stands for one, or a recording of one."""

from typing import TYPE_CHECKING

from privaudit.cli.exits import Failure
from privaudit.host import Host, HostError, Platform

if TYPE_CHECKING:
    from privaudit.host.local import LocalHost


def host_for(root: str | None, recorded: str | None, *, once: bool = False) -> Host:
    """Open the machine that the options name; this one where they name none. Failure if it cannot be.

    once: for one scan, which changes nothing.
    """
    if root is not None and recorded is not None:
        raise Failure("--root and --recorded name two machines", "Give one of them.")
    try:
        if root is not None:
            from privaudit.host.rooted import RootedHost

            return RootedHost(root)
        if recorded is not None:
            from privaudit.host.recorded import RecordedHost

            return RecordedHost(recorded)
    except HostError as error:
        raise Failure(str(error), "Name the folder that holds the whole system.") from None
    from privaudit.host.local import LocalHost

    return _ahead(LocalHost(once=True)) if once else LocalHost()


def _ahead(host: "LocalHost") -> Host:
    """Ask what takes longest before everything else: half of a scan is done when the answer comes."""
    from privaudit.collect.systemd import query

    if query.booted(host):
        host.ahead(query.OF_SYSTEM)
    return host


def beside(host: Host) -> bool:
    """Whether a scan may give work to a child of its own: not on macOS, where a fork alone is unsafe."""
    from privaudit.host.local import LocalHost

    return isinstance(host, LocalHost) and host.platform is Platform.LINUX
