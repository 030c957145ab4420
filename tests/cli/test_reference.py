"""The page about the command line names every command, verdict and exit code."""

from pathlib import Path

import click

from privaudit.cli.command_line import COMMANDS, commands
from privaudit.model.finding import Status

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "command-line.md").read_text(encoding="utf-8")


def test_every_command_is_on_the_page() -> None:
    for name in COMMANDS:
        assert f"`privaudit {name}" in PAGE, name


def test_every_verdict_is_on_the_page() -> None:
    for status in Status:
        assert f"\n| {status} |" in PAGE, status


def test_the_exit_codes_of_the_page_are_those_of_the_help() -> None:
    scan = commands.get_command(click.Context(commands), "scan")
    assert scan is not None
    assert scan.help is not None
    helped = [line.split()[0] for line in scan.help.splitlines() if line.strip()[:1].isdigit()]
    table = PAGE.partition("## Exit codes of `scan`")[2].partition("##")[0]
    told = [line.split()[1] for line in table.splitlines() if line.startswith("| ") and line[2].isdigit()]
    assert helped == told
