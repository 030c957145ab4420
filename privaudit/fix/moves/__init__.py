"""How a service's account changes, one module a way: the names that a profile's `move` uses.

A move gives the steps that stand between the stop and the start. It reads, and changes nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass

from privaudit.fix.case import Case, Refuse
from privaudit.host import HostError, Missing
from privaudit.model.steps import Step


@dataclass(frozen=True, slots=True)
class Change:
    """What a move does between stop and start."""

    steps: tuple[Step, ...] = ()
    """Empty: the definition says already what it should."""
    notes: tuple[str, ...] = ()


Move = Callable[[Case], Change]
"""Raises `Refuse` with the reason if it cannot be done."""


def present(case: Case, path: str) -> str | None:
    """Read what stands where a move writes a file, to be put back; None: nothing does."""
    try:
        return case.host.read(path).decode("utf-8", "surrogateescape")
    except Missing:
        return None
    except HostError as problem:
        raise Refuse(path, problem.why, "move it away") from None
