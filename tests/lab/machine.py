"""A throw-away Debian: an overlay on an image, booted with its own systemd by systemd-nspawn."""

import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

from lab import control_groups

BOOT_LIMIT = 420
"""Seconds until all of 35 daemons are up on two busy cores: ten times what was seen."""
WAIT_LIMIT = 300
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
ENVIRONMENT = {"PATH": PATH, "HOME": "/root", "LANG": "C.UTF-8"}
POWEROFF = signal.SIGRTMIN + 4
"""systemd(1), SIGNALS: starts poweroff.target."""

Answer = subprocess.CompletedProcess[str]


class NotBooted(Exception):
    """The machine did not come up; the message has the end of its console."""


class Overlay:
    """A writable view of read-only layers, the topmost first."""

    def __init__(self, folder: Path, layers: Sequence[Path]) -> None:
        self.upper = folder / "upper"
        self.root = folder / "root"
        work = folder / "work"
        for path in (self.upper, self.root, work):
            path.mkdir(parents=True)
        lower = ":".join(map(str, layers))
        options = f"lowerdir={lower},upperdir={self.upper},workdir={work}"
        subprocess.run(["mount", "-t", "overlay", "-o", options, "privaudit-lab", self.root], check=True)

    def close(self) -> None:
        """Take the view away; what was written stays in upper."""
        subprocess.run(["umount", "-l", self.root], check=True)


class Machine:
    """One booted Debian."""

    def __init__(self, name: str, folder: Path, layers: Sequence[Path]) -> None:
        self.name = name
        self.overlay = Overlay(folder, layers)
        self.root = self.overlay.root
        self.console = folder / "console"
        self.leader = 0
        self._nspawn: subprocess.Popen[bytes] | None = None

    def boot(self) -> None:
        """Start it and wait until systemd has settled, with failed units or without."""
        argv = ["setpriv", "--pdeathsig", "KILL", "systemd-nspawn", "--quiet", "--register=no", "--keep-unit"]
        argv += [
            "--private-network",
            "--link-journal=no",
            f"--machine={self.name}",
            "--hostname=lab",
            "-b",
            "-D",
            str(self.root),
        ]
        with self.console.open("wb") as console:
            self._nspawn = subprocess.Popen(
                control_groups.entered(self.name, argv),
                stdin=subprocess.DEVNULL,
                stdout=console,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            wait_for(self._has_leader, "its systemd", 120)
            wait_for(self._settled, "the end of its boot", BOOT_LIMIT)
        except (AssertionError, subprocess.SubprocessError) as error:
            tail = self.console.read_bytes()[-3000:].decode(errors="replace")
            raise NotBooted(f"{self.name}: {error}\n{tail}\n{self.journal()}") from error

    def _has_leader(self) -> bool:
        assert self._nspawn is not None
        assert self._nspawn.poll() is None, f"systemd-nspawn ended with {self._nspawn.returncode}"
        for pid in Path(f"/proc/{self._nspawn.pid}/task/{self._nspawn.pid}/children").read_text().split():
            with suppress(OSError):
                status = Path(f"/proc/{pid}/status").read_text()
                inner = next(line for line in status.splitlines() if line.startswith("NSpid:")).split()
                if len(inner) == len(["NSpid:", pid, "1"]) and inner[-1] == "1":
                    self.leader = int(pid)
                    return True
        return False

    def _settled(self) -> bool:
        asked = self.run(["systemctl", "is-system-running"], check=False)
        return asked.stdout.strip() in {"running", "degraded"}

    def run(
        self,
        argv: Sequence[str],
        *,
        check: bool = True,
        timeout: int = WAIT_LIMIT,
        stdin: str = "",
        user: str | None = None,
    ) -> Answer:
        """Run a command inside, as root or as user; a limit of its own, in seconds, ends it inside."""
        switch = ["runuser", "-u", user, "--"] if user else []
        limited = ["timeout", "--kill-after=20", str(timeout), *switch, *argv]
        # files, not pipes: a daemon that argv leaves behind holds a pipe open for ever
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            ended = subprocess.run(
                ["nsenter", "-t", str(self.leader), "-a", "--", *limited],
                input=stdin.encode(errors="surrogateescape"),
                stdout=out,
                stderr=err,
                env=ENVIRONMENT,
                timeout=timeout + 120,
                check=False,
            )
            done = Answer(argv, ended.returncode, _text(out), _text(err))
        if check and done.returncode:
            raise AssertionError(f"{' '.join(argv)}: {done.returncode}\n{done.stdout}\n{done.stderr}")
        return done

    def sh(self, script: str, *, check: bool = True) -> Answer:
        """Run a shell script inside, that ends at its first failure."""
        return self.run(["sh", "-ec", script], check=check)

    def privaudit(self, *arguments: str, user: str | None = None) -> Answer:
        """Run the installed program, whatever it exits with."""
        return self.run(["/opt/privaudit/bin/privaudit", *arguments], check=False, user=user)

    def write(self, path: str, text: str, mode: int = 0o644, owner: str = "root:root") -> None:
        """Write a file inside, folders on the way included."""
        user, _, group = owner.partition(":")
        where = ["install", "-D", "-m", f"{mode:o}", "-o", user, "-g", group or user, "/dev/stdin", path]
        self.run(where, stdin=text)

    def add_person(self, name: str, *groups: str) -> None:
        """Make somebody who can log in: a home, a shell, a password."""
        self.run(["useradd", "-m", "-s", "/bin/bash", *(f"-G{','.join(groups)}" for _ in groups[:1]), name])
        self.run(["chpasswd"], stdin=f"{name}:a long enough password\n")

    def wait_active(self, *units: str) -> None:
        """Wait until the units run; one that failed is no longer waited for."""
        for unit in units:
            wait_for(lambda unit=unit: self._active(unit), f"{unit} to be active", WAIT_LIMIT)  # type: ignore[misc]

    def _active(self, unit: str) -> bool:
        state = self.run(["systemctl", "is-active", unit], check=False).stdout.strip()
        assert state != "failed", (
            f"{unit} failed:\n{self.run(['systemctl', 'status', unit], check=False).stdout}"
        )
        return state == "active"

    def journal(self, lines: int = 80) -> str:
        """Return the end of the machine's journal, for the report of a failure."""
        if not self.leader:
            return ""
        with suppress(subprocess.SubprocessError):
            return self.run(["journalctl", "--no-pager", "-n", str(lines)], check=False, timeout=60).stdout
        return "(journalctl did not answer)"

    def stop(self) -> None:
        """Power off, kill what does not go, and take the overlay away."""
        if self._nspawn is not None:
            if self.leader:
                with suppress(ProcessLookupError):
                    os.kill(self.leader, POWEROFF)
                with suppress(subprocess.TimeoutExpired):
                    self._nspawn.wait(10)
            self._nspawn.kill()
            self._nspawn.wait(120)
        clear(self.name)
        self.overlay.close()


def _text(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode(errors="surrogateescape")


def clear(name: str) -> None:
    """End all processes of a machine and remove its control groups."""

    def gone() -> bool:
        control_groups.kill(name)
        return control_groups.removed(name)

    wait_for(gone, f"the control groups of {name} to go", 120)


def wait_for(condition: Callable[[], bool], what: str, limit: float = WAIT_LIMIT) -> None:
    """Poll until the condition holds; AssertionError when the limit, in seconds, has passed."""
    end = time.monotonic() + limit
    while not condition():
        assert time.monotonic() < end, f"waited {limit:.0f} s for {what}"
        time.sleep(0.3)
