"""How a service's account changes, one module a way: the names that a profile's `move` uses.

A move gives the steps that stand between the stop and the start. It reads, and changes nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass

from privaudit.fix.case import Case
from privaudit.model.steps import Step


@dataclass(frozen=True, slots=True)
class Change:
    """What a move does between stop and start."""

    steps: tuple[Step, ...] = ()
    """Empty: the definition says already what it should."""
    notes: tuple[str, ...] = ()


Move = Callable[[Case], Change]
"""Raises `Refuse` with the reason if it cannot be done."""
