"""Accounts and groups as passwd(5) and group(5) write them, and look-ups among them."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from privaudit.host import GroupEntry, PasswdEntry

_Entry = TypeVar("_Entry", PasswdEntry, GroupEntry)
_PASSWD_FIELDS = 7
_GROUP_FIELDS = 4
_LARGEST_ID = 0xFFFFFFFE
"""(uid_t) -1 means "leave as it is" (chown(2)) and is no account's."""


def passwd_entries(text: str) -> Iterator[PasswdEntry]:
    """Read passwd(5); lines that are none (comments, NIS' `+`, broken ones) are no accounts."""
    for fields in _lines(text, _PASSWD_FIELDS):
        uid, gid = _number(fields[2]), _number(fields[3])
        if uid is not None and gid is not None:
            yield PasswdEntry(fields[0], uid, gid, *fields[4:7])


def group_entries(text: str) -> Iterator[GroupEntry]:
    """Read group(5), as forgivingly."""
    for fields in _lines(text, _GROUP_FIELDS):
        gid = _number(fields[2])
        if gid is not None:
            members = (name.strip() for name in fields[3].split(","))
            yield GroupEntry(fields[0], gid, tuple(name for name in members if name))


def _lines(text: str, fields: int) -> Iterator[list[str]]:
    for line in text.split("\n"):
        parts = line.split(":")
        if len(parts) == fields and parts[0] and parts[0][0] not in "#+-":
            yield parts


def _number(text: str) -> int | None:
    if not text.isascii() or not text.isdigit() or len(text) > 10:  # noqa: PLR2004 - digits of 2^32
        return None
    number = int(text)
    return number if number <= _LARGEST_ID else None


class Directory:
    """Accounts and groups that are known in full; of two lines for a name or an id, the first counts."""

    def __init__(self, passwd: Iterable[PasswdEntry], groups: Iterable[GroupEntry]) -> None:
        self._accounts = _index(passwd, lambda entry: entry.uid)
        self._groups = _index(groups, lambda entry: entry.gid)

    def passwd(self, key: int | str) -> PasswdEntry | None:
        """Look one account up by uid or name."""
        return self._accounts.get(key)

    def group(self, key: int | str) -> GroupEntry | None:
        """Look one group up by gid or name."""
        return self._groups.get(key)

    def group_list(self, name: str, gid: int) -> tuple[int, ...]:
        """Every gid of an account, primary first."""
        others = {
            entry.gid for key, entry in self._groups.items() if isinstance(key, str) and name in entry.members
        }
        return (gid, *sorted(others - {gid}))


def _index(entries: Iterable[_Entry], number: Callable[[_Entry], int]) -> dict[int | str, _Entry]:
    found: dict[int | str, _Entry] = {}
    for entry in entries:
        found.setdefault(entry.name, entry)
        found.setdefault(number(entry), entry)
    return found
