"""The steps of a fix: each knows whether it is needed, does its part, and can take it back.

A step is a value of `privaudit.model.steps`; its `Doer` carries it out. The order for one step is always:
`needed`, then `before` (what taking it back must know: on the disk before anything happens), then `do`.
`undo` may be asked for a step that was done, half done or only announced, any number of times, by another
run of the program than the one that did it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from privaudit.fix.ownership import StateFolder
from privaudit.host import Host
from privaudit.host.act import Hands
from privaudit.host.changes import Changes

Before = Mapping[str, Any]
"""What a step must know to be taken back: JSON values (text, numbers, lists, maps, None)."""


_LONGEST = 2000
"""Characters of what a program said: some are not the system's own, and a record has lines to be read."""


class Failed(Exception):
    """A step could not be done; everything is put back."""

    def __init__(self, why: str, log: tuple[str, ...] = ()) -> None:
        super().__init__(short(why))
        self.log = tuple(map(short, log))
        """Lines of the service's log that show the cause."""


def short(said: str) -> str:
    """One line for a person: cut where it is too long to be read."""
    return said if len(said) <= _LONGEST else f"{said[:_LONGEST]}…"


class NotBack(Exception):
    """A step could not be taken back: what is left, and what a person can do."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a fresh scan of one service says."""

    failing: tuple[str, ...]
    """Rules that fail on it, each with its message: `runs-as-person: …`; only the plan's own rules."""


@dataclass(slots=True)
class Site:
    """What the steps of one fix work with."""

    fix: str
    """Its id: `mysql-1`."""
    host: Host
    hands: Hands
    changes: Changes
    state: StateFolder
    check: Callable[[], None]
    """Raises Interrupted if somebody asked to stop; call it between two short waits."""
    tell: Callable[[str], None]
    """Told what is being done, for a person."""
    rescan: Callable[[], Verdict]
    """Scan the service anew."""


S_contra = TypeVar("S_contra", contravariant=True)


class Doer(Protocol[S_contra]):
    """Carries out one kind of step."""

    @property
    def reverts(self) -> bool:
        """Whether there is anything to take back; a step that only looks is not in the record."""
        ...

    def needed(self, step: S_contra, site: Site) -> bool:
        """Whether the machine is not yet as the step wants it; changes nothing."""
        ...

    def before(self, step: S_contra, site: Site) -> Before:
        """What undo must know; changes nothing. Failed if the step cannot be done."""
        ...

    def do(self, step: S_contra, before: Before, site: Site) -> None:
        """Do it. Failed, ActError, OSError or Interrupted if it could not be done, wholly or in part."""
        ...

    def undo(self, step: S_contra, before: Before, site: Site) -> tuple[str, ...]:
        """Take it back; notes for a person. NotBack, ActError or OSError if it could not be taken back."""
        ...
