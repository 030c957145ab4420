"""What a service was told so far, of all that decides who it runs as and on what."""

from collections.abc import Mapping, Sized
from dataclasses import field

from privaudit.collect.systemd.specifiers import BadSpecifier, Specifiers
from privaudit.model.definition import Command
from privaudit.model.frozen import slotted

MAX_VALUES = 10_000
"""Commands, groups, variables, … that one setting of a unit may gather."""

PROTECTIONS: Mapping[str, frozenset[str]] = {
    "PrivateDevices": frozenset({"cap_mknod", "cap_sys_rawio"}),
    "ProtectKernelModules": frozenset({"cap_sys_module"}),
    "ProtectKernelLogs": frozenset({"cap_syslog"}),
    "ProtectClock": frozenset({"cap_sys_time", "cap_wake_alarm"}),
}
"""Settings that take capabilities from the bounding set, systemd.exec(5)."""


class Fatal(Exception):
    """systemd refuses a unit that says so."""


@slotted
class Settings:
    """Gathered assignment by assignment."""

    specifiers: Specifiers
    texts: dict[str, str] = field(default_factory=dict)
    """Settings of one value: `User`, `Type`, `PIDFile`, …; what was reset is not there."""
    flags: dict[str, bool] = field(default_factory=dict)
    groups: list[str] = field(default_factory=list)
    commands: dict[str, list[Command]] = field(default_factory=dict)
    """By stage."""
    environment: dict[str, str] = field(default_factory=dict)
    environment_files: list[str] = field(default_factory=list)
    """With a `-` before one that may be missing."""
    directories: dict[str, list[str]] = field(default_factory=dict)
    """Relative, by key."""
    bounding: frozenset[str] | None = None
    """None: not assigned."""
    ambient: frozenset[str] = frozenset()
    lists: dict[str, list[str]] = field(default_factory=dict)
    """`Sockets`, `Service`, `Unit` and the keys of [Install]."""

    def expanded(self, text: str) -> str | None:
        """Resolve specifiers; None: one is wrong."""
        try:
            return self.specifiers.expand(text)
        except BadSpecifier:
            return None

    @property
    def withheld(self) -> frozenset[str]:
        """Capabilities that other settings than the bounding set take away."""
        return frozenset().union(*(caps for key, caps in PROTECTIONS.items() if self.flags.get(key)))


def bounded(key: str, gathered: Sized) -> None:
    """Refuse a unit of which one setting gathers too much."""
    if len(gathered) > MAX_VALUES:
        raise Fatal(f"more than {MAX_VALUES} values in {key}=")
