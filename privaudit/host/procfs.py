"""All processes from /proc in bulk (proc(5)): one folder descriptor a process, few system calls, no regex."""

import os
from collections.abc import Iterator

from privaudit.host import RawProcess
from privaudit.model.frozen import frozen
from privaudit.model.process import Ids

_PF_KTHREAD = 0x00200000
"""Flag of kernel threads in the ninth field of /proc/PID/stat (linux/sched.h)."""
_TICKS = os.sysconf("SC_CLK_TCK")
_BUFFER = 1 << 16
_WHOLE = 1 << 24
"""Bytes of /proc/stat and of a process's groups that are taken: all there can be."""
_ARGUMENTS = _BUFFER
"""Bytes of arguments that are taken: anybody may start processes with megabytes of them."""


@frozen
class Own:
    """The namespaces that are the scanner's own."""

    pid: str | None
    user: str | None
    depth: int
    """pid namespaces that the scanner is in, counted from that of the /proc; 0: the kernel does not say."""


def _read(path: str, folder: int, limit: int = _WHOLE) -> bytes:
    file = os.open(path, os.O_RDONLY | os.O_CLOEXEC, dir_fd=folder)
    try:
        data = os.read(file, _BUFFER)
        if len(data) < _BUFFER or limit <= _BUFFER:
            return data
        parts = [data]
        while len(parts) * _BUFFER < limit and (data := os.read(file, _BUFFER)):
            parts.append(data)
        return b"".join(parts)
    finally:
        os.close(file)


def _link(path: str, folder: int) -> str | None:
    try:
        return os.readlink(path, dir_fd=folder)
    except OSError:
        return None  # a kernel thread, a zombie, or not ours to see: the caller says so


def _boot_time(proc: int) -> float:
    for line in _read("stat", proc).splitlines():
        if line.startswith(b"btime "):
            return float(line[6:])
    return 0.0


def _control_group(text: bytes) -> str | None:
    """Take the group that systemd made: it uses its own hierarchy, or the unified one, and the other is `/`.

    Where systemd uses the unified one, `name=systemd` may be mounted all the same, for older containers.
    There `/../..` is a process that somebody brought in from outside of ours.
    """
    own = unified = None
    for line in text.splitlines():
        _, controllers, path = line.split(b":", 2)
        if controllers == b"name=systemd":
            own = os.fsdecode(path)
        elif not controllers:
            unified = os.fsdecode(path)
    return own if unified is None or (own or "").strip("/.") else unified


def read(folder: int, pid: int, boot: float, own: Own) -> RawProcess:
    """Read one process from its folder's descriptor. Raises OSError if it vanishes meanwhile."""
    stat = _read("stat", folder)
    after = stat[stat.rindex(b")") + 2 :].split()
    fields: dict[bytes, list[bytes]] = {}
    for line in _read("status", folder).split(b"\n"):
        key, _, value = line.partition(b":")
        if key in {b"Uid", b"Gid", b"Groups", b"NSpid"}:
            fields[key] = value.split()
        if key == b"NSpid":
            break
    uids, gids = ([int(part) for part in fields[key]] for key in (b"Uid", b"Gid"))
    kernel = bool(int(after[6]) & _PF_KTHREAD)
    argv = b"" if kernel else _read("cmdline", folder, _ARGUMENTS)
    words = argv.split(b"\0")
    if words and not words[-1]:
        words.pop()
    pid_namespace, user_namespace = _link("ns/pid", folder), _link("ns/user", folder)
    return RawProcess(
        pid=pid,
        ppid=int(after[1]),
        uids=Ids(*uids[:3]),
        gids=Ids(*gids[:3]),
        groups=tuple(int(part) for part in fields[b"Groups"]),
        name=os.fsdecode(stat[stat.index(b"(") + 1 : stat.rindex(b")")]),
        program=None if kernel else _link("exe", folder),
        argv=tuple(os.fsdecode(word) for word in words),
        started=boot + int(after[19]) / _TICKS,
        control_group=_control_group(_read("cgroup", folder)),
        foreign_pid_namespace=_foreign(pid_namespace, len(fields.get(b"NSpid", ())), own),
        foreign_user_namespace=user_namespace is not None and user_namespace != own.user,
        kernel=kernel,
    )


def _foreign(namespace: str | None, depth: int, own: Own) -> bool:
    """Whether it is in another pid namespace; how deep it is may be read where the namespace may not."""
    if namespace is not None:
        return namespace != own.pid
    return 0 < own.depth < depth


def _own(proc: int) -> Own:
    status = _read("self/status", proc).split(b"\n")
    depth = next((len(line.split()) - 1 for line in status if line.startswith(b"NSpid:")), 0)
    return Own(_link("self/ns/pid", proc), _link("self/ns/user", proc), depth)


def processes(root: str = "/proc") -> Iterator[RawProcess]:
    """List all processes by pid; one that ends while it is read is left out."""
    proc = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        boot = _boot_time(proc)
        own = _own(proc)
        for pid in sorted(int(name) for name in os.listdir(proc) if name.isdigit()):
            row = _row(proc, pid, boot, own)
            if row is not None:
                yield row
    finally:
        os.close(proc)


def _row(proc: int, pid: int, boot: float, own: Own) -> RawProcess | None:
    try:
        folder = os.open(str(pid), os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=proc)
    except OSError:
        return None
    try:
        return read(folder, pid, boot, own)
    except (OSError, ValueError, KeyError, IndexError):
        return None  # it ended between two reads; a half-read one is no fact
    finally:
        os.close(folder)
