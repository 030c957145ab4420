"""Findings in the order in which to look at them: by service, the worst first, the alike together."""

from collections.abc import Iterable

from privaudit.model.finding import Finding, Status
from privaudit.model.frozen import frozen
from privaudit.model.severity import Severity

_MANY = 4
"""Services from which on the same is said once for all of them."""


@frozen
class Group:
    """Findings about one service that ended alike: failures of one rule, or other verdicts for one reason."""

    first: Finding
    rest: tuple[Finding, ...] = ()

    @property
    def rules(self) -> tuple[str, ...]:
        """The rules that say so, each once."""
        return tuple(dict.fromkeys(finding.rule for finding in (self.first, *self.rest)))


@frozen
class Section:
    """All findings about one service, one account or the machine; or what many of them have in common."""

    subjects: tuple[str, ...]
    """Ids of services, or subjects of findings that are about no service; one, or `_MANY` and more."""
    groups: tuple[Group, ...]

    @property
    def title(self) -> str:
        """The only subject, or how many there are."""
        return self.subjects[0] if len(self.subjects) == 1 else f"{len(self.subjects)} services"

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
    """Sort findings into sections; one open folder that exposes fifty services is one section."""
    common, others = _common_causes(findings)
    by_subject: dict[str, list[Finding]] = {}
    for finding in others:
        by_subject.setdefault(finding.service or finding.subject, []).append(finding)
    alone = [Section((subject,), _groups(some)) for subject, some in by_subject.items()]
    return sorted([*common, *alone], key=_order)


def _order(section: Section) -> tuple[bool, int, int, tuple[str, ...]]:
    return (not section.failed, -section.worst.rank, -len(section.subjects), section.subjects)


def _common_causes(findings: Iterable[Finding]) -> tuple[list[Section], list[Finding]]:
    """Take out failures of one rule that many services have through the same way in."""
    others: list[Finding] = []
    by_way: dict[tuple[str, str, tuple[str, ...]], list[Finding]] = {}
    for finding in findings:
        ways = tuple(each.value for each in finding.evidence if each.fact == "via")
        if ways and finding.status is Status.FAIL and finding.service is not None:
            by_way.setdefault((finding.rule, finding.severity, ways), []).append(finding)
        else:
            others.append(finding)
    common: list[Section] = []
    for some in by_way.values():
        services = sorted({finding.service for finding in some if finding.service is not None})
        if len(services) < _MANY:
            others += some
        else:
            common.append(Section(tuple(services), _groups(some)))
    return common, others


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
