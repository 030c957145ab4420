"""Whether what runs is what was asked for, by the definition or by the program's own configuration."""

from collections.abc import Sequence

from privaudit.collect.accounts import Accounts
from privaudit.collect.services.crew import Crew
from privaudit.collect.services.identity import difference, named
from privaudit.model.definition import Definition, Elevation
from privaudit.model.process import Process
from privaudit.model.service import Declared


def difference_of(
    accounts: Accounts,
    definition: Definition,
    wish: Declared,
    directive: Declared | None,
    crew: Crew,
    processes: Sequence[Process],
) -> str:
    """Compare what runs with the definition, or, where that leaves root, with the program's own wish."""
    if wish.user is not None and not wish.dynamic and wish.user not in {"root", "0"}:
        elevated = any(
            c.elevation in {Elevation.FULL, Elevation.IDENTITY} and c.stage == "ExecStart"
            for c in definition.commands
        )
        judged = crew.working or ([crew.main] if crew.main is not None else [])
        return difference(
            named(accounts, wish.user, definition.manager),
            judged if elevated else processes,
            accounts,
        )
    if directive is not None and directive.user is not None and directive.user not in {"root", "0"}:
        if crew.workers:
            return difference(named(accounts, directive.user), crew.workers, accounts)
        if crew.dedicated and crew.working:
            return difference(named(accounts, directive.user), crew.working, accounts)
    return ""
