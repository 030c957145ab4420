"""Between two batches: tell the caller how far the work is, and stop if a signal asked for it."""

from collections.abc import Callable
from dataclasses import dataclass

from privaudit.fix.ownership.signals import Signals
from privaudit.model.ownership import Phase, Progress

Tell = Callable[[Progress], None]


@dataclass(frozen=True, slots=True)
class Pace:
    """Who is told, and which signals count; without signals the work is never stopped (putting back)."""

    tell: Tell | None = None
    signals: Signals | None = None

    def step(self, phase: Phase, done: int, total: int | None = None) -> None:
        """Call at most once a batch; raises Interrupted if somebody asked to stop."""
        if self.signals is not None:
            self.signals.check()
        if self.tell is not None:
            self.tell(Progress(phase, done, total))
