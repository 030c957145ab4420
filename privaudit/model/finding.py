"""What the engine says: one verdict of one rule about one subject."""

from enum import StrEnum

from privaudit.model.frozen import frozen
from privaudit.model.severity import Severity


class Status(StrEnum):
    """Six ways to end; only `fail` is a fault."""

    FAIL = "fail"
    UNKNOWN = "unknown"
    ACCEPTED = "accepted"
    WAIVED = "waived"
    NOT_APPLICABLE = "not-applicable"
    PASS = "pass"  # noqa: S105 - a verdict, not a password


@frozen
class Evidence:
    """A fact that a verdict rests on."""

    fact: str
    """Field path, `runs_as.name`, or `via` for a component of a path."""
    value: str


@frozen
class Finding:
    """One verdict."""

    rule: str
    severity: Severity
    status: Status
    service: str | None
    """Unit name or label; None for findings about an account or the machine."""
    subject: str
    """What is judged: the service's id, `role path`, `account joe`."""
    message: str
    evidence: tuple[Evidence, ...]
    remedy: str
    """A remedy that fix knows, or `none`."""
    controls: tuple[tuple[str, tuple[str, ...]], ...]
    """(framework, ids): (`cwe`, (`250`,))."""
    fingerprint: str
    """sha256, hex: stable over hosts, versions, uids and pids."""
    state_hash: str
    """sha256, hex, of the facts judged."""
    reason: str = ""
    """Why it is unknown, accepted, waived or not applicable."""
    path: str | None = None
    """The path judged, if it is one."""
    unread: bool = False
    """It is unknown since something could not be read."""
