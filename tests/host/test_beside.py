"""Work that a child does meanwhile: its result, its end, and what happens when it dies."""

import os
import signal
import sys

import pytest

from privaudit.host import HostError
from privaudit.host.beside import Beside

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
