"""The folders that launchd loads jobs from, for the system and for every person, and what stands in them."""

import posixpath
from collections.abc import Iterator
from dataclasses import replace

from privaudit.collect import plists
from privaudit.collect.accounts import directory
from privaudit.collect.accounts.kind import gives_shell
from privaudit.collect.files.trace import Tracer
from privaudit.collect.launchd import job, wrappers
from privaudit.collect.launchd.store import Store
from privaudit.host import Host, HostError, Missing
from privaudit.model.definition import Definition, Domain
from privaudit.model.frozen import frozen
from privaudit.model.path import FileKind
from privaudit.model.unknown import Limit

APPLE = "/System/Library/"
_DAEMONS = ("/System/Library/LaunchDaemons", "/Library/LaunchDaemons")
_APPLES_AGENTS = "/System/Library/LaunchAgents"
_ALL_AGENTS = "/Library/LaunchAgents"
_EVERYONE = "everyone who logs in"
_STANDARD_PATH = ("/usr/bin", "/bin", "/usr/sbin", "/sbin")
"""Where launchd looks a program up that is named without a folder (paths.h, _PATH_STDPATH)."""
_FIRST_PERSON = 500
_WRITABLE = 0o022
_MAX_JOBS = 5000
"""Job files of one folder that are read: anybody may fill their own."""


@frozen
class Folder:
    """A folder of job files."""

    path: str
    domain: Domain
    owner: int
    runs_for: str = ""


def folders(host: Host, limits: list[Limit]) -> Iterator[Folder]:
    """Every folder that may hold jobs, whether it exists or not."""
    for path in _DAEMONS:
        yield Folder(path, Domain.SYSTEM, 0)
    homes = list(_homes(host, limits))
    people = sorted({home.uid for home in homes if home.logs_in and home.uid >= _FIRST_PERSON}) or [0]
    yield Folder(_APPLES_AGENTS, Domain.GUI, people[0], _EVERYONE)
    for uid in people:
        yield Folder(_ALL_AGENTS, Domain.GUI, uid, _EVERYONE)
    for home, uid in sorted({home.path: home.uid for home in homes}.items()):
        yield Folder(f"{home}/Library/LaunchAgents", Domain.GUI, uid)


@frozen
class _Home:
    """Where somebody's own agents may lie."""

    path: str
    uid: int
    logs_in: bool


def _homes(host: Host, limits: list[Limit]) -> Iterator[_Home]:
    """List folders in /Users by their owner, and every account's by its record."""
    try:
        names = host.listdir("/Users")
    except Missing:
        names = []
    except HostError as error:
        limits.append(error.limit())
        names = []
    for name in names:
        try:
            found = host.lstat(f"/Users/{name}")
        except HostError as error:
            limits.append(error.limit())
            continue
        if found.kind is FileKind.DIRECTORY and found.uid >= _FIRST_PERSON:
            yield _Home(f"/Users/{name}", found.uid, logs_in=True)
    for account in directory.of(host).users:
        home = posixpath.normpath(account.home)
        if home.startswith("/") and home not in {"/", "/var/empty"}:
            yield _Home(home, account.uid, gives_shell(account.shell) and not account.apples)


def jobs(host: Host, store: Store, limits: list[Limit]) -> list[Definition]:
    """Read every job file of every folder."""
    tracer = Tracer(host)
    found: list[Definition] = []
    for folder in folders(host, limits):
        try:
            names = host.listdir(folder.path)
        except Missing:
            continue
        except HostError as error:
            limits.append(error.limit())
            continue
        names = [name for name in names if name.endswith(".plist")]  # launchd takes no other names
        if len(names) > _MAX_JOBS:
            limits.append(Limit(folder.path, f"more than {_MAX_JOBS} job files; the rest was not read"))
        for name in names[:_MAX_JOBS]:
            path = f"{folder.path}/{name}"
            try:
                found.append(_job(host, tracer, store, folder, path))
            except HostError as error:
                limits.append(Limit(path, error.why))
            except (plists.Unreadable, job.NotAJob) as fault:
                limits.append(Limit(path, str(fault)))
    return found


def _job(host: Host, tracer: Tracer, store: Store, folder: Folder, path: str) -> Definition:
    place = job.Placement(folder.domain, folder.owner, path, folder.runs_for)
    made = job.definition(plists.read(host.read(path)), place, lambda name: standard(host, name))
    by_file = ("disabled-key", "true") not in made.extra
    return replace(
        wrappers.followed(host, made),
        enabled=store.enabled(folder.owner, made.id, by_file=by_file),
        refused=tuple(_refusals(tracer, folder, path)),
        ignored=() if path.startswith(APPLE) else made.ignored,
    )


def _refusals(tracer: Tracer, folder: Folder, path: str) -> Iterator[str]:
    """What launchd holds against the file (it follows links): its owner, its mode; launchctl(1), load."""
    if path.startswith(APPLE):
        return  # on the sealed system volume
    end = tracer.trace(path).end
    if end is None:
        return
    private = folder.domain is not Domain.SYSTEM and not folder.runs_for
    if end.stat.uid != 0 and not (private and end.stat.uid == folder.owner):
        yield f"owned by uid {end.stat.uid}"
    if end.stat.mode & _WRITABLE:
        yield f"mode {end.stat.mode:04o}: others may write it"


def standard(host: Host, name: str) -> str:
    """Find a program in the standard path; where none has it, it would stand in the first folder."""
    for folder in _STANDARD_PATH:
        try:
            host.lstat(f"{folder}/{name}")
        except HostError:
            continue
        return f"{folder}/{name}"
    return f"{_STANDARD_PATH[0]}/{name}"
