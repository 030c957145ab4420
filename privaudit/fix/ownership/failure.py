"""Why a change stops: each ends in putting everything back."""

from privaudit.model.ownership import Refusal


class Refused(Exception):
    """The tree is not one that may be changed; the reasons are values."""

    def __init__(self, refusals: tuple[Refusal, ...]) -> None:
        super().__init__("; ".join(refusal.says for refusal in refusals))
        self.refusals = refusals


class ChangedUnderUs(Exception):
    """Something in a frozen tree is not what it was a moment ago: somebody holds a descriptor in it."""


class Interrupted(Exception):
    """A signal asked to stop."""


class JournalDamaged(Exception):
    """A record in the middle of a journal does not carry its checksum, or makes no sense."""


class Busy(Exception):
    """Another run holds the lock."""


class Untrusted(Exception):
    """A state folder or a journal that somebody weaker than root could have written."""
