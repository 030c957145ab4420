"""Who does what in a service's process tree: the main process, those that do the work, the workers."""

import posixpath
from collections.abc import Sequence

from privaudit.collect.accounts import Accounts
from privaudit.collect.services.identity import holds_root, identity_of
from privaudit.collect.services.matching import is_worker, works
from privaudit.collect.services.switches import CHANGING
from privaudit.model.definition import Definition, Manager
from privaudit.model.frozen import frozen
from privaudit.model.process import Process
from privaudit.model.profile import Profile
from privaudit.model.service import Identity, IdentityKind, Model
from privaudit.model.unknown import Unknown


@frozen
class Crew:
    """The processes of a service by what they do."""

    main: Process | None
    working: tuple[Process, ...]
    """Those whose program is the profile's, the main one first; without a profile the main one."""
    workers: tuple[Process, ...]
    """Children of a root master that must be unprivileged."""
    workers_root: bool
    """One of them holds root, beyond what its kind keeps by design."""
    unread: bool
    """Some programs could not be read, and none of the others does the work."""
    dedicated: bool = False
    helpers: tuple[Process, ...] = ()
    """All else that a dedicated service runs: it has no business to run anything as somebody else."""

    def own(self, *, serves_people: bool) -> tuple[Process, ...]:
        """Those of all that no person may be: of a service that serves people its workers alone."""
        return self.workers if serves_people else self.all()

    def all(self) -> tuple[Process, ...]:
        """Everyone whose identity is the service's own: no session, no job that it runs for somebody."""
        main = () if self.main is None else (self.main,)
        return (*main, *self.working, *self.workers, *self.helpers)


def crew_of(definition: Definition, profile: Profile | None, processes: Sequence[Process]) -> Crew:
    """Sort the processes of a service by what they do."""
    by_pid = {p.pid: p for p in processes}
    main = by_pid.get(definition.main_pid or 0)
    if main is None and processes:
        main = next((p for p in processes if p.ppid not in by_pid), processes[0])
    if profile is None:
        lead = _behind_wrapper(definition, processes) or _behind_switch(main, processes) or main
        return Crew(main, () if lead is None else (lead,), (), workers_root=False, unread=False)
    verdicts = [(p, works(p, profile.matches)) for p in processes]
    working = [p for p, verdict in verdicts if verdict]
    working.sort(key=lambda p: (main is None or p.pid != main.pid, p.started, p.pid))
    workers: dict[int, Process] = {}
    rooted = False
    if profile.model is Model.ROOT_MASTER:
        top = working[0] if working else main
        for process in processes:
            spec = next((spec for spec in profile.workers if is_worker(process, spec)), None)
            if spec is not None and (top is None or process.pid != top.pid):
                workers[process.pid] = process
                if not spec.may_be_root:
                    rooted = rooted or holds_root(process, saved=not spec.keeps_root_saved)
    unread = not working and any(verdict is None for _, verdict in verdicts)
    dedicated = profile.model is Model.DEDICATED
    return Crew(
        main,
        tuple(working),
        tuple(workers.values()),
        rooted,
        unread,
        dedicated,
        tuple(processes) if dedicated else (),
    )


def _behind_wrapper(definition: Definition, processes: Sequence[Process]) -> Process | None:
    """The process of the program that a launchd job starts by another one (daemondo, sudo)."""
    if definition.manager is not Manager.LAUNCHD or len(definition.commands) == 1:
        return None
    wanted = {command.path for command in definition.commands[1:]}
    return next((process for process in processes if process.program in wanted), None)


def _behind_switch(main: Process | None, processes: Sequence[Process]) -> Process | None:
    """The oldest process below sudo, su and their like where these stay in front of what they start."""
    if main is None or not _switches(main):
        return None
    return next((p for p in processes if p.pid != main.pid and not _switches(p)), None)


def _switches(process: Process) -> bool:
    return isinstance(process.program, str) and posixpath.basename(process.program) in CHANGING


def preferring_person(accounts: Accounts, processes: Sequence[Process], runs_as: Identity) -> Identity:
    """If one of its own processes is a person's, that is who the service runs as."""
    for process in processes:
        for uid in (process.uids.effective, process.uids.real, process.uids.saved):
            who = identity_of(accounts.account(uid))
            if who.kind is IdentityKind.PERSON:
                return who
    return runs_as


def persons(identities: Sequence[Identity]) -> tuple[Identity, ...]:
    """Those of kind person."""
    return tuple(i for i in identities if i.kind is IdentityKind.PERSON)


def needless_root(model: Model | None, crew: Crew) -> bool | Unknown:
    """Whether a service that should have dropped root works as root."""
    if model is not Model.DEDICATED:
        return False
    if crew.unread:
        return Unknown("the programs of its processes cannot be read")
    return any(holds_root(p) for p in crew.working)
