"""One manager, running or not: whose it is, where it looks for units, and what its specifiers stand for."""

import re

from privaudit.collect.systemd.folders import SYSTEM, Bases, of_user
from privaudit.host import Host, HostError, PasswdEntry
from privaudit.model.definition import Domain
from privaudit.model.frozen import frozen

MOVED_STATE = 254
"""From this version on a person's state lies in ~/.local/state, before in ~/.config."""

_LIBRARIES = ("/usr/lib/systemd", "/usr/lib/x86_64-linux-gnu/systemd", "/usr/lib/aarch64-linux-gnu/systemd")
_VERSION = re.compile(r"libsystemd-(?:core|shared)-(\d+)")
_SPLIT = re.compile(rb"^ExecStart=[-@:+!]*/lib/systemd/", re.MULTILINE)
_STOCK = "/lib/systemd/system/systemd-journald.service"


@frozen
class Scope:
    """One manager."""

    domain: Domain
    owner: PasswdEntry
    """Whose manager it is; root for the system's."""
    bases: Bases
    search: tuple[str, ...]
    """Folders with units, those that count most first; systemd.unit(5), "Unit File Load Path"."""
    config: tuple[str, ...]
    """Those of them in which a link enables a unit for good."""
    runtime: tuple[str, ...]
    """Those in which it does until the next boot."""
    generated: tuple[str, ...]
    """Those that generators write."""
    own: tuple[str, ...] = ()
    """Those that belong to the person; empty for the system's manager."""


def system_scope(host: Host) -> Scope:
    """Describe the system's manager."""
    return Scope(
        domain=Domain.SYSTEM,
        owner=host.passwd(0) or PasswdEntry("root", 0, 0, "", "/root", "/bin/sh"),
        bases=SYSTEM,
        search=(
            "/etc/systemd/system.control",
            "/run/systemd/system.control",
            "/run/systemd/transient",
            "/run/systemd/generator.early",
            "/etc/systemd/system",
            "/etc/systemd/system.attached",
            "/run/systemd/system",
            "/run/systemd/system.attached",
            "/run/systemd/generator",
            "/usr/local/lib/systemd/system",
            *_vendor(host, "system"),
            "/run/systemd/generator.late",
        ),
        config=("/etc/systemd/system",),
        runtime=("/run/systemd/system",),
        generated=("/run/systemd/generator.early", "/run/systemd/generator", "/run/systemd/generator.late"),
    )


def user_scope(host: Host, person: PasswdEntry) -> Scope:
    """Describe a person's manager, with the default folders of the XDG base directory specification."""
    home = person.home.rstrip("/")
    config = f"{home}/.config/systemd"
    runtime = f"/run/user/{person.uid}/systemd"
    data = f"{home}/.local/share/systemd/user"
    found = version(host)
    bases = of_user(person.uid, home, old=found is not None and found < MOVED_STATE)
    return Scope(
        domain=Domain.USER_MANAGER,
        owner=person,
        bases=bases,
        search=(
            f"{config}/user.control",
            f"{runtime}/user.control",
            f"{runtime}/transient",
            f"{runtime}/generator.early",
            f"{config}/user",
            "/etc/xdg/systemd/user",
            "/etc/systemd/user",
            f"{runtime}/user",
            "/run/systemd/user",
            f"{runtime}/generator",
            data,
            "/usr/local/share/systemd/user",
            "/usr/share/systemd/user",
            "/usr/local/lib/systemd/user",
            *_vendor(host, "user"),
            f"{runtime}/generator.late",
        ),
        config=(f"{config}/user", "/etc/systemd/user"),
        runtime=(f"{runtime}/user", "/run/systemd/user"),
        generated=(f"{runtime}/generator.early", f"{runtime}/generator", f"{runtime}/generator.late"),
        own=(f"{config}/user.control", f"{config}/user", data, f"{runtime}/user"),
    )


def version(host: Host) -> int | None:
    """Tell systemd's version by the name of its library; None: not known."""
    for folder in _LIBRARIES:
        try:
            names = host.listdir(folder)
        except HostError:
            continue  # the next one has it, or the version stays unknown
        for name in names:
            match = _VERSION.match(name)
            if match is not None:
                return int(match[1])
    return None


def _vendor(host: Host, kind: str) -> tuple[str, ...]:
    """Give the distribution's own folders.

    A systemd built for a separate /usr (Debian 12 and before) looks in /lib first, even where that is a link
    to /usr/lib, and its own units name programs there.
    """
    usr = f"/usr/lib/systemd/{kind}"
    try:
        split = _SPLIT.search(host.read(_STOCK)) is not None
    except HostError:
        split = False
    if split:
        return (f"/lib/systemd/{kind}", usr) if kind == "system" else (usr,)
    return (usr,)
