"""Move by drop-in: a file of ours that sorts last says `User=`; the unit itself stays as it is."""

import posixpath
import re

from privaudit import __version__
from privaudit.fix import systemctl
from privaudit.fix.case import Case, Refuse
from privaudit.fix.moves import Change, present
from privaudit.model.definition import Definition
from privaudit.model.steps import ReadBack, Reload, WriteFile

NAME = "zz-privaudit.conf"
_DECIDING = re.compile(r"^[ \t]*(User|Group|SupplementaryGroups|DynamicUser)[ \t]*=", re.MULTILINE)

_TEXT = """\
# Written by privaudit {version}: {what}.
# To take it back, with its files: privaudit undo {name}
[Service]
User={account}
Group={group}
SupplementaryGroups=
"""


def change(case: Case) -> Change:
    """Write the drop-in unless the unit declares the account already."""
    definition = case.service.definition
    if definition is None:
        raise Refuse(case.service.id, "has no unit", "write a unit for it, with User=, and start it by that")
    if case.service.declared.user == case.target.name and not definition.dynamic_user:
        return Change()
    what = f"{definition.id} runs as {case.target.name} instead of {case.former.name}"
    return _written(case, definition, what, case.target.name, case.target.group)


def as_root(case: Case) -> Change:
    """Let a master start as root again, as its kind does, so that it can drop by itself."""
    definition = case.service.definition
    if definition is None:
        raise Refuse(case.service.id, "has no unit", "write a unit for it, and start it by that")
    what = f"{definition.id} starts as root, and its workers are {case.target.name}, not {case.former.name}"
    return _written(case, definition, what, "root", "root")


def _written(case: Case, definition: Definition, what: str, user: str, group: str) -> Change:
    unit = definition.id
    path = systemctl.drop_in(unit, NAME)
    for other in definition.drop_ins:
        if posixpath.basename(other) > NAME and (key := _decides(case, other)):
            raise Refuse(other, f"sets {key}= and applies after ours", "remove that line, then fix again")
    text = _TEXT.format(
        version=__version__,
        what=what,
        account=user,
        name=case.name,
        group=group,
    )
    wanted = [("User", user), ("Group", group), ("SupplementaryGroups", "")]
    if definition.dynamic_user:
        text += "DynamicUser=no\n"
        wanted.append(("DynamicUser", "no"))
    notes = []
    if definition.supplementary_groups:
        groups = " ".join(definition.supplementary_groups)
        notes.append(
            f"SupplementaryGroups={groups} is taken away; add what it needs in a drop-in of your own"
        )
    steps = (WriteFile(path, text, present(case, path)), Reload(), ReadBack(unit, tuple(wanted)))
    return Change(steps, tuple(notes))


def _decides(case: Case, path: str) -> str:
    """The first key in a drop-in that says who the service is; empty: none."""
    text = case.host.read(path).decode("utf-8", "replace")
    found = _DECIDING.search(text)
    return found[1] if found is not None else ""
