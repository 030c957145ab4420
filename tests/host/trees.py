"""Trees on a real file system for tests of hosts: made from a description that hypothesis can shrink."""

import os
import socket
from dataclasses import dataclass
from pathlib import Path

from hypothesis import strategies as st

NAMES = [
    b"a",
    b"b",
    b"etc",
    b"x.conf",
    b"\xff\xfe",
    b"n\nl",
    b"e\x1b[2J",
    "ü".encode(),
    b"back\\slash",
    b"%",
    b"c:d",
]
"""Plain, hostile and wrongly encoded names."""
TARGETS = [
    b"a",
    b"../b",
    b"/etc",
    b"/",
    b"..",
    b"../../../../../../etc/passwd",
    b"/etc/passwd",
    b"b/../a",
    b".",
]


@dataclass(frozen=True)
class Thing:
    """One entry to be made below a folder."""

    parts: tuple[bytes, ...]
    kind: str
    mode: int
    data: bytes
    owner: int


def things() -> st.SearchStrategy[list[Thing]]:
    return st.lists(
        st.builds(
            Thing,
            parts=st.lists(st.sampled_from(NAMES), min_size=1, max_size=3).map(tuple),
            kind=st.sampled_from(["file", "file", "folder", "link", "link", "fifo", "socket", "sparse"]),
            mode=st.sampled_from([0o644, 0o600, 0o755, 0o4755, 0o1777, 0o000, 0o660]),
            data=st.one_of(st.binary(max_size=40), st.sampled_from(TARGETS)),
            owner=st.sampled_from([0, 0, 1000, 65534]),
        ),
        max_size=14,
    )


def make(top: Path, wanted: list[Thing]) -> None:
    """Make what can be made; what stands in the way of something stays."""
    for thing in wanted:
        path = os.fsencode(top) + b"/" + b"/".join(thing.parts)
        folder = os.path.dirname(path)
        if os.path.lexists(path) or not _real_folder(top, thing.parts[:-1]):
            continue
        os.makedirs(folder, exist_ok=True)
        _make(path, thing)
        if os.geteuid() == 0:
            os.lchown(path, thing.owner, thing.owner)
        if thing.kind not in {"link", "socket"}:
            os.chmod(path, thing.mode)


def _real_folder(top: Path, parts: tuple[bytes, ...]) -> bool:
    path = os.fsencode(top)
    for part in parts:
        path += b"/" + part
        if os.path.lexists(path) and (os.path.islink(path) or not os.path.isdir(path)):
            return False
    return True


def _make(path: bytes, thing: Thing) -> None:
    if thing.kind == "folder":
        os.mkdir(path)
    elif thing.kind == "link":
        os.symlink(thing.data.replace(b"\0", b"") or b"a", path)
    elif thing.kind == "fifo":
        os.mkfifo(path)
    elif thing.kind == "socket":
        _socket(path)
    else:
        with open(path, "wb") as file:
            file.write(thing.data)
            if thing.kind == "sparse":
                file.truncate(2 << 30)


def _socket(path: bytes) -> None:
    """Bind through the folder's descriptor: the path may be longer than a socket's address."""
    folder = os.open(os.path.dirname(path), os.O_RDONLY | os.O_DIRECTORY)
    try:
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(f"/proc/self/fd/{folder}/".encode() + os.path.basename(path))
    finally:
        os.close(folder)
