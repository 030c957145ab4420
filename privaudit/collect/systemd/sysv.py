"""Init scripts as units: what systemd-sysv-generator(8) would write at boot, where it did not run."""

import re
from collections.abc import Iterator

from privaudit.collect.systemd import names
from privaudit.collect.systemd.dropins import MAX_DROP_INS
from privaudit.collect.systemd.load import Loader
from privaudit.collect.systemd.words import plain
from privaudit.host import HostError, Missing
from privaudit.model.path import FileKind

SCRIPTS = "/etc/init.d"
GENERATOR = "/usr/lib/systemd/system-generators/systemd-sysv-generator"
"""Where this is missing, systemd takes no notice of init scripts."""
WRITTEN = "/run/systemd/generator.late"
MAX_HEADER = 1 << 20

_FACILITIES = frozenset({"local_fs", "network", "named", "portmap", "remote_fs", "syslog", "time"})
_BEGIN, _END = "### BEGIN INIT INFO", "### END INIT INFO"


def add(loader: Loader) -> None:
    """Give the loader a unit for every init script that has none of its own."""
    if not _exists(loader, GENERATOR):
        return
    try:
        entries = loader.host.listdir(SCRIPTS, MAX_DROP_INS)
    except Missing:
        return
    except HostError as error:
        loader.limits.append(error.limit())
        return
    native = set(loader.files.units)
    texts: dict[str, str] = {}
    for entry in entries:
        unit = unit_of(entry)
        if unit is None or unit in native or unit in texts or not _runs(loader, f"{SCRIPTS}/{entry}"):
            continue
        try:
            text = loader.host.read(f"{SCRIPTS}/{entry}", MAX_HEADER).decode("utf-8", "replace")
        except HostError as error:
            loader.limits.append(error.limit(unit))
            continue
        texts[unit] = text
        loader.write(f"{WRITTEN}/{unit}", unit_text(f"{SCRIPTS}/{entry}", text).encode())
    for unit, text in texts.items():
        for alias in provided(text):
            if alias not in native and alias not in texts:
                loader.files.alias(alias, unit)


def unit_of(entry: str) -> str | None:
    """Name the unit of a script; None: it can have none."""
    name = entry.removesuffix(".sh")
    escaped = re.sub(
        r"[^A-Za-z0-9:_.@-]", lambda found: "".join(f"\\x{b:02x}" for b in found[0].encode()), name
    )
    unit = escaped if escaped.endswith(names.SERVICE) else f"{escaped}{names.SERVICE}"
    return unit if names.is_service(unit) else None


def unit_text(path: str, script: str) -> str:
    """Write the unit, as far as it says who runs what."""
    safe = path.replace("%", "%%")
    files = [value for inside, key, value in comments(script) if key == "pidfile" and not inside]
    pid_file = next((value.replace("%", "%%") for value in reversed(files) if value.startswith("/")), None)
    return "\n".join(
        (
            "[Unit]",
            f"SourcePath={safe}",
            "[Service]",
            "Type=forking",
            f"RemainAfterExit={'no' if pid_file else 'yes'}",
            *((f"PIDFile={pid_file}",) if pid_file else ()),
            f"ExecStart={safe} start",
            f"ExecStop={safe} stop",
        )
    )


def comments(script: str) -> Iterator[tuple[bool, str, str]]:
    """List (inside the LSB header, key in lower case, value) of comments of the form `# Key: value`."""
    inside = False
    for line in map(str.strip, script.split("\n")):
        if line in {_BEGIN, _END}:
            inside = line == _BEGIN
        elif line.startswith("#"):
            key, sign, value = line[1:].partition(":")
            if sign:
                yield inside, key.strip().lower(), value.strip()


def provided(script: str) -> list[str]:
    """List the further names that the header of a script gives it."""
    words = [
        w for inside, key, value in comments(script) if inside and key == "provides" for w in plain(value)
    ]
    services = [unit_of(word) for word in words if not word.startswith("$") and word not in _FACILITIES]
    return [name for name in services if name is not None]


def _runs(loader: Loader, path: str) -> bool:
    try:
        found = loader.host.lstat(path)
        if found.kind is FileKind.LINK:
            return bool(loader.host.head(path, 1))
    except HostError:
        return False
    return found.kind is FileKind.FILE and bool(found.mode & 0o100)


def _exists(loader: Loader, path: str) -> bool:
    try:
        loader.host.lstat(path)
    except HostError:
        return False
    return True
