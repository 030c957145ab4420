"""Which drop-ins apply to a unit, and in which order; systemd.unit(5).

The folders of its name, of its template, of every prefix that ends in a dash, of its aliases and of its
type, each over the whole search path. A file name that an earlier folder has hides the later ones.
"""

from privaudit.collect.systemd import names
from privaudit.collect.systemd.unitfiles import UnitFiles, real_path
from privaudit.host import Host, HostError, Missing
from privaudit.model.unknown import Limit

MAX_DROP_INS = 1_000
"""Names of one folder that are looked at."""


def folder_names(unit: str) -> list[str]:
    """List the names that drop-in folders of a unit may have, the most exact first."""
    kind, value = names.suffix(unit), names.instance(unit)
    shorter = _shorter(names.prefix(unit))
    plain = [prefix + kind for prefix in shorter]
    if not value:
        return [unit, *plain]
    found = [unit, f"{names.prefix(unit)}@{kind}", *plain]
    for prefix in shorter:
        found += [f"{prefix}@{value}{kind}", f"{prefix}@{kind}"]
    return found


def _shorter(prefix: str) -> list[str]:
    """Cut a prefix after each dash but a trailing one: `a-b-c` gives `a-b-` and `a-`."""
    found = []
    while (at := prefix.removesuffix("-").rfind("-")) > 0:
        prefix = prefix[: at + 1]
        found.append(prefix)
    return found


def drop_ins(
    host: Host, files: UnitFiles, unit: str, aliases: tuple[str, ...]
) -> tuple[list[str], list[Limit]]:
    """List the drop-ins of a unit in the order in which they apply; aliases: its other names."""
    chosen: dict[str, str] = {}
    limits: list[Limit] = []
    for folder in _folders(host, files, unit, aliases):
        try:
            found = host.listdir(folder, MAX_DROP_INS)
        except Missing:
            continue
        except HostError as error:
            limits.append(error.limit(unit))
            continue
        for name in found:
            if name.endswith(".conf") and not name.startswith("."):
                chosen.setdefault(name, f"{folder}/{name}")
    return [chosen[name] for name in sorted(chosen)], limits


def _folders(host: Host, files: UnitFiles, unit: str, aliases: tuple[str, ...]) -> list[str]:
    """List the folders: a name's over the whole search path, then the next name's; the type's come last."""
    found: list[tuple[int, str]] = []
    for name in (unit, *aliases):
        existing = [f for part in folder_names(name) for f in files.folders.get(f"{part}.d", ())]
        found += sorted(existing, key=lambda folder: folder[0])
    found += files.folders.get(f"{names.suffix(unit)[1:]}.d", [])
    return list(dict.fromkeys(real_path(host, path) for _, path in found))
