"""Run a read-only query: absolute program, no shell, a fresh environment, a limit."""

import os
import select
import signal
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import IO

from privaudit.host import CommandResult, Denied, HostError, Missing, PasswdEntry

OUTPUT_LIMIT = 64 << 20
"""Bytes of output that are taken; a command that prints more is reported."""

_ENVIRONMENT = {"LC_ALL": "C", "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}


def run(
    argv: Sequence[str],
    *,
    timeout: float,
    account: tuple[PasswdEntry, tuple[int, ...]] | None,
    env: Mapping[str, str] | None,
    stdin: bytes,
) -> CommandResult:
    """Run argv; account: (entry, gids) to run it as. Raises Missing, Denied, HostError (timeout, size)."""
    if not argv or not argv[0].startswith("/"):
        raise HostError(" ".join(argv), "not an absolute program")
    identity: dict[str, object] = {}
    if account is not None:
        entry, gids = account
        identity = {"user": entry.uid, "group": entry.gid, "extra_groups": list(gids)}
    with _room(argv[0]) as out, _room(argv[0]) as err, _room(argv[0]) as given:
        try:
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
                **identity,
            )
        except FileNotFoundError:
            raise Missing(argv[0], "no such program") from None
        except PermissionError:
            raise Denied(argv[0], "permission denied") from None
        except OSError as error:
            raise HostError(argv[0], error.strerror or str(error)) from None
        _bound(child.pid)
        try:
            _wait(child, timeout)
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()
            raise HostError(argv[0], f"no answer within {timeout:g} s") from None
        for stream in (out, err):
            if os.fstat(stream.fileno()).st_size > OUTPUT_LIMIT:
                raise HostError(argv[0], f"printed more than {OUTPUT_LIMIT} bytes")
            stream.seek(0)
        return CommandResult(child.returncode, out.read(), err.read())


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


def _room(program: str) -> IO[bytes]:
    """Open a file without a name for what a command prints."""
    try:
        return tempfile.TemporaryFile()
    except OSError as error:
        raise HostError(program, f"no room for what it prints: {error.strerror}") from None
