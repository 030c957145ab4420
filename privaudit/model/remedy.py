"""Names of what a fix can do; rules name them, `privaudit/fix` carries them out."""

from enum import StrEnum


class Remedy(StrEnum):
    """What would mend a finding."""

    DEDICATED_ACCOUNT = "dedicated-account"
    """Move the service to an account of its own, with its data (`privaudit fix SERVICE`)."""
    RESTORE_OWNERSHIP = "restore-ownership"
    """Give paths back to root or to the service account."""
    NONE = "none"
    """Nothing that a tool should do by itself; the rule's text says what a person can do."""
