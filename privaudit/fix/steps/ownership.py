"""Give folders to the account with the ownership engine, and take them back."""

import posixpath

from privaudit.fix.ownership import apply, preview, undo
from privaudit.fix.ownership.approach import Approach
from privaudit.fix.ownership.failure import Refused
from privaudit.fix.steps import Before, Failed, NotBack, Site
from privaudit.model.ownership import Outcome, OwnershipPlan, Refusal, Status, Tree
from privaudit.model.steps import GiveTrees

_BACK = "-back"
_SHOWN = 3
_OTHERS_WRITE = 0o022
_HELD, _POLL = 15, 0.5
"""Seconds that somebody who holds a tree is waited for, with the service down."""


class TreesDoer:
    """`privaudit.fix.ownership` does all of it, and keeps a journal of its own."""

    reverts = True

    def needed(self, step: GiveTrees, site: Site) -> bool:
        """Whether anything in the trees belongs to the former owner, or refuses."""
        census = preview(site.changes, step.ownership)
        return census.needed or bool(census.refusals)

    def before(self, step: GiveTrees, site: Site) -> Before:
        """The boot, since /run is gone after the next one; and how the tops were, for that case."""
        tops = {}
        for tree in step.ownership.trees:
            kept = site.hands.look(tree.path)
            if kept is not None:
                tops[tree.path] = [kept.uid, kept.gid, kept.mode]
        return {"boot": site.hands.boot(), "tops": tops}

    def do(self, step: GiveTrees, before: Before, site: Site) -> None:
        """Preview once more, now that the service is stopped, and change hands."""
        del before
        census = preview(site.changes, step.ownership)
        outcome = apply(site.changes, census, site.state, _journal(step, site))
        if outcome.status not in {Status.DONE, Status.NOTHING}:
            raise Failed(_why(outcome.refusals) or outcome.reason)

    def undo(self, step: GiveTrees, before: Before, site: Site) -> tuple[str, ...]:
        """Everything as the engine's journal says; after a reboot, what is new in /run in its place."""
        if step.volatile and before["boot"] != site.hands.boot():
            return _give_back(step, before["tops"], site)
        try:
            outcome = _undone(_journal(step, site), site)
        except FileNotFoundError:
            return ()  # the engine refused or was killed before it began
        if outcome.status in {Status.DONE, Status.NOTHING}:
            return _notes(outcome)
        gone = [tree.path for tree in step.ownership.trees if _gone(tree.path, site)]
        if gone and outcome.left_count == len(gone):
            return (*_notes(outcome), f"{', '.join(gone)}: gone since, nothing to give back")
        raise NotBack(_why(outcome.refusals) or _left(outcome))


def _undone(journal: str, site: Site) -> Outcome:
    """Ask the engine; whoever only looks into the folder (a backup, a search) is waited for."""
    ends = site.hands.now() + _HELD
    while True:
        outcome = undo(site.changes, site.state, journal)
        if outcome.status is not Status.REFUSED or site.hands.now() > ends:
            return outcome
        site.hands.wait(_POLL)


def _gone(path: str, site: Site) -> bool:
    """Nothing is there, and only root can have taken it away: others may bring it back in a moment."""
    while path != "/":
        try:
            approach = Approach(site.changes, path)
        except Refused:
            path = posixpath.dirname(path)
            continue
        try:
            if any(each.uid != 0 or each.mode & _OTHERS_WRITE for each in approach.steps):
                return False
            site.changes.status_at(approach.folder, approach.name)
        except FileNotFoundError:
            return True
        finally:
            approach.close()
        return False
    return False


def _give_back(step: GiveTrees, tops: dict[str, list[int]], site: Site) -> tuple[str, ...]:
    trees = []
    for tree in step.ownership.trees:
        kept = site.hands.look(tree.path)
        if kept is None or kept.uid != tree.to_uid or tree.path not in tops:
            continue  # whoever makes it at boot gives it to somebody else by itself
        uid, gid, mode = tops[tree.path]
        if uid not in {0, tree.to_uid}:
            trees.append(Tree(tree.path, tree.to_uid, uid, gid, mode))
    if not trees:
        return ()
    census = preview(site.changes, OwnershipPlan(tuple(trees)))
    number = sum(name.startswith(_journal(step, site) + _BACK) for name in site.state.names())
    outcome = apply(site.changes, census, site.state, f"{_journal(step, site)}{_BACK}{number}")
    if outcome.status not in {Status.DONE, Status.NOTHING}:
        raise NotBack(_why(outcome.refusals) or outcome.reason)
    return (f"{', '.join(tree.path for tree in trees)}: made anew since, given back as it is now",)


def _journal(step: GiveTrees, site: Site) -> str:
    """`mysql-1.owners-disks`."""
    return f"{site.fix}.owners-{step.part}"


def _why(refusals: tuple[Refusal, ...]) -> str:
    shown = [f"{each.says}: {each.todo}" for each in refusals[:_SHOWN]]
    if len(refusals) > _SHOWN:
        shown.append(f"and {len(refusals) - _SHOWN} more")
    return "; ".join(shown)


def _left(outcome: Outcome) -> str:
    return "; ".join((outcome.reason, *outcome.left[:_SHOWN]))


def _notes(outcome: Outcome) -> tuple[str, ...]:
    notes = []
    if outcome.born:
        first = ", ".join(outcome.examples[:_SHOWN])
        made = "1 entry" if outcome.born == 1 else f"{outcome.born} entries"
        notes.append(f"made since the fix, and given to the former owner too, {made}: {first}")
    if outcome.changed_since_count:
        first = ", ".join(outcome.changed_since[:_SHOWN])
        changed = "1 entry" if outcome.changed_since_count == 1 else f"{outcome.changed_since_count} entries"
        notes.append(f"changed by others since the fix, and left so, {changed}: {first}")
    return (*notes, *outcome.notes)
