"""Take a fix back that was done, or finish putting back one that was cut short."""

from dataclasses import replace

from privaudit.fix.apply import put_back
from privaudit.fix.journal import histories, reopen
from privaudit.fix.ownership import StateFolder
from privaudit.fix.ownership.signals import Signals
from privaudit.fix.steps import Site
from privaudit.model.ownership import Refusal
from privaudit.model.plan import FixOutcome, FixRecord, FixState, FixStatus


def undo(site: Site) -> FixOutcome:
    """Take back the fix that the site names: DONE, NOTHING (undone already) or LEFT_OPEN.

    Signals wait until all is back. FileNotFoundError: there is no such fix.
    """
    with Signals():
        journal = reopen(site.state, site.fix)
        try:
            history = journal.history()
            if history.record.state is FixState.UNDONE:
                return FixOutcome(FixStatus.NOTHING, site.fix)
            reason = history.record.reason if history.record.state.open else "on request"
            outcome = put_back(site, journal, reason)
        finally:
            journal.close()
    if outcome.status is FixStatus.PUT_BACK:
        return replace(outcome, status=FixStatus.DONE, reason="")
    return outcome


def finish(site: Site) -> tuple[FixOutcome, ...]:
    """Put back every fix that a kill or a power loss cut short, the newest first."""
    cut = [each.record.id for each in histories(site.state) if each.record.state.open]
    return tuple(undo(replace(site, fix=fix)) for fix in reversed(cut))


def choose(state: StateFolder, fix: str | None) -> FixRecord | Refusal | None:
    """The fix to take back: the named one, else the newest that stands; None: nothing to take back."""
    found = histories(state)
    standing = [each.record for each in found if each.record.state is not FixState.UNDONE]
    if fix is None:
        return standing[-1] if standing else None
    named = next((each.record for each in found if each.record.id == fix), None)
    if named is None:
        of_service = [each for each in standing if fix in {each.service, each.id.rpartition("-")[0]}]
        named = of_service[-1] if of_service else None
    if named is None:
        known = ", ".join(each.record.id for each in found) or "none"
        return Refusal(fix, "there is no fix of this name", f"known are: {known}")
    if named.state is FixState.UNDONE:
        return None
    later = [each for each in standing if each.service == named.service and each.at > named.at]
    if later:
        ids = ", ".join(each.id for each in later)
        return Refusal(fix, f"{named.service} was fixed again since: {ids}", f"undo {later[-1].id} first")
    return named
