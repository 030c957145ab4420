"""What a report shows: one scan, judged."""

from collections.abc import Mapping, Sequence
from dataclasses import field

from privaudit.model.finding import Finding, Status
from privaudit.model.frozen import frozen
from privaudit.model.profile import Profile
from privaudit.model.snapshot import Snapshot


@frozen
class Report:
    """One scan, judged: what every format shows."""

    version: str
    """Of privaudit."""
    snapshot: Snapshot
    findings: Sequence[Finding]
    """Verdicts in the engine's order: all but those that are only counted."""
    catalogue: Sequence[Profile] = ()
    """How each known service should live: names the next step."""
    advice: Mapping[str, str] = field(default_factory=dict)
    """Rule -> what to do where no step is more concrete."""
    counted: Mapping[Status, int] = field(default_factory=dict)
    """How many more verdicts there are, by status: nobody asked to see them."""
