"""`privaudit undo`: take a fix back, or finish putting back one that was cut short."""

import click

from privaudit.cli import fixing
from privaudit.cli.exits import Exit, Failure
from privaudit.cli.options import debug_option, root_option
from privaudit.model.ownership import Refusal
from privaudit.model.plan import FixOutcome, FixRecord, FixStatus, NoPlan


@click.command(
    short_help="Put everything back as before a fix.", epilog="Example: sudo privaudit undo mysql-1 --yes"
)
@click.argument("fix", required=False, metavar="[ID]")
@click.option("--yes", is_flag=True, help="Do not ask.")
@fixing.format_option
@root_option
@debug_option
def command(*, fix: str | None, yes: bool, form: str, root: str | None) -> int:
    """Put every owner, mode and file back as it was before a fix, and run the service as before.

    ID is what `privaudit history` lists, or the name of a service for its newest fix; without it, the newest
    of all.

    \b
    Exit code:
      0   done, or nothing to undo
      2   wrong command line
      3   refused or declined before any change
      4   not everything is back
      5   privaudit itself failed, with nothing changed
    """  # noqa: D301 - click takes the mark for lines that stay lines
    with fixing.answering(form):
        return _undone(fix, form, root, yes=yes)


def _undone(fix: str | None, form: str, root: str | None, *, yes: bool) -> Exit:
    from privaudit.cli.machine import host_for
    from privaudit.fix.undo import choose, undo

    host = host_for(root, None)
    fixing.require_root()
    if fix is None and not fixing.remembers(host):
        _say(FixOutcome(FixStatus.NOTHING, ""), None, form)
        return Exit.CLEAN
    changes = fixing.changes_of(host)
    with fixing.state_folder(host, changes) as state:
        chosen = choose(state, fix)
        if isinstance(chosen, Refusal):
            if form == "json":
                _say_json(NoPlan(chosen.what, (chosen,)), None)
                return Exit.REFUSED
            raise Failure(chosen.says, chosen.todo, Exit.REFUSED)
        if chosen is None:
            _say(FixOutcome(FixStatus.NOTHING, fix or ""), None, form)
            return Exit.CLEAN
        if not chosen.state.open and not fixing.confirmed(_question(chosen), yes=yes):
            if form == "json":
                _say_json(None, None)
            return Exit.REFUSED
        site = fixing.site_for(chosen.id, host, changes, state)
        with fixing.open_journals(site):
            outcome = undo(site)
    _say(outcome, chosen, form)
    return fixing.code_of(outcome)


def _question(fix: FixRecord) -> str:
    return f"Take {fix.id} back: {fix.service} from {fix.account} to {fix.former} again?"


def _say(outcome: FixOutcome, fix: FixRecord | None, form: str) -> None:
    from privaudit.report import plan_text

    if form == "json":
        _say_json(None, outcome)
        return
    done = f"done: {fix.service} is as it was before {fix.id}" if fix is not None else ""
    fixing.say_end(fixing.laid_out(plan_text.outcome_lines(outcome, done)))


def _say_json(refused: NoPlan | None, outcome: FixOutcome | None) -> None:
    """One document, whatever came of it; without either: a person said no."""
    from privaudit.report import plan_json

    fixing.say_end(plan_json.render(refused, outcome))
