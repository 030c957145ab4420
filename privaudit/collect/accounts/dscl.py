"""The accounts of a running Mac, asked of Open Directory: dscl(1), else dscacheutil(1)."""

from collections.abc import Callable, Iterator
from typing import TypeVar

from privaudit.collect import plists
from privaudit.collect.accounts.records import GroupRecord, UserRecord, group, user
from privaudit.host import Host, HostError
from privaudit.model.unknown import Limit

DSCL = "/usr/bin/dscl"
DSCACHEUTIL = "/usr/bin/dscacheutil"
_USER_KEYS = (
    *("RecordName", "UniqueID", "PrimaryGroupID", "NFSHomeDirectory", "UserShell", "GeneratedUID"),
    *("AuthenticationAuthority", "Password"),
)
_GROUP_KEYS = (
    "RecordName",
    "PrimaryGroupID",
    "GroupMembership",
    "GroupMembers",
    "NestedGroups",
    "GeneratedUID",
)
_START, _END = b"<?xml", b"</plist>"
_CACHE_KEYS = {"password": "passwd", "dir": "home"}

_Record = TypeVar("_Record", UserRecord, GroupRecord)


def users(host: Host, limits: list[Limit]) -> tuple[UserRecord, ...]:
    """Ask for all accounts of the local node."""
    return tuple(_ask(host, "Users", "user", _USER_KEYS, user, limits))


def groups(host: Host, limits: list[Limit]) -> tuple[GroupRecord, ...]:
    """Ask for all groups of the local node."""
    return tuple(_ask(host, "Groups", "group", _GROUP_KEYS, group, limits))


def _ask(
    host: Host,
    folder: str,
    category: str,
    keys: tuple[str, ...],
    make: Callable[[dict[str, object]], _Record | None],
    limits: list[Limit],
) -> Iterator[_Record]:
    try:
        rows: list[dict[str, object]] = records(
            _run(host, [DSCL, "-plist", ".", "-readall", f"/{folder}", *keys])
        )
    except HostError as error:
        try:
            rows = list(cache_entries(_run(host, [DSCACHEUTIL, "-q", category]).decode("utf-8", "replace")))
        except HostError:
            limits.append(error.limit())
            return
    for row in rows:
        made = make(row)
        if made is not None:
            yield made


def _run(host: Host, argv: list[str]) -> bytes:
    answer = host.run(argv)
    if answer.status != 0 and _END not in answer.stdout:  # it may complain of a key that a record lacks
        raise HostError(" ".join(argv[:4]), f"failed with status {answer.status}")
    return answer.stdout


def records(data: bytes) -> list[dict[str, object]]:
    """Read what `dscl -plist` prints: one record, a list of them, or one after the other. Raises HostError.

    What stands between them (`No such key: Password`) is left out.
    """
    found: list[dict[str, object]] = []
    documents = [start + _END for part in data.split(_START)[1:] for start in part.split(_END)[:-1]]
    if not documents:
        raise HostError(DSCL, "printed no property list")
    for document in documents:
        try:
            value = plists.read(_START + document)
        except plists.Unreadable as fault:
            raise HostError(DSCL, str(fault)) from None
        rows = value if isinstance(value, list) else [value]
        found += [row for row in rows if isinstance(row, dict)]
    return found


def cache_entries(text: str) -> Iterator[dict[str, object]]:
    """Read what `dscacheutil -q user` or `-q group` prints: `key: value` lines, a blank line between records.

    Members of a group stand in one line, divided by blanks; a name is a record's first line.
    """
    record: dict[str, object] = {}
    for line in [*text.splitlines(), ""]:
        key, sign, value = line.partition(":")
        if not line.strip():
            if record:
                yield record
            record = {}
        elif sign:
            name = _CACHE_KEYS.get(key, key)
            record[name] = value.split() if name == "users" else [value.strip()]
