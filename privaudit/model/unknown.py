"""A fact that could not be established, with the reason; reports show it instead of a guess."""

from privaudit.model.frozen import frozen


@frozen
class Unknown:
    """What stands in a field whose value could not be seen."""

    reason: str
    """Why, in words for an administrator: "needs root to read /etc/shadow"."""
    unread: bool = True
    """Something could not be read; False: all was read, and it still cannot be told."""


@frozen
class Limit:
    """Something that the scan could not look at: it goes on, and the report says so."""

    what: str
    """Where: a path, a command, `process 123`."""
    why: str
    """What stood in the way: "permission denied", "larger than 1 MiB", "not valid XML at line
    3"."""
    service: str | None = None
    """The service whose verdicts this leaves open, if it is one; None: the machine as a whole."""

    def __lt__(self, other: "Limit") -> bool:
        return self.order < other.order

    @property
    def order(self) -> tuple[str, str, str]:
        """What limits are sorted by."""
        return self.what, self.why, self.service or ""
