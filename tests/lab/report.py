"""What a scan of a machine reported, as the tests ask for it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from lab.machine import Machine

SEVERITIES = ("low", "medium", "high", "critical")


@dataclass(frozen=True)
class Scanned:
    """One JSON report and the exit status that came with it."""

    status: int
    report: dict[str, Any]

    def failed(self, *, rule: str | None = None, service: str | None = None) -> list[dict[str, Any]]:
        """Findings that failed, of one rule or service if asked."""
        return [
            finding
            for finding in self.report["findings"]
            if finding["status"] == "fail"
            and rule in {None, finding["rule"]}
            and service in {None, finding["service"]}
        ]

    def at_least(self, severity: str) -> list[tuple[str, str, str, str]]:
        """Return (rule, severity, subject, message) of what failed at or above a severity."""
        high = SEVERITIES[SEVERITIES.index(severity) :]
        return [
            (finding["rule"], finding["severity"], finding["subject"], finding["message"])
            for finding in self.failed()
            if finding["severity"] in high
        ]

    def service(self, unit: str) -> dict[str, Any]:
        """Return the service of that id."""
        (found,) = [service for service in self.report["services"] if service["id"] == unit]
        assert isinstance(found, dict)
        return found


def scan(
    machine: Machine, *arguments: str, user: str | None = None, answers: Sequence[int] = (0, 10)
) -> Scanned:
    """Scan; answers: exit statuses that are no fault of the scan itself."""
    done = machine.privaudit("scan", "--format", "json", *arguments, user=user)
    assert done.returncode in answers, f"exit {done.returncode}\n{done.stdout[-4000:]}\n{done.stderr}"
    return Scanned(done.returncode, json.loads(done.stdout))
