"""Listening sockets from /proc/net (proc_pid_net(5)), and which process holds each."""

import os
import re
import socket
import struct
from collections.abc import Iterator

from privaudit.host import sockdiag
from privaudit.model.service import Listener

_LOOPBACK = bytes([*[0] * 15, 1])
_MAPPED_LOOPBACK = bytes([*[0] * 10, 255, 255, 127])
"""How ::ffff:127.0.0.0/104 begins, RFC 4291, section 2.5.5.2."""
_TCP_LISTEN = "0A"
_UDP_UNCONNECTED = "07"
_UNIX_ACCEPTING = 1 << 16
"""__SO_ACCEPTCON in the flags of /proc/net/unix."""


def address(text: str) -> str:
    """An address as the kernel writes it: 32-bit words in host order, in hexadecimal."""
    words = [int(text[start : start + 8], 16) for start in range(0, len(text), 8)]
    packed = struct.pack(f"={len(words)}I", *words)
    return socket.inet_ntop(socket.AF_INET if len(words) == 1 else socket.AF_INET6, packed)


def is_loopback(text: str) -> bool:
    """Whether only this machine can reach it."""
    bare = text.partition("%")[0]
    if ":" not in bare:
        return bare.startswith("127.")
    packed = socket.inet_pton(socket.AF_INET6, bare)
    return packed == _LOOPBACK or packed.startswith(_MAPPED_LOOPBACK)


def internet(protocol: str, table: str) -> Iterator[tuple[int, Listener]]:
    """Read /proc/net/tcp, tcp6, udp or udp6 as (inode, listener without its process)."""
    wanted = _TCP_LISTEN if protocol == "tcp" else _UDP_UNCONNECTED
    for line in table.splitlines()[1:]:
        words = line.split()
        if len(words) < 10 or words[3] != wanted:  # noqa: PLR2004 - sl local rem st tx tr retr uid timeout inode
            continue
        where, _, port = words[1].rpartition(":")
        text = address(where)
        yield int(words[9]), Listener(protocol, text, int(port, 16), None, int(words[7]), is_loopback(text))


_UNIX_LINE = re.compile(
    r"[0-9a-fA-F]{8,16}: [0-9A-F]{8} [0-9A-F]{8} (?P<flags>[0-9A-F]{8}) [0-9A-F]{4} [0-9A-F]{2}"
    r" +(?P<inode>[0-9]{1,20}) (?P<path>/.*)"
)


def unix(table: str) -> Iterator[tuple[int, str]]:
    """Read /proc/net/unix as (inode, path) of listening sockets that have a path.

    The kernel writes paths as they are, and anybody may bind one with a line break in it: what does not have
    the form of a line is part of such a path.
    """
    for line in table.split("\n")[1:]:
        found = _UNIX_LINE.fullmatch(line)
        if found is not None and int(found["flags"], 16) & _UNIX_ACCEPTING:
            yield int(found["inode"]), found["path"]


def holders(inodes: set[int], proc: str = "/proc") -> dict[int, int]:
    """Inode -> pid that holds it; the oldest process that is not pid 1, if there is one."""
    found: dict[int, int] = {}
    wanted = {f"socket:[{inode}]": inode for inode in inodes}
    for pid in sorted((int(name) for name in os.listdir(proc) if name.isdigit()), key=lambda p: (p == 1, p)):
        try:
            folder = os.open(f"{proc}/{pid}/fd", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except OSError:
            continue  # gone, or not ours to see
        try:
            for name in os.listdir(folder):
                try:
                    inode = wanted.get(os.readlink(name, dir_fd=folder))
                except OSError:
                    continue
                if inode is not None:
                    found.setdefault(inode, pid)
        except OSError:
            continue
        finally:
            os.close(folder)
        if len(found) == len(wanted):
            break
    return found


def _asked() -> list[tuple[int, Listener]] | None:
    """Ask for what listens on TCP; None: it stands in the tables alone."""
    if not sockdiag.answers():
        return None
    try:
        found = [*sockdiag.listening(socket.AF_INET), *sockdiag.listening(socket.AF_INET6)]
    except OSError:
        return None  # no such socket for us, or no such answer: the tables say the same
    return [
        (inode, Listener("tcp", text, port, None, uid, is_loopback(text))) for inode, text, port, uid in found
    ]


def listeners(proc: str = "/proc") -> tuple[Listener, ...]:
    """All listening sockets of our network namespace, with their processes where these can be seen."""
    rows = _asked() if proc == "/proc" else None
    protocols = ("tcp", "udp") if rows is None else ("udp",)
    rows = rows or []
    for protocol in protocols:
        for suffix in ("", "6"):
            try:
                with open(f"{proc}/net/{protocol}{suffix}", encoding="ascii", errors="replace") as file:
                    rows += internet(protocol, file.read())
            except FileNotFoundError:
                continue  # no IPv6 in this kernel
    try:
        with open(f"{proc}/net/unix", encoding="utf-8", errors="surrogateescape") as file:
            rows += [
                (inode, Listener("unix", path, 0, None, 0, loopback=True))
                for inode, path in unix(file.read())
            ]
    except FileNotFoundError:
        pass
    held = holders({inode for inode, _ in rows}, proc)
    return tuple(
        Listener(s.protocol, s.address, s.port, held.get(inode), s.uid, s.loopback) for inode, s in rows
    )
