"""The exit code of a scan, case by case: findings outrank what could not be seen."""

import itertools

import pytest
from report_values import finding, report, service

from privaudit.cli.exits import Exit
from privaudit.cli.scan import exit_code
from privaudit.model.finding import Finding, Status
from privaudit.model.severity import Severity
from privaudit.model.unknown import Limit

FAIL = finding()
LOW = finding(severity=Severity.LOW)
UNREAD = finding(status=Status.UNKNOWN, unread=True)
UNCLEAR = finding(status=Status.UNKNOWN)
ABOUT_AN_ACCOUNT = finding(status=Status.UNKNOWN, unread=True, about=None)
LIMIT = Limit("/etc/shadow", "permission denied")


def code(
    *findings: Finding,
    fail_on: Severity = Severity.HIGH,
    strict: bool = False,
    limits: tuple[Limit, ...] = (),
) -> Exit:
    snapshot = report((service(),), findings, limits).snapshot
    return exit_code(findings, snapshot, fail_on, strict=strict)


@pytest.mark.parametrize(
    ("findings", "expected"),
    [
        ((), Exit.CLEAN),
        ((FAIL,), Exit.FINDINGS),
        ((LOW,), Exit.CLEAN),
        ((finding(severity=Severity.CRITICAL),), Exit.FINDINGS),
        ((finding(severity=Severity.MEDIUM),), Exit.CLEAN),
        ((UNREAD,), Exit.INCOMPLETE),
        ((UNCLEAR,), Exit.CLEAN),
        ((ABOUT_AN_ACCOUNT,), Exit.CLEAN),
        ((LOW, UNREAD), Exit.INCOMPLETE),
        ((FAIL, UNREAD), Exit.FINDINGS),
        *(((finding(status=status),), Exit.CLEAN) for status in Status if status is not Status.FAIL),
    ],
)
def test_each_verdict(findings: tuple[Finding, ...], expected: Exit) -> None:
    assert code(*findings) is expected


@pytest.mark.parametrize(("severity", "fail_on"), list(itertools.product(Severity, Severity)))
def test_fail_on(severity: Severity, fail_on: Severity) -> None:
    expected = Exit.FINDINGS if severity.rank >= fail_on.rank else Exit.CLEAN
    assert code(finding(severity=severity), fail_on=fail_on) is expected


def test_a_limit_alone_is_no_failure() -> None:
    assert code(limits=(LIMIT,)) is Exit.CLEAN


def test_strict_takes_no_limit() -> None:
    assert code(limits=(LIMIT,), strict=True) is Exit.INCOMPLETE
    assert code(strict=True) is Exit.CLEAN
    assert code(FAIL, limits=(LIMIT,), strict=True) is Exit.FINDINGS


def test_the_numbers_that_pipelines_know() -> None:
    assert (Exit.CLEAN, Exit.USAGE, Exit.INCOMPLETE, Exit.FAILED, Exit.FINDINGS) == (0, 2, 3, 5, 10)
    assert (Exit.PUT_BACK, Exit.REFUSED, Exit.LEFT_OPEN) == (1, 3, 4)
