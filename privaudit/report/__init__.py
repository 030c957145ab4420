"""Reports: what was found, for people and for programs. They show facts and verdicts, and compute neither."""

from collections.abc import Sequence
from dataclasses import dataclass

from privaudit.model.finding import Finding, Status
from privaudit.model.profile import Profile
from privaudit.model.snapshot import Snapshot

SHOWN = frozenset({Status.FAIL, Status.UNKNOWN, Status.ACCEPTED, Status.WAIVED})
"""Verdicts that a report for programs holds unless it is asked for others."""


@dataclass(frozen=True, slots=True)
class Report:
    """One scan, judged: what every format shows."""

    version: str
    """Of privaudit."""
    snapshot: Snapshot
    findings: Sequence[Finding]
    """All verdicts, in the engine's order."""
    catalogue: Sequence[Profile] = ()
    """How each known service should live: names the next step."""
