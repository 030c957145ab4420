"""`privaudit history`: every fix that this machine remembers."""

import click

from privaudit.cli import fixing, terminal
from privaudit.cli.exits import Exit
from privaudit.cli.options import debug_option, root_option
from privaudit.model.plan import FixRecord


@click.command(short_help="List what was fixed.", epilog="Example: sudo privaudit history")
@fixing.format_option
@root_option
@debug_option
def command(*, form: str, root: str | None) -> int:
    """List every fix: its id for `privaudit undo`, when, which service, and how it stands."""
    from privaudit.cli.machine import host_for
    from privaudit.fix.journal import histories
    from privaudit.report import plan_json, plan_text

    host = host_for(root, None)
    fixing.require_root("this reads the journals of fixes")
    records: list[FixRecord] = []
    if fixing.remembers(host):
        with fixing.state_folder(host, fixing.changes_of(host)) as state:
            records = [each.record for each in histories(state)]
    if form == "json":
        terminal.say(plan_json.render_history(records))
    else:
        lines = list(plan_text.history_lines(records)) or ["nothing was fixed on this machine"]
        terminal.say(fixing.laid_out(lines))
    return Exit.CLEAN
