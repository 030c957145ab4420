"""Finish what a killed run began: forward if its census was complete, back if it was not."""

import time
from collections.abc import Callable

from privaudit.fix.ownership.change import Change
from privaudit.fix.ownership.failure import ChangedUnderUs, Interrupted, JournalDamaged, Refused
from privaudit.fix.ownership.history import History, read_history
from privaudit.fix.ownership.journal import Journal, State
from privaudit.fix.ownership.pace import Pace, Tell
from privaudit.fix.ownership.signals import Signals
from privaudit.fix.ownership.state import StateFolder
from privaudit.fix.ownership.trees import OpenTrees
from privaudit.fix.ownership.undo import stopped
from privaudit.host.changes import Changes
from privaudit.model.ownership import Outcome, Status

Clock = Callable[[], float]


def resume(
    changes: Changes,
    state: StateFolder,
    name: str,
    *,
    tell: Tell | None = None,
    clock: Clock = time.time,
) -> Outcome:
    """Take up the journal called name in the state folder.

    DONE: the change is complete now. PUT_BACK: the census had not been finished, or an undo had begun, or
    going on failed; everything is as it was. NOTHING: there was nothing to finish.
    """
    journal = state.open(name)
    try:
        journal.cut_torn_tail()
        history = read_history(journal)
        if history.state in {None, State.CHANGED, State.UNDONE}:
            return Outcome(Status.NOTHING, journal.path)
        if history.state in {State.FREEZING, State.UNDOING}:
            return stopped(changes, journal, Interrupted("the run was stopped early"), clock)
        with Signals() as signals, OpenTrees(changes, (top.tree for top in history.tops)) as trees:
            pace = Pace(tell, signals)
            try:
                changed = _forward(changes, journal, history, trees, pace, clock)
            except (OSError, ChangedUnderUs, Interrupted, Refused, JournalDamaged) as problem:
                return stopped(changes, journal, problem, clock)
        return Outcome(Status.DONE, journal.path, changed=changed)
    finally:
        journal.close()


def _forward(
    changes: Changes,
    journal: Journal,
    history: History,
    trees: OpenTrees,
    pace: Pace,
    clock: Clock,
) -> int:
    """Go on with the change: what has changed hands already is right."""
    for top in history.tops:
        if not trees.reach(top.tree, top.inode):
            raise ChangedUnderUs(f"{top.tree.path} is not there any more")
    for parent, name, inode, _was in history.folders[len(history.tops) :]:
        if parent is None:
            raise JournalDamaged(f"{journal.path}: more tops than trees")
        trees.forest.add(parent, name, inode)
    change = Change(changes, trees.forest, trees.trees, None)
    if history.state is State.CHANGING:
        change.entries(journal, pace)
        journal.state(State.RELEASING, clock())
    change.release([was for _parent, _name, _inode, was in history.folders], pace)
    journal.state(State.CHANGED, clock())
    return change.changed
