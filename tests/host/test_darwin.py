"""The readers of a Mac, tried where psutil and the kernel's own tables can be compared."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from privaudit.host import Denied, Platform, RawProcess, darwin, procfs
from privaudit.host.local import LocalHost

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="compares with Linux's tables")

EVERYWHERE = "0.0.0.0"  # noqa: S104 - that it is seen is the point


@pytest.fixture
def sleeper() -> Iterator[int]:
    child = subprocess.Popen(["/bin/sleep", "600"])
    while not psutil.Process(child.pid).cmdline():  # as long as the kernel is still making it
        time.sleep(0.01)
    yield child.pid
    child.kill()
    child.wait()


def by_pid(rows: Iterator[RawProcess], *pids: int) -> list[RawProcess]:
    found = {row.pid: row for row in rows}
    return [found[pid] for pid in pids]


def told(row: RawProcess) -> tuple[object, ...]:
    return (row.pid, row.ppid, row.uids, row.gids, row.program, row.argv, row.kernel)


def test_processes_are_those_of_the_kernel(sleeper: int) -> None:
    pids = (os.getpid(), sleeper)
    ours, theirs = by_pid(darwin.processes(), *pids), by_pid(procfs.processes(), *pids)
    assert [told(row) for row in ours] == [told(row) for row in theirs]


def test_processes_come_by_pid() -> None:
    pids = [row.pid for row in darwin.processes()]
    assert pids == sorted(set(pids))


def test_listeners_know_their_process_and_address() -> None:
    with socket.socket() as inner, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams:
        inner.bind(("127.0.0.1", 0))
        inner.listen()
        datagrams.bind((EVERYWHERE, 0))
        held = [each for each in darwin.listeners() if each.pid == os.getpid()]
        ours = {(each.protocol, each.address, each.loopback, each.port) for each in held}
        assert ("tcp", "127.0.0.1", True, inner.getsockname()[1]) in ours
        assert ("udp", EVERYWHERE, False, datagrams.getsockname()[1]) in ours


def test_without_root_it_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(_: str) -> None:
        raise psutil.AccessDenied

    monkeypatch.setattr(psutil, "net_connections", denied)
    with pytest.raises(Denied, match="needs root"):
        darwin.listeners()


def test_a_mac_is_asked_by_psutil(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(procfs, "processes", lambda: pytest.fail("a Mac has no /proc"))
    host = LocalHost()
    host.platform = Platform.DARWIN
    assert os.getpid() in {row.pid for row in host.processes()}
    assert isinstance(host.listeners(), tuple)


AS_ON_A_MAC = """
import os, sys
del os.O_PATH, os.getxattr, os.listxattr, os.setxattr, os.removexattr
sys.platform = "darwin"
from privaudit.host.local import LocalHost
host = LocalHost()
top = sys.argv[1]
print(host.platform, host.read(f"{top}/file").decode(), host.readlink(f"{top}/link"), host.listdir(top))
census = host.census(top)
print(census.entries, census.limits, host.acl(f"{top}/file"), host.file_capabilities(f"{top}/file"))
"""


def test_files_are_read_without_what_only_linux_has(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("text")
    (tmp_path / "file").chmod(0o664)
    (tmp_path / "link").symlink_to("file")
    command = [sys.executable, "-c", AS_ON_A_MAC, str(tmp_path)]
    answer = subprocess.run(command, check=False, capture_output=True, text=True, timeout=120)
    assert answer.stderr == ""
    assert answer.stdout == "darwin text file ['file', 'link']\n3 () () False\n"
