"""`privaudit scan`: look, judge, report; changes nothing."""

import sys
from collections.abc import Callable, Collection, Sequence
from contextlib import nullcontext
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

import click

from privaudit import __version__
from privaudit.cli import terminal
from privaudit.cli.exits import Exit
from privaudit.cli.options import (
    SEVERITIES,
    Statuses,
    debug_option,
    recorded_option,
    root_option,
    rules_option,
)
from privaudit.host import Host
from privaudit.model.finding import Finding, Status
from privaudit.model.profile import Profile
from privaudit.model.severity import Severity
from privaudit.model.snapshot import Snapshot

if TYPE_CHECKING:
    from privaudit.cli.output_file import OutputFile
    from privaudit.collect.snapshot import Half
    from privaudit.model.unknown import Limit
    from privaudit.report.content import Report


@click.command(epilog="Example: sudo privaudit scan --service mysql --show fail,unknown")
@click.option("--service", "services", multiple=True, metavar="NAME", help="Only this one; may be repeated.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    help="For people or for programs.",
)
@click.option("-o", "--output", metavar="FILE", help="Write the report there, not to standard output.")
@click.option(
    "--fail-on",
    type=SEVERITIES,
    default=Severity.HIGH.value,
    metavar="SEVERITY",
    help="Exit 10 from low, medium, high (default), critical on.",
)
@click.option("--strict", is_flag=True, help="Exit 3 if anything at all could not be read.")
@rules_option
@click.option(
    "--show",
    type=Statuses(),
    metavar="STATUS,...",
    help="Verdicts to list: fail,unknown for instance, or all.",
)
@root_option
@recorded_option
@debug_option
def command(
    *,
    services: tuple[str, ...],
    form: str,
    output: str | None,
    fail_on: str,
    strict: bool,
    rules: tuple[str, ...],
    show: frozenset[Status] | None,
    root: str | None,
    recorded: str | None,
) -> int:
    """Show who each service runs as, and what is wrong. It changes nothing.

    \b
    Exit code:
      0   clean
      10  findings at or above --fail-on
      3   something could not be read that decides about a service
      2   wrong command line or rule file
      5   privaudit itself failed
    """  # noqa: D301 - click takes the mark for lines that stay lines
    with _file(output) if output is not None else nullcontext() as file:
        report = scanned(services=services, rules=rules, root=root, recorded=recorded, show=show or ())
        text = _rendered(report, form, show, every=bool(services), to_terminal=file is None)
        if file is None:
            terminal.say(text)
        else:
            file.write(text)
    return exit_code(report.findings, report.snapshot, Severity(fail_on), strict=strict)


def _file(path: str) -> "OutputFile":
    from privaudit.cli.output_file import OutputFile

    return OutputFile(path)


def scanned(
    *,
    services: Sequence[str],
    rules: Sequence[str],
    root: str | None,
    recorded: str | None,
    show: Collection[Status],
) -> "Report":
    """Collect and judge. Failure if a rule file is wrong or no service has such a name."""
    from privaudit.cli.machine import beside, host_for

    host = host_for(root, recorded, once=True)
    from privaudit.cli import loading
    from privaudit.collect.snapshot import collect, later
    from privaudit.engine import judge
    from privaudit.host.beside import Beside
    from privaudit.report.content import Report

    known, judged_by = loading.catalogue(), loading.rules_of(rules, examples=False)
    progress = terminal.Progress()
    weak_code = _weak_code

    def meanwhile(work: Callable[[], "Half"]) -> Callable[[], "Half"]:
        """Have a child look at our own code as well."""
        nonlocal weak_code
        both = cache(Beside(lambda: (_weak_code(), work())).result)
        weak_code = lambda: both()[0]  # noqa: E731 - it stands for the function
        return lambda: both()[1]

    try:
        snapshot = collect(host, known, services, progress, meanwhile if beside(host) else later)
    finally:
        progress.clear()
    if services:
        _refuse_unmatched(services, snapshot, known, host)
    weakness = weak_code()
    if weakness is not None:
        from privaudit.cli import own_code

        terminal.warn(f"{weakness.what} {weakness.why}; {own_code.INSTALL}")
        snapshot = replace(snapshot, limits=tuple(sorted((*snapshot.limits, weakness))))
    verdicts = judge(snapshot, judged_by, frozenset(Status) if services else show)
    findings = _without_strangers(verdicts.findings, snapshot) if services else verdicts.findings
    advice = {rule.id: rule.advice for rule in judged_by}
    return Report(__version__, snapshot, findings, known, advice, verdicts.counted)


def _weak_code() -> "Limit | None":
    from privaudit.cli import own_code  # in a child, most often

    return own_code.as_root()


def _refuse_unmatched(
    wanted: Sequence[str], snapshot: Snapshot, catalogue: Sequence[Profile], host: Host
) -> None:
    from privaudit.cli.naming import refuse_unmatched, unmatched
    from privaudit.collect.definitions import definitions

    missing = unmatched(wanted, snapshot.services, catalogue)
    if missing:
        refuse_unmatched(missing[0], definitions(host).definitions, catalogue)


def _without_strangers(findings: Sequence[Finding], snapshot: Snapshot) -> tuple[Finding, ...]:
    """Leave out what is about accounts that none of the services is, was told to be or should be."""
    ours: set[int | str | None] = set()
    for service in snapshot.services:
        ours.update(identity.uid for identity in (service.runs_as, *service.identities, *service.workers))
        ours.update((service.declared.user, service.should_run_as))
    strangers = {f"account {each.label}" for each in snapshot.accounts if not {each.uid, each.name} & ours}
    return tuple(each for each in findings if each.service is not None or each.subject not in strangers)


def exit_code(findings: Sequence[Finding], snapshot: Snapshot, fail_on: Severity, *, strict: bool) -> Exit:
    """Tell what the scan came to; findings outrank what could not be seen."""
    if any(f.status is Status.FAIL and f.severity.rank >= fail_on.rank for f in findings):
        return Exit.FINDINGS
    unread = any(f.status is Status.UNKNOWN and f.unread and f.service is not None for f in findings)
    if unread or (strict and snapshot.limits):
        return Exit.INCOMPLETE
    return Exit.CLEAN


def _rendered(
    report: "Report", form: str, show: Collection[Status] | None, *, every: bool, to_terminal: bool
) -> str:
    if form == "json":
        from privaudit.report import json_v1

        return json_v1.render(report, show=json_v1.SHOWN if show is None else show)
    from privaudit.report import text

    stream = sys.stdout if to_terminal else None
    return text.render(
        report,
        width=terminal.width(stream),
        colour=terminal.colourful(stream),
        show=frozenset({Status.FAIL}) if show is None else show,
        every=every,
    )
