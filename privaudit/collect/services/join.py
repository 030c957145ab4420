"""The join: one definition, its processes, its profile and its paths become one service."""

import posixpath
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from privaudit.collect.accounts import Accounts
from privaudit.collect.accounts.power import powers_of
from privaudit.collect.directives import read_directive
from privaudit.collect.directives.reading import Reading
from privaudit.collect.processes import ProcessTable
from privaudit.collect.services import footprint
from privaudit.collect.services.command_line import scripts
from privaudit.collect.services.crew import Crew, crew_of, needless_root, persons, preferring_person
from privaudit.collect.services.footprint import Place
from privaudit.collect.services.identity import (
    declared,
    difference,
    distinct,
    identity_of,
    named,
    would_run_as,
)
from privaudit.collect.services.installed import installation
from privaudit.collect.services.job_places import argument_places, job_places
from privaudit.collect.services.matching import by_name, by_program, works
from privaudit.collect.services.obstacles import obstacles
from privaudit.collect.services.purpose import purpose_of
from privaudit.collect.services.standing import Surveyor, Users
from privaudit.collect.services.switches import Behind, in_script, unwrapped
from privaudit.host import Host, HostError, Platform
from privaudit.model.account import Account
from privaudit.model.definition import Command, Definition, Domain, Elevation, Manager
from privaudit.model.path import Role, ServicePath
from privaudit.model.process import Process
from privaudit.model.profile import Profile
from privaudit.model.service import Declared, Identity, IdentityKind, Listener, Model, Service
from privaudit.model.unknown import Limit, Unknown

_PORT_RANGE = "/proc/sys/net/ipv4/ip_local_port_range"
_LINUX_PORTS, _MAC_PORTS = range(32768, 61000), range(49152, 65536)
_EXECUTORS = frozenset(
    f"{folder}/systemd/{name}" for folder in ("/lib", "/usr/lib") for name in ("systemd", "systemd-executor")
)
_STARTING = ("ExecStart", "ExecStartPre", "ExecStartPost", "ProgramArguments")


@dataclass
class Joiner:
    """Joins the definitions of one machine."""

    host: Host
    catalogue: Sequence[Profile]
    accounts: Accounts
    table: ProcessTable
    listeners: tuple[Listener, ...]
    surveyor: Surveyor
    platforms: tuple[str, ...]
    """What the catalogue calls this machine, the most exact first: `debian`."""
    limits: list[Limit] = field(default_factory=list)
    _by_unit: dict[tuple[str | None, int | None], list[Process]] = field(default_factory=dict)
    _by_pid: dict[int, list[Listener]] = field(default_factory=dict)
    _inner: dict[tuple[str, int, str], Behind | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Index processes by unit and listeners by process."""
        for process in self.table.own.values():
            self._by_unit.setdefault((process.unit, process.manager_uid), []).append(process)
        for listener in self.listeners:
            if listener.pid is not None:
                self._by_pid.setdefault(listener.pid, []).append(listener)

    def members(self, definition: Definition) -> list[Process]:
        """Processes in the definition's control group, oldest first; of a launchd job the tree below it."""
        manager = None if definition.domain is Domain.SYSTEM else definition.owner
        if definition.manager is Manager.LAUNCHD:
            return [] if definition.main_pid is None else self.table.tree(definition.main_pid)
        found = [
            p for name in definition.names or (definition.id,) for p in self._by_unit.get((name, manager), ())
        ]
        return sorted((p for p in found if not _starting(p)), key=lambda p: (p.started, p.pid))

    def listeners_of(self, processes: Sequence[Process]) -> tuple[Listener, ...]:
        """Sockets that the processes hold."""
        return tuple(sorted((s for p in processes for s in self._by_pid.get(p.pid, ())), key=_socket_order))

    def reachable(self, listener: Listener) -> bool:
        """Whether others can reach a service there: not at a port that the kernel chose for its questions."""
        if listener.loopback or listener.protocol == "unix":
            return False
        return listener.protocol != "udp" or listener.port not in self._chosen

    def _unseen(self, processes: Sequence[Process]) -> Unknown | None:
        """Why it cannot be told whether the processes hold one of the sockets whose holders are not seen."""
        if self.host.privileged:
            return None
        uids = {uid for p in processes for uid in (p.uids.real, p.uids.effective)}
        hidden = any(s.pid is None and self.reachable(s) and s.uid in uids for s in self.listeners)
        return Unknown("who holds the sockets of other accounts is for root to see") if hidden else None

    @cached_property
    def _chosen(self) -> range:
        """Ports that the kernel gives to whoever asks for any (ip(7), ip_local_port_range)."""
        try:
            low, high = map(int, self.host.read(_PORT_RANGE).split())
        except (HostError, ValueError):
            return _MAC_PORTS if self.host.platform is Platform.DARWIN else _LINUX_PORTS
        return range(low, high + 1)

    def _behind(self, definition: Definition, processes: Sequence[Process]) -> Behind | None:
        """What a unit starts through sudo, a script and the like; asked where nothing runs to show it."""
        if processes or definition.manager is not Manager.SYSTEMD:
            return None
        key = (definition.domain.value, definition.owner, definition.id)
        if key not in self._inner:
            starts = [c for c in definition.commands if c.stage == "ExecStart"]
            self._inner[key] = self._started(starts[-1]) if starts else None
        return self._inner[key]

    def _started(self, command: Command) -> Behind | None:
        found = unwrapped((command.path, *command.argv[1:]))
        if found.user is None:
            for path in (found.argv[0], *scripts(found.argv[0], found.argv)):
                inner = in_script(self.host, path) if path.startswith("/") else None
                if inner is not None and named(self.accounts, inner.user or "").uid is not None:
                    return inner
        return found if found.argv[0] != command.path else None

    def errands(self, definition: Definition, processes: Sequence[Process]) -> set[int]:
        """Pids of daemons in the control group of what only started them for somebody, as cron does."""
        served = {s.pid for p in processes for s in self._by_pid.get(p.pid, ()) if self.reachable(s)}
        profile = self.profile_of(definition, processes) if served else None
        if profile is None or not profile.serves_people or profile.model is not Model.ROOT_REQUIRED:
            return set()
        return {p.pid for p in processes if p.pid in served and works(p, profile.matches) is False}

    def profile_of(self, definition: Definition, processes: Sequence[Process]) -> Profile | None:
        """Ask the catalogue by name first, then by the programs that run or would run.

        A unit that only groups others (Debian's postgresql.service runs /bin/true) is no service of its kind.
        """
        programs = _programs(definition, processes)
        inner = self._behind(definition, processes)
        if inner is not None:
            programs.append(inner.argv[0])
        if programs and all(posixpath.basename(program) == "true" for program in programs):
            return None
        found = by_name(self.catalogue, definition.manager, definition.names or (definition.id,))
        if found is not None:
            return found
        return by_program(self.catalogue, programs)

    def service(self, definition: Definition, processes: Sequence[Process]) -> Service:
        """Join one definition with its processes."""
        profile = self.profile_of(definition, processes)
        wish = declared(self.host, definition)
        installed = installation(self.surveyor.tracer, definition.id, _programs(definition, processes))
        layouts = self.platforms if installed is None else (installed.layout, *self.platforms)
        prefix = None if installed is None else installed.prefix
        reading = _with_wrapper(
            read_directive(self.host, profile, definition, processes, layouts, prefix), definition
        )
        self.limits += [Limit(each.what, each.why, definition.id) for each in reading.limits]
        crew = crew_of(definition, profile, processes)
        model = profile.model if profile is not None else None
        inner = self._behind(definition, processes)
        if crew.working:
            runs_as = identity_of(self.accounts.account(crew.working[0].uids.effective))
        elif crew.main is not None and not crew.unread:
            runs_as = identity_of(self.accounts.account(crew.main.uids.effective))
        else:
            switched = None if inner is None else inner.user
            runs_as = would_run_as(self.accounts, definition, wish, reading.declared, profile, switched)
        serves_people = profile is not None and profile.serves_people
        ours = crew.own(serves_people=serves_people)  # smbd's connections are people whom it serves
        runs_as = preferring_person(self.accounts, ours, runs_as)
        people = persons(distinct(self.accounts, ours))
        workers = distinct(self.accounts, crew.workers)
        if model is Model.ROOT_MASTER and not processes:
            workers = tuple(named(self.accounts, user) for user in reading.accounts())
            people = persons(workers)
            runs_as = people[0] if people else runs_as
        sockets = self.listeners_of(processes)
        purpose, why = purpose_of(profile, definition, [s for s in sockets if self.reachable(s)])
        should = profile.account_on(*layouts) if profile is not None else None
        paths, path_limits = self._paths(
            definition, profile, processes, reading, runs_as, should, layouts, prefix
        )
        self.limits += path_limits
        program = _program(definition, crew)
        text = self._difference(definition, wish, reading.declared, crew, processes)
        serving = [s for s in sockets if self.reachable(s)]
        unseen = self._unseen(processes) if not serving else None
        return Service(
            id=definition.id,
            name=definition.id.removesuffix(".service"),
            manager=definition.manager,
            domain=definition.domain,
            running=bool(processes),
            purpose=purpose,
            purpose_reason=why,
            profile=profile.service if profile is not None else None,
            model=model,
            declared=wish,
            runs_as=runs_as,
            should_run_as=should,
            identities=distinct(self.accounts, processes),
            persons=people,
            workers=workers,
            workers_root=crew.workers_root or (not processes and any(w.uid == 0 for w in workers)),
            needless_root=needless_root(model, crew),
            group_powers=self._group_powers(definition, processes, runs_as),
            differs=bool(text),
            difference=text,
            beyond_loopback=bool(serving) or unseen or False,
            listens_as=() if serves_people else unseen or self._holders(serving),
            listeners=sockets,
            definition=definition,
            directive=reading.declared,
            paths=paths,
            processes=tuple(processes),
            program=program,
            account=self.accounts.account(runs_as.uid) if runs_as.uid is not None else None,
            obstacles=obstacles(self.surveyor.tracer, definition, self._starts_as(definition, wish)),
            accepted=_accepted(profile, definition),
        )

    def _starts_as(self, definition: Definition, wish: Declared) -> Account | None:
        """Whom launchd itself starts it as, whatever the program does afterwards."""
        if definition.domain is not Domain.SYSTEM:
            return self.accounts.account(definition.owner)
        return self.accounts.account(0) if wish.user is None else self.accounts.named(wish.user)

    def _group_powers(
        self, definition: Definition, processes: Sequence[Process], runs_as: Identity
    ) -> tuple[str, ...]:
        """Groups that a unit gives, or that its processes have, beyond what the account is in by itself."""
        if runs_as.kind in {IdentityKind.ROOT, IdentityKind.PERSON}:
            return ()
        own = () if runs_as.uid is None else self.accounts.account(runs_as.uid).groups
        held = {
            gid for p in processes for gid in (*p.groups, p.gids.effective, p.gids.saved) if p.uids.effective
        }
        names = {self.accounts.group(gid).name or "" for gid in held - set(own)}
        asked = {definition.group or "", *definition.supplementary_groups}
        return powers_of(sorted(names | asked - {self.accounts.group(gid).name or "" for gid in own}))

    def _holders(self, sockets: Sequence[Listener]) -> tuple[Identity, ...]:
        held = [self.table.own[s.pid] for s in sockets if s.pid in self.table.own]
        return distinct(self.accounts, held)

    def _difference(
        self,
        definition: Definition,
        wish: Declared,
        directive: Declared | None,
        crew: Crew,
        processes: Sequence[Process],
    ) -> str:
        """Compare what runs with the definition, or, where that leaves root, with the program's own wish."""
        if wish.user is not None and not wish.dynamic and wish.user not in {"root", "0"}:
            elevated = any(
                c.elevation in {Elevation.FULL, Elevation.IDENTITY} and c.stage == "ExecStart"
                for c in definition.commands
            )
            judged = crew.working or ([crew.main] if crew.main is not None else [])
            return difference(
                named(self.accounts, wish.user, definition.manager),
                judged if elevated else processes,
                self.accounts,
            )
        if directive is not None and directive.user is not None and directive.user not in {"root", "0"}:
            if crew.workers:
                return difference(named(self.accounts, directive.user), crew.workers, self.accounts)
            if crew.dedicated and crew.working:
                return difference(named(self.accounts, directive.user), crew.working, self.accounts)
        return ""

    def _paths(
        self,
        definition: Definition,
        profile: Profile | None,
        processes: Sequence[Process],
        reading: Reading,
        runs_as: Identity,
        should: str | None,
        layouts: tuple[str, ...],
        prefix: str | None,
    ) -> tuple[tuple[ServicePath, ...], tuple[Limit, ...]]:
        system = definition.domain is Domain.SYSTEM or _before_login(definition)
        manager = identity_of(self.accounts.account(0 if system else definition.owner))
        unprivileged = definition.user not in {None, "root", "0"} or definition.dynamic_user
        as_root = system and not unprivileged
        found = list(footprint.places(self.host, self.surveyor.tracer, definition, starts_as_root=as_root))
        found += footprint.programs(processes)
        limits: list[Limit] = []
        own = {i.uid for i in distinct(self.accounts, processes) if i.kind is not IdentityKind.PERSON}
        if definition.manager is Manager.LAUNCHD:
            found += job_places(definition, profile, by_root=as_root)
        else:
            found += [p for c in definition.commands for p in argument_places(c, by_root=as_root)]
        if profile is not None:
            more, limits = footprint.owned(self.host, profile, layouts, prefix, by_root=as_root)
            found += more
            trees = tuple(f"{place.path}/" for place in more if place.tree)
            found += [replace(place, by_root=place.by_root and as_root) for place in reading.places]
            found += [
                Place(Role.CONFIGURATION, file, as_root, owner="account")
                for file in reading.files
                if not file.startswith(trees)
            ]
            for name in (should, *(w.account for w in profile.workers if "{" not in w.account)):
                account = self.accounts.named(name) if name is not None else None
                if account is not None:
                    own.add(account.uid)
        if definition.user is not None and system:
            own.add(named(self.accounts, definition.user, definition.manager).uid)
        theirs = frozenset(uid for uid in own if uid and not self._is_person(uid))
        users = Users(manager, runs_as, theirs, known=profile is not None)
        paths, more_limits = self.surveyor.survey(found, users, definition.id)
        return paths, (*limits, *more_limits)

    def _is_person(self, uid: int) -> bool:
        return self.accounts.account(uid).kind.value == "person"


def _starting(process: Process) -> bool:
    """Whether it is systemd's own child that has yet to become the service: root, named `(mariadbd)`."""
    root = process.uids.effective == 0 and process.uids.real == 0
    return root and process.name.startswith("(") and process.program in _EXECUTORS


def _before_login(definition: Definition) -> bool:
    """Whether root's login window runs it, before anybody is logged in (launchd.plist(5), LoginWindow)."""
    extra = dict(definition.extra)
    return "runs-for" in extra and "LoginWindow" in extra.get("sessions", "").split()


def _accepted(profile: Profile | None, definition: Definition) -> tuple[tuple[str, str], ...]:
    """What is right by design: by the profile, and of macOS itself on its sealed volume."""
    known = dict(profile.accepts) if profile is not None else {}
    if (definition.path or "").startswith("/System/"):
        known.setdefault("runs-as-nobody", "a part of macOS, which runs it so on every Mac")
    return tuple(sorted(known.items()))


def _program(definition: Definition, crew: Crew) -> str | None:
    first = crew.working[0] if crew.working else crew.main
    if first is not None and isinstance(first.program, str):
        return first.program
    launchd = definition.manager is Manager.LAUNCHD  # there the last command is the one behind all wrappers
    for stage in _STARTING:
        for command in reversed(definition.commands) if launchd else definition.commands:
            if command.stage == stage:
                return command.path
    return None


def _programs(definition: Definition, processes: Sequence[Process]) -> list[str]:
    """Programs that run or would run."""
    running = [p.program for p in processes if isinstance(p.program, str)]
    return [*running, *(c.path for c in definition.commands if c.stage in {"ExecStart", "ProgramArguments"})]


def _with_wrapper(reading: Reading, definition: Definition) -> Reading:
    """Where the program's own configuration names nobody, a sudo on the way to it may."""
    user = dict(definition.extra).get("inner-user")
    if user is None or reading.declared is not None:
        return reading
    return replace(reading, declared=Declared(user, source=definition.path or ""))


def _socket_order(listener: Listener) -> tuple[str, str, int]:
    return (listener.protocol, listener.address, listener.port)
