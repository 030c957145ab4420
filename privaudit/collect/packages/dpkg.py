"""dpkg's database, read without a process a file: info/*.list, diversions, and versions from status.

Formats: dpkg(1), FILES; dpkg-divert(1). On merged-/usr systems a list names /bin/x where the kernel says
/usr/bin/x, so both forms are looked for.
"""

from collections.abc import Iterable

from privaudit.collect.files.trace import Tracer
from privaudit.collect.packages.candidates import ranked
from privaudit.host import Host, Missing
from privaudit.model.service import Package

_ROOT = "/var/lib/dpkg"
_LIST_LIMIT = 32 << 20
_STATUS_LIMIT = 128 << 20
_MERGED = ("/bin/", "/sbin/", "/lib/", "/lib32/", "/lib64/", "/libx32/")


def aliases(path: str) -> tuple[str, ...]:
    """The path, and its other name on a merged-/usr system."""
    if path.startswith(_MERGED):
        return (path, f"/usr{path}")
    if path.startswith("/usr/") and path[4:].startswith(_MERGED):
        return (path, path[4:])
    return (path,)


def owners(host: Host, paths: frozenset[str]) -> dict[str, Package]:
    """Path -> package, for those of the paths that are in a package."""
    names = {name[:-5] for name in host.listdir(f"{_ROOT}/info") if name.endswith(".list")}
    diverted = diversions(_optional(host, f"{_ROOT}/diversions"))
    tracer = Tracer(host)
    traces = {path: tracer.trace(path) for path in paths}
    # Alternatives are links; what is not there is no package's, and looking for it would read every list.
    targets = {path: trace.target for path, trace in traces.items() if trace.end is not None}
    by_target = _search(host, names, frozenset(targets.values()), diverted)
    found = {path: by_target[target] for path, target in targets.items() if target in by_target}
    versions = _versions(_optional(host, f"{_ROOT}/status", _STATUS_LIMIT), set(found.values()))
    return {path: Package("dpkg", name, versions.get(name, "")) for path, name in found.items()}


def _search(
    host: Host, names: Iterable[str], paths: frozenset[str], diverted: dict[str, tuple[str, str]]
) -> dict[str, str]:
    """Path -> package name; lists are read until every path is found."""
    wanted: dict[bytes, list[str]] = {}
    for path in paths:
        for alias in aliases(path):
            original = next((o for o, (to, _) in diverted.items() if to == alias), alias)
            wanted.setdefault(original.encode("utf-8", "surrogateescape"), []).append(path)
    found: dict[str, str] = {}
    keys = set(wanted)
    for name in ranked(names, paths):
        if not wanted:
            break
        try:
            lines = host.read(f"{_ROOT}/info/{name}.list", _LIST_LIMIT).split(b"\n")
        except Missing:
            continue  # removed since the listing
        if keys.isdisjoint(lines):
            continue
        package = name.partition(":")[0]
        for line in keys.intersection(lines):
            for path in wanted[line]:
                if _holds(package, path, line.decode("utf-8", "surrogateescape"), diverted):
                    found[path] = package
        wanted = {
            line: kept for line, which in wanted.items() if (kept := [p for p in which if p not in found])
        }
        keys = set(wanted)
    return found


def _holds(package: str, path: str, listed: str, diverted: dict[str, tuple[str, str]]) -> bool:
    """Whether a package that lists a path has its file there, and not at the place of a diversion."""
    if listed not in diverted:
        return True
    to, diverter = diverted[listed]
    return (package != diverter) if to in aliases(path) else (package == diverter)


def diversions(data: bytes) -> dict[str, tuple[str, str]]:
    """Read `diversions`: original path -> (where it was moved, the package that moved it or `:`)."""
    lines = data.decode("utf-8", "surrogateescape").split("\n")
    return {lines[i]: (lines[i + 1], lines[i + 2]) for i in range(0, len(lines) - 2, 3)}


def _versions(status: bytes, packages: Iterable[str]) -> dict[str, str]:
    """Find the version of each package in `status`."""
    wanted = {name.encode(): name for name in packages}
    found: dict[str, str] = {}
    for stanza in status.split(b"\n\n"):
        name = wanted.get(_value(stanza, b"Package"))
        if name is not None and name not in found:
            found[name] = _value(stanza, b"Version").decode("utf-8", "replace")
    return found


def _value(stanza: bytes, field: bytes) -> bytes:
    """Give a field that has one line; empty: it is not there."""
    _, _, rest = (b"\n" + stanza).partition(b"\n" + field + b":")
    return rest.partition(b"\n")[0].strip()


def _optional(host: Host, path: str, limit: int = _LIST_LIMIT) -> bytes:
    try:
        return host.read(path, limit)
    except Missing:
        return b""
