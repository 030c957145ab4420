"""`privaudit record`: make a test machine of this one, without its secrets."""

import click

from privaudit import __version__
from privaudit.cli import terminal
from privaudit.cli.exits import Exit, Failure
from privaudit.cli.options import debug_option, root_option
from privaudit.report.plain import plain


@click.command(epilog="Example: sudo privaudit record --mask /root/web1")
@click.argument("folder", metavar="DIR")
@click.option("--mask", is_flag=True, help="Give people and the machine other names.")
@root_option
@debug_option
def command(*, folder: str, mask: bool, root: str | None) -> int:
    """Keep what a scan reads in DIR, to scan it elsewhere.

    Password hashes, keys, passwords and tokens are replaced; look through it all the same before you give it
    away. DIR must not exist or be empty; only you can read it.

    \b
    Exit code:
      0   recorded
      2   wrong command line, or DIR cannot be used
      5   privaudit itself failed
    """  # noqa: D301 - click takes the mark for lines that stay lines
    from privaudit.cli import loading
    from privaudit.cli.machine import host_for
    from privaudit.collect.snapshot import collect
    from privaudit.host import HostError
    from privaudit.host.recorder import Recorder
    from privaudit.host.recording.folder import check_free
    from privaudit.host.recording.save import save

    try:
        check_free(folder)
    except HostError as error:
        raise Failure(str(error), "Name a folder that does not exist yet.") from None
    recorder = Recorder(host_for(root, None))
    progress = terminal.Progress()
    try:
        collect(recorder, loading.catalogue(), (), progress)
    finally:
        progress.clear()
    recording = recorder.recording()
    if mask:
        from privaudit.host.masking import masked

        recording = masked(recording)
    try:
        save(recording, folder, f"privaudit {__version__}")
    except HostError as error:
        raise Failure(str(error), "Name a folder that does not exist yet.") from None
    terminal.say(
        f"{plain(folder)}: {len(recording.tree.nodes)} paths, {len(recording.answers)} answers of commands\n"
        f"  privaudit scan --recorded {plain(folder)}\n"
    )
    return Exit.CLEAN
