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
        by_root = _stages_of_root(definition)
        work = crew.working or (() if crew.main is None else (crew.main,))
        judged = work if "ExecStart" in by_root else _without_errands(processes, work, errands=bool(by_root))
        return difference(named(accounts, wish.user, definition.manager), judged, accounts)
    if directive is not None and directive.user is not None and directive.user not in {"root", "0"}:
        if crew.workers:
            return difference(named(accounts, directive.user), crew.workers, accounts)
        if crew.dedicated and crew.working:
            return difference(named(accounts, directive.user), crew.working, accounts)
    return ""


def _stages_of_root(definition: Definition) -> set[str]:
    """Stages of which systemd starts a command with root's ids, whatever `User=` says; systemd.service(5)."""
    all_but_start = ("PermissionsStartOnly", "yes") in definition.extra
    return {
        command.stage
        for command in definition.commands
        if command.elevation in {Elevation.FULL, Elevation.IDENTITY}
        or (all_but_start and command.stage != "ExecStart")
    }


def _without_errands(
    processes: Sequence[Process], work: Sequence[Process], *, errands: bool
) -> Sequence[Process]:
    """Leave out what root does around the work: Debian's MariaDB has root check its tables once it is up."""
    if not errands or not work:
        return processes
    return [process for process in processes if process.uids.effective or process in work]
