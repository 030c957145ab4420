"""The machine in memory keeps the promises of a Host that the tests of others rest on."""

import pytest
from memory_host import MemoryHost

from privaudit.host import Denied, Host, HostError, Missing
from privaudit.model.path import FileKind


def test_it_is_a_host() -> None:
    host: Host = MemoryHost()
    assert host.lstat("/").kind is FileKind.DIRECTORY


def test_links_are_followed_on_the_way_and_bounded() -> None:
    host = MemoryHost().file("/usr/sbin/x", b"body").link("/sbin", "usr/sbin").link("/loop", "loop")
    assert host.read("/sbin/x") == b"body"
    assert host.lstat("/sbin").kind is FileKind.LINK
    assert host.readlink("/sbin") == "usr/sbin"
    with pytest.raises(HostError, match="links"):
        host.read("/loop")


def test_what_cannot_be_read_says_so() -> None:
    host = MemoryHost().fifo("/run/pipe").file("/etc/shadow").file("/big", b"x" * 9)
    host.denied.add("/etc/shadow")
    with pytest.raises(HostError, match="fifo"):
        host.read("/run/pipe")
    with pytest.raises(Denied):
        host.read("/etc/shadow")
    with pytest.raises(HostError, match="larger"):
        host.read("/big", 8)
    with pytest.raises(Missing):
        host.read("/etc/shadow/x")
    with pytest.raises(Missing):
        host.run(["/bin/true"])


def test_accounts_stand_in_the_files_and_in_the_table() -> None:
    host = MemoryHost().account("joe", 1000, home="/home/joe", shell="/bin/bash", shadow="$y$x")
    host.account("ldap", 70000, listed=False).members("sudo", 27, "joe")
    assert host.passwd(1000) == host.passwd("joe")
    assert host.passwd("ldap") is not None
    assert b"ldap" not in host.read("/etc/passwd")
    assert host.group_list("joe", 1000) == (1000, 27)
    assert host.read("/etc/shadow").startswith(b"joe:$y$x:")


def test_a_census_counts_what_is_alike() -> None:
    host = MemoryHost().file("/d/a", uid=5).file("/d/b", uid=5).file("/d/c").dir("/d", 0o750, uid=5)
    found = host.census("/d")
    assert found.entries == 4
    assert [(row.example, row.count, row.chain) for row in found.rows] == [
        ("/d", 1, ()),
        ("/d/a", 2, ((5, 0, 0o750),)),
        ("/d/c", 1, ((5, 0, 0o750),)),
    ]
