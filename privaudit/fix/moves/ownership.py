"""Move by ownership alone: the program runs as the owner of its data (PostgreSQL as Debian starts it)."""

from privaudit.fix.case import Case
from privaudit.fix.moves import Change, drop_in

_ROOT = frozenset({None, "root", "0"})


def change(case: Case) -> Change:
    """Nothing but the trees; a unit that names another account itself is led back by drop-in."""
    definition = case.service.definition
    if definition is not None and definition.user not in _ROOT:
        return drop_in.change(case)
    return Change()
