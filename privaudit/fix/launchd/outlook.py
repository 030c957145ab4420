"""What a fix cannot cure, and what Homebrew would do about it from now on."""

import posixpath
import re
from collections.abc import Iterator

from privaudit.collect.accounts import Accounts
from privaudit.fix.case import Case
from privaudit.host import HostError
from privaudit.model.definition import Definition
from privaudit.model.path import Role

_BREW = re.compile(r"homebrew\.(?:mxcl\.)?(.+)")


def not_cured(case: Case, definition: Definition) -> Iterator[str]:
    """Say it line by line, each with what a person can do."""
    former, account, program = case.former.name, case.target.name, case.service.program
    if program is not None and _exchangeable(case):
        yield (
            f"{former} can still replace {program}, and so become {account}: that stays, medium, while the "
            "prefix is theirs; only a prefix of an account that nobody works with every day ends it"
        )
    brew = _BREW.fullmatch(definition.id)
    if brew is None:
        return
    name = brew[1]
    yield (
        f"`brew services start {name}` and `restart` load a second copy as {former}, which cannot open the "
        "data; the next scan says so. Restart the daemon by `launchctl kickstart -k` instead"
    )
    yield (
        f"`sudo brew services start {name}` runs a second copy as root, a finding of its own; "
        "`brew services list` and `cleanup` do not know the daemon, whose label is not brew's"
    )
    yield (
        f"`brew upgrade {name}` exchanges the program below the daemon, which runs the old one until it is "
        f"restarted; its post-install finds the data closed to {former}, fails, and changes nothing"
    )
    file = _environment_file(case, definition, name)
    if file is not None:
        yield f"the variables of {file} are brew's for agents: the daemon does not get them"


def _exchangeable(case: Case) -> bool:
    """Whether somebody else than root and the account owns a program of it."""
    programs = [path for path in case.service.paths if path.role is Role.PROGRAM]
    return any(path.owner_uid not in {0, case.target.uid, None} for path in programs)


def _environment_file(case: Case, definition: Definition, name: str) -> str | None:
    """Find brew's file of further variables of a person's service."""
    if definition.owner == 0:
        return None
    path = posixpath.join(
        Accounts(case.host).account(definition.owner).home, ".homebrew/services", f"{name}.env"
    )
    try:
        case.host.lstat(path)
    except HostError:
        return None
    return path
