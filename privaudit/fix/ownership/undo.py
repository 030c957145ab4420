"""Put everything back as a journal says it was; may be killed at any time and run again."""

import time
from collections.abc import Callable
from dataclasses import replace

from privaudit.fix.ownership.failure import ChangedUnderUs, JournalDamaged, Refused
from privaudit.fix.ownership.freeze import freeze_all
from privaudit.fix.ownership.history import History, known_inodes, read_history
from privaudit.fix.ownership.journal import Journal, State
from privaudit.fix.ownership.pace import Pace, Tell
from privaudit.fix.ownership.preflight import refuse_holders
from privaudit.fix.ownership.records import Was
from privaudit.fix.ownership.restore import Report, Restore
from privaudit.fix.ownership.signals import Signals
from privaudit.fix.ownership.state import StateFolder
from privaudit.fix.ownership.trees import OpenTrees
from privaudit.host.changes import Changes
from privaudit.model.ownership import Outcome, Phase, Refusal, Status

Clock = Callable[[], float]


def put_back(changes: Changes, journal: Journal, clock: Clock, pace: Pace | None = None) -> Outcome:
    """Undo, without asking whether anybody holds the trees; used by `undo` and when a change fails.

    The outcome is DONE, NOTHING (there was nothing to undo) or LEFT_OPEN; JournalDamaged is raised before
    anything is touched.
    """
    journal.cut_torn_tail()
    history = read_history(journal)
    if history.state in {None, State.UNDONE}:
        return Outcome(Status.NOTHING, journal.path)
    with OpenTrees(changes, (top.tree for top in history.tops)) as trees:
        try:
            report = _restore(changes, journal, history, trees, clock, pace or Pace())
        except (OSError, ChangedUnderUs) as problem:
            return Outcome(Status.LEFT_OPEN, journal.path, reason=str(problem))
    return _outcome(journal, report)


def _restore(
    changes: Changes, journal: Journal, history: History, trees: OpenTrees, clock: Clock, pace: Pace
) -> Report:
    reached, missing = _reach(trees, history)
    numbers = [number for number, _tree in enumerate(history.tops) if number in reached]
    journal.state(State.UNDOING, clock())
    known = known_inodes(journal, frozenset(numbers))
    by_device: dict[int, dict[int, Was]] = {}
    for position, number in enumerate(numbers):
        by_device.setdefault(trees.forest.device(position), {}).update(known.pop(number))
    restore = Restore(
        changes,
        trees.forest,
        journal,
        tuple(history.tops[number].tree for number in numbers),
        tuple(numbers),
        by_device,
    )
    for where, why in missing:
        restore.report.note_left(where, why, failed=True)
    restore.tops()
    freeze_all(changes, trees.forest, journal, restore, pace, Phase.RESTORING)
    restore.finish()
    restore.release()
    if not restore.report.failed:
        journal.state(State.UNDONE, clock())
    return restore.report


def _reach(trees: OpenTrees, history: History) -> tuple[set[int], list[tuple[str, str]]]:
    """Open the tops that are still there: (their numbers, what is missing and why)."""
    reached: set[int] = set()
    missing = []
    for number, top in enumerate(history.tops):
        try:
            if trees.reach(top.tree, top.inode):
                reached.add(number)
            else:
                missing.append((top.tree.path, f"the folder with inode {top.inode} is not there any more"))
        except Refused as problem:
            missing.append((top.tree.path, str(problem)))
    return reached, missing


def _outcome(journal: Journal, report: Report) -> Outcome:
    return Outcome(
        Status.LEFT_OPEN if report.failed else Status.DONE,
        journal.path,
        changed=report.changed,
        reason=f"{report.failed} entries could not go back" if report.failed else "",
        born=report.born,
        examples=tuple(report.born_examples),
        changed_since=tuple(report.since_examples),
        changed_since_count=report.since,
        left=tuple(report.left_examples),
        left_count=report.left,
    )


def stopped(changes: Changes, journal: Journal, problem: Exception, clock: Clock) -> Outcome:
    """Put back after problem, and say why; a refusal stays a refusal if all is back."""
    try:
        back = put_back(changes, journal, clock)
    except (OSError, JournalDamaged) as worse:
        return Outcome(Status.LEFT_OPEN, journal.path, reason=f"{problem}; then {worse}")
    if back.status is Status.LEFT_OPEN:
        return replace(back, reason=f"{problem}; then {back.reason}")
    refusals = problem.refusals if isinstance(problem, Refused) else ()
    status = Status.REFUSED if refusals else Status.PUT_BACK
    return replace(back, status=status, refusals=refusals, reason=str(problem))


def undo(
    changes: Changes,
    state: StateFolder,
    name: str,
    *,
    tell: Tell | None = None,
    clock: Clock = time.time,
) -> Outcome:
    """Undo the run whose journal is called name in the state folder.

    DONE, NOTHING (undone already) or LEFT_OPEN (something could not go back: run it again); REFUSED while
    a process still holds the top of a tree. Signals wait until all is back.
    """
    journal = state.open(name)
    try:
        with Signals():
            refusals = _held(changes, journal)
            if refusals:
                return Outcome(Status.REFUSED, journal.path, refusals=refusals, reason="the tree is held")
            return put_back(changes, journal, clock, Pace(tell))
    finally:
        journal.close()


def _held(changes: Changes, journal: Journal) -> tuple[Refusal, ...]:
    """Processes in the top folders, asked before anything is touched."""
    with OpenTrees(changes, ()) as trees:
        _reach(trees, read_history(journal))
        tops = {
            (trees.forest.device(number), trees.forest.inode(number)) for number in range(len(trees.paths))
        }
        holders = changes.holders(lambda device, inode: (device, inode) in tops)
        return tuple(refuse_holders(holders, ", ".join(trees.paths)))
