"""Write a recorded machine to a folder: whole or not at all, for root alone, over nobody else's links."""

import contextlib
import os
import secrets
import stat as st
from collections.abc import Iterator
from typing import Any

import yaml

from privaudit.host import Census, HostError, RawProcess
from privaudit.host.recording import FORMAT, HOST_FILE, ROOT_FOLDER, Answer, Recording, escape
from privaudit.host.recording.files import MODES
from privaudit.host.resolve import Roots, failure
from privaudit.host.tree import Node
from privaudit.model.path import FileKind
from privaudit.model.process import Ids
from privaudit.model.service import Listener

_NAME_LIMIT = 255
"""Bytes of a file's name; an escaped one may be longer, and its contents lie elsewhere then."""
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_PLAIN = frozenset({FileKind.FILE, FileKind.DIRECTORY, FileKind.LINK})
"""Kinds that an entry shows without naming them."""
_Dumper: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


def save(recording: Recording, folder: str, made_by: str) -> None:
    """Write it to a folder that does not exist or is empty; HostError if it cannot be: nothing is left."""
    with _parent(folder) as (parent, name):
        _refuse_taken(parent, name, folder)
        with _unfinished(parent, name) as (temporary, top):
            _write_all(recording, top, made_by)
            os.fsync(top)
            os.rename(temporary, name, src_dir_fd=parent, dst_dir_fd=parent)
            _refuse_swapped(parent, name, top, folder)


def check_free(folder: str) -> None:
    """Say early what `save` would refuse."""
    with _parent(folder) as (parent, name):
        _refuse_taken(parent, name, folder)


@contextlib.contextmanager
def _parent(folder: str) -> Iterator[tuple[int, str]]:
    """Open the folder in which it is to lie, over no links but root's and our own: (descriptor, name)."""
    above, name = os.path.split(os.path.abspath(folder))
    parent = Roots("/", trusted=frozenset({0, os.geteuid()})).open_folder(above)
    try:
        yield parent, name
    except OSError as error:
        raise failure(folder, error) from None
    finally:
        os.close(parent)


def _refuse_taken(parent: int, name: str, folder: str) -> None:
    if not name:
        raise HostError(folder, "is not empty")
    try:
        found = os.stat(name, dir_fd=parent, follow_symlinks=False)
    except FileNotFoundError:
        return
    if not st.S_ISDIR(found.st_mode):
        raise HostError(folder, "is there already, and no folder")
    descriptor = os.open(name, _FOLDER, dir_fd=parent)
    try:
        if os.listdir(descriptor):
            raise HostError(folder, "is not empty")
    finally:
        os.close(descriptor)


def _refuse_swapped(parent: int, name: str, top: int, folder: str) -> None:
    found, ours = os.stat(name, dir_fd=parent, follow_symlinks=False), os.fstat(top)
    if (found.st_dev, found.st_ino) != (ours.st_dev, ours.st_ino):
        raise HostError(folder, "somebody else put something in its place")


@contextlib.contextmanager
def _unfinished(parent: int, name: str) -> Iterator[tuple[str, int]]:
    """Make a folder of another name beside it; if what is done in it fails, it goes again."""
    temporary = f".{name[:100]}.{secrets.token_hex(8)}"
    os.mkdir(temporary, 0o700, dir_fd=parent)
    top = os.open(temporary, _FOLDER, dir_fd=parent)
    try:
        yield temporary, top
    except BaseException:
        _empty(top)
        with contextlib.suppress(OSError):  # what failed is said, not what failed after it
            os.rmdir(temporary, dir_fd=parent)
        raise
    finally:
        os.close(top)


def _empty(folder: int) -> None:
    """Remove everything below an open folder that only we can write."""
    for name in os.listdir(folder):
        if st.S_ISDIR(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode):
            inner = os.open(name, _FOLDER, dir_fd=folder)
            try:
                _empty(inner)
            finally:
                os.close(inner)
            os.rmdir(name, dir_fd=folder)
        else:
            os.unlink(name, dir_fd=folder)


class _Writer:
    """Puts files below one open folder, and makes the folders they need."""

    def __init__(self, top: int) -> None:
        self._top = top
        self._made: set[tuple[str, ...]] = {()}

    def put(self, names: tuple[str, ...], data: bytes) -> None:
        """Write one new file."""
        folder = self._open(names[:-1])
        try:
            file = os.open(names[-1], _NEW, 0o600, dir_fd=folder)
            with os.fdopen(file, "wb") as stream:
                stream.write(data)
                stream.flush()
                os.fsync(file)
        finally:
            os.close(folder)

    def folder(self, names: tuple[str, ...]) -> None:
        """Make a folder, and those above it."""
        os.close(self._open(names))

    def _open(self, names: tuple[str, ...]) -> int:
        folder = os.dup(self._top)
        for depth, name in enumerate(names, 1):
            try:
                if names[:depth] not in self._made:
                    os.mkdir(name, 0o700, dir_fd=folder)
                    self._made.add(names[:depth])
                inner = os.open(name, _FOLDER, dir_fd=folder)
            finally:
                os.close(folder)
            folder = inner
        return folder


def _write_all(recording: Recording, top: int, made_by: str) -> None:
    writer = _Writer(top)
    writer.folder((ROOT_FOLDER,))
    files: dict[str, object] = {}
    for path in sorted(recording.tree.nodes):
        node = recording.tree.nodes[path]
        key, value = _entry(path, node, _store(writer, path, node, len(files)))
        files[key] = value
    commands = [_answer(answer, number, writer) for number, answer in enumerate(recording.answers, 1)]
    document = {
        "format": FORMAT,
        "recorded-by": made_by,
        "platform": recording.platform.value,
        "hostname": recording.hostname,
        "kernel": recording.kernel,
        "time": recording.time,
        "live": recording.live,
        "privileged": recording.privileged,
        "passwd": [
            escape(f"{e.name}:x:{e.uid}:{e.gid}:{e.gecos}:{e.home}:{e.shell}") for e in recording.passwd
        ],
        "groups": [escape(f"{e.name}:x:{e.gid}:{','.join(e.members)}") for e in recording.groups],
        "group-lists": {escape(name): list(gids) for name, gids in recording.group_lists.items()},
        "files": files,
        **_running(recording),
        "commands": commands,
    }
    text = yaml.dump(
        document, Dumper=_Dumper, default_flow_style=None, sort_keys=False, width=110, allow_unicode=True
    )
    writer.put((HOST_FILE,), text.encode())


def _store(writer: _Writer, path: str, node: Node, number: int) -> str | None:
    """Write a file's contents to rootfs/, or where its name is too long, elsewhere: the place is returned."""
    if node.content is None:
        return None
    names = tuple(escape(part) for part in path.split("/")[1:])
    if all(len(name.encode()) <= _NAME_LIMIT for name in names):
        writer.put((ROOT_FOLDER, *names), node.content.data)
        return None
    writer.put(("contents", str(number)), node.content.data)
    return f"contents/{number}"


def _entry(path: str, node: Node, stored: str | None) -> tuple[str, dict[str, object]]:
    """One entry of `files`; what is as it would be without saying so is left out."""
    stat = node.stat
    folder = stat.kind is FileKind.DIRECTORY
    unlike: dict[str, tuple[object, object]] = {
        "link": (escape(node.text), ""),
        "kind": (stat.kind.value, stat.kind.value if stat.kind in _PLAIN else ""),
        "owner": (stat.uid, 0),
        "group": (stat.gid, 0),
        "mode": (_mode(stat.mode), _mode(MODES[stat.kind])),
        "links": (stat.nlink, stat.nlink if folder else 1),
        "size": (stat.size, 0 if stat.kind is FileKind.FILE else stat.size),
        "unread": (stat.kind is FileKind.FILE and node.content is None, False),
        "whole": (node.content is None or node.content.whole, True),
        "stored": (stored, None),
        "acl": ([f"{entry.tag}:{entry.id}:{entry.permissions}" for entry in node.acl], []),
        "capabilities": (node.capabilities, False),
        "names": (None if node.names is None else [escape(name) for name in node.names], None),
        "census": (None if node.census is None else _census(node.census), None),
        "cannot": (dict(node.cannot), {}),
    }
    key = escape(path)
    said = {name: value for name, (value, default) in unlike.items() if value != default}
    return (f"{key}/" if folder and path != "/" else key), said


def _mode(mode: int) -> str:
    return f"{mode:04o}"


def _census(census: Census) -> dict[str, object]:
    rows = [
        [
            row.kind.value,
            _mode(row.mode),
            row.uid,
            row.gid,
            row.count,
            escape(row.example),
            row.acl,
            [[uid, gid, _mode(mode)] for uid, gid, mode in row.chain],
        ]
        for row in census.rows
    ]
    return {
        "entries": census.entries,
        "rows": rows,
        "limits": [[escape(limit.what), limit.why] for limit in census.limits],
    }


def _running(recording: Recording) -> dict[str, object]:
    said: dict[str, object] = {}
    cannot = {}
    if isinstance(recording.processes, str):
        cannot["processes"] = recording.processes
    else:
        said["processes"] = [_process(row) for row in recording.processes]
    if isinstance(recording.listeners, str):
        cannot["listeners"] = recording.listeners
    else:
        said["listeners"] = [_listener(row) for row in recording.listeners]
    return {**said, "cannot": cannot} if cannot else said


def _process(row: RawProcess) -> dict[str, object]:
    said: dict[str, object] = {
        "pid": row.pid,
        "ppid": row.ppid,
        "name": escape(row.name),
        "argv": [escape(word) for word in row.argv],
        "uid": _ids(row.uids),
        "gid": _ids(row.gids),
        "groups": list(row.groups),
        "started": row.started,
    }
    if row.program is not None:
        said["program"] = escape(row.program)
    if row.control_group is not None:
        said["control-group"] = escape(row.control_group)
    for key, value in (
        ("foreign-pid-namespace", row.foreign_pid_namespace),
        ("foreign-user-namespace", row.foreign_user_namespace),
        ("kernel", row.kernel),
    ):
        if value:
            said[key] = True
    return said


def _ids(ids: Ids) -> int | list[int]:
    if ids.real == ids.effective == ids.saved:
        return ids.real
    return [ids.real, ids.effective, ids.saved]


def _listener(row: Listener) -> dict[str, object]:
    said: dict[str, object] = {
        "protocol": row.protocol,
        "address": escape(row.address),
        "port": row.port,
        "uid": row.uid,
        "loopback": row.loopback,
    }
    return said if row.pid is None else {**said, "pid": row.pid}


def _answer(answer: Answer, number: int, writer: _Writer) -> dict[str, object]:
    said: dict[str, object] = {"argv": [escape(word) for word in answer.argv]}
    if answer.uid is not None:
        said["uid"] = answer.uid
    if answer.stdin:
        said["stdin"] = answer.stdin.decode("utf-8", "replace")
    if isinstance(answer.result, str):
        return {**said, "cannot": answer.result}
    said["status"] = answer.result.status
    for key, data in (("stdout", answer.result.stdout), ("stderr", answer.result.stderr)):
        if data:
            place = ("commands", f"{number:04}.{key}")
            writer.put(place, data)
            said[f"{key}-file"] = "/".join(place)
    return said
