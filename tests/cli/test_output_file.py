"""-o: whole or not at all, through no link, and as root nowhere that somebody weaker could swap it."""

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from privaudit.cli.exits import Exit, Failure
from privaudit.cli.output_file import OutputFile

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="gives folders to another account, which needs root")


def write(path: Path | str, text: str = "report\n") -> None:
    with OutputFile(str(path)) as file:
        file.write(text)


def refused(path: Path | str) -> Failure:
    with pytest.raises(Failure) as caught:
        write(path)
    return caught.value


def test_it_is_there_whole_and_its_owners_alone(tmp_path: Path) -> None:
    write(tmp_path / "report.json")
    assert (tmp_path / "report.json").read_text() == "report\n"
    assert stat.S_IMODE((tmp_path / "report.json").stat().st_mode) == 0o600
    assert os.listdir(tmp_path) == ["report.json"]


def test_it_replaces_a_regular_file(tmp_path: Path) -> None:
    target = tmp_path / "report.json"
    target.write_text("old")
    os.link(target, tmp_path / "kept")
    write(target)
    assert target.read_text() == "report\n"
    assert (tmp_path / "kept").read_text() == "old"


def test_a_relative_name_is_meant_from_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write("report.json")
    assert (tmp_path / "report.json").exists()


def test_the_longest_name_works(tmp_path: Path) -> None:
    write(tmp_path / ("n" * 255))
    assert len(os.listdir(tmp_path)) == 1


def test_a_name_of_any_bytes_works(tmp_path: Path) -> None:
    write(tmp_path / os.fsdecode(b"\xff\n"))
    assert os.listdir(os.fsencode(tmp_path)) == [b"\xff\n"]


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("precious")
    (tmp_path / "report.json").symlink_to(victim)
    assert "is a link" in refused(tmp_path / "report.json").what
    assert victim.read_text() == "precious"
    assert (tmp_path / "report.json").is_symlink()


def test_a_dangling_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "report.json").symlink_to(tmp_path / "new")
    refused(tmp_path / "report.json")
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir])
def test_what_is_no_file_stays(tmp_path: Path, make: Callable[[Path], None]) -> None:
    make(tmp_path / "report.json")
    assert "no regular file" in refused(tmp_path / "report.json").what
    assert os.listdir(tmp_path) == ["report.json"]


def test_a_device_stays() -> None:
    assert "no regular file" in refused("/dev/null").what
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)


def test_a_folder_that_is_missing_is_said_before_anything_is_done(tmp_path: Path) -> None:
    failure = refused(tmp_path / "missing" / "report.json")
    assert failure.code is Exit.USAGE
    assert "no such file or folder" in failure.what.lower().replace("directory", "folder")


def test_a_folder_is_no_name(tmp_path: Path) -> None:
    assert "is a folder" in refused(f"{tmp_path}/").what


@pytest.mark.parametrize("call", ["fsync", "rename"])
def test_a_failure_leaves_nothing_and_the_old_one_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    target = tmp_path / "report.json"
    target.write_text("old")

    def broken(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, call, broken)
    failure = refused(target)
    assert failure.code is Exit.FAILED
    assert "No space left" in failure.what
    assert os.listdir(tmp_path) == ["report.json"]
    assert target.read_text() == "old"


def test_an_interrupt_in_the_middle_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write(tmp_path / "report.json")
    assert os.listdir(tmp_path) == []


def test_no_descriptor_is_left_open(tmp_path: Path) -> None:
    write(tmp_path / "first")
    before = set(os.listdir("/dev/fd"))
    for _ in range(3):
        write(tmp_path / "report.json")
        refused(tmp_path / "missing" / "x")
        refused("/dev/null")
    assert len(os.listdir("/dev/fd")) == len(before)


@as_root
def test_root_writes_into_nobody_elses_folder(tmp_path: Path) -> None:
    os.chown(tmp_path, 1234, 1234)
    assert "another account" in refused(tmp_path / "report.json").what
    assert os.listdir(tmp_path) == []


@as_root
def test_root_goes_through_nobody_elses_folder(tmp_path: Path) -> None:
    (tmp_path / "joe" / "root").mkdir(parents=True)
    os.chown(tmp_path / "joe", 1234, 1234)
    assert str(tmp_path / "joe") in refused(tmp_path / "joe" / "root" / "report.json").what


@as_root
@pytest.mark.parametrize(("mode", "gid"), [(0o1777, 0), (0o775, 0), (0o1775, 1234), (0o755, 1234)])
def test_root_writes_where_nobody_else_can_rename(tmp_path: Path, mode: int, gid: int) -> None:
    os.chown(tmp_path, 0, gid)
    tmp_path.chmod(mode)
    write(tmp_path / "report.json")


@as_root
@pytest.mark.parametrize(("mode", "gid"), [(0o777, 0), (0o775, 1234)])
def test_root_refuses_where_others_can_rename(tmp_path: Path, mode: int, gid: int) -> None:
    os.chown(tmp_path, 0, gid)
    tmp_path.chmod(mode)
    refused(tmp_path / "report.json")
    assert os.listdir(tmp_path) == []


@as_root
def test_root_follows_roots_links_on_the_way_and_no_others(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "absolute").symlink_to(tmp_path / "real")
    (tmp_path / "relative").symlink_to("../" + tmp_path.name + "/./real")
    write(tmp_path / "absolute" / "a.json")
    write(tmp_path / "relative" / "b.json")
    assert sorted(os.listdir(tmp_path / "real")) == ["a.json", "b.json"]
    os.chown(tmp_path / "absolute", 1234, 1234, follow_symlinks=False)
    assert "link that root does not follow" in refused(tmp_path / "absolute" / "c.json").what


@as_root
def test_links_in_a_circle_end(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    refused(tmp_path / "a" / "report.json")


def test_without_root_the_folder_is_ones_own_matter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1234)
    tmp_path.chmod(0o777)
    (tmp_path / "link").symlink_to(tmp_path)
    write(tmp_path / "link" / "report.json")
    assert (tmp_path / "report.json").exists()
    assert "cannot be written" in refused(tmp_path / "missing" / "report.json").what


def test_a_name_that_is_too_long_is_said(tmp_path: Path) -> None:
    assert "File name too long" in refused(tmp_path / ("n" * 256)).what
