"""Processes and listening sockets of a Mac, by psutil: macOS has no /proc."""

import os
import socket
from collections.abc import Iterator

from privaudit.host import Denied, RawProcess
from privaudit.host.netsockets import is_loopback
from privaudit.model.process import Ids
from privaudit.model.service import Listener

_KERNEL_TASK = 0
_ANY = {socket.AF_INET: "0.0.0.0", socket.AF_INET6: "::"}  # noqa: S104 - named, not bound to


def processes() -> Iterator[RawProcess]:
    """All processes, by pid; without root the programs of others are not told."""
    import psutil

    wanted = ["pid", "ppid", "uids", "gids", "name", "exe", "cmdline", "create_time"]
    rows = [process.info for process in psutil.process_iter(wanted, ad_value=None)]
    for row in sorted(rows, key=lambda row: row["pid"]):
        if row["uids"] is None or row["gids"] is None:
            continue  # it ended meanwhile
        exe = row["exe"] or None
        yield RawProcess(
            pid=row["pid"],
            ppid=row["ppid"] or 0,
            uids=Ids(*row["uids"]),
            gids=Ids(*row["gids"]),
            groups=(),
            name=row["name"] or "",
            program=exe,
            argv=tuple(os.fsdecode(argument) for argument in row["cmdline"] or ()),
            started=row["create_time"] or 0.0,
            kernel=row["pid"] == _KERNEL_TASK,
        )


def listeners() -> tuple[Listener, ...]:
    """Listening tcp and bound udp sockets, with their processes. Denied without root."""
    import psutil

    try:
        found = psutil.net_connections("inet")
    except psutil.AccessDenied:
        raise Denied("listening sockets", "needs root to see whose they are") from None
    uids = {process.pid: process.info["uids"] for process in psutil.process_iter(["uids"], ad_value=None)}
    sockets = set()
    for row in found:
        stream = row.type == socket.SOCK_STREAM
        if row.raddr or not row.laddr or (stream and row.status != psutil.CONN_LISTEN):
            continue
        address = row.laddr.ip if row.laddr.ip != "*" else _ANY[row.family]
        ids = uids.get(row.pid) if row.pid is not None else None
        sockets.add(
            Listener(
                protocol="tcp" if stream else "udp",
                address=address,
                port=row.laddr.port,
                pid=row.pid,
                uid=ids.effective if ids is not None else 0,
                loopback=is_loopback(address),
            )
        )
    return tuple(sorted(sockets, key=lambda each: (each.protocol, each.address, each.port, each.pid or 0)))
