"""`privaudit fix`: plan, show, ask, do, prove; or put everything back."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from privaudit.cli import fixing, terminal
from privaudit.cli.exits import Exit
from privaudit.cli.options import debug_option, root_option
from privaudit.model.plan import FixOutcome, NoPlan, Plan
from privaudit.model.plan_launchd import MakeMacAccount
from privaudit.model.steps import MakeAccount

if TYPE_CHECKING:
    from privaudit.fix.case import Wish
    from privaudit.fix.steps import Verdict
    from privaudit.host import Host
    from privaudit.host.changes import Changes

    Planned = tuple[Plan | NoPlan, Callable[[], Verdict] | None]


@click.command(
    short_help="Give a service an account of its own.", epilog="Example: sudo privaudit fix mysql --dry-run"
)
@click.argument("service")
@click.option("--dry-run", is_flag=True, help="Show the plan and stop.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--user", metavar="NAME", help="Its account, where the catalogue names none.")
@click.option("--owns", multiple=True, metavar="PATH", help="A folder that belongs to it; may be repeated.")
@fixing.format_option
@root_option
@debug_option
def command(
    *,
    service: str,
    dry_run: bool,
    yes: bool,
    user: str | None,
    owns: tuple[str, ...],
    form: str,
    root: str | None,
) -> int:
    """Move SERVICE to an account of its own, with its files; prove that it works, or put everything back.

    \b
    Exit code:
      0   done and verified, or nothing to do
      1   failed, everything put back
      2   wrong command line
      3   refused or declined before any change
      4   failed, and not everything is back
      5   privaudit itself failed, with nothing changed
    """  # noqa: D301 - click takes the mark for lines that stay lines
    from privaudit.fix.case import Wish

    with fixing.answering(form):
        return _run(Wish(service, user, owns), form, root, yes=yes, dry_run=dry_run)


def _run(wish: "Wish", form: str, root: str | None, *, yes: bool, dry_run: bool) -> Exit:
    from privaudit.cli.machine import host_for

    host = host_for(root, None)
    fixing.require_root()
    changes = fixing.changes_of(host)
    if not dry_run:
        fixing.require_answer(yes=yes, shown=form == "text")
        return _fixed(host, changes, wish, form, yes=yes)
    planned, _ = _planned(host, changes, wish)
    if form == "json":
        _say_json(planned, None, dry_run=True)
    else:
        _say_plan(planned, host)
    return _code_of(planned)


def _fixed(host: "Host", changes: "Changes", wish: "Wish", form: str, *, yes: bool) -> Exit:
    from dataclasses import replace

    from privaudit.fix.apply import apply
    from privaudit.fix.journal import next_id
    from privaudit.fix.undo import require_readable

    with fixing.state_folder(host, changes) as state:
        site = fixing.site_for("", host, changes, state)
        fixing.put_back_first(site)
        planned, rescan = _planned(host, changes, wish)
        if isinstance(planned, Plan):
            require_readable(state, planned.service, planned.name)
        if form == "text":
            _say_plan(planned, host)
        outcome = None
        if isinstance(planned, Plan) and fixing.confirmed("Do this?", yes=yes):
            site = replace(site, fix=next_id(state, planned.name), rescan=rescan or site.rescan)
            with fixing.open_journals(site):
                outcome = apply(site, planned)
    if form == "json":
        _say_json(planned, outcome)
    elif outcome is not None:
        _say_outcome(planned, outcome)
    if outcome is not None:
        return fixing.code_of(outcome)
    return Exit.REFUSED if isinstance(planned, Plan) else _code_of(planned)


def _planned(host: "Host", changes: "Changes", wish: "Wish") -> "Planned":
    """Scan the whole machine and plan; with the function that proves the plan afterwards."""
    from privaudit.collect.snapshot import collect
    from privaudit.engine import audit, load_catalogue, load_rules
    from privaudit.fix.plan import make_plan
    from privaudit.fix.rescan import rescanner

    catalogue, rules = load_catalogue(), load_rules(examples=False)
    progress = terminal.Progress()
    try:
        snapshot = collect(host, catalogue, (), progress)
    finally:
        progress.clear()
    planned = make_plan(host, changes, snapshot, audit(snapshot, rules), catalogue, wish)
    return planned, rescanner(host, catalogue, rules, planned) if isinstance(planned, Plan) else None


def _say_plan(planned: Plan | NoPlan, host: "Host") -> None:
    from privaudit.collect.accounts import Accounts
    from privaudit.report import plan_text

    if isinstance(planned, Plan):
        accounts = Accounts(host)
        made = (step for step in planned.steps if isinstance(step, MakeAccount | MakeMacAccount))
        names = {step.uid: step.name for step in made}

        def name(uid: int) -> str:
            return names.get(uid) or accounts.account(uid).label

        terminal.say(fixing.laid_out(plan_text.plan_lines(planned, name)))
    else:
        terminal.say(fixing.laid_out(plan_text.no_plan_lines(planned)))


def _say_outcome(planned: Plan | NoPlan, outcome: FixOutcome) -> None:
    from privaudit.report import plan_text

    done = ""
    if isinstance(planned, Plan):
        seen = "runs as" if planned.was_running else "will run as"
        done = f"done: {planned.service} {seen} {planned.account} (fix {outcome.fix})"
    fixing.say_end(fixing.laid_out(plan_text.outcome_lines(outcome, done)))


def _say_json(planned: Plan | NoPlan, outcome: FixOutcome | None, *, dry_run: bool = False) -> None:
    from privaudit.report import plan_json

    say = terminal.say if outcome is None else fixing.say_end
    say(plan_json.render(planned, outcome, dry_run=dry_run))


def _code_of(planned: Plan | NoPlan) -> Exit:
    return Exit.REFUSED if isinstance(planned, NoPlan) and planned.refusals else Exit.CLEAN
