"""Change the owners of a plan's trees, or leave everything as it was."""

import time
from collections.abc import Callable

from privaudit.fix.ownership.change import Change
from privaudit.fix.ownership.failure import ChangedUnderUs, Interrupted, JournalDamaged, Refused
from privaudit.fix.ownership.freeze import freeze_all
from privaudit.fix.ownership.history import VERSION
from privaudit.fix.ownership.journal import Journal, State
from privaudit.fix.ownership.pace import Pace, Tell
from privaudit.fix.ownership.preflight import refuse_holders
from privaudit.fix.ownership.signals import Signals
from privaudit.fix.ownership.state import StateFolder
from privaudit.fix.ownership.take import Take
from privaudit.fix.ownership.tally import Tally
from privaudit.fix.ownership.trees import OpenTrees
from privaudit.fix.ownership.undo import put_back, stopped
from privaudit.host.changes import Changes
from privaudit.model.ownership import Census, Outcome, Phase, Refusal, Status

Clock = Callable[[], float]
_STOPS = (OSError, ChangedUnderUs, Interrupted, Refused, JournalDamaged)


def apply(
    changes: Changes,
    census: Census,
    state: StateFolder,
    name: str,
    *,
    tell: Tell | None = None,
    clock: Clock = time.time,
) -> Outcome:
    """Change hands as `preview` showed; name is the new journal's file name in the state folder.

    Everything that fails, every refusal found under freeze and every signal ends with everything put
    back. Unexpected exceptions are raised after putting back.
    """
    if census.refusals:
        return Outcome(Status.REFUSED, refusals=census.refusals, reason="the preview refused")
    if not census.needed:
        return Outcome(Status.NOTHING)
    with Signals() as signals, OpenTrees(changes, census.plan.trees) as trees:
        pace = Pace(tell, signals)
        refusals = _before(changes, census, trees)
        if refusals:
            return Outcome(Status.REFUSED, refusals=tuple(refusals), reason="refused before any change")
        journal = state.create(name)
        try:
            return _journalled(changes, census, trees, journal, pace, clock)
        finally:
            journal.close()


def _before(changes: Changes, census: Census, trees: OpenTrees) -> list[Refusal]:
    """Ask everything once more that can be asked without freezing."""
    refusals = trees.refuse(census.plan)
    if refusals:
        return refusals
    tops = {(trees.forest.device(number), trees.forest.inode(number)) for number in range(len(trees.paths))}
    holders = changes.holders(lambda device, inode: (device, inode) in tops)
    return refuse_holders(holders, ", ".join(trees.paths))


def _journalled(
    changes: Changes,
    census: Census,
    trees: OpenTrees,
    journal: Journal,
    pace: Pace,
    clock: Clock,
) -> Outcome:
    """The run from its first record to its last; whatever stops it, all is put back."""
    try:
        journal.reserve(sum(tree.journal_bytes for tree in census.trees))
    except OSError as problem:
        refusal = Refusal(journal.path, f"no room for the journal: {problem.strerror}", "make room there")
        return Outcome(Status.REFUSED, journal.path, refusals=(refusal,), reason=str(problem))
    try:
        changed = _forward(changes, census, trees, journal, pace, clock)
    except _STOPS as problem:
        return stopped(changes, journal, problem, clock)
    except BaseException:
        put_back(changes, journal, clock)
        raise
    return Outcome(Status.DONE, journal.path, changed=changed)


def _forward(
    changes: Changes,
    census: Census,
    trees: OpenTrees,
    journal: Journal,
    pace: Pace,
    clock: Clock,
) -> int:
    """Freeze, take the census, change, release; inodes changed."""
    journal.write(_header(trees, clock()))
    tallies = [Tally(tree, path) for tree, path in zip(trees.trees, trees.paths, strict=True)]
    take = Take(changes, trees.forest, journal, tallies, sum(tree.folders for tree in census.trees))
    take.tops()
    journal.state(State.FREEZING, clock())
    freeze_all(changes, trees.forest, journal, take, pace, Phase.FREEZING)
    refusals = [*take.finish(), *trees.mounts(), *_held(changes, trees, take)]
    if refusals:
        raise Refused(tuple(refusals))
    journal.state(State.CHANGING, clock())
    change = Change(changes, trees.forest, trees.trees, take.ctimes)
    change.entries(journal, pace)
    pace.step(Phase.RELEASING, 0, len(take.folders))
    journal.state(State.RELEASING, clock())
    change.release(take.folders, pace)
    journal.state(State.CHANGED, clock())
    return change.changed


def _held(changes: Changes, trees: OpenTrees, take: Take) -> list[Refusal]:
    """With everything frozen nobody can open anything new: who holds nothing now never will."""
    devices = {trees.forest.device(number) for number in range(len(trees.paths))}
    holders = changes.holders(lambda device, _inode: device in devices)
    held = {holder.inode for holder in holders}
    held &= {inode for inode in take.inodes if inode in held} | {
        inode for number in range(len(trees.forest)) if (inode := trees.forest.inode(number)) in held
    }
    found = tuple(holder for holder in holders if holder.inode in held or not holder.device)
    return refuse_holders(found, ", ".join(trees.paths))


def _header(trees: OpenTrees, now: float) -> dict[str, object]:
    tops = [
        {
            "path": path,
            "inode": trees.forest.inode(number),
            "from": tree.from_uid,
            "to": f"{tree.to_uid}:{tree.to_gid}",
            "mode": None if tree.top_mode is None else f"{tree.top_mode:04o}",
        }
        for number, (tree, path) in enumerate(zip(trees.trees, trees.paths, strict=True))
    ]
    return {"privaudit": "ownership", "version": VERSION, "at": round(now, 3), "trees": tops}
