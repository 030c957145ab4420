"""Move by the program's own directive: it starts as root and drops to whom its configuration names.

The edit is proved before anything happens: the reader that a scan uses must find the new account in it.
"""

from collections.abc import Mapping, Sequence
from typing import cast

from privaudit.collect.directives import read_directive
from privaudit.collect.platform import system_of
from privaudit.fix.case import Case, Refuse
from privaudit.fix.moves import Change, drop_in
from privaudit.fix.moves.editing import EDITORS, Texts, Wanted
from privaudit.host import TEXT_LIMIT, Host
from privaudit.model.definition import Definition
from privaudit.model.profile import Profile
from privaudit.model.service import Declared
from privaudit.model.steps import WriteFile

_ROOT = frozenset({None, "root", "0"})


def change(case: Case) -> Change:
    """Edit the configuration; a unit that names another account itself is led back by drop-in."""
    definition, profile = case.service.definition, case.profile
    if definition is None or profile is None or profile.directive is None:
        raise Refuse(
            case.service.id, "has no configuration that names its account", "give it a unit with User="
        )
    if definition.user not in _ROOT and not case.root_master:
        return drop_in.change(case)
    unit = drop_in.as_root(case) if definition.user not in _ROOT else Change()
    platforms = system_of(case.host).layouts
    declared = read_directive(case.host, profile, definition, (), platforms).declared
    if declared is None or declared.user is None:
        return _unnamed(case, unit)
    if declared.user == case.target.name:
        return unit
    if declared.source in {definition.path, *definition.drop_ins}:
        why = f"is told on its command line to run as {declared.user}"
        raise Refuse(declared.source, why, f"write {case.target.name} there, then fix again")
    texts = EDITORS[profile.directive.reader](_wanted(case, declared))
    changed = {
        path: text
        for path, text in texts.items()
        if text.encode("utf-8", "surrogateescape") != case.host.read(path)
    }
    _prove(case, profile, definition, platforms, changed)
    files = tuple(
        WriteFile(path, text, case.host.read(path).decode("utf-8", "surrogateescape"))
        for path, text in changed.items()
    )
    return Change(files + unit.steps, unit.notes)


def _unnamed(case: Case, unit: Change) -> Change:
    """No file names it: pools of several accounts, or the account that is compiled in."""
    if case.former.uid == case.target.uid or unit.steps or not case.failing:
        return unit
    why = f"runs as {case.former.name}, and nothing that could be read says so"
    raise Refuse(case.service.id, why, f"name {case.target.name} in its configuration")


def _wanted(case: Case, declared: Declared) -> Wanted:
    former = declared.user or ""
    entry = case.host.passwd(former)
    group = case.host.group(entry.gid) if entry is not None else None
    return Wanted(
        case.host,
        declared.source,
        former,
        declared.group or (group.name if group is not None else former),
        case.target.name,
        case.target.group,
    )


def _prove(
    case: Case, profile: Profile, definition: Definition, platforms: Sequence[str], changed: Texts
) -> None:
    """Read the edited files as a scan would."""
    edited = cast("Host", _Edited(case.host, changed))
    found = read_directive(edited, profile, definition, (), platforms).declared
    if not changed or found is None or found.user != case.target.name:
        what = next(iter(changed), case.service.id)
        why = "names its account in a way that is not understood well enough to change it"
        raise Refuse(what, why, f"write {case.target.name} there by hand, and restart it")


class _Edited:
    """The machine with some files changed."""

    def __init__(self, host: Host, texts: Mapping[str, str]) -> None:
        self._host, self._texts = host, texts

    def __getattr__(self, name: str) -> object:
        return getattr(self._host, name)

    def read(self, path: str, limit: int = TEXT_LIMIT) -> bytes:
        text = self._texts.get(path)
        return self._host.read(path, limit) if text is None else text.encode("utf-8", "surrogateescape")
