"""The record of one fix: what was to be done, how far it came, and what taking each step back must know.

    {"privaudit":"fix","version":1,"id":"mysql-1","service":"mariadb.service",…,"steps":[{"kind":…},…]}
    {"state":"doing","at":…}               doing · done · undoing · undone; the last one counts
    {"step":0,"before":{…}}                on the disk before step 0 does anything
    {"state":"done","at":…}

One JSON object a line with its checksum, in root's own folder (format: `privaudit.fix.ownership.journal`).
Files: `mysql-1.fix`, and `mysql-1.owners-…` of the ownership engine beside it.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from privaudit.fix.codec import decode, encode
from privaudit.fix.ownership import JournalDamaged, StateFolder
from privaudit.fix.ownership.journal import Journal
from privaudit.fix.steps import Before
from privaudit.model.plan import DamagedRecord, FixRecord, FixState, Plan
from privaudit.model.steps import Step

VERSION = 1
SUFFIX = ".fix"
_ROOM = 64 << 10
"""Bytes that the records of one fix need beside what its steps keep."""


@dataclass(slots=True)
class FixHistory:
    """A record, read back."""

    record: FixRecord
    steps: tuple[Step, ...]
    begun: list[tuple[int, Before]] = field(default_factory=list)
    """(number, what undo must know) of every step that may have done something, in their order."""
    plan: dict[str, object] = field(default_factory=dict)
    """The first record whole, for what was judged: `mends`, `move`."""


@dataclass(frozen=True, slots=True)
class Memory:
    """Every fix that the state folder remembers."""

    histories: tuple[FixHistory, ...]
    """The oldest first."""
    damaged: tuple[DamagedRecord, ...]
    """By id."""


class FixJournal:
    """An open record."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self.path = journal.path

    def begin(self, fix: str, plan: Plan, at: float) -> None:
        """Write what is going to happen; OSError if the disk has no room for the whole record."""
        steps = [encode(step) for step in plan.steps]
        self._journal.reserve(_ROOM + 3 * len(str(steps)))
        self._journal.write(
            {
                "privaudit": "fix",
                "version": VERSION,
                "id": fix,
                "at": round(at, 3),
                "service": plan.service,
                "name": plan.name,
                "account": plan.account,
                "former": plan.former,
                "move": plan.move,
                "mends": [list(each) for each in plan.mends],
                "steps": steps,
            }
        )
        self._journal.state(FixState.DOING, at)

    def starting(self, number: int, before: Before) -> None:
        """Note what taking the step back must know; on the disk when this returns."""
        self._journal.write({"step": number, "before": dict(before)})
        self._journal.sync()

    def state(self, state: FixState, at: float, reason: str = "") -> None:
        """Note where the fix is; works in the room kept free if the disk is full."""
        self._journal.state(state, at, **({"reason": reason} if reason else {}))

    def cut_torn_tail(self) -> None:
        """Remove what a crash left half written; JournalDamaged if it was relied upon."""
        self._journal.cut_torn_tail()

    def history(self) -> FixHistory:
        """Read it all; JournalDamaged if it is no record of a fix."""
        return _history(self._journal)

    def damaged(self, fix: str, reason: str) -> DamagedRecord:
        """Tell what is left of a record that is damaged."""
        try:
            lines = list(self._journal.salvage())
        except JournalDamaged:  # not even lines
            return DamagedRecord(fix, "", open=True, reason=reason)
        services = [each["service"] for each in lines if each and isinstance(each.get("service"), str)]
        last = lines[-1] if lines else None
        ended = last is not None and str(last.get("state")) in {FixState.DONE, FixState.UNDONE}
        return DamagedRecord(fix, str(services[0]) if services else "", open=not ended, reason=reason)

    def close(self) -> None:
        """Close it."""
        self._journal.close()


def create(state: StateFolder, fix: str) -> FixJournal:
    """Begin the record of a fix with this id."""
    return FixJournal(state.create(fix + SUFFIX))


def reopen(state: StateFolder, fix: str) -> FixJournal:
    """Open the record of a fix; FileNotFoundError if there is none of this id."""
    journal = FixJournal(state.open(fix + SUFFIX))
    try:
        journal.cut_torn_tail()
    except BaseException:
        journal.close()
        raise
    return journal


def next_id(state: StateFolder, name: str) -> str:
    """Name the next fix of a service: `mysql-2` after `mysql-1`."""
    stem = re.sub(r"[^A-Za-z0-9_.@:-]", "_", name).lstrip(".") or "service"
    taken = [
        int(found[1])
        for each in state.names()
        if (found := re.fullmatch(re.escape(stem) + r"-([0-9]{1,9})(?:\.fix|\.owners.*)", each))
    ]
    return f"{stem}-{max(taken, default=0) + 1}"


def identities(state: StateFolder) -> list[str]:
    """Ids of every fix that the folder remembers."""
    return [name.removesuffix(SUFFIX) for name in state.names() if name.endswith(SUFFIX)]


def read_all(state: StateFolder) -> Memory:
    """Read every fix; one whose first record never came to the disk did nothing. Raises Untrusted."""
    found: list[FixHistory] = []
    damaged: list[DamagedRecord] = []
    for fix in identities(state):
        journal = FixJournal(state.open(fix + SUFFIX))
        try:
            journal.cut_torn_tail()
            found.append(journal.history())
        except Unborn:
            continue
        except JournalDamaged as problem:
            damaged.append(journal.damaged(fix, str(problem)))
        finally:
            journal.close()
    found.sort(key=lambda each: (each.record.at, number(each.record.id)))
    return Memory(tuple(found), tuple(damaged))


def number(fix: str) -> int:
    """The number at its end: clocks are set back, and two fixes may begin in one moment."""
    digits = fix.rpartition("-")[2]
    return int(digits) if digits.isdecimal() else 0


class Unborn(Exception):
    """A record that a crash left before its first state was on the disk: nothing had been done."""


def _history(journal: Journal) -> FixHistory:
    records = iter(journal.records())
    first = next(records, None)
    if first is None:
        raise Unborn(journal.path)
    if first.get("synced") == 0:
        first = next(records, None)
        if first is None:
            raise Unborn(journal.path)
    if first.get("privaudit") != "fix" or first.get("version") != VERSION:
        raise JournalDamaged(f"{journal.path}: not a record of a fix of this version")
    steps = first.get("steps")
    if not isinstance(steps, list):
        raise JournalDamaged(f"{journal.path}: names no steps")
    state, reason, begun = _progress(records, len(steps), journal.path)
    if state is None:
        raise Unborn(journal.path)
    record = FixRecord(
        id=_text(first, "id"),
        service=_text(first, "service"),
        account=_text(first, "account"),
        former=_text(first, "former"),
        state=state,
        at=float(str(first.get("at", 0))),
        reason=reason,
    )
    return FixHistory(record, tuple(decode(step) for step in steps), begun, first)


def _progress(
    records: Iterable[dict[str, object]], steps: int, path: str
) -> tuple[FixState | None, str, list[tuple[int, Before]]]:
    state: FixState | None = None
    reason = ""
    begun: list[tuple[int, Before]] = []
    for record in records:
        if "state" in record:
            state = FixState(str(record["state"]))
            reason = str(record.get("reason", reason))
        elif "step" in record:
            number, before = record["step"], record.get("before")
            if not isinstance(number, int) or not 0 <= number < steps or not isinstance(before, dict):
                raise JournalDamaged(f"{path}: a step that the record does not have")
            begun.append((number, before))
    return state, reason, begun


def _text(record: dict[str, object], key: str) -> str:
    value = record.get(key)
    if isinstance(value, str):
        return value
    raise JournalDamaged(f"a record without {key!r}")
