"""Recorded machines written by hand: short, and what is wrong in one is said with its place."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privaudit.host import Denied, HostError, Missing
from privaudit.host.recorded import RecordedHost
from privaudit.host.recording import escape, unescape
from privaudit.model.path import AclEntry, FileKind

MAC = """
platform: darwin
hostname: mini
passwd: ["root:*:0:0::/var/root:/bin/sh", "joe:*:501:20:Joe:/Users/joe:/bin/zsh"]
groups: ["wheel:*:0:root", "staff:*:20:root", "admin:*:80:root,joe"]
group-lists: {joe: [staff, admin, 12]}
trees: {/opt/homebrew: {owner: joe, group: admin}}
files:
  /opt/homebrew/var/mysql/: {mode: "0750"}
  /opt/homebrew/opt/mysql: {link: ../Cellar/mysql/9.3.0}
  /opt/homebrew/Cellar/mysql/9.3.0/bin/mysqld: {mode: "0755", acl: ["user:joe:7"]}
  /tmp/mysql.sock: {kind: socket, owner: joe}
  /private/var/db/closed/: {cannot: {list: permission denied}}
  /private/var/db/closed/file: {cannot: {stat: permission denied}}
  /etc/big: {size: 5000000, unread: true}
  /etc/a\\x0ab\\xff: {text: "odd\\n"}
processes:
  - {pid: 1, program: /sbin/launchd}
  - {pid: 71, program: /opt/homebrew/bin/mysqld, argv: mysqld --user=joe, uid: joe, gid: [staff, 20, 20]}
cannot: {listeners: permission denied}
commands: [{argv: [/bin/slow], cannot: no answer within 30 s}, {argv: [/bin/x], uid: joe, stdout: "1\\n"}]
"""


def machine(folder: Path, text: str) -> RecordedHost:
    (folder / "host.yaml").write_text(text)
    return RecordedHost(str(folder))


def test_a_short_one(tmp_path: Path) -> None:
    (tmp_path / "rootfs/Library").mkdir(parents=True)
    (tmp_path / "rootfs/Library/tool").write_text("#!/bin/sh\n")
    (tmp_path / "rootfs/Library/tool").chmod(0o700)
    host = machine(tmp_path, MAC)
    program = host.lstat("/opt/homebrew/opt/mysql/bin/mysqld")
    assert (program.kind, program.mode, program.uid, program.gid) == (FileKind.FILE, 0o755, 501, 80)
    assert host.acl("/opt/homebrew/opt/mysql/bin/mysqld") == (AclEntry("user", 501, 7),)
    assert (host.lstat("/Library/tool").mode, host.lstat("/Library/tool").uid) == (0o755, 0)
    assert host.listdir("/opt/homebrew") == ["Cellar", "opt", "var"]
    assert host.read("/etc/a\nb\udcff") == b"odd\n"
    assert host.group_list("joe", 20) == (20, 80, 12)
    first, second = host.processes()
    assert (first.argv, first.ppid, first.name) == (("/sbin/launchd",), 0, "launchd")
    assert (second.argv, second.uids.saved, second.gids.real) == (("mysqld", "--user=joe"), 501, 20)


def test_what_could_not_be_read_still_cannot(tmp_path: Path) -> None:
    host = machine(tmp_path, MAC)
    with pytest.raises(Denied):
        host.listdir("/private/var/db/closed")
    with pytest.raises(Denied):
        host.lstat("/private/var/db/closed/file")
    with pytest.raises(Denied):
        host.listeners()
    with pytest.raises(Missing):
        host.read("/etc/nothing")
    with pytest.raises(Missing):
        host.run(["/bin/x"])
    assert host.run(["/bin/x"], uid=501).stdout == b"1\n"
    with pytest.raises(HostError, match="no answer within 30 s"):
        host.run(["/bin/slow"])
    with pytest.raises(HostError, match="not recorded"):
        host.read("/etc/big")
    with pytest.raises(HostError, match="socket, not a regular file"):
        host.read("/tmp/mysql.sock")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "the file: must be a mapping"),
        ("platform: linux\nplatform: linux\n", "stands twice at line 2"),
        ("platform: [\n", "at line"),
        ("platform: solaris\n", "platform: must be linux or darwin"),
        ("platform: linux\nhostnam: x\n", "unknown key 'hostnam'"),
        ("platform: linux\nfiles: {/x: {mode: 0644}}\n", "files: /x: mode must be text"),
        ('platform: linux\nfiles: {/x: {mode: "9"}}\n', "octal digits"),
        ("platform: linux\nfiles: {/x: {owner: joe}}\n", "files: /x: no account 'joe'"),
        ("platform: linux\nfiles: {/x: {}, /x/y: {}}\n", "/x is no folder"),
        ("platform: linux\nfiles: {/x: {kind: door}}\n", "no kind of file is called 'door'"),
        ("platform: linux\nfiles: {/x: {cannot: {fly: x}}}\n", "cannot must say why"),
        ("platform: linux\nprocesses: [{program: /x}]\n", "processes: 1: a process needs a pid"),
        ("platform: linux\nlisteners: [{address: here}]\n", "is no address"),
        ("platform: linux\ncommands: [{stdout: x}]\n", "a command needs its argv"),
        ("platform: linux\ncommands: [{argv: /x, stdout-file: gone}]\n", "no such file"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, text: str, why: str) -> None:
    with pytest.raises(HostError) as error:
        machine(tmp_path, text)
    assert why in str(error.value)


@given(st.binary(max_size=40))
def test_every_name_can_be_written(data: bytes) -> None:
    name = data.decode("utf-8", "surrogateescape")
    written = escape(name)
    assert written.isprintable() or written == ""
    assert unescape(written) == name
