"""Work that a child does meanwhile: its result, its end, and what happens when it dies."""

import errno
import os
import signal
import subprocess
import sys

import pytest

from privaudit.host import HostError, beside
from privaudit.host.beside import Beside, Turns

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="used on Linux alone")


def test_the_result_comes_from_another_process() -> None:
    parent, found = Beside(lambda: (os.getppid(), {"a": (1, "\udcff")})).result()
    assert parent == os.getpid()
    assert found == {"a": (1, "\udcff")}


def test_a_result_longer_than_a_pipe_holds() -> None:
    assert len(Beside(lambda: b"x" * (1 << 20)).result()) == 1 << 20


def test_what_is_raised_there_is_raised_here() -> None:
    def work() -> None:
        raise HostError("/x", "is broken")

    with pytest.raises(HostError, match="/x: is broken"):
        Beside(work).result()


def test_work_of_a_child_that_died_is_done_again() -> None:
    mother = os.getpid()

    def work() -> str:
        if os.getpid() != mother:
            os.kill(os.getpid(), signal.SIGKILL)
        return "done"

    assert Beside(work).result() == "done"


def test_half_a_result_is_none() -> None:
    mother = os.getpid()

    class Torn:
        def __reduce__(self) -> tuple[object, ...]:
            if os.getpid() != mother:
                os._exit(1)
            return (Torn, ())

    assert isinstance(Beside(Torn).result(), Torn)


def test_a_child_that_nobody_waits_for_is_ended() -> None:
    beside = Beside(signal.pause)
    child = beside._child
    del beside
    with pytest.raises(ProcessLookupError):
        os.kill(child, 0)


def test_a_child_ends_where_its_parent_was_killed() -> None:
    code = (
        "import os; from privaudit.host.beside import Beside;"
        "hold, go = os.pipe();"
        "child = Beside(lambda: (os.close(go), os.read(hold, 1), bytes(1 << 20))[2]);"
        "os.kill(os.getpid(), 9)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=60, check=False)
    assert done.returncode == -signal.SIGKILL  # and nobody holds its output open any more


def test_a_child_that_gave_its_answer_is_no_child_of_ours_for_good() -> None:
    child = Beside(lambda: 1)
    pid = child._child
    assert child.result() == 1
    beside._reap()
    with pytest.raises(ChildProcessError):
        os.waitpid(pid, 0)


def test_nobody_waits_for_a_child_that_was_stopped_after_its_answer() -> None:
    child = Beside(lambda: 1)
    os.kill(child._child, signal.SIGSTOP)
    os.waitid(os.P_PID, child._child, os.WSTOPPED | os.WEXITED | os.WNOWAIT)
    beside._ended.append(child._child)
    beside._reap()
    with pytest.raises(ChildProcessError):
        os.waitpid(child._child, 0)
    child._end.detach()
    os.close(child._answer)


def test_where_there_can_be_no_child_the_work_is_done_here(monkeypatch: pytest.MonkeyPatch) -> None:
    def fork() -> int:
        raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))

    before = len(os.listdir("/proc/self/fd"))
    monkeypatch.setattr(os, "fork", fork)
    assert Beside(os.getpid).result() == os.getpid()
    Beside(os.getpid)  # nobody wants it
    assert len(os.listdir("/proc/self/fd")) == before


def test_a_patient_child_gives_way() -> None:
    assert Beside(lambda: os.nice(0), patient=True).result() == os.nice(0) + 10
    assert Beside(lambda: os.nice(0)).result() == os.nice(0)


@pytest.mark.parametrize("count", [0, 1, 7, 1024, 1025, 5000])
def test_each_turn_is_taken_once(count: int) -> None:
    turns = Turns(count)
    other = Beside(lambda: list(turns))
    taken = [*turns, *other.result()]
    assert sorted(taken) == list(range(count))
    assert list(turns) == []


def test_turns_leave_no_descriptor_open() -> None:
    before = len(os.listdir("/proc/self/fd"))
    turns = Turns(3)
    assert next(iter(turns)) == 0
    del turns
    assert len(os.listdir("/proc/self/fd")) == before
