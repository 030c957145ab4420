"""Load rules and the catalogue for a command; a wrong file ends it, with every fault and its place."""

import os
from collections.abc import Sequence

from privaudit.cli.exits import Failure
from privaudit.engine import BadData, Fault, Rule
from privaudit.engine import load_catalogue as engine_catalogue
from privaudit.engine import load_rules as engine_rules
from privaudit.engine.data import files_in
from privaudit.model.profile import Profile


def rules_of(folders: Sequence[str] = (), *, examples: bool = True) -> tuple[Rule, ...]:
    """Our rules and those of further folders, sorted by id; examples: with those of ours."""
    try:
        return engine_rules(folders, examples=examples)
    except BadData as error:
        raise failure_of(error.faults) from None


def catalogue() -> tuple[Profile, ...]:
    """The whole catalogue, sorted by service."""
    try:
        return engine_catalogue()
    except BadData as error:
        raise failure_of(error.faults) from None


def rule_files(paths: Sequence[str]) -> list[str]:
    """Every rule file among files and folders."""
    try:
        return [file for path in paths for file in (files_in(path) if os.path.isdir(path) else [path])]
    except BadData as error:
        raise failure_of(error.faults) from None


def refuse_faults(faults: Sequence[Fault]) -> None:
    """Raise Failure with every fault; nothing happens if there is none."""
    if faults:
        raise failure_of(faults)


def failure_of(faults: Sequence[Fault]) -> Failure:
    """Make a failure that says every fault; at least one."""
    first, *others = map(str, faults)
    return Failure(first, more=others)
