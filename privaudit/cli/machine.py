"""Which machine a command looks at: this one, a folder that stands for one, or a recording of one."""

from privaudit.cli import ahead
from privaudit.cli.exits import Failure
from privaudit.host import Host, HostError, Platform
from privaudit.host.beside import Beside
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
    if not once:
        return LocalHost()
    host = LocalHost(once=True, asked=ahead.asked)
    if beside(host):
        host.expect(Beside(host.look, patient=True).result)
    if host.privileged:
        from privaudit.collect.accounts.sudoers import exported

        host.ahead(exported.COMMAND)
    return host


def beside(host: Host) -> bool:
    """Whether a scan may give work to a child of its own: not on macOS, where a fork alone is unsafe."""
    return isinstance(host, LocalHost) and host.platform is Platform.LINUX
