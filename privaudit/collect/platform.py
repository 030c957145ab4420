"""Which system a machine runs, as os-release(5) says, and which layouts of the catalogue hold on it."""

from privaudit.host import Host, HostError, Platform
from privaudit.model.frozen import frozen

_MAC_VERSION = "/System/Library/CoreServices/SystemVersion.plist"
_LAYOUTS = {
    "debian": ("debian",),
    "ubuntu": ("debian",),
    "rhel": ("rhel",),
    "fedora": ("rhel",),
    "centos": ("rhel",),
    "alpine": ("alpine",),
    "arch": ("arch",),
    "suse": ("suse",),
}


@frozen
class System:
    """A distribution or release."""

    name: str
    """`debian 12`; empty: not known."""
    layouts: tuple[str, ...]
    """What the catalogue calls its accounts and folders, most exact first; empty: not known."""


def system_of(host: Host) -> System:
    """Read os-release; on macOS the layout is `macos`."""
    if host.platform is Platform.DARWIN:
        return System(f"macos {_mac_version(host)}".strip(), ("macos",))
    for path in ("/etc/os-release", "/usr/lib/os-release"):
        try:
            text = host.read(path).decode("utf-8", "replace")
        except HostError:
            continue
        return parse(text)
    return System("", ())


def _mac_version(host: Host) -> str:
    """Read `15.5`; empty: not known."""
    from privaudit.collect import plists

    try:
        found = plists.read(host.read(_MAC_VERSION))
    except (HostError, plists.Unreadable):
        return ""  # a name for the report; nothing is judged by it
    version = found.get("ProductVersion") if isinstance(found, dict) else None
    return version if isinstance(version, str) else ""


def parse(text: str) -> System:
    """Read ID, ID_LIKE and VERSION_ID; anything else in the file is ignored."""
    keys: dict[str, str] = {}
    for line in text.splitlines():
        key, sign, value = line.partition("=")
        if sign and not line.startswith("#"):
            keys[key.strip()] = value.strip().strip("\"'")
    names = [keys.get("ID", ""), *keys.get("ID_LIKE", "").split()]
    layouts: list[str] = []
    for name in names:
        layouts += [layout for layout in _LAYOUTS.get(name, ()) if layout not in layouts]
    return System(f"{names[0]} {keys.get('VERSION_ID', '')}".strip(), tuple(layouts))
