"""Ways to a path, who can change what they lead to, and data trees whole: on a machine in memory."""

import os
import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from memory_host import MemoryHost

from privaudit.collect.accounts import Accounts
from privaudit.collect.files.exposure import READ, SEARCH, WRITE, Principal, Reach, may
from privaudit.collect.files.trace import Trace, Tracer
from privaudit.collect.files.tree import judge
from privaudit.host import HostError
from privaudit.host.local import LocalHost
from privaudit.model.account import AccountKind
from privaudit.model.path import AclEntry, FileKind, FileStat

JOE, ANN, MYSQL, REDIS = 1000, 1001, 105, 106
STAFF = 50


@pytest.fixture
def host() -> MemoryHost:
    machine = MemoryHost().account("joe", JOE, home="/home/joe", shell="/bin/bash", shadow="$y$a$b")
    machine.account("ann", ANN, home="/home/ann", shell="/bin/bash", shadow="$y$a$b")
    machine.account("mysql", MYSQL).account("redis", REDIS).members("mysql", MYSQL).members(
        "staff", STAFF, "joe", "ann"
    )
    return machine


def replacers(host: MemoryHost, path: str, allowed: Iterable[int] = ()) -> list[tuple[str, str]]:
    reach = Reach(Accounts(host))
    found = reach.replacers(Tracer(host).trace(path), frozenset(allowed))
    return [(exposure.who, exposure.via) for exposure in found]


class TestTrace:
    def test_links_folders_and_what_is_missing(self) -> None:
        host = MemoryHost().file("/usr/sbin/x").link("/sbin", "usr/sbin").link("/etc/x", "../sbin/./x")
        trace = Tracer(host).trace("/etc/x")
        assert trace.target == "/usr/sbin/x"
        assert [node.path for node in trace.folders] == ["/", "/etc", "/usr", "/usr/sbin"]
        missing = Tracer(host).trace("/sbin/gone/deeper")
        assert (missing.target, missing.end, missing.error) == ("/usr/sbin/gone/deeper", None, None)

    def test_loops_and_files_on_the_way_are_errors(self) -> None:
        host = MemoryHost().link("/a", "/b").link("/b", "/a").file("/f")
        assert "links" in str(Tracer(host).trace("/a/x").error)
        assert "not a folder" in str(Tracer(host).trace("/f/x").error)

    def test_each_component_is_read_once(self) -> None:
        host = MemoryHost().file("/a/b/c").dir("/a/d")
        tracer = Tracer(host)
        assert tracer.trace("/a/b/c") is tracer.trace("/a/b/c")
        assert tracer.names("/a") == frozenset({"b", "d"})
        host.entries.pop("/a/b/c")
        assert tracer.trace("/a/b/c/../c").end is not None
        assert tracer.names("/gone") is None

    @given(st.lists(st.sampled_from(["a", "b", "..", ".", "l", "m", ""]), max_size=8).map("/".join))
    def test_it_ends_where_the_machine_s_own_resolution_ends(self, path: str) -> None:
        host = MemoryHost().dir("/a/b").link("/a/l", "../a/b").link("/m", "a/./l").link("/a/b/l", "/m")
        path = f"/{path}"
        trace = Tracer(host).trace(path)
        try:
            real = host.resolve(path)
        except HostError:
            assert trace.end is None
            return
        assert trace.end is not None
        assert trace.target == real


class TestReplacers:
    def test_nobody_on_a_stock_way(self, host: MemoryHost) -> None:
        assert replacers(host.file("/usr/sbin/x", mode=0o755), "/usr/sbin/x") == []

    def test_owners_and_writers_of_file_folder_and_link(self, host: MemoryHost) -> None:
        host.file("/a/file", uid=JOE).dir("/b", uid=JOE).file("/b/file").dir("/c", 0o775, 0, STAFF).file(
            "/c/file"
        )
        host.dir("/d", uid=ANN).link("/d/link", "/a/file").file("/e/file", mode=0o666)
        assert replacers(host, "/a/file") == [("joe", "/a/file")]
        assert replacers(host, "/b/file") == [("joe", "/b")]
        assert replacers(host, "/c/file") == [("ann", "/c"), ("joe", "/c")]
        assert replacers(host, "/d/link") == [("ann", "/d"), ("joe", "/a/file")]
        assert replacers(host, "/e/file") == [("everyone", "/e/file")]

    def test_sticky_folders_private_groups_and_a_link_s_own_mode_are_none(self, host: MemoryHost) -> None:
        host.dir("/s", 0o1777).file("/s/file").file("/g", mode=0o664, gid=MYSQL).link("/l", "/g", uid=JOE)
        assert replacers(host, "/s/file") == []
        assert replacers(host, "/g", {MYSQL}) == []
        assert replacers(host, "/l", {MYSQL}) == []

    def test_the_owner_of_an_entry_in_a_sticky_folder_counts(self, host: MemoryHost) -> None:
        assert replacers(host.dir("/s", 0o1777).file("/s/file", uid=JOE), "/s/file") == [("joe", "/s/file")]

    def test_whoever_cannot_get_there_does_not_count(self, host: MemoryHost) -> None:
        host.dir("/closed", 0o700).file("/closed/file", mode=0o666)
        assert replacers(host, "/closed/file") == []

    def test_access_lists(self, host: MemoryHost) -> None:
        host.file("/f", mode=0o664).change("/f", acl=(AclEntry("user", JOE, 6), AclEntry("group", STAFF, 4)))
        assert replacers(host, "/f") == [("joe", "/f")]

    def test_the_group_bits_of_a_file_with_a_list_are_no_right_of_its_group(self, host: MemoryHost) -> None:
        named = AclEntry("user", REDIS, 6)
        host.file("/f", mode=0o664, gid=STAFF)
        assert replacers(host, "/f") == [("ann", "/f"), ("joe", "/f")]
        host.change("/f", acl=(named, AclEntry("owning-group", -1, 4)))
        assert replacers(host, "/f") == [("redis", "/f")]
        host.change("/f", acl=(named, AclEntry("owning-group", -1, 6)))
        assert replacers(host, "/f") == [("ann", "/f"), ("joe", "/f"), ("redis", "/f")]

    def test_what_is_missing_can_be_made(self, host: MemoryHost) -> None:
        assert replacers(host.dir("/home/joe", uid=JOE), "/home/joe/bin/x") == [("joe", "/home/joe")]

    def test_service_accounts_come_after_people(self, host: MemoryHost) -> None:
        host.dir("/a", uid=REDIS).file("/a/x", uid=JOE)
        assert replacers(host, "/a/x") == [("joe", "/a/x"), ("redis", "/a")]


class TestReaders:
    def readers(self, host: MemoryHost, path: str, *allowed: int) -> list[str]:
        reach = Reach(Accounts(host))
        return [e.who for e in reach.readers(Tracer(host).trace(path), frozenset(allowed))]

    def test_others_groups_and_owners(self, host: MemoryHost) -> None:
        host.file("/w", mode=0o644).file("/g", mode=0o640, gid=STAFF).file("/o", mode=0o600, uid=JOE)
        host.file("/p", mode=0o640, uid=MYSQL, gid=MYSQL)
        assert self.readers(host, "/w") == ["everyone"]
        assert self.readers(host, "/g") == ["ann", "joe"]
        assert self.readers(host, "/o") == ["joe"]
        assert self.readers(host, "/p", MYSQL) == []
        assert self.readers(host, "/gone") == []

    def test_a_closed_folder_keeps_them_out(self, host: MemoryHost) -> None:
        assert (
            self.readers(
                host.dir("/etc/ssl/private", 0o710).file("/etc/ssl/private/k", mode=0o644),
                "/etc/ssl/private/k",
            )
            == []
        )


class TestMay:
    FILE = FileStat(FileKind.FILE, 0o604, JOE, STAFF)

    def test_the_owner_is_judged_by_the_owner_s_bits_alone(self) -> None:
        stat = FileStat(FileKind.FILE, 0o077, JOE, STAFF)
        assert not may(Principal(JOE, frozenset({STAFF}), "joe", AccountKind.PERSON), stat, (), READ)

    def test_a_group_that_may_not_is_not_others(self) -> None:
        assert not may(Principal(ANN, frozenset({STAFF}), "ann", AccountKind.PERSON), self.FILE, (), READ)
        assert may(Principal(ANN, frozenset(), "ann", AccountKind.PERSON), self.FILE, (), READ)

    def test_any_of_several_groups_is_enough_but_one_must_give_all(self) -> None:
        who = Principal(ANN, frozenset({STAFF, 7}), "ann", AccountKind.PERSON)
        stat = FileStat(FileKind.DIRECTORY, 0o720, JOE, STAFF)
        assert not may(who, stat, (AclEntry("group", 7, 1),), WRITE | SEARCH)
        assert may(who, stat, (AclEntry("group", 7, 3),), WRITE | SEARCH)

    def test_a_named_user_comes_before_groups(self) -> None:
        who = Principal(ANN, frozenset({STAFF}), "ann", AccountKind.PERSON)
        stat = FileStat(FileKind.FILE, 0o670, JOE, STAFF)
        assert not may(who, stat, (AclEntry("user", ANN, 0),), READ)


class TestTree:
    def judged(
        self, host: MemoryHost, allowed: Iterable[int] = (MYSQL,)
    ) -> tuple[list[str], list[tuple[str, str]], int]:
        reach, trace = Reach(Accounts(host)), Tracer(host).trace("/data")
        found = judge(host, reach, trace, host.census("/data"), frozenset(allowed))
        assert found.limits == ()
        return [e.example for e in found.persons], [(e.who, e.how) for e in found.exposures], found.entries

    @pytest.fixture
    def data(self, host: MemoryHost) -> MemoryHost:
        return host.dir("/data", 0o755, MYSQL, MYSQL).file("/data/a", mode=0o660, uid=MYSQL, gid=MYSQL)

    def test_stock(self, data: MemoryHost) -> None:
        assert self.judged(data) == ([], [], 2)

    def test_a_person_s_files_are_counted_with_an_example(self, data: MemoryHost) -> None:
        for name in ("b", "c"):
            data.file(f"/data/{name}", uid=JOE)
        assert self.judged(data) == (["/data/b"], [("joe", "owns the file (2 entries like it)")], 4)

    def test_writable_by_all_or_by_another_service(self, data: MemoryHost) -> None:
        data.file("/data/w", mode=0o666).dir("/data/r", 0o755, REDIS).dir("/data/tmp", 0o1777)
        assert self.judged(data)[1] == [("redis", "owns the folder"), ("everyone", "may write the file")]

    def test_a_closed_top_keeps_everybody_out(self, data: MemoryHost) -> None:
        data.dir("/data", 0o700, MYSQL, MYSQL).file("/data/w", mode=0o666)
        assert self.judged(data)[1] == []

    def test_links_sockets_and_root_s_files_are_none(self, data: MemoryHost) -> None:
        data.link("/data/l", "/etc/passwd", uid=JOE).fifo("/data/p", uid=MYSQL).file("/data/root")
        assert self.judged(data) == ([], [], 5)

    def test_access_lists_inside(self, data: MemoryHost) -> None:
        data.change("/data/a", acl=(AclEntry("user", JOE, 6),))
        assert self.judged(data)[1] == [("joe", "may write the file")]

    def test_an_access_list_lets_in_as_well(self, data: MemoryHost) -> None:
        data.change("/data", mode=0o750).dir("/data/in", 0o770, MYSQL, MYSQL)
        data.change("/data/in", acl=(AclEntry("user", JOE, 7),)).file("/data/in/f", mode=0o666)
        assert self.judged(data)[1] == []
        data.change("/data", acl=(AclEntry("user", JOE, 1),))
        assert self.judged(data)[1] == [("joe", "may write the folder")]

    def test_what_the_mask_leaves_out_is_none(self, data: MemoryHost) -> None:
        data.change("/data", mode=0o740, acl=(AclEntry("user", JOE, 4),))
        data.dir("/data/in", 0o750, MYSQL, MYSQL).change("/data/in", acl=(AclEntry("user", JOE, 5),))
        assert self.judged(data)[1] == []


@pytest.mark.skipif(os.geteuid() != 0, reason="access lists of other accounts' files are for root to set")
@pytest.mark.skipif(shutil.which("setfacl") is None, reason="setfacl is not installed")
def test_access_lists_of_a_real_tree(tmp_path: Path) -> None:
    top = tmp_path / "data"
    for folder in (top, top / "first", top / "other"):
        folder.mkdir(mode=0o750)
        os.chown(folder, MYSQL, MYSQL)
    tmp_path.chmod(0o755)
    host = LocalHost()
    accounts = MemoryHost().account("mysql", MYSQL).account("joe", JOE).account("ann", ANN)
    reach = Reach(Accounts(accounts.members("staff", STAFF, "ann")))
    allowed = frozenset({0, MYSQL, *(folder.stat().st_uid for folder in tmp_path.parents)})

    def found() -> list[tuple[int | None, str]]:
        tree = judge(host, reach, open_to_all(Tracer(host).trace(str(top))), host.census(str(top)), allowed)
        return [(exposure.uid, exposure.via) for exposure in tree.exposures]

    def grant(entries: str, folder: Path) -> None:
        made = subprocess.run(["setfacl", "-m", entries, str(folder)], check=False, timeout=60)
        if made.returncode:
            pytest.skip("this file system has no access lists")

    grant(f"u:{MYSQL}:rwx", top / "first")
    grant(f"u:{JOE}:rwx", top / "other")
    assert found() == []
    grant(f"u:{JOE}:x", top)
    assert found() == [(JOE, str(top / "other"))]
    grant("m::r-x", top / "other")
    assert found() == []
    os.chown(top / "first", MYSQL, STAFF)  # ann's, who may only read, though the bits are rwx
    grant("g::x", top)
    grant("g::r-x", top / "first")
    os.chown(top, MYSQL, STAFF)
    assert (top / "first").stat().st_mode & 0o070 == 0o070
    assert found() == []
    grant("g::rwx", top / "first")
    assert found() == [(ANN, str(top / "first"))]
    grant("g::-", top)
    assert found() == []


def open_to_all(trace: Trace) -> Trace:
    """The way as if everybody could search what lies above: pytest keeps its folders to itself."""
    folders = tuple(replace(node, stat=replace(node.stat, mode=0o755)) for node in trace.folders)
    return replace(trace, folders=folders)


def test_groups_that_cannot_be_listed_are_named(host: MemoryHost) -> None:
    host.file("/etc/nsswitch.conf", "group: files sss\n").file("/etc/sssd/sssd.conf")
    host.members("ldap", 70_000, listed=False).file("/f", mode=0o664, gid=70_000)
    reach = Reach(Accounts(host))
    reach.replacers(Tracer(host).trace("/f"), frozenset())
    assert list(reach.unlisted) == [70_000]
