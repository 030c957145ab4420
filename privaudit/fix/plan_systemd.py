"""Put a plan together for a service of systemd's: stop, give, change, start, ask, prove."""

import re
from collections.abc import Sequence
from dataclasses import replace

from privaudit.collect.accounts import Accounts
from privaudit.fix.case import Case, Refuse
from privaudit.fix.health import asked
from privaudit.fix.moves.kinds import MOVES
from privaudit.fix.ownership import preview
from privaudit.fix.still_named import still_named
from privaudit.fix.trees import leftovers, plan_trees, roots_files
from privaudit.fix.trust import refuse_exposed, refuse_unsafe, what_stays
from privaudit.fix.units import Around, around
from privaudit.model.definition import Domain, Elevation
from privaudit.model.finding import Finding, Status
from privaudit.model.ownership import OwnershipPlan, Refusal, TreeCensus
from privaudit.model.plan import Plan
from privaudit.model.remedy import Remedy
from privaudit.model.service import Service
from privaudit.model.steps import (
    AskHealth,
    GiveTrees,
    MakeAccount,
    Prove,
    ReadBack,
    Reload,
    RemoveFiles,
    Rescan,
    StartUnits,
    Step,
    StopUnits,
    WorkerKind,
)

_GENERIC = "drop-in"
"""How a service without a profile moves."""
_UID = re.compile(r"\buid ([0-9]+)\b")
_UP = frozenset({"active", "reloading", "activating"})


def compose(case: Case) -> Plan | None:
    """Plan the fix; None: all is as it should be. Refuse with every reason that stands against it."""
    definition = case.service.definition
    if definition is None:
        raise Refuse(case.service.id, "has no unit", "write a unit for it, and start it by that")
    if definition.load_state == "masked":
        raise Refuse(case.service.id, "is masked", f"systemctl unmask {definition.id}")
    move = _GENERIC
    if case.profile is not None:
        move = case.profile.move.get("systemd", _GENERIC)
    change = MOVES[move](case)
    disks, volatile = plan_trees(case)
    census = previewed(case, OwnershipPlan(disks.trees + volatile.trees, disks.claims, disks.homes))
    if not (change.steps or census or _runs_as_another(case)):
        return None
    refuse_exposed(case)
    refuse_unsafe(case, change.steps)
    running = definition.active_state in _UP and case.host.live
    trees = [GiveTrees(disks, "disks")] if disks.trees else []
    trees += [GiveTrees(volatile, "run", volatile=True)] if volatile.trees else []
    middle: list[Step] = [*trees, *left_by(case, census), *change.steps]
    if case.host.live:
        steps, notes = _live(case, move, middle, its_own(census), running=running)
    else:
        steps, notes = _at_rest(case, middle)
    given = [tree.path for tree in census]
    over = mends(case, given)
    return Plan(
        service=definition.id,
        name=case.name,
        account=case.target.name,
        former=case.former.name,
        move=move,
        steps=tuple(steps),
        census=census,
        mends=over,
        was_running=running,
        notes=(
            *change.notes,
            *notes,
            *roots_files(case),
            *still_named(case, given),
            *_copies(case),
            *what_stays(case, over),
        ),
    )


def _copies(case: Case) -> list[str]:
    """Copies of it in people's own managers: they may want the same port and the same data."""
    found = [
        each
        for each in case.snapshot.services
        if each.profile and each.profile == case.service.profile and each.domain is not Domain.SYSTEM
    ]
    return [f"{each.id} of {each.runs_as.name} is another copy: it is not touched" for each in found]


def _live(
    case: Case, move: str, middle: list[Step], trees: list[str], *, running: bool
) -> tuple[list[Step], list[str]]:
    """(steps, notes) on a running machine: all is stopped before anything changes."""
    unit = case.service.id
    units = around(case.host, unit, case.profile)
    if not running:
        units = replace(units, followers=())  # they live without it
    stop = StopUnits(units.stopping(unit), units.starting(unit), units.stop_limit)
    account = account_steps(case)
    if not running:
        again = [StartUnits(units.active, units.start_limit)] if units.active else []
        return [*account, stop, *middle, *again], [f"{unit} does not run: it is not started"]
    if case.service.definition is not None and case.service.definition.sub_state == "exited":
        again = [StartUnits(units.starting(unit), units.start_limit)]
        return [*account, stop, *middle, *again], [f"{unit} leaves no process that could be looked at"]
    health, notes = asked(case)
    if _runs_as_another(case) and case.service.declared.user == case.target.name:
        former, wanted = case.former.name, case.target.name
        notes.append(f"it runs as {former} though its unit says {wanted}: undo cannot bring that back")
    return [*account, stop, *middle, *_start(case, move, units, health, trees)], notes


def _at_rest(case: Case, middle: list[Step]) -> tuple[list[Step], list[str]]:
    """(steps, what remains for the first boot) on a disk: nothing runs there, and nothing is started."""
    if not case.target.exists:
        todo = f"make it there first: chroot {case.host.root} useradd --system {case.target.name}"
        raise Refuse(case.target.name, "is no account of that system", todo)
    unit = case.service.id
    kept = [step for step in middle if not isinstance(step, Reload | ReadBack)]
    notes = [
        f"nothing is started: {unit} runs as {case.target.name} from the next boot on",
        f"after that boot look with `privaudit scan --service {case.name}`",
    ]
    return [*kept, Rescan(unit)], notes


def _runs_as_another(case: Case) -> bool:
    """Whether only a start is missing: the definition is right, and what runs is older than it."""
    return case.service.running and not case.root_master and case.former.uid != case.target.uid


def previewed(case: Case, ownership: OwnershipPlan) -> tuple[TreeCensus, ...]:
    """What the trees hold; Refuse with every reason not to touch them."""
    if not ownership.trees:
        return ()
    census = preview(case.changes, ownership)
    if census.refusals:
        first, *more = [_with_name(case, refusal) for refusal in census.refusals]
        raise Refuse(first.what, first.why, first.todo, *more)
    return census.trees


def _with_name(case: Case, refusal: Refusal) -> Refusal:
    """Add the name of an account where the ownership engine, which knows ids only, says `uid 1000`."""
    found = _UID.search(refusal.why)
    label = "" if found is None else Accounts(case.host).account(int(found[1])).label
    if found is None or label == found[0]:
        return refusal
    return replace(refusal, why=refusal.why.replace(found[0], f"{label} ({found[0]})"))


def its_own(census: Sequence[TreeCensus]) -> list[str]:
    """Folders that the account owns afterwards, so that it must be able to write there."""
    ours = {tree.path: {tree.tree.from_uid, tree.tree.to_uid} for tree in census}
    rows = [row for tree in census for row in tree.rows]
    return [row.example for row in rows if row.uid in ours.get(row.example, ())]


def left_by(case: Case, census: Sequence[TreeCensus]) -> list[Step]:
    """Remove what the former account's service may leave where nobody else can replace it."""
    paths = leftovers(case, [tree.path for tree in census])
    return [RemoveFiles(paths, case.former.uid)] if paths else []


def account_steps(case: Case) -> list[Step]:
    """Make the account where there is none."""
    if case.target.exists:
        return []
    return [MakeAccount(case.target.name, case.target.uid, f"{case.service.name} service")]


def _start(case: Case, move: str, units: Around, health: AskHealth | None, trees: list[str]) -> list[Step]:
    unit = case.service.definition.id if case.service.definition is not None else case.service.id
    start = StartUnits(units.starting(unit), units.start_limit)
    programs = case.profile.matches.programs if case.profile is not None else ()
    proof = Prove(
        unit,
        case.target.name,
        paths=tuple(trees),
        programs=() if case.root_master else programs,
        workers=_workers(case) if case.root_master else (),
        everyone=move == "drop-in" and not _elevated(case.service),
    )
    return [start, *([health] if health is not None else []), proof]


def _workers(case: Case) -> tuple[WorkerKind, ...]:
    """Children of a root master that must be the account, and nothing else."""
    workers = case.profile.workers if case.profile is not None else ()
    return tuple(
        WorkerKind(each.programs, each.titles, saved=not each.keeps_root_saved)
        for each in workers
        if each.account == "{account}" and not each.may_be_root
    )


def _elevated(service: Service) -> bool:
    """Whether the unit has commands that run as root whatever its `User=`: Debian's MariaDB has one."""
    commands = service.definition.commands if service.definition is not None else ()
    return any(each.elevation in {Elevation.FULL, Elevation.IDENTITY} for each in commands)


def mends(case: Case, trees: list[str]) -> tuple[tuple[str, str], ...]:
    """(rule, fingerprint) of what fails now and is over when the plan is done."""
    return tuple(sorted({(f.rule, f.fingerprint) for f in case.findings if _mended(case, f, trees)}))


def _mended(case: Case, finding: Finding, trees: list[str]) -> bool:
    if finding.service != case.service.id or finding.status is not Status.FAIL:
        return False
    if finding.remedy == Remedy.DEDICATED_ACCOUNT:
        return True
    given = {path.path for path in case.service.paths if path.target in trees}
    return finding.remedy == Remedy.RESTORE_OWNERSHIP and finding.path in given
