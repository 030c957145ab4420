"""Put a plan together for a job of launchd: retire it, give, write a daemon, load it, prove it."""

import re

from privaudit.collect.accounts import Accounts
from privaudit.fix.case import Case, Refuse
from privaudit.fix.health import asked
from privaudit.fix.launchd.logs import plan_files
from privaudit.fix.launchd.makers import refuse_makers
from privaudit.fix.launchd.outlook import not_cured
from privaudit.fix.launchd.reach import unreachable
from privaudit.fix.moves.system_daemon import Daemon, daemon
from privaudit.fix.plan_systemd import mends, previewed
from privaudit.fix.trees import plan_trees
from privaudit.host import HostError
from privaudit.model.definition import Definition, Domain
from privaudit.model.ownership import OwnershipPlan, TreeCensus
from privaudit.model.path import Role
from privaudit.model.plan import Plan
from privaudit.model.plan_launchd import (
    BootstrapJob,
    EnableJob,
    GiveFile,
    MakeMacAccount,
    ProveJob,
    RetireJob,
    StopJob,
)
from privaudit.model.steps import GiveTrees, RemoveFiles, Rescan, Step

_LIMIT = 300
"""Seconds that a service without a profile may take to stop."""
_FIRST_OPEN_PORT = 1024
_BY_THE_PREFIX = "data-exposed"
"""Whoever owns a prefix can still exchange what lies in it: a fix that leaves it to them promises less."""
_NAME = re.compile(r"_[a-z][a-z0-9_-]{0,29}")
"""Of accounts that are made: as macOS names those of services."""


def compose(case: Case) -> Plan | None:
    """Plan the fix; None: all is as it should be. Refuse with every reason that stands against it."""
    definition = case.service.definition
    if definition is None:
        raise Refuse(case.service.id, "has no job", "write a job for it, with UserName, and load it")
    trees, _ = plan_trees(case)
    its_own = definition.domain is Domain.SYSTEM and definition.user == case.target.name
    if its_own:
        return _in_place(case, definition, trees)
    if not case.failing and case.wish.user is None and not trees.trees:
        return None
    refuse_makers(case, definition)
    _refuse_missing(case)
    _refuse_root(case, definition)
    if case.host.live and definition.enabled == "disabled" and not case.service.running:
        raise Refuse(definition.id, "is disabled and does not run", "enable and start it, then fix it")
    return _moved(case, definition, trees)


def _in_place(case: Case, definition: Definition, trees: OwnershipPlan) -> Plan | None:
    """Its definition is right: only what belongs to others, or what still runs as before, is set right."""
    files = plan_files(case, definition, [tree.path for tree in trees.trees])
    stale = case.service.running and case.former.uid != case.target.uid
    census = previewed(case, trees)
    if not (census or files or stale):
        return None
    steps: list[Step] = [*_given(trees), *files]
    notes: list[str] = []
    path = definition.path or ""
    if case.host.live and case.service.running:
        programs, limit = _programs(case), _limit(case)
        group = definition.group or ""  # launchd shows none where the job names none
        tail, notes = _started(case, definition.id, path, group, [tree.path for tree in census], once=False)
        steps = [StopJob(definition.id, path, programs, limit), *steps, *tail]
    elif not case.host.live:
        steps.append(Rescan(definition.id))
    return Plan(
        service=definition.id,
        name=case.name,
        account=case.target.name,
        former=case.former.name,
        move="ownership",
        steps=tuple(steps),
        census=census,
        mends=tuple(
            each for each in mends(case, [tree.path for tree in census]) if each[0] != _BY_THE_PREFIX
        ),
        was_running=case.host.live and case.service.running,
        notes=tuple(notes),
    )


def _moved(case: Case, definition: Definition, trees: OwnershipPlan) -> Plan:
    """A daemon of ours takes the place of the job."""
    made = daemon(case, definition)
    files = plan_files(case, definition, [tree.path for tree in trees.trees])
    given = [*(tree.path for tree in trees.trees), *(step.path for step in files)]
    blocked = unreachable(case, definition, given)
    if blocked:
        raise Refuse(blocked[0].what, blocked[0].why, blocked[0].todo, *blocked[1:])
    census = previewed(case, trees)
    beside = next((each for each in case.snapshot.services if each.id == made.label), None)
    running = case.host.live and (case.service.running or (beside is not None and beside.running))
    steps: list[Step] = [_retire(case, definition), *_given(trees), *files]
    if case.host.live and beside is not None and beside.running and _untouched(made, census, files):
        steps.append(ProveJob(made.label, case.target.name, case.target.group, made.path, once=made.once))
        notes = [f"{made.label} runs already, and goes on running"]
    elif case.host.live:
        steps += _left(case)
        steps.append(made.write)
        tail, notes = _live_end(case, made, [tree.path for tree in census], running=running)
        stop = [] if beside is None else [StopJob(made.label, made.path, _programs(case), _limit(case))]
        steps = [*_account(case), *stop, *steps, *tail]
    else:
        steps += [made.write, Rescan(made.label)]
        notes = _remains(case, definition, made)
    return Plan(
        service=made.label,
        name=case.name,
        account=case.target.name,
        former=case.former.name,
        move="system-daemon",
        steps=tuple(steps),
        census=census,
        mends=mends(case, [tree.path for tree in census]),
        replaces=definition.id,
        was_running=running,
        notes=(*made.notes, *notes, *not_cured(case, definition)),
    )


def _refuse_root(case: Case, definition: Definition) -> None:
    """A daemon of root's that needs root for its ports, or whose files are root's."""
    if definition.domain is not Domain.SYSTEM:
        return
    ports = sorted({each.port for each in case.service.listeners if 0 < each.port < _FIRST_OPEN_PORT})
    unseen = not case.host.live and (case.root_master or case.profile is None)
    if (ports or unseen) and "Sockets" not in definition.triggered_by:
        why = f"opens port {ports[0]}, which needs root" if ports else "may open ports that need root"
        todo = f"have it change to {case.target.name} by its own configuration once its ports are open"
        raise Refuse(definition.id, why, todo)
    for path in case.service.paths:
        kept = path.role in {Role.DATA, Role.RUN} and path.tree_owned_by_persons is not True
        if kept and path.owner_uid == 0:
            why = "belongs to root, whose files cannot be told from what others planted"
            todo = f"look through it, then: chown -R {case.target.name} {path.target}"
            raise Refuse(path.target, why, todo)


def _account(case: Case) -> list[Step]:
    if case.target.exists:
        return []
    if not _NAME.fullmatch(case.target.name):
        why = "is no name for a service account: an underscore, then small letters, digits, _ and -"
        raise Refuse(case.target.name, why, "name another one with --user")
    return [MakeMacAccount(case.target.name, case.target.uid, f"{case.name} service")]


def _retire(case: Case, definition: Definition) -> RetireJob:
    owner = Accounts(case.host).account(definition.owner)
    if definition.path is not None and (uid := case.host.lstat(definition.path).uid) != definition.owner:
        why = f"belongs to uid {uid}, not to {owner.label}, whose job it is"
        raise Refuse(definition.path, why, f"chown {owner.label} {definition.path}, then fix again")
    system = definition.domain is Domain.SYSTEM
    logged_in = any(row.uids.real == definition.owner for row in case.host.processes())
    domains = ("system",) if system else (f"gui/{definition.owner}", f"user/{definition.owner}")
    return RetireJob(
        definition.id,
        definition.path or "",
        definition.owner,
        owner.label,
        domains if case.host.live and (system or logged_in) else (),
        domains[0],
        _programs(case),
        _limit(case),
    )


def _untouched(made: Daemon, census: tuple[TreeCensus, ...], files: list[GiveFile]) -> bool:
    """Whether only a copy has to go that came back beside our daemon."""
    return made.write.was == made.write.text and not census and not files


def _given(trees: OwnershipPlan) -> list[Step]:
    return [GiveTrees(trees, "disks")] if trees.trees else []


def _left(case: Case) -> list[Step]:
    """Sockets and locks in /tmp, which is sticky: the new account could not take the former one's away."""
    leaves = case.profile.leaves if case.profile is not None else ()
    return [RemoveFiles(leaves, case.former.uid)] if leaves else []


def _live_end(case: Case, made: Daemon, trees: list[str], *, running: bool) -> tuple[list[Step], list[str]]:
    if not running:
        note = f"{case.service.id} does not run: {made.label} starts at the next boot"
        return [EnableJob(made.label)], [note]
    return _started(case, made.label, made.path, case.target.group, trees, once=made.once)


def _started(
    case: Case, label: str, path: str, group: str, trees: list[str], *, once: bool
) -> tuple[list[Step], list[str]]:
    health, notes = asked(case)
    steps: list[Step] = [
        EnableJob(label),
        BootstrapJob(label, path, _programs(case), _limit(case)),
        ProveJob(label, case.target.name, group, path, tuple(trees), once=once),
        *([health] if health is not None and not once else []),
    ]
    return steps, notes


def _remains(case: Case, definition: Definition, made: Daemon) -> list[str]:
    """What cannot be done on a disk: nothing runs there."""
    notes = [
        f"nothing is started: launchd loads {made.label} as {case.target.name} from the next boot on",
        f"after that boot look with `privaudit scan --service {case.name}`",
    ]
    if definition.domain is not Domain.SYSTEM:
        notes.append(
            f"the label is not disabled on a disk: after that boot, "
            f"launchctl disable gui/{definition.owner}/{definition.id}"
        )
    leaves = case.profile.leaves if case.profile is not None else ()
    notes += [
        f"{path} stays: remove it if it is there after the boot" for path in leaves if _exists(case, path)
    ]
    return notes


def _refuse_missing(case: Case) -> None:
    """An account that only the running machine can make: the store of its accounts is never edited."""
    if case.target.exists or case.host.live:
        return
    name, service = case.target.name, case.wish.service
    why = "is no account of that system, and its store of accounts is not for others to write"
    todo = f"a step for its first boot: `privaudit fix {service}` there makes {name} with dscl(1)"
    raise Refuse(name, why, todo)


def _exists(case: Case, path: str) -> bool:
    try:
        case.host.lstat(path)
    except HostError:
        return False
    return True


def _programs(case: Case) -> tuple[str, ...]:
    return case.profile.matches.programs if case.profile is not None else ()


def _limit(case: Case) -> int:
    return case.profile.stop_timeout if case.profile is not None else _LIMIT
