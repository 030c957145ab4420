"""rpm's database: asked of rpm itself, in one query; the database of an image is not read."""

from privaudit.host import Host, HostError
from privaudit.model.service import Package

_RPM = "/usr/bin/rpm"
_FORMAT = "P\t%{NAME}\t%{VERSION}-%{RELEASE}\n[F\t%{FILENAMES}\n]"


def owners(host: Host, paths: frozenset[str]) -> dict[str, Package]:
    """Path -> package, for those of the paths that are in a package (rpm(8), -qf)."""
    if not host.live:
        raise HostError("/var/lib/rpm", "the rpm database of an image is not read: packages are not known")
    answer = host.run([_RPM, "-qf", "--qf", _FORMAT, *sorted(paths)])
    return parse(answer.stdout, paths)


def parse(output: bytes, paths: frozenset[str]) -> dict[str, Package]:
    """Read what the query prints: a package, then all of its files; lines of rpm's own are left out."""
    found: dict[str, Package] = {}
    package: Package | None = None
    for line in output.decode("utf-8", "surrogateescape").splitlines():
        mark, _, rest = line.partition("\t")
        if mark == "P":
            name, _, version = rest.partition("\t")
            package = Package("rpm", name, version)
        elif mark == "F" and package is not None and rest in paths:
            found.setdefault(rest, package)
    return found
