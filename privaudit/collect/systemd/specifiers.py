"""`%` specifiers of unit files, systemd.unit(5), "Specifiers"."""

import posixpath
import re
from collections.abc import Callable, Mapping
from dataclasses import field
from typing import Literal

from privaudit.collect.systemd import names
from privaudit.collect.systemd.scope import Scope
from privaudit.collect.systemd.unitfiles import real_path
from privaudit.host import Host, HostError
from privaudit.model.definition import Domain
from privaudit.model.frozen import slotted

MAX_GROWTH = 1 << 20
"""Characters that the specifiers of one unit may grow to, all together."""

_SPECIFIER = re.compile(r"%([A-Za-z0-9%])")
_ARCHITECTURES = {
    3: "x86",
    22: "s390x",
    40: "arm",
    62: "x86-64",
    183: "arm64",
    243: "riscv64",
    258: "loongarch64",
}
"""e_machine of elf(5), as `ConditionArchitecture=` names them."""
_POWER = 21


class BadSpecifier(Exception):
    """One that systemd does not know, or a name that is not escaped as `%I`, `%P` and `%J` want it."""


@slotted
class Machine:
    """What specifiers can ask of the machine, read when first asked for."""

    host: Host
    _known: dict[str, str] = field(default_factory=dict)

    def value(self, sign: str) -> str:
        """Give the value; a `%v` that an image does not know stays as it is."""
        if sign not in self._known:
            try:
                self._known[sign] = _MACHINE[sign](self.host)
            except HostError:
                self._known[sign] = f"%{sign}"
        return self._known[sign]


def _file(host: Host, path: str) -> str:
    return host.read(path, 1 << 16).decode("utf-8", "replace").strip()


def _boot_id(host: Host) -> str:
    if not host.live:
        raise HostError("/proc/sys/kernel/random/boot_id", "an image was not booted")
    return _file(host, "/proc/sys/kernel/random/boot_id").replace("-", "")


def _kernel(host: Host) -> str:
    release = host.kernel().partition(" ")[2]
    if not release:
        raise HostError("/proc/sys/kernel/osrelease", "an image runs no kernel")
    return release


def _architecture(host: Host) -> str:
    """Tell it by systemd's own program."""
    header = host.head("/usr/lib/systemd/systemd", 20)
    order: Literal["big", "little"] = "big" if header[5:6] == b"\2" else "little"
    machine = int.from_bytes(header[18:20], order)
    if header[:4] != b"\x7fELF" or machine not in {*_ARCHITECTURES, _POWER}:
        raise HostError("/usr/lib/systemd/systemd", "built for an architecture that is not known")
    if machine == _POWER:
        return "ppc64" if order == "big" else "ppc64-le"
    return _ARCHITECTURES[machine]


def _pretty(host: Host) -> str:
    try:
        found = _keys(_file(host, "/etc/machine-info")).get("PRETTY_HOSTNAME", "")
    except HostError:
        found = ""
    return found or host.hostname().partition(".")[0]


def _release(key: str) -> Callable[[Host], str]:
    def read(host: Host) -> str:
        try:
            text = _file(host, "/etc/os-release")
        except HostError:
            text = _file(host, "/usr/lib/os-release")
        return _keys(text).get(key, "")

    return read


def _keys(text: str) -> dict[str, str]:
    pairs = (line.partition("=") for line in text.splitlines())
    return {key.strip(): value.strip().strip("\"'") for key, sign, value in pairs if sign}


_MACHINE: Mapping[str, Callable[[Host], str]] = {
    "a": _architecture,
    "A": _release("IMAGE_VERSION"),
    "b": _boot_id,
    "B": _release("BUILD_ID"),
    "H": lambda host: host.hostname(),
    "l": lambda host: host.hostname().partition(".")[0],
    "q": _pretty,
    "m": lambda host: _file(host, "/etc/machine-id"),
    "M": _release("IMAGE_ID"),
    "o": _release("ID"),
    "v": _kernel,
    "w": _release("VERSION_ID"),
    "W": _release("VARIANT_ID"),
}


@slotted
class Specifiers:
    """Those of one unit."""

    unit: str
    fragment: str | None
    scope: Scope
    machine: Machine
    grown: int = 0
    """Characters that came from specifiers so far."""

    def expand(self, text: str) -> str:
        """Replace all; raises BadSpecifier."""
        if "%" not in text:
            return text
        return _SPECIFIER.sub(self._counted, text)

    def _counted(self, match: re.Match[str]) -> str:
        value = self._value(match[1])
        self.grown += len(value)
        if self.grown > MAX_GROWTH:
            raise BadSpecifier("its specifiers make it too long")
        return value

    def _value(self, sign: str) -> str:
        if sign == "%":
            return "%"
        if sign in _MACHINE:
            return self.machine.value(sign)
        for table in (self._of_unit, self._of_manager):
            value = table(sign)
            if value is not None:
                return value
        raise BadSpecifier(f"unknown specifier %{sign}")

    def _of_unit(self, sign: str) -> str | None:
        prefix = names.prefix(self.unit)
        instance = names.instance(self.unit) or ""
        last = prefix.rpartition("-")[2]
        table = {
            "n": self.unit,
            "N": names.stem(self.unit),
            "p": prefix,
            "P": names.unescaped(prefix),
            "i": instance,
            "I": names.unescaped(instance),
            "j": last,
            "J": names.unescaped(last),
            "f": names.as_path(instance or names.stem(self.unit)),
        }
        if sign in {"y", "Y"} and self.fragment is not None:
            path = real_path(self.machine.host, self.fragment)
            return path if sign == "y" else posixpath.dirname(path)
        return table.get(sign)

    def _of_manager(self, sign: str) -> str | None:
        owner, bases = self.scope.owner, self.scope.bases
        if sign == "g":
            group = self.machine.host.group(owner.gid)
            return group.name if group is not None else str(owner.gid)
        system = self.scope.domain is Domain.SYSTEM
        table = {
            "u": owner.name,
            "U": str(owner.uid),
            "G": str(owner.gid),
            "h": owner.home,
            "s": owner.shell,
            "S": bases.state,
            "C": bases.cache,
            "L": bases.logs,
            "t": bases.runtime,
            "E": bases.configuration,
            "T": "/tmp",  # noqa: S108 - what it stands for
            "V": "/var/tmp",  # noqa: S108 - the same
            "d": f"{bases.runtime}/credentials/{self.unit}",
            **self._groups(),
            "D": "/usr/share" if system else f"{owner.home}/.local/share",
        }
        return table.get(sign)

    def _groups(self) -> dict[str, str]:
        """Control groups as they are when a unit is read: before it has a slice, unless it names one itself.

        systemd takes these still, though its manual no longer names them.
        """
        owner = self.scope.owner
        manager = f"/user.slice/user-{owner.uid}.slice/user@{owner.uid}.service"
        root = "" if self.scope.domain is Domain.SYSTEM else manager
        return {"R": root, "r": root, "c": f"{root}/{self.unit}"}
