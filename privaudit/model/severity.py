"""How bad a finding is: what the weaker side gains."""

from enum import StrEnum


class Severity(StrEnum):
    """Four levels; compare them by `rank`."""

    LOW = "low"
    """Hygiene."""
    MEDIUM = "medium"
    """Another service account."""
    HIGH = "high"
    """A person's or an admin's account, or a service given to a person."""
    CRITICAL = "critical"
    """root."""

    @property
    def rank(self) -> int:
        """0 (low) to 3 (critical)."""
        return _RANKS[self]


_RANKS = {severity: rank for rank, severity in enumerate(Severity)}
