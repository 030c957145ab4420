"""A plan, its outcome and the history as JSON; fields are only ever added."""

import dataclasses
import json
from collections.abc import Iterable

from privaudit.model.plan import DamagedRecord, FixOutcome, FixRecord, NoPlan, Plan
from privaudit.report.json_v1 import sayable

SCHEMA = "privaudit/fix/v1"


def render(plan: Plan | NoPlan | None, outcome: FixOutcome | None = None, *, dry_run: bool = False) -> str:
    """One document: what was planned, and how it ended."""
    document: dict[str, object] = {"schema": SCHEMA, "status": _status(plan, outcome, dry_run=dry_run)}
    if isinstance(plan, Plan):
        document["plan"] = _plan(plan)
    if isinstance(plan, NoPlan):
        document["service"] = plan.service
        document["refusals"] = [dataclasses.asdict(each) for each in plan.refusals]
        document["candidates"] = list(plan.candidates)
    if outcome is not None:
        document["outcome"] = dataclasses.asdict(outcome)
    return _text(document)


def render_failure(status: str, reason: str, todo: str) -> str:
    """What ended a command before there was a plan or an outcome."""
    return _text({"schema": SCHEMA, "status": status, "reason": reason, "todo": todo})


def render_history(records: Iterable[FixRecord], damaged: Iterable[DamagedRecord] = ()) -> str:
    """Every fix, the oldest first; and what cannot be read any more."""
    return _text(
        {
            "schema": SCHEMA,
            "fixes": [dataclasses.asdict(each) for each in records],
            "damaged": [dataclasses.asdict(each) for each in damaged],
        }
    )


def _status(plan: Plan | NoPlan | None, outcome: FixOutcome | None, *, dry_run: bool) -> str:
    if outcome is not None:
        return outcome.status.value
    if isinstance(plan, NoPlan):
        return "refused" if plan.refusals else "nothing to do"
    return "planned" if dry_run else "declined"


def _plan(plan: Plan) -> dict[str, object]:
    found = dataclasses.asdict(plan)
    found["steps"] = [
        {"kind": type(step).__name__, "says": step.says, **dataclasses.asdict(step)} for step in plan.steps
    ]
    found["mends"] = sorted({rule for rule, _ in plan.mends})
    return found


def _text(document: dict[str, object]) -> str:
    return json.dumps(sayable(document), indent=2) + "\n"
