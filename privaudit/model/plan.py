"""What a fix would do and how it ended: the plan that is shown, the outcome, and the record."""

from dataclasses import dataclass
from enum import StrEnum

from privaudit.model.ownership import Refusal, TreeCensus
from privaudit.model.steps import Step


@dataclass(frozen=True, slots=True)
class Plan:
    """One fix of one service, complete: nothing that is not in it is done."""

    service: str
    """Unit name or label."""
    name: str
    """What the fix is called after: the profile, or the unit's short name."""
    account: str
    """Whom it will run as."""
    former: str
    """Whom it runs as, or who owns its files, now."""
    move: str
    """How its account changes: a move of the catalogue (`drop-in`, `ownership`, …)."""
    steps: tuple[Step, ...]
    census: tuple[TreeCensus, ...] = ()
    """What the trees hold, seen while the service still ran: not binding."""
    mends: tuple[tuple[str, str], ...] = ()
    """(rule, fingerprint) of what fails now and must not fail afterwards, sorted."""
    replaces: str = ""
    """The unit or label that is gone when the plan is done; empty: service itself stays."""
    was_running: bool = True
    notes: tuple[str, ...] = ()
    """What a person should know before saying yes."""


@dataclass(frozen=True, slots=True)
class NoPlan:
    """Why there is nothing that a fix should do."""

    service: str
    refusals: tuple[Refusal, ...] = ()
    """Empty: all is as it should be already."""
    candidates: tuple[str, ...] = ()
    """Several services go by that name: these."""


class FixState(StrEnum):
    """Where a fix is; the last one in its record counts."""

    DOING = "doing"
    DONE = "done"
    UNDOING = "undoing"
    UNDONE = "undone"

    @property
    def open(self) -> bool:
        """Something may be half done: the next fix or undo puts it back first."""
        return self in {FixState.DOING, FixState.UNDOING}


class FixStatus(StrEnum):
    """How a fix or an undo ended."""

    DONE = "done"
    NOTHING = "nothing to do"
    REFUSED = "refused"
    """Before anything was changed."""
    PUT_BACK = "put back"
    """It failed or was interrupted, and everything is as it was."""
    LEFT_OPEN = "left open"
    """It failed, and not everything could be put back: `undo` can be run again."""


@dataclass(frozen=True, slots=True)
class FixOutcome:
    """What a fix or an undo did."""

    status: FixStatus
    fix: str
    """Its id: `mysql-1`."""
    reason: str = ""
    """Why it did not end in DONE or NOTHING: one line."""
    log: tuple[str, ...] = ()
    """Lines of the service's log that show the cause."""
    notes: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    """What is not back, each with the reason."""


@dataclass(frozen=True, slots=True)
class DamagedRecord:
    """The record of a fix that cannot be relied upon."""

    id: str
    service: str
    """As far as the record still tells; else empty."""
    open: bool
    """The fix may be half done: the record does not end with one that was done or taken back."""
    reason: str


@dataclass(frozen=True, slots=True)
class FixRecord:
    """One fix as the state folder remembers it."""

    id: str
    """`mysql-1`: for `privaudit undo`."""
    service: str
    account: str
    former: str
    state: FixState
    at: float
    """When it began, seconds since the epoch."""
    reason: str = ""
    """Why it was put back, if it was."""
