"""Load rules and the catalogue for a command; a wrong file ends it, with every fault and its place."""

from collections.abc import Sequence

from privaudit.cli.exits import Failure
from privaudit.engine import BadData, Fault, Rule
from privaudit.engine import load_catalogue as engine_catalogue
from privaudit.engine import load_rules as engine_rules
from privaudit.model.profile import Profile


def rules_of(folders: Sequence[str] = ()) -> tuple[Rule, ...]:
    """Our rules and those of further folders, sorted by id."""
    try:
        return engine_rules(folders)
    except BadData as error:
        raise _failure(error.faults) from None


def catalogue() -> tuple[Profile, ...]:
    """The whole catalogue, sorted by service."""
    try:
        return engine_catalogue()
    except BadData as error:
        raise _failure(error.faults) from None


def _failure(faults: Sequence[Fault]) -> Failure:
    first, *others = map(str, faults)
    return Failure(first, more=others)
