"""Put a plan together for a server in a person's own manager: it becomes a unit of the system's."""

import re

from privaudit.fix.case import Case, Refuse
from privaudit.fix.health import asked
from privaudit.fix.moves import person_unit
from privaudit.fix.plan_systemd import account_steps, its_own, left_by, mends, previewed
from privaudit.fix.still_named import still_named
from privaudit.fix.trees import plan_trees
from privaudit.fix.units import seconds_of
from privaudit.model.definition import Definition
from privaudit.model.ownership import OwnershipPlan
from privaudit.model.plan import Plan
from privaudit.model.steps import (
    EnableUnit,
    GiveTrees,
    Prove,
    ReadBack,
    Reload,
    RetirePersonUnit,
    StartUnits,
    Step,
    WriteFile,
)

_START_LIMIT = 300
_UNIT_NAME = re.compile(r"[A-Za-z0-9:_.\\@-]+\.service")
"""systemd.unit(5); what a person's manager says is that person's word."""


def compose(case: Case, definition: Definition) -> Plan:
    """Plan the move; Refuse with what stands against it."""
    if not case.host.live:
        raise Refuse(definition.id, "runs in a person's own manager", "fix it on the running machine")
    if definition.path is None or definition.drop_ins:
        why = "has drop-ins, or no file of its own"
        raise Refuse(definition.id, why, "write all of it into one file, reload, then fix again")
    if not _UNIT_NAME.fullmatch(definition.id):
        raise Refuse(definition.id, "is no name of a unit", "ask the person whose manager says so")
    name = person_unit.unit_name(case)
    path = f"/etc/systemd/system/{name}"
    person_unit.taken(case, path)
    disks, volatile = plan_trees(case)
    trees = OwnershipPlan(disks.trees + volatile.trees, disks.claims, disks.homes)
    census = previewed(case, trees)
    health, notes = asked(case)
    person = case.host.passwd(definition.owner)
    limit = seconds_of(case)
    steps: list[Step] = [
        *account_steps(case),
        RetirePersonUnit(
            definition.id, definition.owner, person.name if person else "", definition.path, limit
        ),
        *([GiveTrees(disks, "disks")] if disks.trees else []),
        *([GiveTrees(volatile, "run", volatile=True)] if volatile.trees else []),
        *left_by(case, census),
        WriteFile(path, person_unit.unit_text(case, definition.path)),
        Reload(),
        ReadBack(name, (("User", case.target.name), ("Group", case.target.group))),
        EnableUnit(name),
        StartUnits((name,), _START_LIMIT),
        *([health] if health is not None else []),
        Prove(name, case.target.name, paths=tuple(its_own(census))),
    ]
    notes = [
        f"{definition.id} of {case.former.name} becomes {name}",
        *person_unit.logs(case, definition.path),
        *notes,
        *still_named(case, [tree.path for tree in census]),
    ]
    if case.service.program is not None:
        notes.append(f"{case.former.name} can still replace {case.service.program}: that stays, as medium")
    return Plan(
        service=name,
        name=case.name,
        account=case.target.name,
        former=case.former.name,
        move="system-unit",
        steps=tuple(steps),
        census=census,
        mends=mends(case, [tree.path for tree in census]),
        replaces=definition.id,
        notes=tuple(notes),
    )
