"""Accounts and groups: who somebody is, and what they may become."""

from enum import StrEnum

from privaudit.model.frozen import frozen
from privaudit.model.unknown import Unknown

NOBODY = 65534
"""The overflow id of Linux (user_namespaces(7)); never a real owner."""


class AccountKind(StrEnum):
    """A verdict with reasons, never a uid range alone."""

    ROOT = "root"
    SERVICE = "service"
    PERSON = "person"
    UNKNOWN = "unknown"


class Password(StrEnum):
    """The second field of shadow(5)."""

    LOCKED = "locked"
    """No password ever matches: `!`, `*`, a hash behind `!`."""
    EMPTY = "empty"
    """No password is needed."""
    USABLE = "usable"
    UNKNOWN = "unknown"
    """The shadow file could not be read, or a directory holds the password."""


@frozen
class Group:
    """A line of group(5), or what the directory says of a gid."""

    gid: int
    name: str | None
    """None: the gid has no name."""
    members: tuple[int, ...] = ()
    """uids of everyone known to be in it, by primary group too, sorted; without root."""
    complete: bool = True
    """False where a directory may know members that cannot be listed."""


@frozen
class Account:
    """One uid as the machine sees it."""

    uid: int
    name: str | None
    """None: the uid has no name."""
    gid: int | None
    """Primary group; None if the uid has no entry."""
    home: str
    shell: str
    kind: AccountKind
    reasons: tuple[str, ...]
    """Why it is of that kind, strongest first: "has a usable password", "home /home/joe"."""
    groups: tuple[int, ...] = ()
    """All gids, primary first, then sorted."""
    password: Password = Password.UNKNOWN
    keys: bool | Unknown = False
    """Whether an authorized_keys file of it holds a key."""
    lingering: bool = False
    """systemd runs its manager without a login (loginctl(1) enable-linger)."""
    can_log_in: bool | Unknown = False
    """A usable or empty password or keys, with a shell that lets it in."""
    becomes_root: tuple[str, ...] | Unknown = ()
    """Each way in which it may become root: "member of group sudo", "sudoers: ALL as root".
    Empty: none."""
    also_named: tuple[str, ...] = ()
    """Further names of the same uid; for uid 0 each is an account that is root under another
    name."""

    @property
    def label(self) -> str:
        """The name, or `uid N` where there is none."""
        return self.name if self.name is not None else f"uid {self.uid}"
