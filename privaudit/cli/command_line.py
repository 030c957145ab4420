"""The commands by name, and how any of them ends: an exit code, one line of what and one of what to do."""

import importlib
import os
import signal
import sys
from collections.abc import Sequence
from types import FrameType
from typing import Any, NoReturn

import click

from privaudit import __version__
from privaudit.cli import terminal
from privaudit.cli.exits import Exit, Failure, Interrupted
from privaudit.cli.options import Session, debug_option
from privaudit.report.plain import plain

COMMANDS = {
    "scan": "privaudit.cli.scan",
    "fix": "privaudit.cli.fix",
    "undo": "privaudit.cli.undo",
    "history": "privaudit.cli.history",
    "rules": "privaudit.cli.rules",
    "services": "privaudit.cli.services",
    "record": "privaudit.cli.record",
    "schema": "privaudit.cli.schema",
}
"""Command -> module that defines it as `command`. Only the one that is called is imported."""

_REPORT = "run it again with --debug, and report what it shows"

_ENDING = (signal.SIGTERM, signal.SIGHUP)


class Commands(click.Group):
    """A group whose commands are modules, imported when they are called; see `COMMANDS`."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Name them in the order of the table, which is the order in which they are needed."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's
        """Import the module of one command."""
        module = COMMANDS.get(cmd_name)
        if module is None:
            return None
        command = importlib.import_module(module).command
        if not isinstance(command, click.Command):
            raise TypeError(f"{module}.command is no command")
        return command


@click.group(
    name="privaudit",
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Example: sudo /opt/privaudit/bin/privaudit scan",
)
@click.version_option(__version__, message="privaudit %(version)s", help="Show the version.")
@debug_option
def commands() -> None:
    """Find services that run with the wrong privileges."""


def run(arguments: Sequence[str]) -> int:
    """Run one command line; returns its exit code (see `Exit`)."""
    session = Session()
    terminal.prepare()
    heeded = [number for number in _ENDING if signal.getsignal(number) is not signal.SIG_IGN]  # nohup(1)
    before = {number: signal.signal(number, _interrupt) for number in heeded}
    try:
        answer: Any = commands.main(list(arguments), "privaudit", standalone_mode=False, obj=session)
    except click.Abort:
        _die(signal.SIGINT)
    except Interrupted as interrupted:
        _die(interrupted.number)
    except BrokenPipeError:  # of click's own writing, which is help
        _die(signal.SIGPIPE)
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        return Exit.USAGE
    except click.ClickException as error:
        return _ended(error.format_message(), _see_help(error), Exit.USAGE)
    except Failure as failure:
        return _ended(failure.what, failure.todo, failure.code, failure.more)
    except Exception as error:  # noqa: BLE001 - whatever it is, a caller gets one line and 5
        if session.debug:
            import traceback

            terminal.end_with([plain(line) for line in traceback.format_exc().splitlines()])
        return _ended(f"privaudit itself failed: {type(error).__name__}: {error}", _REPORT, Exit.FAILED)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    return answer if isinstance(answer, int) else Exit.CLEAN


def _ended(what: str, todo: str, code: Exit, more: Sequence[str] = ()) -> Exit:
    lines = [f"privaudit: {plain(line)}" for line in (what, *more)]
    lines += [f"  {plain(todo)}"] if todo else []
    terminal.end_with(lines)
    terminal.settle()
    return code


def _see_help(error: click.ClickException) -> str:
    context = error.ctx if isinstance(error, click.UsageError) else None
    return f"see {context.command_path} -h" if context is not None else ""


def _interrupt(number: int, _: FrameType | None) -> NoReturn:
    raise Interrupted(number)


def _die(number: int) -> NoReturn:
    """End as the signal would have ended us, now that everything is cleaned up: shells look for that."""
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            terminal.discard(stream)
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)
    raise SystemExit(128 + number)  # the signal is blocked
