"""What fix, undo and history share: only as root, only from root's own code, one at a time."""

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import click

from privaudit.cli import terminal
from privaudit.cli.exits import Exit, Failure, Interrupted
from privaudit.cli.options import Decorator
from privaudit.report.plain import plain

if TYPE_CHECKING:
    from privaudit.fix.ownership import StateFolder
    from privaudit.fix.steps import Site, Verdict
    from privaudit.host import Host
    from privaudit.host.changes import Changes
    from privaudit.model.plan import FixOutcome

format_option: Decorator = click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    help="For people or for programs.",
)

CODES = {
    "done": Exit.CLEAN,
    "nothing to do": Exit.CLEAN,
    "refused": Exit.REFUSED,
    "put back": Exit.PUT_BACK,
    "left open": Exit.LEFT_OPEN,
}
"""How a fix or an undo ended -> exit code."""

_STATUSES = {
    Exit.PUT_BACK: "put back",
    Exit.USAGE: "refused",
    Exit.REFUSED: "refused",
    Exit.LEFT_OPEN: "left open",
    Exit.FAILED: "failed",
}
"""Exit code of a failure -> how its document calls it."""


def require_root(why: str = "this changes owners and restarts services") -> None:
    """Failure unless root runs it, and from code that nobody weaker can change."""
    from privaudit.cli.own_code import INSTALL, weak_places
    from privaudit.host.local import LocalHost

    if os.geteuid() != 0:
        raise Failure(f"{why}: only root may do that", "run it with sudo", Exit.REFUSED)
    places = weak_places(LocalHost())
    if places:
        first = places[0]
        what = f"{first.who} can change the code that would run as root ({first.how}: {first.via})"
        raise Failure(what, INSTALL, Exit.REFUSED)


def changes_of(host: "Host") -> "Changes":
    """The calls that change owners on the machine."""
    from privaudit.host import Platform

    if host.root != "/":
        from privaudit.host.changes_rooted import RootedChanges

        return RootedChanges(host.root)
    if host.platform is Platform.DARWIN:
        from privaudit.host.changes_darwin import DarwinChanges

        return DarwinChanges()
    from privaudit.host.changes_linux import LinuxChanges

    return LinuxChanges()


def remembers(host: "Host") -> bool:
    """Whether anything was ever fixed there; asking makes no folder."""
    from privaudit.host import Missing

    try:
        host.lstat(_state_path(host))
    except Missing:
        return False
    return True


def _state_path(host: "Host") -> str:
    from privaudit.fix.ownership import LINUX_STATE, MACOS_STATE
    from privaudit.host import Platform

    return MACOS_STATE if host.platform is Platform.DARWIN else LINUX_STATE


@contextmanager
def state_folder(host: "Host", changes: "Changes") -> "Iterator[StateFolder]":
    """Root's own folder, locked; Failure if another run holds it or somebody else could write there."""
    from privaudit.fix.ownership import Busy, JournalDamaged, StateFolder, Untrusted

    where = _state_path(host)
    folder = StateFolder(changes, where)
    try:
        folder.__enter__()
    except Busy as busy:
        raise Failure(str(busy), "wait until it has ended", Exit.REFUSED) from None
    except (Untrusted, OSError) as problem:
        raise Failure(str(problem), f"see `ls -ld {where}`", Exit.REFUSED) from None
    try:
        yield folder
    except JournalDamaged as problem:
        todo = "look at it, and move it away if nothing of it is half done"
        raise Failure(f"the record of a fix is damaged: {problem}", todo, Exit.LEFT_OPEN) from None
    except Untrusted as problem:
        raise Failure(str(problem), f"see who wrote it: ls -l {where}", Exit.REFUSED) from None
    finally:
        folder.__exit__(None, None, None)


def site_for(
    fix: str,
    host: "Host",
    changes: "Changes",
    state: "StateFolder",
    rescan: "Callable[[], Verdict] | None" = None,
) -> "Site":
    """Everything that the steps of one fix work with, on this machine."""
    from privaudit.fix.steps import Site, Verdict
    from privaudit.host.act_local import LocalHands

    return Site(
        fix=fix,
        host=host,
        hands=LocalHands(host.root),
        changes=changes,
        state=state,
        check=lambda: None,
        tell=tell,
        rescan=rescan or (lambda: Verdict(())),
    )


def tell(what: str) -> None:
    """Say what is being done on standard error; that nobody listens must not stop a fix or an undo."""
    if sys.stderr is None:
        return
    try:
        sys.stderr.write(f"  {plain(what)}\n")
        sys.stderr.flush()
    except OSError:
        with suppress(OSError):
            terminal.discard(sys.stderr)


@contextmanager
def open_journals(site: "Site") -> "Iterator[None]":
    """An unexpected error with the record open is not one that changed nothing: it ends with 4."""
    from privaudit.fix.journal import read_all

    try:
        yield
    except Exception as problem:
        memory = read_all(site.state)
        half_done = {each.record.id for each in memory.histories if each.record.state.open}
        half_done |= {each.id for each in memory.damaged if each.open}
        if site.fix in half_done:
            what = f"privaudit itself failed: {type(problem).__name__}: {problem}; not everything is back"
            raise Failure(what, f"privaudit undo {site.fix}", Exit.LEFT_OPEN) from problem
        raise


@contextmanager
def answering(form: str) -> "Iterator[None]":
    """What ends a command before it has an outcome is a document too, where programs read."""
    try:
        yield
    except Exception as problem:
        if form == "json" and not isinstance(problem, click.ClickException | click.Abort):
            say_end(_document(problem))
        raise


def _document(problem: Exception) -> str:
    from privaudit.report.plan_json import render_failure

    if isinstance(problem, Failure):
        return render_failure(_STATUSES[problem.code], "; ".join((problem.what, *problem.more)), problem.todo)
    reason = f"privaudit itself failed: {type(problem).__name__}: {problem}"
    return render_failure("failed", reason, "run it again with --debug")


def put_back_first(site: "Site") -> None:
    """Finish what a kill or a power loss cut short; Failure if it cannot be finished."""
    from privaudit.fix.undo import finish
    from privaudit.model.plan import FixStatus

    for outcome in finish(site):
        if outcome.status is FixStatus.LEFT_OPEN:
            todo = f"mend that, then: privaudit undo {outcome.fix}"
            raise Failure(
                f"{outcome.fix} was cut short and cannot be put back: {outcome.left[0]}", todo, Exit.LEFT_OPEN
            )
        terminal.warn(f"{outcome.fix} had been cut short: everything of it is put back")


def laid_out(lines: Iterable[str]) -> str:
    """Lines as standard output shows them."""
    from privaudit.report import plan_text

    return plan_text.text(lines, terminal.columns(sys.stdout))


def say_end(text: str) -> None:
    """Say how it ended; where that cannot be written, the exit code still tells what was done."""
    try:
        terminal.say(text)
    except (Failure, Interrupted):
        terminal.end_with(["privaudit: how it ended could not be written; see `privaudit history`"])


def require_answer(*, yes: bool, shown: bool = True) -> None:
    """Failure where nobody can say yes; shown: a person sees to what."""
    if not (yes or (shown and terminal.is_terminal(sys.stdin) and terminal.is_terminal(sys.stderr))):
        raise Failure(
            "nobody is here to say yes",
            "add --yes; `privaudit fix SERVICE --dry-run` only shows the plan",
            Exit.USAGE,
        )


def confirmed(question: str, *, yes: bool) -> bool:
    """Ask on a terminal; Failure where nobody can answer."""
    require_answer(yes=yes)
    if yes or click.confirm(plain(question), default=False, err=True):
        return True
    terminal.warn("nothing was done")
    return False


def code_of(outcome: "FixOutcome") -> Exit:
    """Exit code for an outcome."""
    return CODES[outcome.status.value]
