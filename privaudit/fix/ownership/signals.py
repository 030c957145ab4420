"""Signals that ask to stop are noted, not obeyed at once: the batch is finished, then all is put back."""

import signal
import threading
from types import FrameType, TracebackType
from typing import Self

from privaudit.fix.ownership.failure import Interrupted

_ASKING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

Previous = dict[signal.Signals, object]


class Signals:
    """While entered, SIGINT, SIGTERM and SIGHUP only set a mark; what was ignored stays so (nohup(1)).

    One inside another hands on what it was asked, or a signal at its very end would be lost.
    Python lets only the main thread set handlers; in another one the signals are the caller's to
    handle, who may call `stop`.
    """

    def __init__(self) -> None:
        self._asked: str | None = None
        self._previous: Previous = {}

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            for number in _ASKING:
                if signal.getsignal(number) is not signal.SIG_IGN:
                    self._previous[number] = signal.signal(number, self._note)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._previous.items():
            signal.signal(number, handler)  # type: ignore[arg-type]
            outer = getattr(handler, "__self__", None)
            if self._asked is not None and isinstance(outer, Signals):
                outer.stop(self._asked)
        self._previous = {}

    def _note(self, number: int, _frame: FrameType | None) -> None:
        self.stop(signal.Signals(number).name)

    def stop(self, why: str) -> None:
        """Ask the run to stop at the next batch."""
        self._asked = why

    def check(self) -> None:
        """Raise Interrupted if somebody asked to stop."""
        if self._asked is not None:
            raise Interrupted(f"stopped by {self._asked}")
