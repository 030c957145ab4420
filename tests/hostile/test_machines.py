"""Hostile machines beyond single files: names, crowds, swaps while they are read, closed folders, chance."""

import os
import threading
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from host.trees import make, things
from hostile import inputs
from hostile.scan_child import TRAP, as_nobody, check, live, offline
from hypothesis import given, settings
from hypothesis import strategies as st

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="enters a machine by chroot: needs root")

NAMES = (
    *(
        b"\n",
        b"\x1b[2J",
        b"\x1b]0;x\x07",
        b"\xff\xfe",
        b"\x9b31m",
        "\u202e".encode(),
        "\u2028".encode(),
        b"a b",
    ),
    *(
        b"'",
        b'"',
        b"\\",
        b"$(id)",
        b"`id`",
        b"%n%s%",
        b"-rf",
        b"*",
        b"[",
        b"{}",
        b"a" * 240,
        b"\xe2\x80",
        b"\r\n",
    ),
    *(b"@", b"@@", b"x@\n", b".", b"\x7f", "\u200b".encode(), b"\t", b"=", b":"),
)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "machine"
    folder.mkdir()
    inputs.machine(folder)
    return folder


@pytest.mark.parametrize("scan", [live, offline])
def test_names(root: Path, scan: Callable[[Path], object]) -> None:
    """All at once, as units, drop-ins, programs, folders of data and homes."""
    top = os.fsencode(root)
    for name in NAMES:
        for folder, suffix in (
            (b"etc/systemd/system", b".service"),
            (b"etc/init.d", b""),
            (b"etc/nginx", b".conf"),
        ):
            os.makedirs(top + b"/" + folder, exist_ok=True)
            with open(top + b"/" + folder + b"/x" + name + suffix, "wb") as file:
                file.write(b"[Service]\nUser=joe\nExecStart=/usr/bin/x" + name + b" " + name + b"\n")
        for folder in (b"var/lib/mysql/", b"home/", b"etc/systemd/system/x.service.d/"):
            os.makedirs(top + b"/" + folder + b"x" + name)
        with open(top + b"/usr/bin/x" + name, "wb") as file:
            file.write(b"#!/bin/" + name)
        os.chown(top + b"/usr/bin/x" + name, 1000, 1000)
    check(scan(root))  # type: ignore[arg-type]


def test_a_crowded_folder(root: Path) -> None:
    """More entries than a listing may have: named, and the rest of the machine is judged."""
    folder = root / "etc/systemd/system"
    for number in range(100_100):
        os.mknod(folder / f"{number}.conf")
    outcome = offline(root)
    check(outcome)
    assert outcome.names("/etc/systemd/system")
    assert "mariadb.service" in outcome.shown


def test_deep_folders(root: Path) -> None:
    """Data 1500 folders deep: named, and not walked down for ever."""
    top = os.open(root / "var/lib/mysql", os.O_RDONLY)
    try:
        here = os.dup(top)
        for _ in range(1500):
            os.mkdir("d", dir_fd=here)
            below = os.open("d", os.O_RDONLY, dir_fd=here)
            os.close(here)
            here = below
        os.close(here)
        outcome = offline(root)
    finally:
        _flatten(top)
        os.close(top)
    check(outcome)
    assert any("deeper than" in why for _, why in outcome.limits)


def _flatten(top: int) -> None:
    """Take the chain apart from above: what removes a test's folders would recurse into it."""
    os.rename("d", "e", src_dir_fd=top, dst_dir_fd=top)
    here = os.open("e", os.O_RDONLY, dir_fd=top)
    while os.listdir(here):
        os.rename("d", "f", src_dir_fd=here, dst_dir_fd=top)
        os.rmdir("e", dir_fd=top)
        os.rename("f", "e", src_dir_fd=top, dst_dir_fd=top)
        os.close(here)
        here = os.open("e", os.O_RDONLY, dir_fd=top)
    os.close(here)


def test_denied_in_the_middle(root: Path) -> None:
    """Without rights: what is closed is named, and no verdict is given on it."""
    for folder in (root.parent, *root.parents[1:3]):
        folder.chmod(0o755)
    for place in ("etc/nginx", "etc/systemd/system/x.service", "var/lib/mysql", "home"):
        (root / place).mkdir(exist_ok=True) if not (root / place).exists() else None
        (root / place).chmod(0)
    outcome = as_nobody(root)
    check(outcome)
    for place in ("/etc/nginx", "/etc/systemd/system/x.service"):
        assert outcome.names(place), (place, outcome.limits)


@pytest.mark.parametrize("place", ["etc/systemd/system", "etc/nginx", "home/joe/.config"])
def test_swapped_while_it_is_read(root: Path, place: str) -> None:
    """A folder that becomes a link out of the machine and back, all the time."""
    folder = root / place
    folder.mkdir(parents=True, exist_ok=True)
    link = root / "link"
    link.symlink_to(root.parent / "outside")
    stop = threading.Event()

    def flip() -> None:
        while not stop.is_set():
            os.rename(folder, root / "kept")
            os.rename(link, folder)
            os.rename(folder, link)
            os.rename(root / "kept", folder)

    swapper = threading.Thread(target=flip)
    swapper.start()
    try:
        for _ in range(8):
            check(offline(root))
    finally:
        stop.set()
        swapper.join()


LINES = (
    *(
        "[Service]",
        "[Unit]",
        "[Install]",
        "[",
        "]",
        "",
        "User=joe",
        "User=",
        "User=%i",
        "Group=0",
        "DynamicUser=yes",
    ),
    *(
        "ExecStart=",
        "ExecStart=/usr/bin/tool",
        "ExecStart=+!!@-:/usr/bin/tool a b",
        "ExecStart=/usr/bin/tool \\",
        "\\",
    ),
    *(
        "EnvironmentFile=-/etc/default/x",
        "EnvironmentFile=/../../outside/list",
        "RootDirectory=/",
        "SourcePath=/x",
    ),
    *(
        "User=\x1b[31m",
        "\x00",
        "=",
        "Alias=nginx.service",
        "WantedBy=multi-user.target",
        ".include /etc/passwd",
    ),
    *(
        f"# {TRAP[:4]}",
        "StateDirectory=../../x",
        "WorkingDirectory=~",
        "SupplementaryGroups=a b c",
        "User=\ud800",
    ),
)


@settings(max_examples=60)
@given(
    unit=st.lists(st.one_of(st.sampled_from(LINES), st.text(max_size=30)), max_size=12),
    tree=things(),
    place=st.sampled_from(["etc/systemd/system", "home/joe", "etc/nginx", "var/lib/mysql", "etc"]),
    inside=st.booleans(),
)
def test_by_chance(unit: list[str], tree: list[object], place: str, inside: bool) -> None:  # noqa: FBT001
    with TemporaryDirectory() as folder:
        root = Path(folder) / "machine"
        root.mkdir()
        inputs.machine(root)
        (root / place).mkdir(parents=True, exist_ok=True)
        text = "\n".join(unit).encode("utf-8", "surrogatepass")
        (root / "etc/systemd/system/x.service").write_bytes(text)
        (root / "etc/systemd/system/y@.service").write_bytes(text)
        make(root / place, tree)  # type: ignore[arg-type]
        check((live if inside else offline)(root))
