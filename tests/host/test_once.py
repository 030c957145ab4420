"""A machine that is looked at once answers as any other does, and asks ahead."""

import errno
import itertools
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

import pytest

from privaudit import spawn
from privaudit.host import CommandResult, HostError, netsockets
from privaudit.host.beside import Beside
from privaudit.host.files import Files
from privaudit.host.local import LocalHost
from privaudit.host.resolve import Roots

NAMES = ("", ".", "..", "a", "b", "up", "top", "loop", "gone", "file")


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folders in each other, with links up, to the top, in a circle and to nothing."""
    top = tmp_path_factory.mktemp("tree")
    for folder in (top, top / "a", top / "a" / "b"):
        folder.mkdir(exist_ok=True)
        (folder / "file").write_text(folder.name)
        (folder / "up").symlink_to("../a")
        (folder / "top").symlink_to("/a")
        (folder / "loop").symlink_to("loop")
        (folder / "gone").symlink_to("nowhere/at/all")
    return top


def answers(files: Files, path: str) -> list[object]:
    """What a look at one path gives, errors included."""
    found: list[object] = []
    for ask in (files.lstat, files.readlink, files.listdir, files.read):
        try:
            found.append(ask(path))
        except HostError as error:
            found.append((type(error), str(error)))
    return found


def test_folders_that_stay_open_change_no_answer(tree: Path) -> None:
    plain, kept = Files(Roots(str(tree))), Files(Roots(str(tree), kept=3))
    for length in range(1, 4):
        for names in itertools.product(NAMES, repeat=length):
            path = "/" + "/".join(names)
            assert answers(kept, path) == answers(plain, path), path


def test_a_path_of_two_thousand_folders(tree: Path) -> None:
    path = "/a" * 2000
    plain, kept = Files(Roots(str(tree))), Files(Roots(str(tree), kept=3))
    assert answers(kept, path) == answers(plain, path)


@pytest.mark.skipif(sys.platform != "linux", reason="counts descriptors in /proc")
def test_only_so_many_stay_open_and_none_for_good(tree: Path) -> None:
    before = len(os.listdir("/proc/self/fd"))
    roots = Roots(str(tree), kept=2)
    for path in ("/a/file", "/a/b/file", "/up/file", "/a/up/file", "/file"):
        Files(roots).read(path)
    assert len(os.listdir("/proc/self/fd")) == before + 3
    del roots
    assert len(os.listdir("/proc/self/fd")) == before


def test_an_answer_asked_ahead_is_given_once(tmp_path: Path) -> None:
    count = ["/bin/sh", "-c", f"echo x >> {tmp_path}/asked; echo $$"]
    host = LocalHost(once=True)
    host.ahead(count)
    first, second = host.run(count), host.run(count)
    assert first.status == second.status == 0
    assert first.stdout != second.stdout
    assert (tmp_path / "asked").read_text() == "x\nx\n"


@pytest.mark.skipif(sys.platform != "linux", reason="sockets are looked at beside on Linux alone")
def test_sockets_that_cannot_be_read_hide_no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused() -> NoReturn:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(netsockets, "listeners", refused)
    host = LocalHost(once=True)
    host.expect(Beside(host.look).result)
    assert os.getpid() in {process.pid for process in host.processes()}
    with pytest.raises(HostError, match="/proc/net: permission denied"):
        host.listeners()


def test_a_query_in_other_circumstances_is_another() -> None:
    host = LocalHost()
    host.ahead(["/bin/cat"])
    assert host.run(["/bin/cat"], stdin=b"x").stdout == b"x"
    assert host.run(["/bin/cat"]) == CommandResult(0, b"", b"")


def test_what_cannot_be_started_ahead_fails_when_it_is_asked() -> None:
    host = LocalHost()
    host.ahead(["/nonexistent/program"])
    with pytest.raises(HostError, match="no such program"):
        host.run(["/nonexistent/program"])


def test_an_answer_that_nobody_waits_for_is_ended() -> None:
    for anywhere in (True, False):
        running = spawn.start(["/bin/sleep", "600"], anywhere=anywhere)
        pid = running._child.pid
        del running
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def test_a_query_is_led_to_the_root_folder_unless_it_does_not_matter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for anywhere, folder in ((False, "/"), (True, str(tmp_path))):
        status, output, _ = spawn.start(["/bin/pwd", "-P"], anywhere=anywhere).result(60)
        assert (status, output.decode().strip()) == (0, folder)


@pytest.mark.parametrize("anywhere", [True, False])
def test_a_query_has_a_session_of_its_own_and_the_usual_signals(*, anywhere: bool) -> None:
    text = "read -r _ _ _ _ _ session rest </proc/self/stat; echo $session $$; grep SigIgn /proc/self/status"
    _, output, _ = spawn.start(["/bin/sh", "-c", text], anywhere=anywhere).result(60)
    (session, pid), (_, ignored) = (line.split() for line in output.decode().splitlines())
    assert session == pid
    assert int(ignored, 16) & (1 << (signal.SIGPIPE - 1) | 1 << (signal.SIGXFSZ - 1)) == 0


def test_the_kernel_need_not_tell_that_a_query_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "pidfd_open", raising=False)
    assert spawn.start(["/bin/sh", "-c", "sleep 0.1; exit 3"]).result(60)[0] == 3
    with pytest.raises(spawn.NoAnswer, match=r"no answer within 0\.1 s"):
        spawn.start(["/bin/sleep", "600"], anywhere=True).result(0.1)


def test_where_few_files_may_be_open_few_folders_are_kept(tmp_path: Path) -> None:
    code = """
import os, resource, sys
from privaudit.host.local import LocalHost
resource.setrlimit(resource.RLIMIT_NOFILE, (24, 24))
host = LocalHost(once=True)
for number in range(40):
    host.lstat(f"{sys.argv[1]}/{number}/x")
"""
    for number in range(40):
        (tmp_path / str(number) / "x").mkdir(parents=True)
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True, timeout=60)


@pytest.mark.parametrize("closed", [(0,), (0, 1, 2)])
def test_a_query_has_its_streams_where_ours_came_closed(closed: tuple[int, ...], tmp_path: Path) -> None:
    code = f"""
import os
from pathlib import Path
for number in {closed}:
    os.close(number)
from privaudit import spawn
for anywhere in (True, False):
    running = spawn.start(["/bin/sh", "-c", "cat; echo e >&2; exit 3"], stdin=b"in", anywhere=anywhere)
    assert running.result(60) == (3, b"in", b"e\\n")
Path({str(tmp_path / "done")!r}).touch()
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
    assert (tmp_path / "done").exists()
