"""Sockets asked of the kernel: the same as in its tables, or none at all."""

import socket
import struct
import sys
from pathlib import Path

import pytest

from privaudit.host import netsockets, sockdiag

linux = pytest.mark.skipif(sys.platform != "linux", reason="asks Linux")


def message(kind: int, body: bytes = b"", flags: int = 0) -> bytes:
    return struct.pack("=IHHII", 16 + len(body), kind, flags, 1, 0) + body


def asked(family: socket.AddressFamily) -> list[tuple[int, str, int, int]]:
    try:
        return sockdiag.listening(family)
    except OSError as error:
        pytest.skip(f"this kernel does not answer: {error}")


@linux
@pytest.mark.parametrize(
    ("family", "address", "table"),
    [(socket.AF_INET, "127.0.0.1", "tcp"), (socket.AF_INET6, "::1", "tcp6")],
)
def test_it_says_what_the_table_says(family: socket.AddressFamily, address: str, table: str) -> None:
    if not sockdiag.answers():
        pytest.skip("asking would load a module")
    try:
        server = socket.create_server((address, 0), family=family)
    except OSError as error:
        pytest.skip(f"no such addresses here: {error}")
    with server:
        port = server.getsockname()[1]
        (mine,) = [each for each in asked(family) if each[2] == port]
        rows = netsockets.internet("tcp", Path(f"/proc/net/{table}").read_text())
        (listed,) = [(inode, s) for inode, s in rows if s.port == port]
    inode, where, _, uid = mine
    assert (inode, where, uid) == (listed[0], listed[1].address, listed[1].uid)
    assert where == address


@linux
def test_without_an_answer_the_tables_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: socket.AddressFamily) -> None:
        raise PermissionError("no such socket")

    monkeypatch.setattr(sockdiag, "answers", lambda: True)
    monkeypatch.setattr(sockdiag, "listening", refuse)
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert [s.port for s in netsockets.listeners() if s.port == port] == [port]


def test_no_module_is_loaded_for_it(tmp_path: Path) -> None:
    proc, modules = tmp_path / "proc", tmp_path / "module"
    proc.mkdir()
    assert sockdiag.answers(str(proc), str(modules))  # a kernel that knows no modules has it or not
    (proc / "modules").touch()
    assert not sockdiag.answers(str(proc), str(modules))
    (modules / "tcp_diag").mkdir(parents=True)
    assert sockdiag.answers(str(proc), str(modules))


def test_messages_of_one_packet() -> None:
    packet = message(20, b"abcd") + message(20, b"e" * 8) + message(3, b"\0\0\0\0")
    assert list(sockdiag.messages(packet)) == [(20, b"abcd"), (20, b"e" * 8), (3, b"\0\0\0\0")]


@pytest.mark.parametrize(
    "packet",
    [
        message(2, struct.pack("=i", -2)),
        message(20, b"abcd", flags=0x10),
        message(20, b"abcd")[:-1],
        message(20)[:10],
        struct.pack("=IHHII", 3, 20, 0, 1, 0),
    ],
)
def test_an_error_or_half_a_message_is_no_answer(packet: bytes) -> None:
    with pytest.raises(OSError, match=r"netlink|sockets"):
        list(sockdiag.messages(packet))


def test_half_a_socket_is_no_answer() -> None:
    with pytest.raises(OSError, match="half"):
        sockdiag.row(socket.AF_INET, b"\0" * 71)


def test_a_socket() -> None:
    body = bytes([2, 10, 0, 0]) + struct.pack(">HH", 3306, 0) + bytes([127, 0, 0, 1]) + bytes(12 + 28)
    body += struct.pack("=IIIII", 0, 0, 0, 105, 4242)
    assert sockdiag.row(socket.AF_INET, body) == (4242, "127.0.0.1", 3306, 105)
