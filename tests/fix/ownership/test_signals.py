"""A signal stops a change between two batches with everything put back, and never stops an undo."""

import os
import signal

import pytest
from fix.ownership.ground import Ground, picture

from privaudit.fix.ownership import StateFolder, apply, preview, undo
from privaudit.fix.ownership.failure import Interrupted
from privaudit.fix.ownership.signals import Signals
from privaudit.host.changes_linux import LinuxChanges
from privaudit.model.ownership import Phase, Progress, Status


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("phase", [Phase.FREEZING, Phase.CHANGING, Phase.RELEASING])
def test_a_signal_during_a_change_puts_back(ground: Ground, number: int, phase: Phase) -> None:
    ground.data()
    before = picture(ground.tree)
    changes = LinuxChanges()

    def tell(progress: Progress) -> None:
        if progress.phase is phase:
            os.kill(os.getpid(), number)

    with StateFolder(changes, ground.state) as state:
        outcome = apply(changes, preview(changes, ground.plan()), state, "a.journal", tell=tell)
    if outcome.status is Status.DONE:  # it came after the last batch: done is done
        assert ground.undo().status is Status.DONE
    else:
        assert outcome.status is Status.PUT_BACK
        assert signal.Signals(number).name in outcome.reason
    assert picture(ground.tree) == before


def test_a_signal_during_an_undo_waits(ground: Ground) -> None:
    ground.data()
    before = picture(ground.tree)
    ground.change()
    changes = LinuxChanges()
    told = []

    def tell(progress: Progress) -> None:
        told.append(progress.phase)
        os.kill(os.getpid(), signal.SIGTERM)

    with StateFolder(changes, ground.state) as state:
        assert undo(changes, state, "a.journal", tell=tell).status is Status.DONE
    assert Phase.RESTORING in told
    assert picture(ground.tree) == before


def test_what_the_inner_run_was_asked_the_outer_one_knows() -> None:
    with Signals() as outer:
        with Signals():
            os.kill(os.getpid(), signal.SIGTERM)
        with pytest.raises(Interrupted, match="SIGTERM"):
            outer.check()


def test_nohup_is_heeded() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with Signals() as signals:
            os.kill(os.getpid(), signal.SIGHUP)
            signals.check()
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)
