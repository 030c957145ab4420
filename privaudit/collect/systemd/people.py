"""Whose managers there are beside the system's: of people who are logged in, linger, or have own units."""

from privaudit.host import Host, HostError, Missing, PasswdEntry
from privaudit.model.frozen import frozen
from privaudit.model.path import FileKind
from privaudit.model.unknown import Limit

LINGER = "/var/lib/systemd/linger"
"""A file of a person's name here starts that person's manager at boot, loginctl(1)."""
SOCKETS = ("systemd/private", "bus")
"""Where a manager listens below the runtime folder; with the first there need be no bus."""
MAX_PEOPLE = 10_000
"""Accounts that are looked at."""


@frozen
class Person:
    """An account that has, or at boot gets, a manager, or has units for one."""

    account: PasswdEntry
    running: bool
    """Its manager's socket is there."""
    lingers: bool
    writes: bool
    """There is a folder for units in the home."""


def people(host: Host, limits: list[Limit]) -> list[Person]:
    """List them by uid; what cannot be read goes to limits."""
    running = _running(host, limits)
    lingering = {entry for name in _names(host, LINGER, limits) if (entry := host.passwd(name)) is not None}
    accounts = {entry.uid: entry for entry in lingering}
    for uid in running:
        entry = host.passwd(uid)
        if entry is None:
            limits.append(Limit(f"/run/user/{uid}", "belongs to no account"))
        else:
            accounts[uid] = entry
    for entry in _listed(host, limits):
        accounts.setdefault(entry.uid, entry)
    found = []
    for uid, entry in sorted(accounts.items()):
        writes = _writes(host, entry.home, limits)
        if writes or uid in running or entry in lingering:
            found.append(Person(entry, uid in running, entry in lingering, writes))
    return found


def _writes(host: Host, home: str, limits: list[Limit]) -> bool:
    """Whether a home has a folder for units."""
    for folder in (".config/systemd/user", ".local/share/systemd/user"):
        path = f"{home.rstrip('/')}/{folder}"
        try:
            host.lstat(path)
        except Missing:
            continue
        except HostError as error:
            limits.append(error.limit())
            return False
        return True
    return False


def _running(host: Host, limits: list[Limit]) -> set[int]:
    """Find whose manager there is; a socket that somebody else made does not count."""
    found = set()
    for name in _names(host, "/run/user", limits) if host.live else ():
        if not name.isascii() or not name.isdigit():
            continue
        try:
            folder = host.lstat(f"/run/user/{name}")
            own = folder.uid == int(name) and any(
                _is_socket(host, f"/run/user/{name}/{s}", int(name)) for s in SOCKETS
            )
        except HostError as error:
            limits.append(error.limit())
            continue
        if own:
            found.add(int(name))
    return found


def _is_socket(host: Host, path: str, uid: int) -> bool:
    try:
        found = host.lstat(path)
    except Missing:
        return False
    return found.kind is FileKind.SOCKET and found.uid == uid


def _names(host: Host, folder: str, limits: list[Limit]) -> list[str]:
    try:
        return host.listdir(folder, MAX_PEOPLE)
    except Missing:
        return []
    except HostError as error:
        limits.append(error.limit())
        return []


def _listed(host: Host, limits: list[Limit]) -> list[PasswdEntry]:
    """List the accounts of /etc/passwd as the host knows them; directories cannot be listed."""
    try:
        text = host.read("/etc/passwd").decode("utf-8", "surrogateescape")
    except HostError as error:
        limits.append(error.limit())
        return []
    found: list[PasswdEntry] = []
    for line in text.split("\n")[:MAX_PEOPLE]:
        parts = line.split(":")
        if len(parts) == 7 and parts[2].isdigit() and parts[3].isdigit() and parts[5].startswith("/"):  # noqa: PLR2004 - passwd(5)
            found.append(PasswdEntry(parts[0], int(parts[2]), int(parts[3]), *parts[4:]))
    return found
