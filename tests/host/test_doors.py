"""Who could have changed a file that root is about to use."""

import os
from pathlib import Path

import pytest

from privaudit.engine import BadData
from privaudit.engine.data import files_in, read
from privaudit.engine.lint import check
from privaudit.host import doors as module

NEEDS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")


def doors(path: str) -> frozenset[str]:
    """Ask alone, first among others, and once more: the answers are the same."""
    ways: module.Ways = {}
    found = [module.doors(path), module.doors(path, ways), module.doors(path, ways)]
    assert len(set(found)) == 1
    return found[0]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file of root's in a folder of root's."""
    tmp_path.chmod(0o755)
    path = tmp_path / "folder" / "rule.yaml"
    path.parent.mkdir(mode=0o755)
    path.write_text("a: b\n")
    path.chmod(0o644)
    return path


@NEEDS_ROOT
def test_what_root_alone_can_write_has_no_doors(file: Path) -> None:
    assert doors(str(file)) == frozenset()
    assert read(str(file)).path == str(file)


@NEEDS_ROOT
@pytest.mark.parametrize(
    ("mode", "who"), [(0o646, "everyone"), (0o664, "group 0"), (0o666, "everyone, group 0")]
)
def test_a_file_that_others_may_write_is_refused(file: Path, mode: int, who: str) -> None:
    file.chmod(mode)
    assert ", ".join(sorted(doors(str(file)))) == who
    with pytest.raises(BadData, match=f"could have been changed by {who}; as root it is not used"):
        read(str(file))


@NEEDS_ROOT
def test_a_file_of_somebody_is_refused(file: Path) -> None:
    os.chown(file, 4711, 0)
    assert doors(str(file)) == {"uid 4711"}
    _, (fault,) = check(str(file))
    assert "could have been changed by uid 4711" in fault.text


@NEEDS_ROOT
def test_a_folder_on_the_way_counts(file: Path) -> None:
    os.chown(file.parent, 4711, 0)
    assert doors(str(file)) == {"uid 4711"}
    os.chown(file.parent, 0, 4712)
    file.parent.chmod(0o775)
    assert doors(str(file)) == {"group 4712"}


@NEEDS_ROOT
def test_in_a_sticky_folder_only_the_owner_of_an_entry_counts(file: Path) -> None:
    file.parent.chmod(0o1777)
    assert doors(str(file)) == frozenset()
    os.chown(file, 4711, 0)
    assert doors(str(file)) == {"uid 4711"}


@NEEDS_ROOT
def test_a_sticky_folder_itself_takes_new_files_from_everyone(file: Path) -> None:
    file.parent.chmod(0o1777)
    assert doors(str(file.parent)) == {"everyone", "group 0"}


@NEEDS_ROOT
def test_a_link_leads_to_what_it_names_by_a_folder_that_counts(file: Path, tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o777)
    (shared / "link").symlink_to(file)
    assert doors(str(shared / "link")) == {"everyone", "group 0"}
    shared.chmod(0o755)
    assert doors(str(shared / "link")) == frozenset()
    os.lchown(shared / "link", 4711, 0)
    assert doors(str(shared / "link")) == {"uid 4711"}


@NEEDS_ROOT
def test_links_are_relative_to_their_folder_and_dots_are_walked(file: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("folder/../folder/./rule.yaml")
    os.chown(file, 4711, 0)
    assert doors(f"{tmp_path}/folder/../link") == {"uid 4711"}


def test_a_loop_of_links_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    with pytest.raises(OSError, match="too many links"):
        doors(str(tmp_path / "a"))
    with pytest.raises(BadData, match="cannot be read"):
        read(str(tmp_path / "a"))


def test_what_is_missing_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(BadData, match="cannot be read: No such file or directory"):
        read(str(tmp_path / "none.yaml"))


def test_a_pipe_is_no_rule_and_does_not_hang(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.yaml")
    with pytest.raises(BadData, match="not a regular file"):
        read(str(tmp_path / "pipe.yaml"))


def test_a_file_has_a_size(tmp_path: Path) -> None:
    (tmp_path / "big.yaml").write_bytes(b"#" * 70_000)
    with pytest.raises(BadData, match="larger than 64 KiB"):
        read(str(tmp_path / "big.yaml"))


def test_files_are_found_below_and_hidden_ones_are_not(tmp_path: Path) -> None:
    (tmp_path / "b" / "c").mkdir(parents=True)
    (tmp_path / "b" / "c" / "two.yaml").write_text("")
    (tmp_path / "one.yaml").write_text("")
    (tmp_path / "note.txt").write_text("")
    (tmp_path / ".hidden.yaml").write_text("")
    (tmp_path / ".data").mkdir()
    (tmp_path / ".data" / "three.yaml").write_text("")
    (tmp_path / "four.yaml").symlink_to(".data/three.yaml")
    found = [path.removeprefix(f"{tmp_path}/") for path in files_in(str(tmp_path))]
    assert found == ["b/c/two.yaml", "four.yaml", "one.yaml"]


def test_what_would_not_be_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to(tmp_path)
    with pytest.raises(BadData, match="loop: a link to a folder is not followed"):
        files_in(str(tmp_path))
    (tmp_path / "loop").unlink()
    for name in ("rule.yml", "rule.YAML"):
        (tmp_path / name).write_text("")
        with pytest.raises(BadData, match=f"{name}: it would not be read"):
            files_in(str(tmp_path))
        (tmp_path / name).unlink()
    (tmp_path / "rule.yaml").write_text("")
    with pytest.raises(BadData, match=r"rule\.yaml: cannot be read: Not a directory"):
        files_in(str(tmp_path / "rule.yaml"))


@NEEDS_ROOT
def test_who_could_change_the_code_may_change_its_data(file: Path) -> None:
    os.chown(file, 4711, 0)
    assert read(str(file), frozenset({"uid 4711"})).path == str(file)
    with pytest.raises(BadData):
        read(str(file), frozenset({"uid 4712"}))
