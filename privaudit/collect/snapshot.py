"""One scan's collection, in two passes: who is defined and runs, then the paths that those stand on."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from privaudit.collect.accounts import Accounts
from privaudit.collect.definitions import definitions
from privaudit.collect.files.exposure import Reach
from privaudit.collect.files.trace import Tracer
from privaudit.collect.fixes import read_fixes, with_cut_short, with_fixes
from privaudit.collect.packages import Packages
from privaudit.collect.platform import system_of
from privaudit.collect.processes import ProcessTable, processes
from privaudit.collect.services.join import Joiner
from privaudit.collect.services.sharing import Progress, Share, Sharing
from privaudit.collect.services.standing import Surveyor
from privaudit.collect.services.twins import with_twins
from privaudit.collect.services.unmanaged import unmanaged
from privaudit.host import Host, HostError, Platform
from privaudit.model.definition import Definition
from privaudit.model.process import Process
from privaudit.model.profile import Profile
from privaudit.model.service import Listener, Package, Service
from privaudit.model.snapshot import Machine, Snapshot
from privaudit.model.unknown import Limit

Found = tuple[dict[str, Package], tuple[Limit, ...]]
Half = tuple[Found, Share]
"""What packages the programs are in, and a share of the services."""
Meanwhile = Callable[[Callable[[], Half]], Callable[[], Half]]
"""Starts some work and returns what waits for its result."""


def later(work: Callable[[], Half]) -> Callable[[], Half]:
    """Do the work when its result is wanted."""
    return work


def collect(
    host: Host,
    catalogue: Sequence[Profile],
    services: Sequence[str] = (),
    progress: Progress | None = None,
    meanwhile: Meanwhile = later,
) -> Snapshot:
    """Collect all facts of a machine; services: only those with one of these ids, names or profiles.

    meanwhile: how packages are looked for, and services joined, beside this.
    """
    tell = progress or (lambda _: None)
    started = host.now()
    limits: list[Limit] = []
    tell("accounts")
    accounts = Accounts(host)
    tell("service managers")
    managed = definitions(host)
    limits += managed.limits
    tell("processes")
    table = _processes(host, limits)
    listeners = _listeners(host, limits)
    system = system_of(host)
    reach = Reach(accounts)
    surveyor = Surveyor(host, accounts, Tracer(host), reach)
    joiner = Joiner(host, catalogue, accounts, table, listeners, surveyor, system.layouts)
    subjects = _subjects(joiner, table, listeners, managed.definitions)
    if services:
        subjects = [each for each in subjects if _wanted(joiner, each[0], services)]
    programs = _likely_programs(subjects)
    accounts.meet(process.uids.effective for process in table.own.values())
    sharing = Sharing(joiner, accounts, subjects)
    half = meanwhile(lambda: (_packaged(host, programs), sharing.part()))
    sharing.part(tell)
    packaged, share = half()
    found = with_twins(sharing.whole(share))
    fixes = read_fixes(host)
    found = with_fixes(found, fixes)
    tell("packages")
    found, more = _with_packages(host, found, programs, packaged)
    limits += [*joiner.limits, *more, *accounts.limits, *fixes.limits, *_privilege(host)]
    limits += [Limit(f"group {gid}", why) for gid, why in sorted(reach.unlisted.items())]
    machine = Machine(host.hostname(), host.platform, system.name, host.kernel(), host.root, host.privileged)
    return Snapshot(
        machine=with_cut_short(machine, fixes),
        services=tuple(sorted(found, key=_order)),
        accounts=accounts.listed(),
        groups=(),
        limits=tuple(sorted(set(limits))),
        started=started,
        finished=host.now(),
        containers=table.contained,
    )


def _subjects(
    joiner: Joiner,
    table: ProcessTable,
    listeners: Sequence[Listener],
    defined: Sequence[Definition],
) -> list[tuple[Definition, list[Process]]]:
    subjects = [(definition, joiner.members(definition)) for definition in defined]
    if joiner.host.platform is Platform.DARWIN and table.own:
        from privaudit.collect.services.adoption import adopted

        subjects = adopted(table, subjects, [joiner.profile_of(*subject) for subject in subjects])
    pids = frozenset(process.pid for _, members in subjects for process in members)
    pids -= {pid for definition, members in subjects for pid in joiner.errands(definition, members)}
    asked = any(definition.active_state for definition in defined)  # else they come from files alone
    return subjects + unmanaged(table, listeners, joiner.index, pids, no_manager=not asked)


def _wanted(joiner: Joiner, definition: Definition, services: Sequence[str]) -> bool:
    names = {*definition.names, definition.id, definition.id.removesuffix(".service")}
    if definition.template is not None:
        names.add(definition.template)
    profile = joiner.profile_of(definition, joiner.members(definition))
    if profile is not None:
        names.update((profile.service, *profile.names))
    return bool(names & set(services))


def _processes(host: Host, limits: list[Limit]) -> ProcessTable:
    try:
        return processes(host)
    except HostError as error:
        limits.append(error.limit())
        return ProcessTable({}, {}, 0)


def _listeners(host: Host, limits: list[Limit]) -> tuple[Listener, ...]:
    try:
        return host.listeners()
    except HostError as error:
        limits.append(error.limit())
        return ()


def _likely_programs(subjects: Sequence[tuple[Definition, Sequence[Process]]]) -> frozenset[str]:
    """Programs that the services will turn out to be, nearly always."""
    started = {line.path for each, _ in subjects for line in each.commands if line.stage == "ExecStart"}
    return frozenset(
        started | {p.program for _, members in subjects for p in members if isinstance(p.program, str)}
    )


def _packaged(host: Host, programs: frozenset[str]) -> Found:
    packages = Packages(host)
    return packages.owners(programs), packages.limits


def _with_packages(
    host: Host, services: Sequence[Service], looked_for: frozenset[str], found: Found
) -> tuple[list[Service], tuple[Limit, ...]]:
    owners, limits = found
    rest = frozenset(service.program for service in services if service.program is not None) - looked_for
    if rest:
        more, further = _packaged(host, rest)
        owners, limits = owners | more, (*limits, *further)
    return [replace(s, package=owners.get(s.program or "")) for s in services], limits


def _privilege(host: Host) -> list[Limit]:
    if host.privileged:
        return []
    return [
        Limit(
            "this scan", "not run as root: programs and sockets of other accounts and shadow cannot be read"
        )
    ]


def _order(service: Service) -> tuple[str, int]:
    return (service.id, service.definition.owner if service.definition is not None else 0)
