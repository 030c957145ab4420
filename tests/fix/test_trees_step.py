"""The step that gives trees, on a real file system: undone by its journal, after a reboot, or when gone."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from memory_host import MemoryHost

from privaudit.fix.ownership import StateFolder
from privaudit.fix.steps import Before, Failed, NotBack, Site, Verdict
from privaudit.fix.steps.ownership import TreesDoer
from privaudit.host.act_local import LocalHands
from privaudit.host.changes_rooted import RootedChanges
from privaudit.model.ownership import OwnershipPlan, Tree
from privaudit.model.steps import GiveTrees

pytestmark = [pytest.mark.root, pytest.mark.skipif(os.geteuid() != 0, reason="gives files away: needs root")]

JOE, SHOP = 4242, 4243
DOER = TreesDoer()


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for folder in (tmp_path, tmp_path / "run", tmp_path / "run" / "shop"):
        folder.mkdir(exist_ok=True)
        folder.chmod(0o755)
    return fill(tmp_path / "run" / "shop", JOE)


def fill(tree: Path, uid: int) -> Path:
    tree.mkdir(exist_ok=True)
    (tree / "shop.pid").write_text("1\n")
    for path in (tree, tree / "shop.pid"):
        os.chown(path, uid, uid)
    return tree


@pytest.fixture
def site(tmp_path: Path, tree: Path) -> Iterator[Site]:
    del tree
    changes = RootedChanges(str(tmp_path))
    with StateFolder(changes, "/state") as state:
        yield Site(
            fix="shop-1",
            host=MemoryHost(),
            hands=LocalHands(str(tmp_path)),
            changes=changes,
            state=state,
            check=lambda: None,
            tell=lambda _: None,
            rescan=lambda: Verdict(()),
        )


def step_for(tree: Path, *, volatile: bool = False) -> GiveTrees:
    return GiveTrees(OwnershipPlan((Tree(f"/run/{tree.name}", JOE, SHOP, SHOP),)), "run", volatile)


def owners(tree: Path) -> set[int]:
    return {path.lstat().st_uid for path in (tree, *tree.iterdir())}


def given(site: Site, step: GiveTrees, tree: Path) -> Before:
    assert DOER.needed(step, site)
    before = DOER.before(step, site)
    DOER.do(step, before, site)
    assert owners(tree) == {SHOP}
    assert not DOER.needed(step, site)
    return before


def test_it_is_given_and_given_back_any_number_of_times(site: Site, tree: Path) -> None:
    step = step_for(tree)
    before = given(site, step, tree)
    (tree / "born").write_text("")
    os.chown(tree / "born", SHOP, SHOP)
    (note,) = DOER.undo(step, before, site)
    assert "born" in note
    assert owners(tree) == {JOE}
    DOER.undo(step, before, site)
    assert owners(tree) == {JOE}


def test_one_that_never_began_is_taken_back_by_doing_nothing(site: Site, tree: Path) -> None:
    step = step_for(tree)
    assert DOER.undo(step, DOER.before(step, site), site) == ()
    assert owners(tree) == {JOE}


def test_a_refusal_says_which_and_what_to_do(site: Site, tree: Path) -> None:
    os.link(tree / "shop.pid", tree.parent / "outside")
    step = step_for(tree)
    with pytest.raises(Failed, match="hard links: remove the other names"):
        DOER.do(step, DOER.before(step, site), site)
    assert owners(tree) == {JOE}


@pytest.mark.parametrize("maker", [SHOP, JOE, 0])
def test_after_a_reboot_what_was_made_anew_is_given_back(site: Site, tree: Path, maker: int) -> None:
    step = step_for(tree, volatile=True)
    before = {**given(site, step, tree), "boot": "an earlier one"}
    shutil.rmtree(tree)
    fill(tree, maker)
    DOER.undo(step, before, site)
    assert owners(tree) == {JOE if maker == SHOP else maker}
    DOER.undo(step, before, site)
    assert owners(tree) == {JOE if maker == SHOP else maker}


@pytest.mark.parametrize("volatile", [True, False])
def test_a_tree_that_is_gone_needs_nothing(site: Site, tree: Path, *, volatile: bool) -> None:
    step = step_for(tree, volatile=volatile)
    before = given(site, step, tree)
    shutil.rmtree(tree)
    (note,) = DOER.undo(step, before, site)
    assert "gone since, nothing to give back" in note


def test_what_is_left_of_two_trees_is_given_back(site: Site, tree: Path) -> None:
    other = fill(tree.parent / "other", JOE)
    trees = tuple(Tree(f"/run/{each.name}", JOE, SHOP, SHOP) for each in (tree, other))
    step = GiveTrees(OwnershipPlan(trees), "disks")
    before = given(site, step, tree)
    shutil.rmtree(tree)
    (note,) = DOER.undo(step, before, site)
    assert note == "/run/shop: gone since, nothing to give back"
    assert owners(other) == {JOE}


def test_who_only_looks_is_waited_for(site: Site, tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    step = step_for(tree)
    before = given(site, step, tree)
    looking = subprocess.Popen(["/usr/bin/sleep", "600"], cwd=tree, user=SHOP)
    waited = []

    def leave(_: object, seconds: float) -> None:
        waited.append(seconds)
        looking.kill()
        looking.wait()

    monkeypatch.setattr(LocalHands, "wait", leave)
    try:
        DOER.undo(step, before, site)
    finally:
        looking.kill()
        looking.wait()
    assert waited
    assert owners(tree) == {JOE}


def test_one_that_got_another_name_is_given_back_there(site: Site, tree: Path) -> None:
    step = step_for(tree)
    before = given(site, step, tree)
    moved = tree.rename(tree.parent / "moved")
    DOER.undo(step, before, site)
    assert owners(moved) == {JOE}


def test_one_that_joe_took_away_for_a_moment_is_not_forgotten(site: Site, tree: Path) -> None:
    os.chown(tree.parent, JOE, JOE)
    step = step_for(tree)
    before = given(site, step, tree)
    away = tree.rename(tree.parent.parent / "away")
    with pytest.raises(NotBack, match="not there any more"):
        DOER.undo(step, before, site)
    tree.symlink_to("/etc")
    with pytest.raises(NotBack):
        DOER.undo(step, before, site)
    tree.unlink()
    away.rename(tree)
    DOER.undo(step, before, site)
    assert owners(tree) == {JOE}


def test_another_folder_in_its_place_is_left_alone(site: Site, tree: Path) -> None:
    step = step_for(tree)
    before = given(site, step, tree)
    tree.rename(tree.parent.parent / "elsewhere")
    fill(tree, SHOP)
    with pytest.raises(NotBack):
        DOER.undo(step, before, site)
    assert owners(tree) == {SHOP}


def test_parts_of_one_fix_have_journals_of_their_own(site: Site, tree: Path) -> None:
    other = fill(tree.parent / "other", JOE)
    first, second = step_for(tree), replace(step_for(other), part="disks")
    given(site, first, tree)
    given(site, second, other)
    assert site.state.names() == ["shop-1.owners-disks", "shop-1.owners-run"]
