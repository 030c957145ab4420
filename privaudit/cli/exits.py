"""Exit codes, and the failures that a command ends with: what happened, what to do, which code."""

from collections.abc import Sequence
from enum import IntEnum


class Exit(IntEnum):
    """What `privaudit` tells its caller; `scan` and `fix` share the numbers and differ in their words."""

    CLEAN = 0
    """scan: nothing found. fix, undo: done and verified, or nothing to do."""
    PUT_BACK = 1
    """fix, undo: failed, and everything is as it was."""
    USAGE = 2
    """A wrong command line, or a rule or fixer file that is wrong."""
    INCOMPLETE = 3
    """scan: something could not be read, and a verdict about a service is unknown for it."""
    REFUSED = 3
    """fix, undo: refused or declined before any change."""
    LEFT_OPEN = 4
    """fix, undo: failed, and not everything could be put back."""
    FAILED = 5
    """privaudit itself failed, with nothing changed."""
    FINDINGS = 10
    """scan: findings at or above --fail-on."""


class Failure(Exception):
    """Ends a command: one line what (more where several things are wrong at once), one line what to do."""

    def __init__(
        self, what: str, todo: str = "", code: Exit = Exit.USAGE, *, more: Sequence[str] = ()
    ) -> None:
        super().__init__(what)
        self.what = what
        self.todo = todo
        self.code = code
        self.more = tuple(more)


class Interrupted(BaseException):
    """A signal that asks to end; not an Exception, so that nothing but clean-up stands in its way."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number
