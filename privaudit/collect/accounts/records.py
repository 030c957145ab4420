"""Records of Open Directory: the accounts and groups of a Mac, from its files or from dscl(1).

Every value is a list of texts; the same keys come short (`uid`) in the files and long
(`dsAttrTypeStandard:UniqueID`) from dscl.
"""

import re
from collections.abc import Mapping, Sequence

from privaudit.model.frozen import frozen

NOBODY = 0xFFFFFFFE
"""-2 as an unsigned uid_t."""
ADMIN = 80
"""gid of group admin: `%admin ALL = (ALL) ALL` in macOS's own sudoers."""
STAFF = 20
"""gid of group staff: the primary group of everyone who logs in."""

_LONG = {
    "RecordName": "name",
    "UniqueID": "uid",
    "PrimaryGroupID": "gid",
    "NFSHomeDirectory": "home",
    "UserShell": "shell",
    "GeneratedUID": "generateduid",
    "AuthenticationAuthority": "authentication_authority",
    "Password": "passwd",
    "GroupMembership": "users",
    "GroupMembers": "groupmembers",
    "NestedGroups": "nestedgroups",
    "RealName": "realname",
}
_APPLE = re.compile(
    r"(?:FFFFEEEE-DDDD-CCCC-BBBB-AAAA|ABCDEFAB-CDEF-ABCD-EFAB-CDEF)[0-9A-F]{8}", re.IGNORECASE
)
_NO_PASSWORD = "*"  # noqa: S105 - what stands there instead of one
_ID = re.compile(r"-?[0-9]{1,10}")


@frozen
class UserRecord:
    """One account."""

    names: tuple[str, ...]
    """The name, then its aliases."""
    uid: int
    gid: int | None
    home: str = ""
    shell: str = ""
    generated_uid: str = ""
    """Upper case."""
    shadow: bool | None = None
    """Has a password (`;ShadowHash;`, or another authority); None: not said."""
    disabled: bool = False
    """`;DisabledUser;`: nobody gets in with it."""

    @property
    def apples(self) -> bool:
        """Whether macOS itself brings it: GeneratedUIDs of Apple's own have a fixed form."""
        return _APPLE.fullmatch(self.generated_uid) is not None


@frozen
class GroupRecord:
    """One group."""

    names: tuple[str, ...]
    gid: int
    users: tuple[str, ...] = ()
    """Short names."""
    members: tuple[str, ...] = ()
    """GeneratedUIDs of users, upper case."""
    nested: tuple[str, ...] = ()
    """GeneratedUIDs of groups whose members are members of this one."""
    generated_uid: str = ""


def short(record: Mapping[str, object]) -> dict[str, tuple[str, ...]]:
    """Name the keys of a record as the files do, texts only."""
    found: dict[str, tuple[str, ...]] = {}
    for key, value in record.items():
        bare = key.rpartition(":")[2]
        values: Sequence[object] = value if isinstance(value, (list, tuple)) else (value,)
        found[_LONG.get(bare, bare)] = tuple(each for each in values if isinstance(each, str))
    return found


def number(text: str) -> int | None:
    """An id as an unsigned uid_t: `-2` is 4294967294; None: no number."""
    if not _ID.fullmatch(text):
        return None
    value = int(text)
    return value & 0xFFFFFFFF if -(1 << 31) <= value < 1 << 32 else None


def _first(record: Mapping[str, tuple[str, ...]], key: str) -> str:
    values = record.get(key, ())
    return values[0] if values else ""


def user(record: Mapping[str, object]) -> UserRecord | None:
    """Make an account of a record; None: it has no name or no uid."""
    texts = short(record)
    uid = number(_first(texts, "uid"))
    names = texts.get("name", ())
    if uid is None or not names:
        return None
    authority = texts.get("authentication_authority")
    return UserRecord(
        names=names,
        uid=uid,
        gid=number(_first(texts, "gid")),
        home=_first(texts, "home"),
        shell=_first(texts, "shell"),
        generated_uid=_first(texts, "generateduid").upper(),
        shadow=_shadow(authority, _first(texts, "passwd")),
        disabled=any(";DisabledUser;" in each for each in authority or ()),
    )


def _shadow(authority: tuple[str, ...] | None, password: str) -> bool | None:
    if authority is not None:
        return any(each.strip() for each in authority)
    return False if password == _NO_PASSWORD else None


def group(record: Mapping[str, object]) -> GroupRecord | None:
    """Make a group of a record; None: it has no name or no gid."""
    texts = short(record)
    gid = number(_first(texts, "gid"))
    names = texts.get("name", ())
    if gid is None or not names:
        return None
    return GroupRecord(
        names=names,
        gid=gid,
        users=texts.get("users", ()),
        members=tuple(each.upper() for each in texts.get("groupmembers", ())),
        nested=tuple(each.upper() for each in texts.get("nestedgroups", ())),
        generated_uid=_first(texts, "generateduid").upper(),
    )
