"""Who may become root through sudo: sudoers as sudo's own tool exports it, or as we read it."""

from privaudit.collect.accounts.sudoers import exported
from privaudit.collect.accounts.sudoers.policy import Kind, Policy
from privaudit.host import Denied, Host, HostError, Missing
from privaudit.model.unknown import Limit

_FILE = "/etc/sudoers"


def read(host: Host, limits: list[Limit]) -> Policy | str:
    """Read the policy; a text says why it cannot be read."""
    try:
        host.lstat(_FILE)
        host.head(_FILE, 1)
    except Missing:
        return Policy()
    except Denied as error:
        limits.append(error.limit())
        return "needs root to read /etc/sudoers"
    except HostError as error:
        limits.append(error.limit())
        return str(error)
    found = _exported(host) if host.live else None
    if found is None:
        found = _written(host)
        limits += found.gaps
    opaque = {item.value for grant in found.grants for item in grant.users if item.kind is Kind.OPAQUE}
    limits += [Limit(_FILE, f"nobody can list who is in {name}") for name in sorted(opaque)]
    return found


def _exported(host: Host) -> Policy | None:
    """Ask cvtsudoers; None: it is not there (sudo-rs has none), or it refuses the file, as it may."""
    try:
        answer = host.run(exported.COMMAND)
        return exported.policy(answer.stdout) if answer.status == 0 else None
    except (HostError, ValueError):
        return None


def _written(host: Host) -> Policy:
    from privaudit.collect.accounts.sudoers import written  # its patterns cost more than the rest

    reader = written.Reader(host.read, host.listdir, host.hostname())
    reader.file(_FILE)
    return reader.finished()
