"""This machine, live."""

import grp
import os
import pwd
import resource
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from types import MappingProxyType
from typing import NoReturn

from privaudit import spawn
from privaudit.host import (
    CommandResult,
    GroupEntry,
    HostError,
    PasswdEntry,
    Platform,
    RawProcess,
    commands,
)
from privaudit.host.files import Files
from privaudit.host.resolve import Roots, failure
from privaudit.model.service import Listener

Looked = tuple[tuple[RawProcess, ...], tuple[Listener, ...] | None]
"""Processes and the sockets on which they accept connections; None: those could not be read."""
_KEPT = 64
"""Folders that stay open, or a quarter of the files that a process may have (macOS: 256, by default)."""


class LocalHost(Files):
    """The machine that privaudit runs on; see `privaudit.host.Host` for what each method promises."""

    def __init__(
        self, *, once: bool = False, asked: Mapping[tuple[str, ...], spawn.Running] = MappingProxyType({})
    ) -> None:
        """Be this machine.

        once: nothing that is asked twice has to be looked up twice. asked: queries that were started already.
        """
        files = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
        kept = _KEPT if files == resource.RLIM_INFINITY else min(_KEPT, files // 4)
        super().__init__(Roots("/", kept=kept if once else 0))
        self._ahead = dict(asked)
        self._looked: Callable[[], Looked] | None = None
        self._listening: tuple[Listener, ...] | None = None
        self.platform = Platform.DARWIN if sys.platform == "darwin" else Platform.LINUX
        self.root = "/"
        self.live = True
        self.privileged = os.geteuid() == 0

    def hostname(self) -> str:
        """Name of the machine."""
        return os.uname().nodename

    def kernel(self) -> str:
        """Kernel and release."""
        return f"{os.uname().sysname} {os.uname().release}"

    def now(self) -> float:
        """Seconds since the epoch."""
        return time.time()

    def ahead(self, argv: Sequence[str]) -> None:
        """Start a query that `run` will be asked for, so that its answer is there by then.

        Its program must look at nothing in its working folder.
        """
        with suppress(OSError, spawn.NoAnswer):  # run says why
            self._ahead[tuple(argv)] = spawn.start(argv, anywhere=True)

    def run(
        self,
        argv: Sequence[str],
        *,
        timeout: float = 30,
        uid: int | None = None,
        env: Mapping[str, str] | None = None,
        stdin: bytes = b"",
    ) -> CommandResult:
        """Run a read-only query."""
        if uid is None and not env and not stdin and tuple(argv) in self._ahead:
            return commands.answer(argv[0], self._ahead.pop(tuple(argv)), timeout)
        account = None
        if uid is not None and uid != os.geteuid():
            entry = self.passwd(uid)
            if entry is None:
                raise HostError(argv[0], f"uid {uid} has no account")
            account = (entry, self.group_list(entry.name, entry.gid))
        return commands.run(argv, timeout=timeout, account=account, env=env, stdin=stdin)

    def look(self) -> Looked:
        """Read processes and sockets now; without sockets there still are processes."""
        found, listeners = tuple(self.processes()), None
        with suppress(HostError):  # whoever asks for them says why
            listeners = self.listeners()
        return found, listeners

    def expect(self, looked: Callable[[], Looked]) -> None:
        """Have `processes` and then `listeners` give, once, what `look` gave elsewhere."""
        self._looked = looked

    def processes(self) -> Iterator[RawProcess]:
        """All processes."""
        looked, self._looked = self._looked, None
        if looked is not None:
            rows, self._listening = looked()
            yield from rows
            return
        if self.platform is Platform.DARWIN:
            from privaudit.host import darwin

            yield from darwin.processes()
            return
        from privaudit.host import procfs  # in a child, most often

        try:
            yield from procfs.processes()
        except OSError as error:
            _fail("/proc", error)

    def listeners(self) -> tuple[Listener, ...]:
        """All listening sockets."""
        if self._listening is not None:
            found, self._listening = self._listening, None
            return found
        if self.platform is Platform.DARWIN:
            from privaudit.host import darwin

            return darwin.listeners()
        from privaudit.host import netsockets  # in a child, most often

        try:
            return netsockets.listeners()
        except OSError as error:
            _fail("/proc/net", error)

    def passwd(self, key: int | str) -> PasswdEntry | None:
        """Look one account up."""
        try:
            found = pwd.getpwuid(key) if isinstance(key, int) else pwd.getpwnam(key)
        except (KeyError, OverflowError, ValueError):
            return None
        return PasswdEntry(
            found.pw_name, found.pw_uid, found.pw_gid, found.pw_gecos, found.pw_dir, found.pw_shell
        )

    def group(self, key: int | str) -> GroupEntry | None:
        """Look one group up."""
        try:
            found = grp.getgrgid(key) if isinstance(key, int) else grp.getgrnam(key)
        except (KeyError, OverflowError, ValueError):
            return None
        return GroupEntry(found.gr_name, found.gr_gid, tuple(found.gr_mem))

    def group_list(self, name: str, gid: int) -> tuple[int, ...]:
        """Every gid of an account, primary first."""
        try:
            others = sorted(set(os.getgrouplist(name, gid)) - {gid})
        except (OSError, ValueError):
            others = []
        return (gid, *others)


def _fail(what: str, error: OSError) -> NoReturn:
    raise failure(what, error) from None
