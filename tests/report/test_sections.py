"""What is put together, and in which order it is read."""

from report_values import finding

from privaudit.model.finding import Evidence, Finding, Status
from privaudit.model.severity import Severity
from privaudit.report.sections import sections


def exposed(service: str, via: str = "/usr/bin", severity: Severity = Severity.HIGH) -> Finding:
    return finding(
        "program-exposed", severity, about=service, evidence=(Evidence("via", f"joe owns the folder {via}"),)
    )


def titles(*findings: Finding) -> list[str]:
    return [section.title for section in sections(findings)]


def test_the_worst_comes_first_and_then_the_alphabet() -> None:
    assert titles(
        finding(about="b", severity=Severity.LOW),
        finding(about="z", severity=Severity.CRITICAL),
        finding(about="a", severity=Severity.LOW),
        finding(about="0", status=Status.UNKNOWN, severity=Severity.CRITICAL),
    ) == ["z", "a", "b", "0"]


def test_a_section_is_as_bad_as_its_worst_failure() -> None:
    (section,) = sections(
        [finding(severity=Severity.LOW), finding("other", Severity.CRITICAL, status=Status.UNKNOWN)]
    )
    assert section.worst is Severity.LOW
    assert section.failed


def test_one_way_in_to_many_services_is_one_section() -> None:
    assert titles(*(exposed(f"s{n}") for n in range(4))) == ["4 services"]


def test_a_way_in_to_a_few_stays_with_each() -> None:
    assert titles(*(exposed(f"s{n}") for n in range(3))) == ["s0", "s1", "s2"]


def test_other_ways_and_other_severities_stay_apart() -> None:
    many = [exposed(f"s{n}") for n in range(4)]
    assert titles(*many, exposed("s0", "/opt"), exposed("s1", severity=Severity.LOW)) == [
        "4 services",
        "s0",
        "s1",
    ]


def test_one_service_with_many_paths_is_no_common_cause() -> None:
    assert titles(*(exposed("s") for _ in range(9))) == ["s"]


def test_no_finding_is_lost() -> None:
    given = [exposed(f"s{n % 5}", f"/{n % 3}") for n in range(60)] + [
        finding(about=None, subject="account joe")
    ]
    assert sum(len(section.findings()) for section in sections(given)) == len(given)


def test_failures_are_grouped_by_rule_and_others_by_reason() -> None:
    (section,) = sections(
        [
            finding("one"),
            finding("one", subject="path"),
            finding("two"),
            finding("three", status=Status.UNKNOWN, reason="denied"),
            finding("four", status=Status.UNKNOWN, reason="denied"),
            finding("five", status=Status.UNKNOWN, reason="missing"),
        ]
    )
    assert [group.rules for group in section.groups] == [("one",), ("two",), ("four", "three"), ("five",)]
