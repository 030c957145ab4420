"""Run the command line as a shell would, or in this process over a machine in memory."""

import os
import subprocess
import sys

import pytest
from cli_runs import Ended, Run
from memory_host import MemoryHost

from privaudit.cli import machine, main, own_code


@pytest.fixture
def shell() -> Run:
    """Run privaudit as a process of its own."""

    def run(*arguments: str, env: dict[str, str] | None = None, cwd: str = "/") -> Ended:
        done = subprocess.run(
            [sys.executable, "-P", "-m", "privaudit", *arguments],
            capture_output=True,
            timeout=120,
            check=False,
            env={**os.environ, **(env or {})},
            cwd=cwd,
        )
        return Ended(done.returncode, done.stdout.decode(), done.stderr.decode())

    return run


@pytest.fixture
def host() -> MemoryHost:
    """A machine in memory: root, joe, no service."""
    return MemoryHost().account("root", 0, home="/root").account("joe", 1000, home="/home/joe")


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], host: MemoryHost) -> Run:
    """Run privaudit in this process, over the machine in memory, from code that is root's alone."""
    monkeypatch.setattr(machine, "host_for", lambda *_, **_once: host)
    monkeypatch.setattr(own_code, "as_root", lambda: None)

    def run(*arguments: str) -> Ended:
        code = main(arguments)
        captured = capsys.readouterr()
        return Ended(code, captured.out, captured.err)

    return run
