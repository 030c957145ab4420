"""Start a read-only query and take its answer: absolute program, no shell, a fresh environment, limits.

It needs next to nothing else, so that a question can be on its way before the rest of privaudit is loaded.
"""

import fcntl
import os
import select
import signal
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from io import BufferedRandom
from weakref import finalize

OUTPUT_LIMIT = 64 << 20
"""Bytes of output that are taken; a command that prints more is reported."""

_ENVIRONMENT = {"LC_ALL": "C", "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}
_PACE = 0.01
"""Seconds between two looks at a child where the kernel does not tell that it ended."""


class NoAnswer(Exception):
    """It was started, or could have been, and there is no answer to be had: says why."""


def start(
    argv: Sequence[str],
    *,
    identity: Mapping[str, object] | None = None,
    env: Mapping[str, str] | None = None,
    stdin: bytes = b"",
    anywhere: bool = False,
) -> "Running":
    """Start argv and go on; it ends with whoever holds the answer. Raises OSError, NoAnswer.

    identity: `user`, `group` and `extra_groups` as subprocess.Popen takes them. anywhere: the program looks
    at nothing in its working folder, so it need not be led to `/`; as ourselves alone, and sooner started.
    """
    if not argv or not argv[0].startswith("/"):
        raise NoAnswer("not an absolute program")
    environment = {**_ENVIRONMENT, **(env or {})}
    with ExitStack() as rooms:
        out, err = rooms.enter_context(_room()), rooms.enter_context(_room())
        with _room() as given:
            given.write(stdin)
            given.seek(0)
            streams = (given, out, err)
            pid = None if identity or not anywhere else _here(argv, streams, environment)
            if pid is None:
                pid = _in_root(argv, streams, environment, identity or {})
        _bound(pid)
        return Running(_Child(pid), out, err, rooms.pop_all())


def _here(
    argv: Sequence[str], streams: Sequence[BufferedRandom], environment: Mapping[str, str]
) -> int | None:
    """Start it where we are; None: this system's posix_spawn(3) starts no session."""
    try:
        return os.posix_spawn(
            argv[0],
            list(argv),
            environment,
            file_actions=[
                (os.POSIX_SPAWN_DUP2, each.fileno(), number) for number, each in enumerate(streams)
            ],
            setsid=True,
            setsigdef=[signal.SIGPIPE, signal.SIGXFSZ],  # which Python ignores
        )
    except NotImplementedError:
        return None


def _in_root(
    argv: Sequence[str],
    streams: Sequence[BufferedRandom],
    environment: Mapping[str, str],
    identity: Mapping[str, object],
) -> int:
    import subprocess  # takes as long as starting a program

    given, out, err = streams
    child = subprocess.Popen(  # type: ignore[call-overload]
        list(argv),
        stdin=given,
        stdout=out,
        stderr=err,
        env=environment,
        cwd="/",
        start_new_session=True,
        close_fds=True,
        **identity,
    )
    pid: int = child.pid
    child.returncode = 0  # it is ours to wait for
    return pid


class _Child:
    """A process of ours, which leads a session of its own."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.status: int | None = None

    def wait(self, seconds: float) -> int | None:
        """Wait for its end; gives its exit status (negative: a signal's number), None if it goes on."""
        end = time.monotonic() + seconds
        if hasattr(os, "pidfd_open"):
            with suppress(OSError):  # a kernel without it
                _told(self.pid, seconds)
        while not self._look() and time.monotonic() < end:
            time.sleep(_PACE)
        return self.status

    def end(self) -> None:
        """Let nothing of it go on."""
        if not self._look():
            with suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)

    def _look(self) -> bool:
        if self.status is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            self.status = os.waitstatus_to_exitcode(status) if pid else None
        return self.status is not None


def _told(pid: int, seconds: float) -> None:
    """Return when a process has ended, at once (pidfd_open(2)), or after so many seconds."""
    descriptor = os.pidfd_open(pid)
    try:
        ended = select.poll()
        ended.register(descriptor, select.POLLIN)
        ended.poll(seconds * 1000)
    finally:
        os.close(descriptor)


class Running:
    """A query that was started."""

    def __init__(self, child: _Child, out: BufferedRandom, err: BufferedRandom, rooms: ExitStack) -> None:
        self._child = child
        self._out = out
        self._err = err
        self._end = finalize(self, _end, child, rooms)

    def result(self, timeout: float) -> tuple[int, bytes, bytes]:
        """Wait for (status, output, complaints), once; NoAnswer if it takes or prints too much."""
        try:
            status = self._child.wait(timeout)
            if status is None:
                raise NoAnswer(f"no answer within {timeout:g} s")
            for stream in (self._out, self._err):
                if os.fstat(stream.fileno()).st_size > OUTPUT_LIMIT:
                    raise NoAnswer(f"printed more than {OUTPUT_LIMIT} bytes")
                stream.seek(0)
            return status, self._out.read(), self._err.read()
        finally:
            self._end()


def _end(child: _Child, rooms: ExitStack) -> None:
    """Leave nothing behind of a query, answered or not."""
    child.end()
    rooms.close()


def _bound(pid: int) -> None:
    """Have the kernel end a command that prints without end: a disk is full long before a time limit is over.

    setrlimit(2); only Linux sets limits of another process, elsewhere the time limit is what there is.
    """
    import resource

    if hasattr(resource, "prlimit"):
        with suppress(OSError):  # it ended already
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (OUTPUT_LIMIT + 1, OUTPUT_LIMIT + 1))


def _room() -> BufferedRandom:
    """Open a file without a name for what a command prints."""
    try:
        if hasattr(os, "memfd_create"):  # Linux: no disk can be full or read-only
            return os.fdopen(_beyond_streams(os.memfd_create("privaudit")), "w+b")
        import tempfile

        return tempfile.TemporaryFile()
    except OSError as error:
        raise NoAnswer(f"no room for what it prints: {error.strerror}") from None


def _beyond_streams(descriptor: int) -> int:
    """Move a descriptor off 0, 1 and 2, where it may lie if those came closed: a child's are put there."""
    if descriptor > 2:  # noqa: PLR2004 - standard error
        return descriptor
    try:
        return fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, 3)
    finally:
        os.close(descriptor)
