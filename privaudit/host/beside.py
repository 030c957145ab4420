"""Work that a child of this process does meanwhile; its result comes back as it would from a call.

Where both work on the same things, each takes the next from `Turns`.
"""

import atexit
import os
import pickle
import signal
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Generic, TypeVar
from weakref import finalize

T = TypeVar("T")

_ended: list[int] = []
"""Children that gave their answer: each is a while at taking its memory apart, and nobody waits for that."""


@atexit.register
def _reap() -> None:
    while _ended:
        child = _ended.pop()
        with suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)  # or somebody who stopped it would have us wait
        os.waitpid(child, 0)


_PATIENCE = 10
"""A tenth of what others get, sched(7)."""
_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Beside(Generic[T]):
    """What a function returns, worked out beside this process; it must change nothing that this one sees.

    patient: nobody waits for it yet, so whatever else there is to do comes first (nice(2)). Where the kernel
    gives no further process, the work is done when its result is wanted.
    """

    def __init__(self, work: Callable[[], T], *, patient: bool = False) -> None:
        self._work = work
        self._answer, answer = os.pipe()
        before = signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING)
        try:
            self._child = os.fork()
            if self._child == 0:
                _be_child(work, self._answer, answer, _PATIENCE if patient else 0)
        except OSError:  # fork(2): a limit of processes, or no memory for one more
            self._child = -1
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
            os.close(answer)
        self._end = finalize(self, _end, self._child, self._answer)

    def result(self) -> T:
        """Wait for it, once. Whatever befell the child, here the work is done again and says so itself."""
        parts = []
        while data := os.read(self._answer, 1 << 16):
            parts.append(data)
        self._end.detach()
        os.close(self._answer)
        if self._child > 0:
            _ended.append(self._child)
        try:
            found: T = pickle.loads(b"".join(parts))  # noqa: S301 - from a pipe that only our own code can write
        except (EOFError, pickle.UnpicklingError):
            return self._work()
        return found


_TURNS = 1024
"""At most: what one write puts into any pipe at once (pipe(7), PIPE_BUF)."""
_WIDTH = 4
"""Bytes of a turn."""


class Turns:
    """The numbers below `count`, each given once, to whichever process asks first; made before they part."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._step = min(count, _TURNS)
        self._waiting, write = os.pipe()
        finalize(self, os.close, self._waiting)
        os.write(write, b"".join(number.to_bytes(_WIDTH) for number in range(self._step)))
        os.close(write)

    def __iter__(self) -> Iterator[int]:
        while turn := os.read(self._waiting, _WIDTH):
            yield from range(int.from_bytes(turn), self._count, self._step)


def _be_child(work: Callable[[], T], unread: int, answer: int, nice: int) -> None:
    """Do the work and end, whatever comes; the parent says what there is to say."""
    status = 1
    try:
        os.close(unread)  # or, once the parent died, writing would wait for ourselves to read
        os.nice(nice)
        for number in _ENDING:
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDING)
        with os.fdopen(answer, "wb") as file:
            file.write(pickle.dumps(work(), pickle.HIGHEST_PROTOCOL))
        status = 0
    finally:
        os._exit(status)


def _end(child: int, answer: int) -> None:
    os.close(answer)
    if child < 0:
        return
    try:
        os.kill(child, signal.SIGKILL)
    except ProcessLookupError:
        return
    os.waitpid(child, 0)
