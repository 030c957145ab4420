"""A fix of a Mac that is killed before any of its actions: undo puts everything back."""

import os
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from fix.macos.fake_mac import FakeMac, Killed
from fix.macos.pictures import picture
from fix.macos.running import fixed, mac_with_mysql, undone
from macos.mac_disk import JOE

from privaudit.fix.journal import Unborn
from privaudit.model.plan import FixStatus

pytestmark = [
    pytest.mark.root,
    pytest.mark.skipif(os.geteuid() != 0, reason="gives files to other accounts: needs root"),
]


@pytest.fixture
def mac(tmp_path: Path) -> FakeMac:
    return mac_with_mysql(tmp_path / "disk")


def actions(mac: FakeMac) -> int:
    """How many a whole fix takes; it is taken back."""
    mac.actions = 0
    assert fixed(mac).status is FixStatus.DONE
    count = mac.actions
    assert undone(mac).status is FixStatus.DONE
    return count


def test_killed_before_every_action(mac: FakeMac) -> None:
    before = picture(mac.disk)
    total = actions(mac)
    assert total >= 8
    for number in range(1, total + 1):
        mac.actions, mac.killed_at = 0, number
        with suppress(Killed):
            fixed(mac)
        mac.killed_at = sys.maxsize
        with suppress(Unborn):
            assert undone(mac, f"mysql-{number + 1}").status is FixStatus.DONE
        assert picture(mac.disk) == before, number
        assert list(mac.jobs) == ["gui/501/homebrew.mxcl.mysql"], number
        assert {row.uids.real for row in mac.rows.values() if row.name in {"mysqld", "sh"}} == {JOE}
        assert not mac.off["501"].get("homebrew.mxcl.mysql")
