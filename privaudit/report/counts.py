"""Counts of one report, for its last line and for programs."""

from collections import Counter

from privaudit.model.finding import Status
from privaudit.model.frozen import frozen
from privaudit.model.severity import Severity
from privaudit.report.content import Report


@frozen
class Counts:
    """How many verdicts there are of each kind."""

    failed: dict[Severity, int]
    """Failures only; every severity, the worst first."""
    statuses: dict[Status, int]
    """All verdicts; every status."""
    services: int
    """Services that have at least one failure."""
    unread: int
    """Verdicts that are unknown since something could not be read."""

    @property
    def failures(self) -> int:
        """Failures of all severities."""
        return self.statuses[Status.FAIL]


def count(report: Report) -> Counts:
    """Count verdicts."""
    severities: Counter[Severity] = Counter()
    statuses = Counter(report.counted)
    services: set[str] = set()
    unread = 0
    for finding in report.findings:
        statuses[finding.status] += 1
        if finding.status is Status.FAIL:
            severities[finding.severity] += 1
            if finding.service is not None:
                services.add(finding.service)
        elif finding.status is Status.UNKNOWN and finding.unread:
            unread += 1
    return Counts(
        failed={severity: severities[severity] for severity in reversed(Severity)},
        statuses={status: statuses[status] for status in Status},
        services=len(services),
        unread=unread,
    )
