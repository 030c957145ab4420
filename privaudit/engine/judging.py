"""The status that follows from what is judged: whether a rule is about a subject, and whether it matches."""

from privaudit.engine.matchers import Undecided
from privaudit.model.finding import Status


def standing_of(*, applies: bool | Undecided | None, matches: bool | Undecided) -> Status:
    """Combine both; applies is None for a rule without `when`. What cannot be told is never a pass."""
    if applies is False:
        return Status.NOT_APPLICABLE
    if matches is False:
        return Status.PASS
    if isinstance(applies, Undecided) or isinstance(matches, Undecided):
        return Status.UNKNOWN
    return Status.FAIL
