"""`privaudit schema`: the JSON Schema of the report for programs."""

import click

from privaudit.cli import terminal
from privaudit.cli.options import debug_option


@click.command(epilog="Example: privaudit schema > report-v1.json")
@debug_option
def command() -> None:
    """Print the JSON Schema of `scan --format json`."""
    from importlib.resources import files

    from privaudit.report.json_v1 import SCHEMA_FILE

    terminal.say(files("privaudit.report").joinpath(SCHEMA_FILE).read_text("utf-8"))
