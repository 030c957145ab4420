"""`privaudit rules`: which checks there are, what each is about, and whether a rule file is right."""

import sys
from collections.abc import Iterator

import click

from privaudit.cli import terminal
from privaudit.cli.exits import Exit, Failure
from privaudit.cli.loading import refuse_faults, rule_files, rules_of
from privaudit.cli.naming import near
from privaudit.cli.options import debug_option, rules_option
from privaudit.engine import Rule
from privaudit.engine.lint import check
from privaudit.report.plain import plain
from privaudit.report.text import Page


@click.group(name="rules", epilog="Example: privaudit rules show program-exposed")
@debug_option
def command() -> None:
    """Show the checks of a scan, or check a rule file."""


@command.command("list", epilog="Example: privaudit rules list --rules /etc/privaudit/rules")
@rules_option
@debug_option
def list_rules(*, rules: tuple[str, ...]) -> None:
    """List all rules: id, severity, title."""
    found = rules_of(rules)
    columns = max(len(rule.id) for rule in found)
    levels = max(len(str(rule.severity)) for rule in found)
    lines = [f"{rule.id:{columns}}  {rule.severity!s:{levels}}  {plain(rule.title)}" for rule in found]
    terminal.say("\n".join(lines) + "\n")


@command.command("show", epilog="Example: privaudit rules show program-exposed")
@click.argument("rule_id", metavar="ID")
@rules_option
@debug_option
def show_rule(*, rule_id: str, rules: tuple[str, ...]) -> None:
    """Show why a rule matters and what it finds."""
    found = rules_of(rules)
    rule = next((each for each in found if each.id == rule_id), None)
    if rule is None:
        todo = near(rule_id, [each.id for each in found]) or "list them: privaudit rules list"
        raise Failure(f"there is no rule {rule_id}", todo)
    page = Page(terminal.width(sys.stdout), colour=terminal.colourful(sys.stdout))
    terminal.say("\n".join(_shown(rule, page)) + "\n")


def _shown(rule: Rule, page: Page) -> Iterator[str]:
    yield page.title(f"{rule.id}: {rule.title}")
    controls = "; ".join(f"{framework} {', '.join(ids)}" for framework, ids in rule.controls)
    for name, text in (
        ("severity", str(rule.severity)),
        ("status", rule.status),
        ("about", f"each {rule.applies_to}"),
        ("why", rule.why),
        ("says", rule.message.source),
        ("remedy", rule.remedy),
        ("advice", rule.advice),
        ("wrong if", rule.false_positives),
        ("controls", controls),
        ("file", rule.path),
    ):
        yield page.block(text, label=name.ljust(10))
    for example in rule.examples:
        yield page.block(f"{example.name}: {example.expect}", label="example".ljust(10))


@command.command("check", epilog="Example: privaudit rules check /etc/privaudit/rules")
@click.argument("paths", metavar="PATH...", nargs=-1, required=True, type=click.Path(exists=True))
@debug_option
def check_rules(*, paths: tuple[str, ...]) -> int:
    """Check rule files and try their examples.

    PATH is a file, or a folder with all files in it. The exit code is 2 if one is wrong.
    """
    files = rule_files(paths)
    refuse_faults([fault for file in files for fault in check(file)[1]])
    terminal.say(f"{len(files)} {'rule is' if len(files) == 1 else 'rules are'} right\n")
    return Exit.CLEAN
