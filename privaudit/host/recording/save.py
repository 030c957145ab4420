"""Write a recorded machine to a folder: whole or not at all, for root alone, over nobody else's links."""

import os
from typing import Any

import yaml

from privaudit.host import Census, RawProcess
from privaudit.host.recording import FORMAT, HOST_FILE, ROOT_FOLDER, Answer, Recording, escape
from privaudit.host.recording.files import MODES
from privaudit.host.recording.folder import Writer, parent_of, refuse_swapped, refuse_taken, unfinished
from privaudit.host.tree import Node
from privaudit.model.path import AclEntry, FileKind
from privaudit.model.process import Ids
from privaudit.model.service import Listener

_NAME_LIMIT = 255
"""Bytes of a file's name; an escaped one may be longer, and its contents lie elsewhere then."""
_PLAIN = frozenset({FileKind.FILE, FileKind.DIRECTORY, FileKind.LINK})
"""Kinds that an entry shows without naming them."""
_Dumper: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


def save(recording: Recording, folder: str, made_by: str) -> None:
    """Write it to a folder that does not exist or is empty; HostError if it cannot be: nothing is left."""
    with parent_of(folder) as (parent, name):
        refuse_taken(parent, name, folder)
        with unfinished(parent, name) as (temporary, top):
            _write_all(recording, top, made_by)
            os.fsync(top)
            os.rename(temporary, name, src_dir_fd=parent, dst_dir_fd=parent)
            refuse_swapped(parent, name, top, folder)


def _write_all(recording: Recording, top: int, made_by: str) -> None:
    writer = Writer(top)
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


def _store(writer: Writer, path: str, node: Node, number: int) -> str | None:
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
        "acl": ([_acl(entry) for entry in node.acl], []),
        "capabilities": (node.capabilities, False),
        "names": (None if node.names is None else [escape(name) for name in node.names], None),
        "census": (None if node.census is None else _census(node.census), None),
        "cannot": (dict(node.cannot), {}),
    }
    key = escape(path)
    said = {name: value for name, (value, default) in unlike.items() if value != default}
    return (f"{key}/" if folder and path != "/" else key), said


def _acl(entry: AclEntry) -> str:
    """Write one entry as acl(5) does: `user:1000:6`, and `group::5` for the owning group."""
    if entry.tag == "owning-group":
        return f"group::{entry.permissions}"
    return f"{entry.tag}:{entry.id}:{entry.permissions}"


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


def _answer(answer: Answer, number: int, writer: Writer) -> dict[str, object]:
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
