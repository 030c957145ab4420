"""What a person's job may not bring along: keys with which launchd, as root, does more for it than start it.

In a person's own domain they have that person's rights, in the system's root's (launchd.plist(5)).
"""

from collections.abc import Iterable, Mapping

from privaudit.fix.case import Refuse
from privaudit.model.definition import Definition, Domain

_FIRST_OPEN_PORT = 1024
_REASONS = {
    "MachServices": "would register names for every session of the system",
    "RootDirectory": "would have root change the root folder for it",
    "LaunchEvents": "would be started by events of the whole system",
}
_PATHS = ("SockPathName", "SecureSocketWithKey")


def refuse_reserved(definition: Definition, path: str, value: Mapping[str, object]) -> None:
    """Refuse a job whose keys would use root's rights; a daemon of root's has them already."""
    if definition.domain is Domain.SYSTEM:
        return
    todo = f"take the key out of {path} if the service does without, load it, then fix again"
    for key, why in _REASONS.items():
        if value.get(key):
            raise Refuse(path, f"has {key}, which {why}", todo)
    for socket in _sockets(value.get("Sockets")):
        if any(key in socket for key in _PATHS):
            raise Refuse(path, "has Sockets with a path, which root would make", todo)
        if not _is_open(socket.get("SockServiceName")):
            why = "has Sockets on a port that is not plainly above 1023, which root would open"
            raise Refuse(path, why, todo)


def _sockets(value: object) -> Iterable[Mapping[str, object]]:
    """Each socket: a dictionary, or one of a list of them."""
    for each in value.values() if isinstance(value, dict) else ():
        yield from (one for one in (each if isinstance(each, list) else [each]) if isinstance(one, dict))


def _is_open(port: object) -> bool:
    """A number, or its digits; a name of services(5) could be any port."""
    return str(port).isdecimal() and int(str(port)) >= _FIRST_OPEN_PORT
