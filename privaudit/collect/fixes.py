"""What privaudit fixed on this machine, by its records: whether each fix holds, and which was cut short.

The records are root's own (`privaudit.fix.journal` writes them); only what a scan needs is read here.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace

from privaudit.host import Denied, Host, HostError, Missing, Platform
from privaudit.model.definition import Manager
from privaudit.model.frozen import frozen
from privaudit.model.path import Role
from privaudit.model.service import IdentityKind, Service
from privaudit.model.snapshot import Machine
from privaudit.model.unknown import Limit, Unknown

FOLDERS = {Platform.LINUX: "/var/lib/privaudit", Platform.DARWIN: "/var/db/privaudit"}
_SUFFIX = ".fix"
_STANDING = "done"
_OPEN = frozenset({"doing", "undoing"})


@frozen
class Fixed:
    """One fix, as its record tells it."""

    id: str
    service: str
    account: str
    state: str
    at: float
    folders: tuple[str, ...]
    """Trees that were given to the account, and whose top is its own since."""

    @property
    def number(self) -> int:
        """Of its id; two fixes may have begun in one moment."""
        digits = self.id.rpartition("-")[2]
        return int(digits) if digits.isdecimal() else 0


@frozen
class Fixes:
    """Every fix that is remembered."""

    found: tuple[Fixed, ...] = ()
    """The oldest first."""
    hidden: str = ""
    """Why they cannot be read; empty: they were read."""
    limits: tuple[Limit, ...] = ()

    def standing(self, service: str) -> Fixed | None:
        """The fix of a service that is in force: its newest, if that was done."""
        mine = [each for each in self.found if each.service == service and each.state != "undone"]
        return mine[-1] if mine and mine[-1].state == _STANDING else None


def read_fixes(host: Host) -> Fixes:
    """Read the records; a machine on which nothing was fixed has none."""
    folder = FOLDERS[host.platform]
    try:
        names = [name for name in host.listdir(folder) if name.endswith(_SUFFIX)]
    except Missing:
        return Fixes()
    except Denied:
        return Fixes(hidden=f"needs root to read {folder}")
    except HostError as problem:
        return Fixes(hidden=str(problem), limits=(problem.limit(),))
    found: list[Fixed] = []
    limits: list[Limit] = []
    for name in names:
        path = f"{folder}/{name}"
        try:
            fixed = parse(host.read(path))
        except HostError as problem:
            limits.append(problem.limit())
        except ValueError as problem:
            limits.append(Limit(path, f"is no record of a fix: {problem}"))
        else:
            found += [fixed] if fixed is not None else []
    return Fixes(tuple(sorted(found, key=lambda each: (each.at, each.number))), limits=tuple(limits))


def parse(data: bytes) -> Fixed | None:
    """Read one record; None: nothing had been done yet. ValueError if it is none; a torn end is left out."""
    first: dict[str, object] | None = None
    state = ""
    roots: set[str] = set()
    for line in data.splitlines():
        try:
            record = json.loads(line)
        except ValueError:
            break
        if not isinstance(record, dict):
            raise ValueError("a line that is no object")  # noqa: TRY004 - of the file, not of an argument
        if first is None and "synced" not in record:
            first = record
        state = str(record.get("state", state))
        roots.update(_tops_of_root(record.get("before")))
    if first is None or not state:
        return None
    if first.get("privaudit") != "fix":
        raise ValueError("its first line says something else")
    texts = {key: first.get(key) for key in ("id", "service", "account")}
    if not all(isinstance(text, str) for text in texts.values()):
        raise ValueError("it does not name the service and the account")
    at = first.get("at")
    return Fixed(
        id=str(texts["id"]),
        service=str(texts["service"]),
        account=str(texts["account"]),
        state=state,
        at=at if isinstance(at, int | float) else 0,
        folders=tuple(folder for folder in _folders(first.get("steps")) if folder not in roots),
    )


def _tops_of_root(before: object) -> Iterable[str]:
    """Trees whose top was root's and stayed so: only what lies in them changed hands."""
    tops = before.get("tops") if isinstance(before, dict) else None
    for path, found in tops.items() if isinstance(tops, dict) else ():
        if isinstance(found, list) and found[:1] == [0]:
            yield path


def _folders(steps: object) -> Iterable[str]:
    for step in steps if isinstance(steps, list) else []:
        ownership = step.get("ownership") if isinstance(step, dict) else None
        trees = ownership.get("trees") if isinstance(ownership, dict) else None
        for tree in trees if isinstance(trees, list) else []:
            if isinstance(tree, dict) and isinstance(tree.get("path"), str):
                yield tree["path"]


def with_fixes(services: Sequence[Service], fixes: Fixes) -> list[Service]:
    """Say of each service whether what was fixed still holds."""
    if fixes.hidden:
        return [replace(service, fix_undone=Unknown(fixes.hidden)) for service in services]
    found = []
    for service in services:
        fixed = fixes.standing(service.id)
        if fixed is None:
            found.append(service)
            continue
        changes = "; ".join(_changes(service, fixed))
        found.append(replace(service, fix=fixed.id, fix_undone=bool(changes), fix_change=changes))
    return found


def _changes(service: Service, fixed: Fixed) -> Iterable[str]:
    """What is not as the fix left it."""
    seen = [each.name for each in service.workers] or [service.runs_as.name]
    others = [name for name in seen if name != fixed.account]
    if others and service.runs_as.kind is not IdentityKind.UNKNOWN:
        verb = "runs" if service.running else "would run"
        source = f", as {service.declared.source} says" if service.declared.user in others else ""
        yield f"it {verb} as {others[0]} again, not as {fixed.account}{source}"
    for path in service.paths:
        if path.target in fixed.folders and path.exists is True:
            if path.owner and path.owner != fixed.account:
                yield f"{path.target} belongs to {path.owner} again"
            elif path.tree_owned_by_persons is True:
                yield f"{path.target} holds files of people again"
    yield from (f"{twin} is there again" for twin in service.twins)
    if service.manager is Manager.LAUNCHD:
        yield from _exchanged(service)


def _exchanged(service: Service) -> Iterable[str]:
    """Programs that an upgrade took away below the daemon: Homebrew removes the folder of the old version."""
    there = {path.path for path in service.paths if path.role is Role.PROGRAM}
    restart = f"launchctl kickstart -k system/{service.id}"
    for program in dict.fromkeys(process.program for process in service.processes):
        if isinstance(program, str) and program not in there:
            yield f"an upgrade took {program} away, which still runs: `{restart}` starts the new one"


def with_cut_short(machine: Machine, fixes: Fixes) -> Machine:
    """Name every fix that a kill or a power loss left half done."""
    if fixes.hidden:
        return replace(machine, fix_cut_short=Unknown(fixes.hidden))
    half = tuple(f"{each.id} of {each.service}" for each in fixes.found if each.state in _OPEN)
    return replace(machine, fix_cut_short=bool(half), cut_short=half)
