"""Carry a plan out: every step announced on the disk before it acts, and everything put back if one fails."""

from dataclasses import replace

from privaudit.fix.journal import FixHistory, FixJournal, create
from privaudit.fix.ownership import JournalDamaged, Untrusted
from privaudit.fix.ownership.failure import ChangedUnderUs, Interrupted, Refused
from privaudit.fix.ownership.signals import Signals
from privaudit.fix.steps import Failed, NotBack, Site
from privaudit.fix.steps.kinds import doer
from privaudit.host import HostError
from privaudit.host.act import ActError
from privaudit.model.plan import FixOutcome, FixState, FixStatus, Plan

STOPS = (
    Failed,
    ActError,
    HostError,
    OSError,
    Interrupted,
    Refused,
    ChangedUnderUs,
    JournalDamaged,
    Untrusted,
)
"""What ends a step without being a fault of privaudit itself."""


def apply(site: Site, plan: Plan) -> FixOutcome:
    """Do everything that the plan says, or leave everything as it was.

    Signals that ask to stop are obeyed between two steps and inside of long ones, by putting back. Unexpected
    exceptions are raised after putting back. REFUSED: the record could not be begun, and nothing was done.
    """
    with Signals() as signals:
        site = replace(site, check=signals.check)
        try:
            journal = create(site.state, site.fix)
        except OSError as problem:
            return _no_room(site, site.state.path, problem)
        try:
            try:
                journal.begin(site.fix, plan, site.hands.now())
            except OSError as problem:
                return _no_room(site, journal.path, problem)
            try:
                _forward(site, plan, journal)
                journal.state(FixState.DONE, site.hands.now())
            except STOPS as problem:
                log = problem.log if isinstance(problem, Failed) else ()
                return put_back(site, journal, str(problem), log)
            except BaseException as problem:
                put_back(site, journal, f"{type(problem).__name__}: {problem}")
                raise
            return FixOutcome(FixStatus.DONE, site.fix)
        finally:
            journal.close()


def _no_room(site: Site, path: str, problem: OSError) -> FixOutcome:
    why = f"no room for the record of the fix: {path}: {problem.strerror or problem}"
    return FixOutcome(FixStatus.REFUSED, site.fix, why)


def _forward(site: Site, plan: Plan, journal: FixJournal) -> None:
    for number, step in enumerate(plan.steps):
        site.check()
        if not doer(step).needed(step, site):
            continue
        site.tell(step.says)
        before = doer(step).before(step, site)
        if doer(step).reverts:
            journal.starting(number, before)
        doer(step).do(step, before, site)
    site.check()


def put_back(site: Site, journal: FixJournal, reason: str, log: tuple[str, ...] = ()) -> FixOutcome:
    """Take back every step that was begun, the last one first; the outcome is PUT_BACK or LEFT_OPEN.

    Signals are not listened to, and a full disk does not keep it from working. It stops at the first step
    that cannot be taken back: a database must not start on files that are not its own again.
    """
    site = replace(site, check=_go_on)
    history = journal.history()
    told = _note(journal, FixState.UNDOING, site.hands.now(), reason)
    notes, left = _backward(site, history)
    if not left:
        told = _note(journal, FixState.UNDONE, site.hands.now(), reason)
    if told:
        left = (*left, f"the record {journal.path} could not be closed: {told}")
    status = FixStatus.LEFT_OPEN if left else FixStatus.PUT_BACK
    return FixOutcome(status, site.fix, reason, log, notes, left)


def _backward(site: Site, history: FixHistory) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(notes, what is left)."""
    notes: list[str] = []
    for number, before in reversed(history.begun):
        step = history.steps[number]
        site.tell(f"take back: {step.says}")
        try:
            notes += doer(step).undo(step, before, site)
        except (NotBack, *STOPS) as problem:
            return tuple(notes), (f"not taken back: {step.says}: {problem}", *_rest(history, number))
    return tuple(notes), ()


def _rest(history: FixHistory, failed: int) -> list[str]:
    return [f"not taken back: {history.steps[n].says}" for n, _ in reversed(history.begun) if n < failed]


def _note(journal: FixJournal, state: FixState, at: float, reason: str) -> str:
    """Write a state; why it could not be written, or empty."""
    try:
        journal.state(state, at, reason)
    except OSError as problem:
        return problem.strerror or str(problem)
    return ""


def _go_on() -> None:
    """Nobody may stop putting back."""
