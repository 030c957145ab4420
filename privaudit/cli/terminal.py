"""What is written where: the report on standard output, all else on standard error; and how it may look."""

import io
import os
import signal
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import field
from typing import TextIO

from privaudit.cli.exits import Exit, Failure, Interrupted
from privaudit.model.frozen import slotted
from privaudit.report.plain import plain

DEFAULT_WIDTH = 100
"""Columns of text that no terminal shows: a file, a pipe, a mail."""
_NARROWEST, _WIDEST = 40, 120
"""Below, lines break everywhere; above, they are hard to read."""
_PACE = 0.1
"""Seconds between two lines of progress."""


def prepare() -> None:
    """Have characters that a stream cannot encode written as escapes, never fail for them."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def say(text: str) -> None:
    """Write to standard output, at once. Failure if that cannot be written; a reader that left ends us."""
    _write(sys.stdout, text)


def warn(text: str) -> None:
    """Write one escaped line to standard error."""
    _write(sys.stderr, f"privaudit: {plain(text)}\n")


def end_with(lines: Sequence[str]) -> None:
    """Write last lines to standard error; if nobody listens any more, the exit code still tells."""
    with suppress(Failure, Interrupted):
        _write(sys.stderr, "".join(f"{line}\n" for line in lines))


def _write(stream: TextIO | None, text: str) -> None:
    if stream is None:  # it was closed before we started, so nobody wants to read it
        return
    try:
        stream.write(text)
        stream.flush()
    except BrokenPipeError:
        discard(stream)
        raise Interrupted(signal.SIGPIPE) from None
    except OSError as error:
        discard(stream)
        raise Failure(f"the output cannot be written: {error.strerror}", code=Exit.FAILED) from None


def settle() -> None:
    """Leave nothing that Python would fail to write when it ends: its exit code would replace ours."""
    if sys.stdout is None:
        return
    try:
        sys.stdout.flush()
    except OSError:
        discard(sys.stdout)


def discard(stream: TextIO) -> None:
    """Lead a stream that failed nowhere, or the interpreter tries once more when it ends."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, stream.fileno())
    finally:
        os.close(nowhere)


def is_terminal(stream: TextIO | None) -> bool:
    """Whether a person looks at it, on something that understands more than lines."""
    return stream is not None and stream.isatty() and os.environ.get("TERM") != "dumb"


def colourful(stream: TextIO | None) -> bool:
    """Whether to use colour: on a terminal, unless NO_COLOR says no (no-color.org)."""
    return is_terminal(stream) and not os.environ.get("NO_COLOR")


def width(stream: TextIO | None) -> int:
    """Columns to fill."""
    if stream is None or not stream.isatty():
        return DEFAULT_WIDTH
    try:
        columns = os.get_terminal_size(stream.fileno()).columns
    except OSError:
        return DEFAULT_WIDTH
    return max(_NARROWEST, min(columns, _WIDEST)) if columns else DEFAULT_WIDTH


def columns(stream: TextIO | None) -> int | None:
    """Columns at which lines break, on a terminal; None: whoever reads a file or a pipe wants whole lines."""
    return width(stream) if stream is not None and stream.isatty() else None


@slotted
class Progress:
    """One line on a terminal that says what is being looked at; nothing anywhere else."""

    stream: TextIO | None = field(default_factory=lambda: sys.stderr)
    _last: float = 0.0
    _shown: bool = False

    def __call__(self, what: str) -> None:
        """Show `what`, at most ten times a second."""
        now = time.monotonic()
        if self.stream is None or not is_terminal(self.stream) or now - self._last < _PACE:
            return
        self._last, self._shown = now, True
        line = f"looking at {plain(what)}"[: width(self.stream) - 1]
        _write(self.stream, f"\r\033[K{line}")

    def clear(self) -> None:
        """Take the line away."""
        if self._shown:
            self._shown = False
            _write(self.stream, "\r\033[K")
