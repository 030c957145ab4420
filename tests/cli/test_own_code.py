"""Code that root runs and somebody weaker can change: found, warned of, refused."""

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import click
import psutil
import pytest
import yaml

from privaudit.cli import own_code
from privaudit.host.local import LocalHost
from privaudit.model.account import AccountKind
from privaudit.model.path import Exposure

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="gives code to another account, which needs root")

JOE = 61234


@pytest.fixture
def reachable() -> Iterator[Path]:
    """A folder that everybody can get to, as pytest's own are not."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        yield Path(folder)


@pytest.fixture
def folder(reachable: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that modules are looked for in, root's alone, and the only one."""
    place = reachable / "site-packages"
    (place / "__pycache__").mkdir(parents=True)
    (place / "module.py").write_text("")
    (place / "__pycache__" / "module.pyc").write_text("")
    (place / "nowhere.py").symlink_to("missing")
    monkeypatch.setattr(own_code, "code_folders", lambda: [str(place), str(place / "__pycache__")])
    monkeypatch.setattr(sys, "argv", [""])
    monkeypatch.setattr(sys, "executable", "/usr/bin/env")
    return place


def weak() -> list[tuple[str, str]]:
    return [(place.who, place.via) for place in own_code.weak_places(LocalHost())]


def test_code_of_root_alone_is_silent(folder: Path) -> None:
    assert folder.exists()
    assert weak() == []


def test_a_folder_of_joes(folder: Path) -> None:
    os.chown(folder, JOE, JOE)
    assert weak() == [(f"uid {JOE}", str(folder))]


@pytest.mark.parametrize("name", ["module.py", "__pycache__/module.pyc", "__pycache__"])
def test_one_thing_of_joes(folder: Path, name: str) -> None:
    os.chown(folder / name, JOE, JOE)
    assert weak() == [(f"uid {JOE}", str(folder / name))]


def test_a_folder_above_of_joes(folder: Path) -> None:
    os.chown(folder.parent, JOE, JOE)
    assert weak() == [(f"uid {JOE}", str(folder.parent))]


def test_a_sticky_folder_that_anybody_adds_to(folder: Path) -> None:
    folder.chmod(0o1777)
    assert ("everyone", str(folder)) in weak()


def test_a_file_that_anybody_writes(folder: Path) -> None:
    (folder / "module.py").chmod(0o666)
    assert weak() == [("everyone", str(folder / "module.py"))]


def test_a_link_to_code_of_joes(folder: Path, reachable: Path) -> None:
    (reachable / "elsewhere.py").write_text("")
    os.chown(reachable / "elsewhere.py", JOE, JOE)
    (folder / "linked.py").symlink_to(reachable / "elsewhere.py")
    assert weak() == [(f"uid {JOE}", str(reachable / "elsewhere.py"))]


def test_an_interpreter_of_joes(folder: Path, reachable: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert folder.exists()
    shutil.copy("/bin/true", reachable / "python")
    os.chown(reachable / "python", JOE, JOE)
    monkeypatch.setattr(sys, "executable", str(reachable / "python"))
    assert weak() == [(f"uid {JOE}", str(reachable / "python"))]


def test_an_archive_of_joes(folder: Path, reachable: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert folder.exists()
    (reachable / "modules.zip").write_text("")
    os.chown(reachable / "modules.zip", JOE, JOE)
    monkeypatch.setattr(
        sys, "path", [*sys.path, *(str(reachable / n) for n in ("modules.zip", "missing.zip"))]
    )
    assert weak() == [(f"uid {JOE}", str(reachable / "modules.zip"))]


def test_what_this_process_loads_is_looked_at() -> None:
    folders = own_code.code_folders()
    for module in (own_code, click, psutil, yaml, os):
        assert os.path.dirname(os.path.abspath(str(module.__file__))) in folders
    assert any(folder.endswith("privaudit/model") for folder in folders)
    assert all(map(os.path.isdir, folders))


def test_it_is_said_in_one_line() -> None:
    ways = [Exposure("joe", JOE, AccountKind.PERSON, f"/srv/{n}", "owns the folder") for n in range(3)]
    told = own_code.told(ways)
    assert told is not None
    assert told.what == "privaudit itself"
    assert told.why == "runs as root, and joe can change its code (owns the folder /srv/0, and 2 more ways)"
    assert own_code.told([]) is None


def test_code_that_cannot_be_looked_at_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: object) -> tuple[Exposure, ...]:
        raise PermissionError(13, "Permission denied", "/srv")

    monkeypatch.setattr(own_code, "weak_places", broken)
    told = own_code.as_root()
    assert told is not None
    assert "cannot be looked at" in told.why


def test_nobody_is_warned_of_their_own_code(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: JOE)
    assert own_code.as_root() is None
