"""The calls that change owners on a Mac, as far as they can be tried elsewhere: parsers, refusals."""

import ctypes
import errno
import os
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from privaudit.host.changes import Holder
from privaudit.host.changes_darwin import DarwinChanges
from privaudit.host.darwin_calls import AccessLists
from privaudit.host.holders_darwin import parse as parse_lsof
from privaudit.host.mounts_darwin import parse as parse_mount

MOUNT = """\
/dev/disk3s1s1 on / (apfs, sealed, local, read-only, journaled)
devfs on /dev (devfs, local, nobrowse)
/dev/disk3s5 on /System/Volumes/Data (apfs, local, journaled, nobrowse, protect, root data)
map auto_home on /System/Volumes/Data/home (autofs, automounted, nobrowse)
/dev/disk4s2 on /Volumes/Data on disk (old) (hfs, local, nodev, nosuid, journaled, noowners)
//joe@nas/share on /Volumes/share (smbfs, nodev, nosuid, mounted by joe)
"""
LSOF = """\
p123
cmysqld
u501
fcwd
a
D0x1000011
i4711
ftxt
D0x1000011
i4712
f3
ar
D0x1000011
i4713
f4
au
D0x1000011
i4714
f5
au
n->0x123
p1
claunchd
u0
frtd
D0x1000010
i2
"""


class Library:
    """A C library whose entries with these names have a list."""

    def __init__(self, listed: set[bytes], fails: int = errno.ENOENT) -> None:
        self.freed: list[int] = []

        def ask(what: object, kind: int) -> int | None:
            assert kind == 0x100
            ctypes.set_errno(fails)
            return 42 if what in listed else None

        self.acl_get_link_np = SimpleCall(ask)
        self.acl_get_fd_np = SimpleCall(ask)
        self.acl_free = SimpleCall(self.freed.append)


class SimpleCall(SimpleNamespace):
    """A function that can be told its argument types."""

    def __init__(self, act: object) -> None:
        super().__init__(act=act)

    def __call__(self, *arguments: object) -> object:
        return self.act(*arguments)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[int]:
    (tmp_path / "plain").write_text("x")
    (tmp_path / "listed").write_text("x")
    descriptor = os.open(tmp_path, os.O_RDONLY)
    yield descriptor
    os.close(descriptor)


def test_an_entry_with_an_access_control_list_is_refused(folder: int) -> None:
    library = Library({b"listed"})
    changes = DarwinChanges(AccessLists(library))
    here = os.getcwd()
    try:
        assert changes.attribute_names(folder, "plain") == []
        with pytest.raises(OSError, match="access control list") as refused:
            changes.attribute_names(folder, "listed")
        assert refused.value.errno == errno.ENOTSUP
        assert library.freed == [42]
        assert changes.attribute_names(folder) == []
    finally:
        os.chdir(here)


def test_a_list_that_cannot_be_asked_for_is_no_missing_list(folder: int) -> None:
    here = os.getcwd()
    try:
        with pytest.raises(PermissionError):
            DarwinChanges(AccessLists(Library(set(), errno.EPERM))).attribute_names(folder, "plain")
    finally:
        os.chdir(here)


def test_mounts_are_read_with_what_owners_mean_there() -> None:
    found = {point: (source, kind, options) for source, point, kind, options in parse_mount(MOUNT)}
    assert found["/"][1] == "apfs"
    assert "read-only" in found["/"][2]
    assert found["/System/Volumes/Data"][0] == "/dev/disk3s5"
    assert found["/Volumes/Data on disk (old)"][1:] == (
        "hfs",
        frozenset({"local", "nodev", "nosuid", "journaled", "noowners"}),
    )
    assert "local" not in found["/Volumes/share"][2]
    assert len(found) == 6


def test_holders_are_told_with_what_they_hold() -> None:
    device = 0x1000011
    assert list(parse_lsof(LSOF)) == [
        Holder(123, 501, "mysqld", "working folder", device, 4711),
        Holder(123, 501, "mysqld", "program", device, 4712),
        Holder(123, 501, "mysqld", "open", device, 4713),
        Holder(123, 501, "mysqld", "open for writing", device, 4714),
        Holder(1, 0, "launchd", "root folder", 0x1000010, 2),
    ]


def test_flags_and_mounts_of_an_entry(folder: int, monkeypatch: pytest.MonkeyPatch) -> None:
    changes = DarwinChanges(AccessLists(Library(set())))
    marks = changes.marks(folder, "plain")
    assert (marks.mount, marks.mount_root) == (os.fstat(folder).st_dev, False)
    for flags, immutable, append_only in ((0x2, True, False), (0x80000, True, False), (0x40000, False, True)):
        seen = SimpleNamespace(st_dev=1, st_flags=flags)
        monkeypatch.setattr(changes, "status", lambda _, seen=seen: seen)
        found = changes.marks(folder)
        assert (found.immutable, found.append_only) == (immutable, append_only)


def test_ids_that_no_file_can_have() -> None:
    changes = DarwinChanges(AccessLists(Library(set())))
    assert changes.can_store(74, 74)
    assert not changes.can_store(-1, 74)
    assert not changes.can_store(74, 0xFFFFFFFF)
