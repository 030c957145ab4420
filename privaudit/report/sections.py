"""Findings in the order in which to look at them: by service, the worst first, the alike together."""

from collections.abc import Iterable
from dataclasses import dataclass

from privaudit.model.finding import Finding, Status
from privaudit.model.severity import Severity


@dataclass(frozen=True, slots=True)
class Group:
    """Findings about one service that ended alike: failures of one rule, or other verdicts for one reason."""

    first: Finding
    rest: tuple[Finding, ...] = ()

    @property
    def rules(self) -> tuple[str, ...]:
        """The rules that say so, each once."""
        return tuple(dict.fromkeys(finding.rule for finding in (self.first, *self.rest)))


@dataclass(frozen=True, slots=True)
class Section:
    """All findings about one service, or about one account, or about the machine."""

    title: str
    """The service's id, or the subject of a finding that is about no service."""
    service: str | None
    groups: tuple[Group, ...]

    @property
    def worst(self) -> Severity:
        """The highest severity among its failures; low where nothing failed."""
        ranked = [group.first.severity for group in self.groups if group.first.status is Status.FAIL]
        return max(ranked, key=lambda severity: severity.rank, default=Severity.LOW)

    @property
    def failed(self) -> bool:
        """Whether anything in it is a fault."""
        return any(group.first.status is Status.FAIL for group in self.groups)

    def findings(self) -> tuple[Finding, ...]:
        """Every finding in it."""
        return tuple(finding for group in self.groups for finding in (group.first, *group.rest))


def sections(findings: Iterable[Finding]) -> list[Section]:
    """Sort findings into sections."""
    by_subject: dict[tuple[str | None, str], list[Finding]] = {}
    for finding in findings:
        title = finding.service if finding.service is not None else finding.subject
        by_subject.setdefault((finding.service, title), []).append(finding)
    made = [Section(title, service, _groups(some)) for (service, title), some in by_subject.items()]
    return sorted(made, key=lambda section: (not section.failed, -section.worst.rank, section.title))


def _groups(findings: list[Finding]) -> tuple[Group, ...]:
    alike: dict[tuple[int, int, str, str], list[Finding]] = {}
    statuses = list(Status)
    for finding in findings:
        if finding.status is Status.FAIL:
            key = (0, -finding.severity.rank, finding.rule, finding.reason)
        else:
            key = (statuses.index(finding.status), 0, "", finding.reason)
        alike.setdefault(key, []).append(finding)
    ordered = [
        sorted(alike[key], key=lambda finding: (finding.rule, finding.subject)) for key in sorted(alike)
    ]
    return tuple(Group(some[0], tuple(some[1:])) for some in ordered)
