"""The census of real trees: counted as `find` counts, links not followed, other file systems not entered."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from privaudit.host import Census, HostError, Missing, census
from privaudit.host.local import LocalHost
from privaudit.model.path import FileKind

root = pytest.mark.skipif(os.geteuid() != 0, reason="gives files away: needs root")


def take(path: Path) -> Census:
    return LocalHost().census(str(path))


def find(path: Path) -> int:
    listed = subprocess.run(["find", str(path), "-printf", "x"], capture_output=True, check=True, timeout=60)
    return len(listed.stdout)


@root
def test_entries_that_share_everything_are_one_row(tmp_path: Path) -> None:
    tree = tmp_path / "t"
    tree.mkdir(0o750)
    os.chown(tree, 105, 106)
    for name in ("a", "b"):
        (tree / name).write_text("")
        (tree / name).chmod(0o640)
        os.chown(tree / name, 105, 106)
    (tree / "c").symlink_to("/etc/passwd")
    os.mkfifo(tree / "d", 0o600)
    found = take(tree)
    rows = {row.kind: row for row in found.rows}
    assert found.entries == 5
    assert (rows[FileKind.FILE].count, rows[FileKind.FILE].uid, rows[FileKind.FILE].mode) == (2, 105, 0o640)
    assert rows[FileKind.FILE].chain == ((105, 106, 0o750),)
    assert rows[FileKind.DIRECTORY].chain == ()
    assert {FileKind.LINK, FileKind.FIFO} < rows.keys()
    assert found.limits == ()


def test_a_link_is_counted_and_not_followed(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "secret").write_text("")
    tree = tmp_path / "t"
    tree.mkdir()
    (tree / "link").symlink_to(tmp_path / "out")
    assert take(tree).entries == 2


def test_deep_and_odd_names(tmp_path: Path) -> None:
    current = os.open(tmp_path, os.O_RDONLY)
    for level in range(200):
        os.mkdir(f"d{level}", dir_fd=current)
        inner = os.open(f"d{level}", os.O_RDONLY, dir_fd=current)
        os.close(current)
        current = inner
    os.close(os.open(b"\xff\n\x1b[31m", os.O_CREAT | os.O_WRONLY, dir_fd=current))
    os.close(current)
    found = take(tmp_path)
    assert found.entries == 202
    assert found.limits == ()


def test_a_big_tree_is_counted_by_two_and_nothing_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(census, "BIG", 50)
    for folder in range(20):
        (tmp_path / f"d{folder}" / "e").mkdir(parents=True)
        for name in range(15):
            (tmp_path / f"d{folder}" / "e" / f"f{name}").write_text("")
    found = take(tmp_path)
    assert found.entries == find(tmp_path) == 1 + 20 * 17
    assert sum(row.count for row in found.rows) == found.entries
    assert found.limits == ()


def test_too_many_kinds_of_entries_are_a_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(census, "MAX_ROWS", 4)
    for mode in range(0o600, 0o610):
        path = tmp_path / f"f{mode}"
        path.write_text("")
        path.chmod(mode)
    found = take(tmp_path)
    assert found.entries == 9
    assert len(found.rows) == 4
    assert "counted and not judged" in found.limits[0].why


@root
def test_another_file_system_is_named_and_not_entered(tmp_path: Path) -> None:
    inner = tmp_path / "mounted"
    inner.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "none", str(inner)], capture_output=True, check=False, timeout=60
    )
    if made.returncode:
        pytest.skip("this machine does not let us mount")
    try:
        (inner / "x").write_text("")
        found = take(tmp_path)
    finally:
        subprocess.run(["umount", str(inner)], check=True, timeout=60)
    assert found.entries == 2
    assert [limit.what for limit in found.limits] == [str(inner)]


@root
@pytest.mark.skipif(shutil.which("setfacl") is None, reason="setfacl is not installed")
def test_access_lists_are_marked(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).write_text("")
    made = subprocess.run(["setfacl", "-m", "u:1234:rw", str(tmp_path / "a")], check=False, timeout=60)
    if made.returncode:
        pytest.skip("this file system has no access lists")
    assert [(row.example, row.acl) for row in take(tmp_path).rows if row.kind is FileKind.FILE] == [
        (str(tmp_path / "a"), True),
        (str(tmp_path / "b"), False),
    ]


@root
@pytest.mark.skipif(shutil.which("setfacl") is None, reason="setfacl is not installed")
def test_entries_that_only_an_access_list_tells_apart_are_counted_apart(tmp_path: Path) -> None:
    for name in ("a", "b", "c"):
        (tmp_path / name).mkdir(mode=0o750)
        (tmp_path / name / "x").write_text("")
    for name, entry in (("b", "u:1234:rx"), ("c", "u:1235:rx")):
        made = subprocess.run(["setfacl", "-m", entry, str(tmp_path / name)], check=False, timeout=60)
        if made.returncode:
            pytest.skip("this file system has no access lists")
    rows = take(tmp_path).rows
    assert [(Path(row.example).name, row.count, row.acl) for row in rows if row.kind is FileKind.DIRECTORY][
        1:
    ] == [("a", 1, False), ("b", 1, True), ("c", 1, True)]
    assert sum(row.kind is FileKind.FILE for row in rows) == 3


def test_what_is_no_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("")
    with pytest.raises(HostError):
        take(tmp_path / "x")
    with pytest.raises(Missing):
        take(tmp_path / "missing")
