"""What a service is for: a server, somebody's own, or nobody can tell."""

from collections.abc import Sequence

from privaudit.model.definition import Definition, Domain, Manager
from privaudit.model.profile import Profile
from privaudit.model.service import Listener, Model, Purpose


def purpose_of(
    profile: Profile | None, definition: Definition, sockets: Sequence[Listener]
) -> tuple[Purpose, str]:
    """Say what it is for, and why; sockets: those that it holds and that others can reach."""
    if profile is not None and profile.model is Model.PER_USER:
        return Purpose.PERSONAL, profile.why
    if profile is not None and profile.model in {Model.DEDICATED, Model.ROOT_MASTER}:
        return Purpose.SERVER, f"{profile.service} is a server"
    if definition.manager is Manager.LAUNCHD and definition.domain is not Domain.SYSTEM:
        session = _of_session(definition)
        if session is not None:
            return session
    where = [f"listens on {s.protocol} {s.address} port {s.port}" for s in sockets[:1]]
    where += [f"its socket listens on {text}" for text in definition.socket_addresses if reachable(text)]
    if where:
        return Purpose.SERVER, where[0]
    if definition.domain is not Domain.SYSTEM:
        return Purpose.UNKNOWN, "a person's own manager runs it, and it does not listen beyond loopback"
    return Purpose.UNKNOWN, "not in the catalogue, and it does not listen beyond loopback"


def reachable(text: str) -> bool:
    """Whether an address of a socket unit (systemd.socket(5), ListenStream=) can be reached by others."""
    if not text or text[0] in "/@":
        return False
    if text.isascii() and text.isdigit():
        return True
    host = text.rpartition(":")[0].strip("[]")
    return bool(host) and not host.startswith(("127.", "vsock")) and host not in {"::1", "vsock"}


def _of_session(definition: Definition) -> tuple[Purpose, str] | None:
    """An agent of macOS itself, or of an application: it belongs to the session, listening or not."""
    if (definition.path or "").startswith("/System/"):
        return Purpose.PERSONAL, "part of a session of macOS"
    if any(".app/Contents/" in command.path for command in definition.commands):
        return Purpose.UNKNOWN, "an application's agent in a person's session"
    return None
