"""Run privaudit's command line: how a run ends."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Ended:
    """How a run of privaudit ended."""

    code: int
    """Negative: by that signal."""
    out: str
    err: str


Run = Callable[..., Ended]
