"""Take a fix back that was done, or finish putting back one that was cut short."""

from dataclasses import replace

from privaudit.fix.apply import put_back
from privaudit.fix.journal import number, read_all, reopen
from privaudit.fix.ownership import JournalDamaged, StateFolder
from privaudit.fix.ownership.signals import Signals
from privaudit.fix.steps import Site
from privaudit.model.ownership import Refusal
from privaudit.model.plan import DamagedRecord, FixOutcome, FixRecord, FixState, FixStatus


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
    """Put back every fix that a kill or a power loss cut short, the newest first.

    JournalDamaged, before anything: one that may be cut short cannot be read.
    """
    memory = read_all(site.state)
    for each in memory.damaged:
        if each.open:
            raise JournalDamaged(f"{each.id} may be half done: {each.reason}")
    cut = [each.record.id for each in memory.histories if each.record.state.open]
    return tuple(undo(replace(site, fix=fix)) for fix in reversed(cut))


def require_readable(state: StateFolder, service: str, name: str) -> None:
    """JournalDamaged if a record of the service is; name: what its fixes are called after."""
    for each in read_all(state).damaged:
        if {service, name} & _names(each):
            raise JournalDamaged(each.reason)


def choose(state: StateFolder, fix: str | None) -> FixRecord | Refusal | None:
    """The fix to take back: the named one, else a half done one, else the newest; None: there is none.

    JournalDamaged: a record that cannot be read may be of that fix, or of a newer one of its service.
    """
    memory = read_all(state)
    found = [each.record for each in memory.histories]
    meant = {fix, *(each.service for each in found if fix in {each.id, *_names(each)})}
    for each in memory.damaged:
        if fix is None or not each.service or meant & {each.id, *_names(each)}:
            raise JournalDamaged(each.reason)
    standing = [each for each in found if each.state is not FixState.UNDONE]
    if fix is None:
        half = [each for each in standing if each.state.open]
        return _last(standing, (half or standing)[-1]) if standing else None
    named = next((each for each in found if each.id == fix), None)
    if named is None:
        of_service = [each for each in standing if fix in _names(each)]
        named = _last(standing, of_service[-1]) if of_service else None
    if named is None:
        known = ", ".join(each.id for each in found) or "none"
        return Refusal(fix, "there is no fix of this name", f"known are: {known}")
    if named.state is FixState.UNDONE:
        return None
    last = _last(standing, named)
    if last.id != named.id:
        return Refusal(fix, f"{named.service} was fixed again since: {last.id}", f"undo {last.id} first")
    return named


def _names(fix: FixRecord | DamagedRecord) -> set[str]:
    return {fix.service, fix.service.removesuffix(".service"), fix.id.rpartition("-")[0]}


def _last(standing: list[FixRecord], fix: FixRecord) -> FixRecord:
    """The last fix of the same service: clocks are set back, numbers are not."""
    return max((each for each in standing if each.service == fix.service), key=lambda each: number(each.id))
