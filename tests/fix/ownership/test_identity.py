"""Undo after change is the identity, whatever the tree; a second change changes nothing."""

import contextlib
import os
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from fix.ownership.ground import ACL, CAPABILITY, FOLDER_ACL, JOE, OTHER, SVC, Ground, owners, picture
from hypothesis import given, settings
from hypothesis import strategies as st

from privaudit.model.ownership import Status

NAMES = st.binary(min_size=1, max_size=12).filter(
    lambda name: b"/" not in name and b"\0" not in name and name not in {b".", b".."}
)
MODES = st.integers(0, 0o7777)
OWNERS = st.sampled_from([JOE, JOE, JOE, 0, SVC])
GROUPS = st.sampled_from([JOE, 0, SVC, OTHER])


@dataclass(frozen=True)
class Node:
    """One entry to be made."""

    kind: str
    uid: int
    gid: int
    mode: int
    data: bytes
    extra: str
    below: "dict[bytes, Node]" = field(default_factory=dict)


def nodes(below: st.SearchStrategy[dict[bytes, Node]], kinds: list[str]) -> st.SearchStrategy[Node]:
    return st.builds(
        Node,
        kind=st.sampled_from(kinds),
        uid=OWNERS,
        gid=GROUPS,
        mode=MODES,
        data=st.binary(max_size=40),
        extra=st.sampled_from(["", "", "", "acl", "capability", "user", "second name"]),
        below=below,
    )


LEAVES = nodes(st.just({}), ["file", "file", "link", "fifo", "folder"])
TREES = st.recursive(
    st.dictionaries(NAMES, LEAVES, max_size=5),
    lambda inner: st.dictionaries(NAMES, nodes(inner, ["folder"]) | LEAVES, max_size=4),
    max_leaves=14,
)


def make(folder: bytes, entries: dict[bytes, Node]) -> None:
    for name, node in entries.items():
        path = os.path.join(folder, name)
        if node.kind == "folder":
            os.mkdir(path)
            make(path, node.below)
        elif node.kind == "link":
            with contextlib.suppress(ValueError):
                os.symlink(node.data.replace(b"\0", b"") or b"/etc/shadow", path)
        elif node.kind == "fifo":
            os.mkfifo(path)
        else:
            Path(os.fsdecode(path)).write_bytes(node.data)
        os.chown(path, node.uid, node.gid, follow_symlinks=False)
        if node.kind != "link":
            os.chmod(path, node.mode)
        _extra(path, node)


def _extra(path: bytes, node: Node) -> None:
    if node.kind == "file":
        if node.extra == "capability":
            os.setxattr(path, "security.capability", CAPABILITY)
        elif node.extra == "second name":
            with contextlib.suppress(FileExistsError, OSError):
                os.link(path, path + b"~")
    if node.kind in {"file", "folder"}:
        if node.extra == "acl":
            value = FOLDER_ACL if node.kind == "folder" else ACL
            os.setxattr(path, "system.posix_acl_access", value)
        elif node.extra == "user":
            os.setxattr(path, "user.note", node.data or b"-")


@settings(max_examples=150)
@given(tree=TREES, mode=MODES, top_mode=st.sampled_from([None, 0o750, 0o700]))
def test_undo_takes_everything_back(
    ground: Ground, tree: dict[bytes, Node], mode: int, top_mode: int | None
) -> None:
    ground.clear()
    ground.folder(ground.tree, mode=mode)
    make(os.fsencode(ground.tree), tree)
    before = picture(ground.tree)

    changed = ground.change(top_mode=top_mode)
    assert changed.status is Status.DONE, changed
    after = picture(ground.tree)
    assert JOE not in owners(ground.tree)
    for path, (kind, uid, *_rest) in before.items():
        assert after[path][0] == kind
        assert after[path][1] == (SVC if uid == JOE else uid), path
        assert after[path][5:] == before[path][5:]
    assert ground.change("b.journal", top_mode=top_mode).status is Status.NOTHING
    assert picture(ground.tree) == after

    undone = ground.undo()
    assert undone.status is Status.DONE, undone
    assert (undone.born, undone.changed_since_count, undone.left_count) == (0, 0, 0)
    assert picture(ground.tree) == before
    assert ground.undo().status is Status.NOTHING
    assert picture(ground.tree) == before


def test_the_change_drops_what_gives_rights_and_undo_brings_it_back(ground: Ground) -> None:
    ground.data()
    before = picture(ground.tree)
    assert ground.change().status is Status.DONE
    after = picture(ground.tree)
    by_name = {os.path.basename(path): row for path, row in after.items()}
    assert by_name["helper"][3] == "0755"
    assert by_name["bind"][4] == ()
    assert by_name["shared"][3:5] == ("0640", ())
    assert by_name["acl-folder"][3:5] == ("0750", ())
    assert by_name["root-made"][1] == 0
    assert by_name["link-out"][1:3] == (SVC, SVC)
    assert ground.undo().status is Status.DONE
    assert picture(ground.tree) == before


def test_what_was_born_since_goes_to_the_former_owner_and_is_reported(ground: Ground) -> None:
    ground.data()
    assert ground.change().status is Status.DONE
    ground.file(ground.tree / "db0" / "new.ibd", SVC)
    ground.folder(ground.tree / "db9", SVC)
    ground.file(ground.tree / "db9" / "t.ibd", SVC)
    ground.file(ground.tree / "db1" / "by-root", 0)
    undone = ground.undo()
    assert (undone.status, undone.born) == (Status.DONE, 3)
    made = picture(ground.tree / "db9")
    assert {row[1] for row in made.values()} == {JOE}
    assert picture(ground.tree / "db1" / "by-root").popitem()[1][1] == 0


def test_contents_are_never_reverted_and_rewritten_programs_get_no_rights_back(ground: Ground) -> None:
    ground.data()
    assert ground.change().status is Status.DONE
    (ground.tree / "db0" / "t0.ibd").write_bytes(b"newer rows")
    (ground.tree / "helper").write_bytes(b"#!/bin/sh\nrewritten")
    undone = ground.undo()
    assert undone.status is Status.DONE
    assert (ground.tree / "db0" / "t0.ibd").read_bytes() == b"newer rows"
    assert (ground.tree / "helper").stat().st_mode & 0o7777 == 0o755
    assert (ground.tree / "helper").stat().st_uid == JOE
    assert any("set-id" in text for text in undone.left)


def test_a_mode_that_somebody_changed_since_stays(ground: Ground) -> None:
    ground.data()
    assert ground.change().status is Status.DONE
    (ground.tree / "db2" / "t1.ibd").chmod(0o600)
    undone = ground.undo()
    assert (undone.status, undone.changed_since_count) == (Status.DONE, 1)
    found = (ground.tree / "db2" / "t1.ibd").stat()
    assert (found.st_uid, found.st_mode & 0o7777) == (JOE, 0o600)


def test_a_reused_inode_number_never_makes_a_file_roots(ground: Ground) -> None:
    """The account removes root's file and makes its own until one has the old number."""
    ground.data()
    inode = (ground.tree / "root-made").stat().st_ino
    assert ground.change().status is Status.DONE
    (ground.tree / "root-made").unlink()
    for number in range(200):
        planted = ground.file(ground.tree / "db0" / f"p{number}", SVC, mode=0o600)
        if planted.stat().st_ino == inode:
            break
    else:
        pytest.skip("this file system does not use inode numbers again at once")
    assert ground.undo().status is Status.DONE
    assert planted.stat().st_uid == JOE
