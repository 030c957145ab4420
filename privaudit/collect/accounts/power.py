"""Ways in which an account may become root: groups that amount to it, sudoers, and what else gives it."""

from collections.abc import Iterable
from dataclasses import dataclass

from privaudit.host import Host
from privaudit.model.account import Password
from privaudit.model.unknown import Limit, Unknown

_ADMINISTRATORS = ("sudo", "wheel", "admin")
"""Groups that distributions give to administrators, by their sudoers and polkit."""
_EQUIVALENT = {
    "docker": "its members start containers as root",
    "lxd": "its members start containers as root",
    "incus-admin": "its members start containers as root",
    "libvirt": "its members give any disk to a virtual machine",
    "disk": "its members read and write raw disks",
    "shadow": "its members read password hashes",
}
"""Groups whose members can do what root can, by the documentation of each program."""


@dataclass(frozen=True, slots=True)
class Who:
    """One account, as rules about privileges name it."""

    uid: int
    names: tuple[str, ...]
    gids: tuple[int, ...]
    groups: tuple[str, ...]
    """Names of the gids that have one."""
    password: Password


class Power:
    """Answers how an account of one machine may become root."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self.limits: list[Limit] = []

    def admin_groups(self, groups: Iterable[str]) -> tuple[str, ...]:
        """Those of the groups that make an administrator."""
        return tuple(name for name in groups if name in _ADMINISTRATORS)

    def strong_groups(self) -> tuple[str, ...]:
        """Every group whose members may become root."""
        return (*_ADMINISTRATORS, *_EQUIVALENT)

    def ways(self, who: Who) -> tuple[str, ...] | Unknown:
        """Say each way; empty: none is known."""
        found = [f"member of group {name}" for name in who.groups if name in _ADMINISTRATORS]
        found += [
            f"member of group {name}: {_EQUIVALENT[name]}" for name in who.groups if name in _EQUIVALENT
        ]
        return tuple(found)
