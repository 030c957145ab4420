"""The step that writes one file, on a real file system: killed at every call, and with joe in the way."""

import contextlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from memory_host import MemoryHost

from privaudit.fix.ownership import StateFolder
from privaudit.fix.steps import Failed, Site, Verdict
from privaudit.fix.steps.files import WriteDoer
from privaudit.host.act import ActError
from privaudit.host.act_local import LocalHands
from privaudit.host.changes_rooted import RootedChanges
from privaudit.model.steps import WriteFile

pytestmark = [
    pytest.mark.root,
    pytest.mark.skipif(os.geteuid() != 0, reason="writes root's files: needs root"),
]

JOE = 4242
DROP_IN = WriteFile("/etc/shop.service.d/zz.conf", "[Service]\nUser=shop\n")
CONFIG = WriteFile("/etc/shop.conf", "user shop\n", "user joe\n")
DOER = WriteDoer()
CALLS = ("open", "write", "fchown", "fchmod", "fsync", "rename", "mkdir", "unlink")


class Killed(BaseException):
    """Nothing that would have been done afterwards happens."""


@pytest.fixture
def etc(tmp_path: Path) -> Path:
    tmp_path.chmod(0o755)
    etc = tmp_path / "etc"
    etc.mkdir(mode=0o755)
    etc.chmod(0o755)
    (etc / "shop.conf").write_text("user joe\n")
    return etc


@pytest.fixture
def site(tmp_path: Path, etc: Path) -> Iterator[Site]:
    del etc
    changes = RootedChanges(str(tmp_path))
    with StateFolder(changes, "/state") as state:
        hands = LocalHands(str(tmp_path))
        yield Site(
            "shop-1", MemoryHost(), hands, changes, state, lambda: None, lambda _: None, lambda: Verdict(())
        )


def picture(etc: Path) -> dict[str, tuple[int, int, str]]:
    about = {str(path.relative_to(etc)): path for path in etc.rglob("*")}
    return {
        name: (path.lstat().st_uid, path.lstat().st_mode, "" if path.is_dir() else path.read_text())
        for name, path in about.items()
    }


def _mortal(real: Callable[..., Any], left: list[int]) -> Callable[..., Any]:
    """The call, until so many were made: from then on none is."""

    def call(*arguments: object, **more: object) -> object:
        left[0] -= 1
        if left[0] <= 0:
            raise Killed
        return real(*arguments, **more)

    return call


@pytest.mark.parametrize("step", [DROP_IN, CONFIG], ids=["new", "changed"])
def test_a_kill_at_every_call_is_taken_back(
    site: Site, etc: Path, monkeypatch: pytest.MonkeyPatch, step: WriteFile
) -> None:
    before = picture(etc)
    number = 0
    while True:
        number += 1
        note = DOER.before(step, site)
        left = [number]
        with monkeypatch.context() as patch:
            for name in CALLS:
                patch.setattr(os, name, _mortal(getattr(os, name), left))
            with contextlib.suppress(Killed):
                DOER.do(step, note, site)
        DOER.undo(step, note, site)
        assert picture(etc) == before, number
        if left[0] > 0:
            break
    assert number > len(CALLS)


def test_a_link_of_joes_is_never_written_through(site: Site, etc: Path) -> None:
    os.chown(etc, JOE, JOE)
    (etc / "shop.conf").unlink()
    secret = etc.parent / "secret"
    secret.write_text("root's\n")
    (etc / "shop.conf").symlink_to(secret)
    with pytest.raises(Failed, match="is a link"):
        DOER.before(CONFIG, site)
    os.chown(secret, 0, 0)
    (etc / "shop.conf").unlink()
    (etc / "shop.conf").write_text("user joe\n")
    note = DOER.before(CONFIG, site)
    with pytest.raises(ActError, match="can be changed by others"):
        DOER.do(CONFIG, note, site)  # root's file in joe's folder: another one could stand there
    os.chown(etc / "shop.conf", JOE, JOE)
    note = DOER.before(CONFIG, site)
    (etc / "shop.conf").unlink()
    (etc / "shop.conf").symlink_to(secret)
    (etc / ".shop.conf.privaudit").symlink_to(secret)
    DOER.do(CONFIG, note, site)
    assert secret.read_text() == "root's\n"
    assert secret.stat().st_uid == 0
    assert (etc / "shop.conf").read_text() == "user shop\n"
    assert (etc / "shop.conf").lstat().st_uid == JOE
