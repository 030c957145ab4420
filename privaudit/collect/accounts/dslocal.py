"""The local directory node of a Mac's disk: one property list a record, read with its owner's care.

/private/var/db/dslocal/nodes/Default/{users,groups}/NAME.plist, root's alone, written by opendirectoryd(8).
"""

from collections.abc import Callable, Iterator
from typing import TypeVar

from privaudit.collect import plists
from privaudit.collect.accounts.records import GroupRecord, UserRecord, group, user
from privaudit.host import Host, HostError, Missing
from privaudit.model.unknown import Limit

NODE = "/private/var/db/dslocal/nodes/Default"
_MAX_RECORDS = 20_000
_MAX_BYTES = 16 << 20
"""People's records hold their pictures."""

_Record = TypeVar("_Record", UserRecord, GroupRecord)


def users(host: Host, limits: list[Limit]) -> tuple[UserRecord, ...]:
    """Read all accounts."""
    return tuple(_records(host, f"{NODE}/users", user, limits))


def groups(host: Host, limits: list[Limit]) -> tuple[GroupRecord, ...]:
    """Read all groups."""
    return tuple(_records(host, f"{NODE}/groups", group, limits))


def _records(
    host: Host, folder: str, make: Callable[[dict[str, object]], _Record | None], limits: list[Limit]
) -> Iterator[_Record]:
    try:
        names = host.listdir(folder, _MAX_RECORDS)
    except HostError as error:
        limits.append(error.limit())
        return
    for name in names:
        if not name.endswith(".plist"):
            continue
        path = f"{folder}/{name}"
        try:
            value = plists.read(host.read(path, _MAX_BYTES))
        except Missing:
            continue  # deleted meanwhile
        except HostError as error:
            limits.append(error.limit())
            continue
        except plists.Unreadable as fault:
            limits.append(Limit(path, str(fault)))
            continue
        made = make(value) if isinstance(value, dict) else None
        if made is None:
            limits.append(Limit(path, "no record: a name or an id is missing"))
        else:
            yield made
