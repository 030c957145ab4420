"""Which machine a command looks at: this one, a folder that stands for one, or a recording of one."""

from collections.abc import Sequence

from privaudit.cli.exits import Failure
from privaudit.host import Host, HostError, Platform
from privaudit.host.local import LocalHost

_ELSEWHERE = ("--root", "--recorded", "-h", "--help")
"""Options with which a scan does not look at this machine."""
_asked: list[LocalHost] = []
"""This machine, where it was asked ahead."""


def ask_ahead(arguments: Sequence[str]) -> None:
    """Ask what takes longest, before the command line is even understood: the scan works while systemd does.

    arguments: of `scan`; a wrong guess costs a question that nobody waits for.
    """
    if any(argument.partition("=")[0] in _ELSEWHERE for argument in arguments):
        return
    from privaudit.collect.systemd import query

    host = LocalHost(once=True)
    if query.booted(host):
        host.ahead(query.OF_SYSTEM)
        from privaudit.collect.accounts.sudoers import exported

        host.ahead(exported.COMMAND)
        _asked.append(host)


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
    return _asked.pop() if once and _asked else LocalHost(once=once)


def beside(host: Host) -> bool:
    """Whether a scan may give work to a child of its own: not on macOS, where a fork alone is unsafe."""
    return isinstance(host, LocalHost) and host.platform is Platform.LINUX
