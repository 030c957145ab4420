"""Start a read-only query and take its answer: absolute program, no shell, a fresh environment, limits.

It needs nothing else of privaudit, so that a question can be on its way before the rest is loaded.
"""

import os
import select
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from typing import IO
from weakref import finalize

OUTPUT_LIMIT = 64 << 20
"""Bytes of output that are taken; a command that prints more is reported."""

_ENVIRONMENT = {"LC_ALL": "C", "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}


class NoAnswer(Exception):
    """It was started, or could have been, and there is no answer to be had: says why."""


def start(
    argv: Sequence[str],
    *,
    identity: Mapping[str, object] | None = None,
    env: Mapping[str, str] | None = None,
    stdin: bytes = b"",
) -> "Running":
    """Start argv and go on; it ends with whoever holds the answer. Raises OSError, NoAnswer.

    identity: `user`, `group` and `extra_groups` as subprocess.Popen takes them.
    """
    if not argv or not argv[0].startswith("/"):
        raise NoAnswer("not an absolute program")
    with ExitStack() as rooms:
        out, err = rooms.enter_context(_room()), rooms.enter_context(_room())
        with _room() as given:
            given.write(stdin)
            given.seek(0)
            child = subprocess.Popen(  # type: ignore[call-overload]
                list(argv),
                stdin=given,
                stdout=out,
                stderr=err,
                env={**_ENVIRONMENT, **(env or {})},
                cwd="/",
                start_new_session=True,
                close_fds=True,
                **(identity or {}),
            )
        _bound(child.pid)
        return Running(child, out, err, rooms.pop_all())


class Running:
    """A query that was started."""

    def __init__(
        self, child: subprocess.Popen[bytes], out: IO[bytes], err: IO[bytes], rooms: ExitStack
    ) -> None:
        self._child = child
        self._out = out
        self._err = err
        self._end = finalize(self, _end, child, rooms)

    def result(self, timeout: float) -> tuple[int, bytes, bytes]:
        """Wait for (status, output, complaints), once; NoAnswer if it takes or prints too much."""
        try:
            _wait(self._child, timeout)
            for stream in (self._out, self._err):
                if os.fstat(stream.fileno()).st_size > OUTPUT_LIMIT:
                    raise NoAnswer(f"printed more than {OUTPUT_LIMIT} bytes")
                stream.seek(0)
            return self._child.returncode, self._out.read(), self._err.read()
        except subprocess.TimeoutExpired:
            raise NoAnswer(f"no answer within {timeout:g} s") from None
        finally:
            self._end()


def _end(child: subprocess.Popen[bytes], rooms: ExitStack) -> None:
    """Leave nothing behind of a query, answered or not."""
    if child.poll() is None:
        with suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()
    rooms.close()


def _wait(child: subprocess.Popen[bytes], timeout: float) -> None:
    """Wait by pidfd_open(2), which tells at once; Popen.wait looks again only every 50 ms."""
    if hasattr(os, "pidfd_open"):
        with suppress(OSError):  # a kernel without it
            descriptor = os.pidfd_open(child.pid)
            try:
                ended = select.poll()
                ended.register(descriptor, select.POLLIN)
                if not ended.poll(timeout * 1000):
                    raise subprocess.TimeoutExpired(child.args, timeout)
            finally:
                os.close(descriptor)
            timeout = 1
    child.wait(timeout)


def _bound(pid: int) -> None:
    """Have the kernel end a command that prints without end: a disk is full long before a time limit is over.

    setrlimit(2); only Linux sets limits of another process, elsewhere the time limit is what there is.
    """
    import resource

    if hasattr(resource, "prlimit"):
        with suppress(OSError):  # it ended already
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (OUTPUT_LIMIT + 1, OUTPUT_LIMIT + 1))


def _room() -> IO[bytes]:
    """Open a file without a name for what a command prints."""
    try:
        if hasattr(os, "memfd_create"):
            return os.fdopen(os.memfd_create("privaudit"), "w+b")  # Linux: no disk can be full or read-only
        import tempfile

        return tempfile.TemporaryFile()
    except OSError as error:
        raise NoAnswer(f"no room for what it prints: {error.strerror}") from None
