"""What runs on a recorded machine: processes, listeners, and what commands answered."""

import ipaddress
import posixpath
import shlex
from collections.abc import Callable, Sequence

from privaudit.host import CommandResult, RawProcess
from privaudit.host.accounts import group_entries, passwd_entries
from privaudit.host.files import Files
from privaudit.host.recording import Answer, Effect, Recording, unescape
from privaudit.host.recording.fields import Fields, Wrong, texts_of
from privaudit.host.recording.files import Owners, entry
from privaudit.model.process import Ids
from privaudit.model.service import Listener

_COMM = 15
"""Characters of a process's name (proc_pid_comm(5))."""
_OUTPUT_LIMIT = 64 << 20


def processes(rows: Sequence[object], owners: Owners, time: float) -> list[RawProcess]:
    """Read `processes`, by pid."""
    found = [
        _process(Fields(row, f"processes: {number}"), owners, time) for number, row in enumerate(rows, 1)
    ]
    return sorted(found, key=lambda process: process.pid)


def _process(given: Fields, owners: Owners, time: float) -> RawProcess:
    pid = given.number("pid", -1)
    if pid < 0:
        raise Wrong(f"{given.where}: a process needs a pid")
    program = given.text("program") or None
    program = unescape(program) if program else None
    kernel = given.flag("kernel", default=False)
    said = given.has("argv")
    argv = _words(given, "argv")
    uids = _ids(given.raw("uid"), owners.uid, f"{given.where}: uid")
    gids = _ids(given.raw("gid"), owners.gid, f"{given.where}: gid")
    named = posixpath.basename(program or (argv[0] if argv else ""))[:_COMM]
    row = RawProcess(
        pid=pid,
        ppid=given.number("ppid", 0 if pid <= 1 else 1),
        uids=uids,
        gids=gids,
        groups=tuple(owners.gid(group, f"{given.where}: groups") for group in given.list("groups")),
        name=unescape(given.text("name")) or named,
        program=program,
        argv=argv if said or program is None else (program,),
        started=given.real("started", time),
        control_group=unescape(given.text("control-group")) or None,
        foreign_pid_namespace=given.flag("foreign-pid-namespace", default=False),
        foreign_user_namespace=given.flag("foreign-user-namespace", default=False),
        kernel=kernel,
    )
    given.done()
    return row


def _ids(value: object, number: Callable[[object, str], int], where: str) -> Ids:
    if isinstance(value, list):
        if len(value) != 3:  # noqa: PLR2004
            raise Wrong(f"{where} must be one, or [real, effective, saved]")
        return Ids(*(number(one, where) for one in value))
    one = 0 if value is None else number(value, where)
    return Ids(one, one, one)


def _words(given: Fields, key: str) -> tuple[str, ...]:
    """A list of words, or one text as a shell would split it."""
    value = given.raw(key)
    if value is None:
        return ()
    if isinstance(value, str):
        return tuple(shlex.split(value))
    return tuple(unescape(word) for word in texts_of(value, f"{given.where}: {key}"))


def listeners(rows: Sequence[object], owners: Owners) -> list[Listener]:
    """Read `listeners`, in their order."""
    return [_listener(Fields(row, f"listeners: {number}"), owners) for number, row in enumerate(rows, 1)]


def _listener(given: Fields, owners: Owners) -> Listener:
    protocol, address = given.text("protocol", "tcp"), given.text("address", "0.0.0.0")  # noqa: S104
    local = protocol == "unix"
    if not local:
        try:
            local = ipaddress.ip_address(address.partition("%")[0]).is_loopback
        except ValueError:
            raise Wrong(f"{given.where}: {address!r} is no address") from None
    pid = given.number("pid", -1)
    row = Listener(
        protocol,
        unescape(address),
        given.number("port"),
        None if pid < 0 else pid,
        owners.uid(given.raw("uid") or 0, given.where),
        given.flag("loopback", default=local),
    )
    given.done()
    return row


def answers(rows: Sequence[object], owners: Owners, folder: Files, known: Recording) -> list[Answer]:
    """Read `commands`, in their order."""
    return [
        _answer(Fields(row, f"commands: {number}"), owners, folder, known)
        for number, row in enumerate(rows, 1)
    ]


def _answer(given: Fields, owners: Owners, folder: Files, known: Recording) -> Answer:
    argv = _words(given, "argv")
    if not argv:
        raise Wrong(f"{given.where}: a command needs its argv")
    uid = given.raw("uid")
    why = given.text("cannot")
    then = given.raw("then")
    result = CommandResult(
        given.number("status"), _output(given, "stdout", folder), _output(given, "stderr", folder)
    )
    found = Answer(
        argv,
        None if uid is None else owners.uid(uid, given.where),
        given.text("stdin").encode(),
        why or result,
        None if then is None else _effect(Fields(then, f"{given.where}: then"), owners, known),
    )
    given.done()
    return found


def _output(given: Fields, key: str, folder: Files) -> bytes:
    text, stored = given.text(key), given.text(f"{key}-file")
    return folder.read(f"/{stored}", _OUTPUT_LIMIT) if stored else text.encode()


def _effect(given: Fields, owners: Owners, known: Recording) -> Effect:
    """`then: {files: {/x: null}, processes: […], ended: [71], passwd: […], groups: […], removed: [joe]}`."""
    passwd = tuple(passwd_entries("\n".join(given.texts("passwd"))))
    groups = tuple(group_entries("\n".join(given.texts("groups"))))
    owners = owners.also(passwd, groups)
    files = tuple(
        (
            unescape(key).rstrip("/") or "/",
            None if raw is None else entry(unescape(key), Fields(raw, f"{given.where}: {key}"), None, owners),
        )
        for key, raw in sorted(given.mapping("files").items())
    )
    effect = Effect(
        files,
        tuple(processes(given.list("processes"), owners, known.time)),
        tuple(pid for pid in given.list("ended") if isinstance(pid, int)),
        passwd,
        groups,
        tuple(given.texts("removed")),
    )
    given.done()
    return effect
