"""Listening TCP sockets asked of the kernel, sock_diag(7).

/proc/net/tcp walks the table of all connections for them, 5 ms where there are none, and lists every one.
"""

import os
import socket
import struct
from collections.abc import Iterator

_SOCK_DIAG = 4  # NETLINK_SOCK_DIAG, linux/netlink.h
_BY_FAMILY = 20  # SOCK_DIAG_BY_FAMILY, linux/sock_diag.h
_ERROR, _DONE = 2, 3  # NLMSG_ERROR, NLMSG_DONE, linux/netlink.h
_DUMP = 0x301  # NLM_F_REQUEST | NLM_F_ROOT | NLM_F_MATCH
_INTERRUPTED = 0x10  # NLM_F_DUMP_INTR: the tables changed meanwhile
_LISTEN = 1 << 10  # TCP_LISTEN, linux/tcp_states.h
_HEADER = struct.Struct("=IHHII")
"""nlmsghdr: length, type, flags, sequence, port."""
_REQUEST = struct.Struct("=BBBBI48x")
"""inet_diag_req_v2: family, protocol, extensions, padding, states, and a socket id that is not looked at."""
_SOCKET = struct.Struct(">4xH2x16s28x")
"""The first half of inet_diag_msg: port and address, both in network order."""
_OWNER = struct.Struct("=12xII")
"""Its second half: uid and inode."""
_PACKET = 1 << 16
_WAIT = 5.0
"""Seconds until the table is read instead."""


def answers(proc: str = "/proc", modules: str = "/sys/module") -> bool:
    """Whether it can be asked without the kernel loading a module for it: a scan changes nothing."""
    return os.path.isdir(f"{modules}/tcp_diag") or not os.path.exists(f"{proc}/modules")


def listening(family: socket.AddressFamily) -> list[tuple[int, str, int, int]]:
    """Ask for (inode, address, port, uid) of all of a family; OSError if the kernel does not answer."""
    request = _REQUEST.pack(family, socket.IPPROTO_TCP, 0, 0, _LISTEN)
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, _SOCK_DIAG) as kernel:
        kernel.settimeout(_WAIT)
        kernel.bind((0, 0))
        kernel.sendto(_HEADER.pack(_HEADER.size + len(request), _BY_FAMILY, _DUMP, 1, 0) + request, (0, 0))
        found: list[tuple[int, str, int, int]] = []
        while True:
            packet, (sender, _) = kernel.recvfrom(_PACKET)
            if sender != 0:  # anybody may send to us, the kernel alone has this number
                continue
            for kind, body in messages(packet):
                if kind == _DONE:
                    return found
                found.append(row(family, body))


def messages(packet: bytes) -> Iterator[tuple[int, bytes]]:
    """Take a packet apart into (type, body), see netlink(7); OSError for an error or half a message."""
    start = 0
    while start < len(packet):
        if len(packet) - start < _HEADER.size:
            raise OSError("half a netlink message")
        length, kind, flags, _, _ = _HEADER.unpack_from(packet, start)
        if kind == _ERROR or flags & _INTERRUPTED or not _HEADER.size <= length <= len(packet) - start:
            raise OSError("the kernel did not list its sockets")
        yield kind, packet[start + _HEADER.size : start + length]
        start += (length + 3) & ~3


def row(family: socket.AddressFamily, body: bytes) -> tuple[int, str, int, int]:
    """Read one inet_diag_msg (linux/inet_diag.h)."""
    if len(body) < _SOCKET.size + _OWNER.size:
        raise OSError("half a socket")
    port, packed = _SOCKET.unpack_from(body)
    uid, inode = _OWNER.unpack_from(body, _SOCKET.size)
    address = socket.inet_ntop(family, packed[:4] if family == socket.AF_INET else packed)
    return inode, address, port, uid
