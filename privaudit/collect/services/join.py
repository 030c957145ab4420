"""The join: one definition, its processes, its profile and its paths become one service."""

import posixpath
from collections.abc import Sequence
from dataclasses import replace

from privaudit.collect.accounts import Accounts
from privaudit.collect.accounts.power import powers_of
from privaudit.collect.directives import read_directive
from privaudit.collect.directives.reading import Reading
from privaudit.collect.processes import ProcessTable
from privaudit.collect.services.crew import crew_of, needless_root, persons, preferring_person
from privaudit.collect.services.differences import difference_of
from privaudit.collect.services.identity import (
    declared,
    distinct,
    identity_of,
    named,
    would_run_as,
)
from privaudit.collect.services.installed import installation
from privaudit.collect.services.matching import Index, works
from privaudit.collect.services.obstacles import obstacles
from privaudit.collect.services.paths import places_of, users_of
from privaudit.collect.services.programs import not_yet_started, program_of, programs_of
from privaudit.collect.services.purpose import purpose_of
from privaudit.collect.services.sockets import Sockets
from privaudit.collect.services.standing import Surveyor
from privaudit.collect.services.wrappers import Wrappers
from privaudit.host import Host
from privaudit.model.account import Account
from privaudit.model.definition import Definition, Domain, Manager
from privaudit.model.process import Process
from privaudit.model.profile import Profile
from privaudit.model.service import Declared, Identity, IdentityKind, Listener, Model, Service
from privaudit.model.unknown import Limit


class Joiner:
    """Joins the definitions of one machine."""

    def __init__(
        self,
        host: Host,
        catalogue: Sequence[Profile],
        accounts: Accounts,
        table: ProcessTable,
        listeners: tuple[Listener, ...],
        surveyor: Surveyor,
        platforms: tuple[str, ...],
    ) -> None:
        """platforms: what the catalogue calls this machine, the most exact first: `debian`."""
        self.host, self.accounts, self.table = host, accounts, table
        self.index = Index(catalogue)
        self.surveyor, self.platforms = surveyor, platforms
        self.limits: list[Limit] = []
        self._sockets = Sockets(host, listeners)
        self._wrappers = Wrappers(host, accounts)
        self._by_unit: dict[tuple[str | None, int | None], list[Process]] = {}
        for process in table.own.values():
            self._by_unit.setdefault((process.unit, process.manager_uid), []).append(process)

    def members(self, definition: Definition) -> list[Process]:
        """Processes in the definition's control group, oldest first; of a launchd job the tree below it."""
        manager = None if definition.domain is Domain.SYSTEM else definition.owner
        if definition.manager is Manager.LAUNCHD:
            return [] if definition.main_pid is None else self.table.tree(definition.main_pid)
        found = [
            p for name in definition.names or (definition.id,) for p in self._by_unit.get((name, manager), ())
        ]
        return sorted((p for p in found if not not_yet_started(p)), key=lambda p: (p.started, p.pid))

    def errands(self, definition: Definition, processes: Sequence[Process]) -> set[int]:
        """Pids of daemons in the control group of what only started them for somebody, as cron does."""
        served = {s.pid for s in self._sockets.of(processes) if self._sockets.reachable(s)}
        profile = self.profile_of(definition, processes) if served else None
        if profile is None or not profile.serves_people or profile.model is not Model.ROOT_REQUIRED:
            return set()
        return {p.pid for p in processes if p.pid in served and works(p, profile.matches) is False}

    def profile_of(self, definition: Definition, processes: Sequence[Process]) -> Profile | None:
        """Ask the catalogue by name first, then by the programs that run or would run.

        A unit that only groups others (Debian's postgresql.service runs /bin/true) is no service of its kind.
        """
        programs = programs_of(definition, processes)
        inner = self._wrappers.behind(definition, processes)
        if inner is not None:
            programs.append(inner.argv[0])
        if programs and all(posixpath.basename(program) == "true" for program in programs):
            return None
        found = self.index.by_name(definition.manager, definition.names or (definition.id,))
        return found if found is not None else self.index.by_program(programs)

    def service(self, definition: Definition, processes: Sequence[Process]) -> Service:
        """Join one definition with its processes."""
        profile = self.profile_of(definition, processes)
        wish = declared(self.host, definition)
        installed = installation(self.surveyor.tracer, definition.id, programs_of(definition, processes))
        layouts = self.platforms if installed is None else (installed.layout, *self.platforms)
        prefix = None if installed is None else installed.prefix
        reading = _with_wrapper(
            read_directive(self.host, profile, definition, processes, layouts, prefix), definition
        )
        self.limits += [Limit(each.what, each.why, definition.id) for each in reading.limits]
        crew = crew_of(definition, profile, processes)
        model = profile.model if profile is not None else None
        inner = self._wrappers.behind(definition, processes)
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
        sockets = self._sockets.of(processes)
        purpose, why = purpose_of(profile, definition, [s for s in sockets if self._sockets.reachable(s)])
        should = profile.account_on(*layouts) if profile is not None else None
        places, gaps = places_of(self.surveyor, definition, profile, processes, reading, layouts, prefix)
        users = users_of(self.accounts, definition, profile, processes, runs_as, should)
        paths, more_gaps = self.surveyor.survey(places, users, definition.id)
        self.limits += [*gaps, *more_gaps]
        program = program_of(definition, crew)
        text = difference_of(self.accounts, definition, wish, reading.declared, crew, processes)
        serving = [s for s in sockets if self._sockets.reachable(s)]
        unseen = self._sockets.unseen(processes) if not serving else None
        holders = [self.table.own[s.pid] for s in serving if s.pid in self.table.own]
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
            listens_as=() if serves_people else unseen or distinct(self.accounts, holders),
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


def _accepted(profile: Profile | None, definition: Definition) -> tuple[tuple[str, str], ...]:
    """What is right by design: by the profile, and of macOS itself on its sealed volume."""
    known = dict(profile.accepts) if profile is not None else {}
    if (definition.path or "").startswith("/System/"):
        known.setdefault("runs-as-nobody", "a part of macOS, which runs it so on every Mac")
    return tuple(sorted(known.items()))


def _with_wrapper(reading: Reading, definition: Definition) -> Reading:
    """Where the program's own configuration names nobody, a sudo on the way to it may."""
    user = dict(definition.extra).get("inner-user")
    if user is None or reading.declared is not None:
        return reading
    return replace(reading, declared=Declared(user, source=definition.path or ""))
