"""A live, a mounted and a recorded machine answer alike: every method, every path, errors too."""

import os
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from host.trees import NAMES, Thing, make, things
from hypothesis import given, settings

from privaudit.host import Host, HostError
from privaudit.host.local import LocalHost
from privaudit.host.recorded import RecordedHost
from privaudit.host.recorder import Recorder
from privaudit.host.recording.save import save
from privaudit.host.rooted import RootedHost
from privaudit.model.path import FileKind

PASSWD = b"root:x:0:0::/root:/bin/sh\njoe:x:1000:1000:Joe:/home/joe:/bin/bash\nbroken\n+::::::\n"
GROUP = b"root:x:0:\njoe:x:1000:\nstaff:x:50:joe,mail\n"


def answers(host: Host, paths: list[str], cut: str = "") -> list[object]:
    """What a host says to everything; cut: what a live host has before each path."""

    def said(ask: Callable[..., object], *arguments: object) -> object:
        try:
            answer = ask(*arguments)
        except HostError as error:
            return (type(error).__name__, error.what.removeprefix(cut), error.why)
        return answer

    found: list[object] = []
    for path in paths:
        full = cut + path
        asks = (host.lstat, host.readlink, host.listdir, host.acl, host.file_capabilities)
        found += [said(ask, full) for ask in asks]
        found += [said(host.read, full, 100), said(host.head, full, 8), said(_counted, host, full, cut)]
    return found


def _counted(host: Host, path: str, cut: str) -> object:
    counted = host.census(path)
    rows = [
        (row.chain, row.kind, row.mode, row.uid, row.gid, row.count, row.example.removeprefix(cut), row.acl)
        for row in counted.rows
    ]
    return rows, counted.entries, [(limit.what.removeprefix(cut), limit.why) for limit in counted.limits]


def every_path() -> list[str]:
    names = [os.fsdecode(name) for name in NAMES]
    return [
        "/",
        "/.",
        "/..",
        *(f"/{one}" for one in names),
        *(f"/{one}/{two}" for one in names[:5] for two in names[:5]),
        *(f"/{one}/../{two}" for one in names[:3] for two in names[:3]),
        "/etc/passwd",
        "/etc/group/x",
        "//etc//passwd/",
    ]


def same(wanted: list[Thing], folder: Path) -> None:
    root = folder / "root"
    (root / "etc").mkdir(parents=True)
    (root / "etc/passwd").write_bytes(PASSWD)
    (root / "etc/group").write_bytes(GROUP)
    make(root, wanted)
    rooted = RootedHost(str(root))
    recorder = Recorder(rooted)
    paths = every_path()
    direct = answers(rooted, paths)
    assert answers(recorder, paths) == direct
    for key in (0, 1000, 4711, "joe", "nobody"):
        assert recorder.passwd(key) == rooted.passwd(key)
        assert recorder.group(key) == rooted.group(key)
    assert recorder.group_list("joe", 1000) == (1000, 50)
    list(recorder.processes())
    recorder.listeners()
    save(recorder.recording(), str(folder / "recorded"), "test")
    recorded = RecordedHost(str(folder / "recorded"))
    for before, after in zip(direct, answers(recorded, paths), strict=True):
        assert _without_data(after) == _without_data(before)
    for key in (0, 1000, 4711, "joe", "nobody"):
        assert recorded.passwd(key) == rooted.passwd(key)
        assert recorded.group(key) == rooted.group(key)
    assert recorded.group_list("joe", 1000) == (1000, 50)
    assert (recorded.platform, recorded.live) == (rooted.platform, rooted.live)


def _without_data(answer: object) -> object:
    """Inode numbers are no facts about a machine, and contents that may be secrets are replaced."""
    if isinstance(answer, bytes):
        return bytes
    if hasattr(answer, "inode"):
        size = answer.size if answer.kind is FileKind.FILE else 0  # type: ignore[attr-defined]
        return (answer.kind, answer.mode, answer.uid, answer.gid, size)  # type: ignore[attr-defined]
    return answer


@settings(max_examples=25)
@given(wanted=things())
def test_mounted_and_recorded(wanted: list[Thing]) -> None:
    with TemporaryDirectory() as folder:
        same(wanted, Path(folder))


@settings(max_examples=25)
@given(wanted=things())
def test_live_and_mounted(wanted: list[Thing]) -> None:
    """Without absolute links, and without those that climb out, a prefix makes no difference."""
    inside = [t for t in wanted if t.kind != "link" or (b"/" not in t.data and b".." not in t.data)]
    with TemporaryDirectory() as folder:
        root = Path(os.path.realpath(folder)) / "root"
        (root / "etc").mkdir(parents=True)
        make(root, inside)
        paths = [path for path in every_path() if ".." not in path and path != "/."]
        assert answers(LocalHost(), paths[1:], str(root)) == answers(RootedHost(str(root)), paths[1:])
