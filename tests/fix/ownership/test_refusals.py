"""What the engine refuses to touch, each with a word on what to do; nothing has changed then."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from fix.ownership.ground import JOE, OTHER, SVC, THIRD, Ground, picture

from privaudit.fix.ownership import Busy, StateFolder, Untrusted, apply, preview
from privaudit.host.changes_linux import LinuxChanges
from privaudit.model.ownership import Claim, OwnershipPlan, Status, Tree


def refused(ground: Ground, plan: OwnershipPlan | None = None) -> list[tuple[str, str]]:
    """(what, why) of each refusal; asserts that each says what to do and that nothing changed."""
    before = picture(ground.base)
    changes = LinuxChanges()
    census = preview(changes, plan or ground.plan())
    assert all(refusal.todo for refusal in census.refusals)
    with StateFolder(changes, ground.state) as state:
        outcome = apply(changes, census, state, "a.journal")
    assert outcome.status is Status.REFUSED, outcome
    now = picture(ground.base)
    assert {path: row for path, row in now.items() if not path.startswith(ground.state)} == before
    return [(os.path.relpath(refusal.what, ground.base), refusal.why) for refusal in census.refusals]


def test_a_third_owner(ground: Ground) -> None:
    ground.data()
    ground.file(ground.tree / "db0" / "foreign", THIRD)
    assert refused(ground) == [("tree/db0/foreign", f"belongs to a third account, uid {THIRD}")]


def test_a_hard_link_from_outside(ground: Ground) -> None:
    ground.data()
    os.link(ground.tree / "db0" / "t1.ibd", ground.base / "outside")
    ((what, why),) = refused(ground)
    assert what == "tree/db0/t1.ibd"
    assert "outside the tree" in why


@contextmanager
def mounted(*arguments: str) -> Iterator[None]:
    subprocess.run(["/usr/bin/mount", *arguments], check=True)
    try:
        yield
    finally:
        # lazily: what is busy must go too, or the end of the test would empty what is mounted here
        subprocess.run(["/usr/bin/umount", "--lazy", arguments[-1]], check=True)


def test_a_mount_inside(ground: Ground) -> None:
    ground.data()
    with mounted("-t", "tmpfs", "-o", f"uid={JOE}", "none", str(ground.tree / "db1")):
        found = refused(ground)
    assert any(what == "tree/db1" and "mounted" in why for what, why in found)


def test_a_bind_mount_inside(ground: Ground) -> None:
    ground.data()
    with mounted("--bind", "--options=ro", "/etc", str(ground.tree / "db1")):
        found = refused(ground)
    assert any(what == "tree/db1" and "mounted" in why for what, why in found)


def test_a_bind_mount_as_the_top(ground: Ground) -> None:
    ground.data()
    second = ground.folder(ground.base / "second")
    with mounted("--bind", str(ground.tree), str(second)):
        plan = OwnershipPlan((Tree(str(second), JOE, SVC, SVC),))
        found = refused(ground, plan)
    assert any("bind mount" in why for _what, why in found)


def test_a_read_only_file_system(ground: Ground) -> None:
    ground.folder(ground.tree)
    with mounted("-t", "tmpfs", "-o", f"ro,uid={JOE}", "none", str(ground.tree)):
        found = refused(ground)
    assert ("tree", "is read-only") in found


def test_a_file_system_without_owners(ground: Ground) -> None:
    ground.folder(ground.tree)
    with mounted("-t", "cgroup2", "none", str(ground.tree)):
        census = preview(LinuxChanges(), ground.plan())
    assert any("cgroup2" in refusal.why for refusal in census.refusals)


@pytest.mark.skipif(not os.path.exists("/usr/bin/chattr"), reason="chattr is not installed")
@pytest.mark.parametrize(("flag", "said"), [("i", "immutable"), ("a", "append-only")])
def test_flags(ground: Ground, flag: str, said: str) -> None:
    ground.data()
    path = ground.tree / "db0" / "t1.ibd"
    done = subprocess.run(["/usr/bin/chattr", f"+{flag}", str(path)], check=False, capture_output=True)
    if done.returncode:
        pytest.skip("this file system has no such flags")
    try:
        assert refused(ground) == [("tree/db0/t1.ibd", f"carries the {said} flag")]
    finally:
        subprocess.run(["/usr/bin/chattr", f"-{flag}", str(path)], check=True)


def test_a_way_that_the_new_account_cannot_go(ground: Ground) -> None:
    home = ground.folder(ground.base / "home", JOE, mode=0o700)
    tree = ground.folder(home / "data")
    ((what, why),) = refused(ground, OwnershipPlan((Tree(str(tree), JOE, SVC, SVC),)))
    assert what == "home"
    assert f"uid {SVC} could not get through" in why


def test_a_way_that_a_third_account_owns(ground: Ground) -> None:
    folder = ground.folder(ground.base / "foreign", THIRD)
    tree = ground.folder(folder / "data")
    ((what, why),) = refused(ground, OwnershipPlan((Tree(str(tree), JOE, SVC, SVC),)))
    assert (what, f"uid {THIRD}" in why) == ("foreign", True)


def test_a_link_of_the_owners_on_the_way(ground: Ground) -> None:
    folder = ground.folder(ground.base / "home", JOE)
    ground.folder(ground.base / "real")
    (folder / "data").symlink_to(ground.base / "real")
    ((what, why),) = refused(ground, OwnershipPlan((Tree(str(folder / "data"), JOE, SVC, SVC),)))
    assert (what, "replace" in why) == ("home/data", True)


@pytest.mark.parametrize(
    "path", ["/", "/etc", "/usr", "/var/lib", "/var/log", "/home", "/usr/local", "/root"]
)
def test_places_of_the_system(path: str) -> None:
    census = preview(LinuxChanges(), OwnershipPlan((Tree(path, JOE, SVC, SVC),)))
    assert census.refusals
    assert all(refusal.todo for refusal in census.refusals)


def test_a_place_of_the_system_under_another_name(ground: Ground) -> None:
    ground.folder(ground.tree, 0)
    with mounted("--bind", "--options=ro", "/etc", str(ground.tree)):
        census = preview(LinuxChanges(), ground.plan())
    assert any("under another name" in refusal.why for refusal in census.refusals)


@pytest.mark.parametrize(
    ("plan", "said"),
    [
        (lambda path: OwnershipPlan((Tree(path, JOE, SVC, SVC),), (Claim(path, "redis"),)), "redis"),
        (lambda path: OwnershipPlan((Tree(path, JOE, SVC, SVC),), homes=(path,)), "home folder"),
        (lambda path: OwnershipPlan((Tree(path, JOE, SVC, SVC), Tree(path, JOE, SVC, SVC))), "overlaps"),
        (lambda path: OwnershipPlan((Tree(path, 0, SVC, SVC),)), "what root owns"),
        (lambda path: OwnershipPlan((Tree(path, SVC, SVC, SVC),)), "the same"),
        (lambda path: OwnershipPlan((Tree(path, JOE, 0xFFFFFFFF, SVC),)), "no id"),
    ],
)
def test_plans_that_make_no_sense(ground: Ground, plan: Callable[[str], OwnershipPlan], said: str) -> None:
    ground.data()
    found = refused(ground, plan(str(ground.tree)))
    assert any(said in why for _what, why in found), found


def test_a_process_that_still_holds_the_tree(ground: Ground) -> None:
    ground.data()
    code = (
        f"import os,sys,time; os.setresuid({JOE},{JOE},{JOE}); f=open(sys.argv[1],'a'); "
        "print('ready',flush=True); sys.stdin.read()"
    )
    argv = [sys.executable, "-c", code, str(ground.tree / "db0" / "t1.ibd")]
    before = picture(ground.tree)
    with subprocess.Popen(argv, stdout=subprocess.PIPE, stdin=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        outcome = ground.change()
        assert outcome.status is Status.REFUSED
        assert f"pid {process.pid}" in outcome.refusals[0].why
        assert process.stdin is not None
        process.stdin.close()
    assert picture(ground.tree) == before
    assert ground.change("b.journal").status is Status.DONE


def test_one_run_at_a_time(ground: Ground) -> None:
    changes = LinuxChanges()
    with StateFolder(changes, ground.state), pytest.raises(Busy), StateFolder(LinuxChanges(), ground.state):
        pass


@pytest.mark.parametrize("mode", [0o755, 0o777, 0o750])
def test_a_state_folder_that_is_not_roots_alone(ground: Ground, mode: int) -> None:
    ground.folder(Path(ground.state), 0, mode=mode)
    with pytest.raises(Untrusted), StateFolder(LinuxChanges(), ground.state):
        pass


def test_a_state_folder_on_somebodys_way(ground: Ground) -> None:
    folder = ground.folder(ground.base / "theirs", OTHER)
    with pytest.raises(Untrusted), StateFolder(LinuxChanges(), str(folder / "state")):
        pass


def test_a_state_folder_that_is_somebodys_link(ground: Ground) -> None:
    ground.folder(ground.base / "real", 0, mode=0o700)
    Path(ground.state).symlink_to(ground.base / "real")
    os.chown(ground.state, OTHER, OTHER, follow_symlinks=False)
    with pytest.raises((Untrusted, OSError)), StateFolder(LinuxChanges(), ground.state):
        pass


def test_the_engine_stays_in_no_tree(ground: Ground) -> None:
    """A process that works in a folder holds its file system, and so do the processes it starts."""
    ground.data()
    here = Path.cwd()
    ground.change()
    assert Path.cwd() == here
    ground.undo()
    assert Path.cwd() == here
