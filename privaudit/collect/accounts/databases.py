"""The account files of a Linux system as values: passwd(5), group(5), shadow(5), subuid(5), login.defs(5).

Pure parsers. A line that does not have the form of its file is left out, as the C library does.
"""

import re
from collections.abc import Iterator

from privaudit.host import GroupEntry, PasswdEntry
from privaudit.model.account import Password
from privaudit.model.frozen import frozen

_HASH = re.compile(r"\$[0-9a-zA-Z_-]+\$.+|_[./0-9A-Za-z]{19}|[./0-9A-Za-z]{13}")
"""crypt(5): a hash with a prefix, BSDi's extended DES, traditional DES."""
_MAX_ID = 0xFFFFFFFE
_UID_MIN = 1000
"""Where login.defs(5) does not say."""


@frozen
class Secret:
    """What a password field says, without the hash itself."""

    password: Password
    was_hashed: bool = False
    """A hash stands behind a lock (`!`): somebody had a password."""
    in_shadow: bool = False
    """The field refers to shadow(5)."""
    expires: int | None = None
    """Day since the epoch on which the account expires; None: never."""


@frozen
class LocalAccount:
    """A line of passwd(5)."""

    entry: PasswdEntry
    secret: Secret


@frozen
class SubordinateRange:
    """A line of subuid(5): uids that `owner` may take in a user namespace."""

    owner: str
    """A name, or a uid as digits."""
    first: int
    count: int


def _fields(data: bytes, least: int) -> Iterator[list[str]]:
    for line in data.decode("utf-8", "surrogateescape").split("\n"):
        fields = line.split(":")
        if len(fields) >= least and fields[0] and not line.startswith(("#", "+", "-")):
            yield fields


def _id(text: str) -> int | None:
    """An id as the C library takes it: decimal, and never -1."""
    if not (text.isascii() and text.isdigit()) or int(text) > _MAX_ID:
        return None
    return int(text)


def secret(field: str) -> Secret:
    """Judge the password field of passwd(5) or shadow(5)."""
    if field == "x":
        return Secret(Password.LOCKED, in_shadow=True)
    if not field:
        return Secret(Password.EMPTY)
    if _HASH.fullmatch(field):
        return Secret(Password.USABLE)
    return Secret(Password.LOCKED, was_hashed=bool(_HASH.fullmatch(field.lstrip("!"))))


def passwd(data: bytes) -> list[LocalAccount]:
    """Read /etc/passwd."""
    found = []
    for name, field, uid_text, gid_text, gecos, home, shell, *_ in _fields(data, 7):
        uid, gid = _id(uid_text), _id(gid_text)
        if uid is not None and gid is not None:
            found.append(LocalAccount(PasswdEntry(name, uid, gid, gecos, home, shell), secret(field)))
    return found


def group(data: bytes) -> list[GroupEntry]:
    """Read /etc/group."""
    found = []
    for name, _, gid_text, members, *_ in _fields(data, 4):
        gid = _id(gid_text)
        if gid is not None:
            found.append(GroupEntry(name, gid, tuple(m for m in members.split(",") if m)))
    return found


def shadow(data: bytes) -> dict[str, Secret]:
    """Read /etc/shadow: name -> what its password field and its expiry say."""
    found: dict[str, Secret] = {}
    for name, field, *rest in _fields(data, 2):
        said = secret(field)
        expires = _id(rest[5]) if len(rest) > 5 and rest[5] else None  # noqa: PLR2004 - eighth field
        found.setdefault(name, Secret(said.password, said.was_hashed, expires=expires))
    return found


def subordinates(data: bytes) -> list[SubordinateRange]:
    """Read /etc/subuid."""
    found = []
    for owner, first_text, count_text, *_ in _fields(data, 3):
        first, count = _id(first_text), _id(count_text)
        if first is not None and count:
            found.append(SubordinateRange(owner, first, count))
    return found


def uid_min(data: bytes) -> int:
    """Read UID_MIN, the first uid of people, from /etc/login.defs: decimal, octal or hexadecimal."""
    found = re.search(
        rb"^\s*UID_MIN\s+(0[xX][0-9a-fA-F]{1,8}|0[0-7]{1,11}|[0-9]{1,10})\s*$", data, re.MULTILINE
    )
    if found is None:
        return _UID_MIN
    text = found[1].decode()
    base = 16 if text[:2].lower() == "0x" else 8 if text.startswith("0") else 10
    return int(text, base)


def sysusers(data: bytes) -> set[str]:
    """Read a file of sysusers.d(5): names of the accounts that it declares (`u`, `u!`)."""
    found: set[str] = set()
    for line in data.decode("utf-8", "replace").splitlines():
        words = line.split(None, 2)
        if len(words) >= 2 and words[0].rstrip("!") == "u" and "%" not in words[1]:  # noqa: PLR2004
            found.add(words[1].strip("\"'"))
    return found
