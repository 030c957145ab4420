"""`privaudit history`: every fix that this machine remembers."""

import click

from privaudit.cli import fixing, terminal
from privaudit.cli.exits import Exit
from privaudit.cli.options import debug_option, root_option
from privaudit.model.plan import DamagedRecord, FixRecord


@click.command(short_help="List what was fixed.", epilog="Example: sudo privaudit history")
@fixing.format_option
@root_option
@debug_option
def command(*, form: str, root: str | None) -> int:
    """List every fix: its id for `privaudit undo`, when, which service, and how it stands."""
    from privaudit.cli.machine import host_for
    from privaudit.fix.journal import read_all
    from privaudit.report import plan_json, plan_text

    records: list[FixRecord] = []
    damaged: tuple[DamagedRecord, ...] = ()
    with fixing.answering(form):
        host = host_for(root, None)
        fixing.require_root("this reads the journals of fixes")
        if fixing.remembers(host):
            with fixing.state_folder(host, fixing.changes_of(host)) as state:
                memory = read_all(state)
            records, damaged = [each.record for each in memory.histories], memory.damaged
    if form == "json":
        terminal.say(plan_json.render_history(records, damaged))
    else:
        lines = [*plan_text.history_lines(records), *plan_text.damaged_lines(damaged)]
        lines = lines or ["nothing was fixed on this machine"]
        terminal.say(fixing.laid_out(lines))
    return Exit.LEFT_OPEN if damaged else Exit.CLEAN
