"""Listening sockets from the kernel's tables, forged lines among them."""

import os
import socket
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privaudit.host import netsockets
from privaudit.model.service import Listener

TCP = """  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:0CEA 00000000:0000 0A 00000000:00000000 00:00000000 00000000   105        0 11 1 0 100 0 0 10 0
   1: 00000000:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 12 1 0 100 0 0 10 0
   2: 0100007F:0016 0100007F:9999 01 00000000:00000000 00:00000000 00000000     0        0 13 1 0 100 0 0 10 0
   short
"""
HEAD = "Num       RefCount Protocol Flags    Type St Inode Path\n"
LINE = "0000000000000000: 00000002 00000000 {flags} 0001 01 {inode} {path}\n"

little = pytest.mark.skipif(sys.byteorder != "little", reason="the table is written in the host's byte order")


@little
def test_tcp() -> None:
    assert list(netsockets.internet("tcp", TCP)) == [
        (11, Listener("tcp", "127.0.0.1", 3306, None, 105, loopback=True)),
        (12, Listener("tcp", "0.0.0.0", 22, None, 0, loopback=False)),  # noqa: S104
    ]


@little
@pytest.mark.parametrize(
    ("text", "address", "loopback"),
    [
        ("00000000000000000000000001000000", "::1", True),
        ("00000000000000000000000000000000", "::", False),
        ("0000000000000000FFFF00000100007F", "::ffff:127.0.0.1", True),
        ("0000000000000000FFFF00000100000A", "::ffff:10.0.0.1", False),
        ("0200007F", "127.0.0.2", True),
    ],
)
def test_addresses(text: str, address: str, loopback: bool) -> None:  # noqa: FBT001
    assert netsockets.address(text) == address
    assert netsockets.is_loopback(address) is loopback


def test_unix_sockets_that_accept_and_have_a_path() -> None:
    table = HEAD + LINE.format(flags="00010000", inode=5, path="/run/x y.sock")
    table += LINE.format(flags="00000000", inode=6, path="/run/connected")
    table += LINE.format(flags="00010000", inode=7, path="@abstract") + "0: 2 0 00010000 0001 01 8\n"
    assert list(netsockets.unix(table)) == [(5, "/run/x y.sock")]


@given(st.text(max_size=80))
def test_a_path_with_line_breaks_forges_nothing(path: str) -> None:
    table = HEAD + LINE.format(flags="00010000", inode=5, path=f"/x\nzz zz zz zz zz zz zz {path}")
    assert [inode for inode, _ in netsockets.unix(table)][:1] == [5]


@pytest.mark.skipif(sys.platform != "linux", reason="asks this machine's kernel")
def test_this_machine_s_sockets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # a path of a socket may have 107 bytes (unix(7))
    Path("a\nb: c d e f g h").mkdir()
    with socket.socket() as tcp, socket.socket(socket.AF_UNIX) as named:
        tcp.bind(("127.0.0.1", 0))
        tcp.listen(1)
        named.bind("a\nb: c d e f g h/s")
        named.listen(1)
        port = tcp.getsockname()[1]
        found = netsockets.listeners()
    mine = [each for each in found if each.protocol == "tcp" and each.port == port]
    assert [(each.address, each.pid, each.uid, each.loopback) for each in mine] == [
        ("127.0.0.1", os.getpid(), os.getuid(), True)
    ]


def test_the_holder_is_not_pid_1_if_there_is_another(tmp_path: Path) -> None:
    for pid in ("1", "30", "4"):
        folder = tmp_path / pid / "fd"
        folder.mkdir(parents=True)
        (folder / "3").symlink_to("socket:[77]")
        (folder / "0").symlink_to("/dev/null")
    (tmp_path / "1" / "fd" / "4").symlink_to("socket:[78]")
    (tmp_path / "9").mkdir()  # not ours to see
    (tmp_path / "self").mkdir()
    assert netsockets.holders({77, 78, 79}, str(tmp_path)) == {77: 4, 78: 1}


def test_a_kernel_without_ipv6(tmp_path: Path) -> None:
    (tmp_path / "net").mkdir()
    for name in ("tcp", "udp"):
        (tmp_path / "net" / name).write_text("sl\n")
    assert netsockets.listeners(str(tmp_path)) == ()
