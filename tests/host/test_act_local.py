"""Acting on this machine: root's files are reached by descriptor, through folders that only root changes."""

import os
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from privaudit.host.act import KEPT_LIMIT, ActError, Kept, RunAs
from privaudit.host.act_local import LocalHands
from privaudit.model.path import FileKind

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="folders of root's and of others need root")

JOE = 4242
NOBODY = RunAs(JOE, JOE, (JOE,), "/", "joe")


@pytest.fixture
def hands(tmp_path: Path) -> LocalHands:
    tmp_path.chmod(0o755)
    return LocalHands(str(tmp_path))


def kept(text: str = "new\n", mode: int = 0o640, uid: int = 0, gid: int = 4) -> Kept:
    return Kept(FileKind.FILE, uid, gid, mode, text.encode())


def test_a_file_is_written_whole_with_owner_and_mode(hands: LocalHands, tmp_path: Path) -> None:
    os.umask(umask := os.umask(0o077))
    hands.write("/a.conf", kept())
    assert hands.look("/a.conf") == kept()
    hands.write("/a.conf", kept("newer\n", 0o644, JOE, JOE))
    assert hands.look("/a.conf") == kept("newer\n", 0o644, JOE, JOE)
    assert os.listdir(tmp_path) == ["a.conf"]
    os.umask(umask)


def test_what_a_killed_run_left_beside_is_written_over(hands: LocalHands, tmp_path: Path) -> None:
    (tmp_path / ".a.conf.privaudit").symlink_to("/etc/passwd")
    hands.write("/a.conf", kept())
    assert os.listdir(tmp_path) == ["a.conf"]


@pytest.mark.parametrize("mode", [0o777, 0o775, 0o1777])
def test_a_folder_that_others_can_change_is_refused(hands: LocalHands, tmp_path: Path, mode: int) -> None:
    (tmp_path / "shared" / "deep").mkdir(parents=True)
    (tmp_path / "shared").chmod(mode)
    for path in ("/shared/a", "/shared/deep/a"):
        with pytest.raises(ActError, match="can be changed by others"):
            hands.write(path, kept())
    with pytest.raises(ActError, match="can be changed by others"):
        hands.make_folders("/shared/more")
    assert os.listdir(tmp_path / "shared") == ["deep"]


def test_a_folder_of_somebody_else_is_refused(hands: LocalHands, tmp_path: Path) -> None:
    (tmp_path / "joes").mkdir()
    os.chown(tmp_path / "joes", JOE, JOE)
    with pytest.raises(ActError, match="can be changed by others"):
        hands.write("/joes/a", kept())


def test_links_of_others_are_not_followed_and_roots_are(hands: LocalHands, tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "roots").symlink_to("/real")
    (tmp_path / "joes").mkdir()
    (tmp_path / "joes" / "link").symlink_to("/real")
    os.chown(tmp_path / "joes" / "link", JOE, JOE, follow_symlinks=False)
    hands.write("/roots/a", kept())
    assert (tmp_path / "real" / "a").read_text() == "new\n"
    with pytest.raises(ActError, match="link that others than root can replace"):
        hands.look("/joes/link/a")
    with pytest.raises(ActError, match="link that others than root can replace"):
        hands.remove("/joes/link/a")
    assert (tmp_path / "real" / "a").exists()


def test_a_link_at_the_end_is_replaced_never_written_through(hands: LocalHands, tmp_path: Path) -> None:
    (tmp_path / "victim").write_text("precious\n")
    (tmp_path / "a").symlink_to("victim")
    assert hands.look("/a") == Kept(FileKind.LINK, 0, 0, 0o777, b"victim")
    hands.write("/a", kept())
    assert (tmp_path / "victim").read_text() == "precious\n"
    (tmp_path / "b").symlink_to("victim")
    hands.remove("/b")
    assert (tmp_path / "victim").exists()


def test_links_in_a_circle_end(hands: LocalHands, tmp_path: Path) -> None:
    (tmp_path / "one").symlink_to("two")
    (tmp_path / "two").symlink_to("one")
    with pytest.raises(ActError, match="too many links"):
        hands.look("/one/a")


def test_folders_are_made_as_roots_and_removed_only_if_empty(hands: LocalHands, tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    assert hands.make_folders("/etc/x/y") == ("/etc/x", "/etc/x/y")
    assert hands.make_folders("/etc/x/y") == ()
    assert (tmp_path / "etc" / "x" / "y").stat().st_mode & 0o7777 == 0o755
    (tmp_path / "etc" / "x" / "other").write_text("")
    for path in ("/etc/x/y", "/etc/x", "/etc/never"):
        hands.remove_folder(path)
    assert os.listdir(tmp_path / "etc" / "x") == ["other"]


def test_what_is_no_file_is_looked_at_without_opening_it(hands: LocalHands, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    found = hands.look("/fifo")
    assert found is not None
    assert (found.kind, found.data) == (FileKind.FIFO, b"")
    assert hands.look("/nothing") is None
    assert hands.look("/nothing/below") is None


def test_a_file_too_large_for_a_record_is_refused(hands: LocalHands, tmp_path: Path) -> None:
    with (tmp_path / "big").open("wb") as file:
        file.truncate(KEPT_LIMIT + 1)
    with pytest.raises(ActError, match="larger than"):
        hands.look("/big")


@pytest.mark.parametrize("path", ["relative", "/a/../b", "/a\0b", "/a/"])
def test_paths_that_are_none(hands: LocalHands, path: str) -> None:
    with pytest.raises(ActError):
        hands.write(path, kept())


def test_a_folder_that_stands_for_a_machine_runs_nothing(hands: LocalHands) -> None:
    with pytest.raises(ActError, match="the machine is a folder"):
        hands.run(["/usr/bin/true"], limit=60)


def test_programs_run_as_the_account_and_read_what_they_are_given() -> None:
    hands = LocalHands()
    script = 'id -u; id -G; echo "$HOME $PLACE"; cat'
    account = RunAs(JOE, JOE, (JOE,), "/nowhere", "joe", (("PLACE", "/run/x"),))
    answer = hands.run(["/bin/sh", "-c", script], limit=60, account=account, stdin=b"given")
    assert answer.stdout == b"4242\n4242\n/nowhere /run/x\ngiven"
    with pytest.raises(ActError, match="no such program"):
        hands.run(["/nowhere/program"], limit=60)


def test_what_an_account_can_use_is_asked_of_the_kernel() -> None:
    hands = LocalHands()
    with TemporaryDirectory(dir="/tmp") as top:
        Path(top).chmod(0o755)
        for name, owner in (("own", JOE), ("roots", 0)):
            Path(top, name).mkdir(0o755)
            os.chown(Path(top, name), owner, owner)
        assert hands.can_use(f"{top}/own", NOBODY)
        assert not hands.can_use(f"{top}/roots", NOBODY)
