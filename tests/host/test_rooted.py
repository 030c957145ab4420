"""A mounted machine: nothing outside its folder is ever read, whatever its links say, however they change."""

import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from privaudit.host import HostError, Missing, Platform
from privaudit.host.rooted import RootedHost

SECRET = b"outside\n"


@pytest.fixture
def disk(tmp_path: Path) -> Path:
    """A machine in a folder, and beside it what must never be read."""
    root = tmp_path / "disk"
    for folder in ("etc", "usr/lib", "var/lib", "home/joe"):
        (root / folder).mkdir(parents=True)
    (root / "etc/passwd").write_text("root:x:0:0::/root:/bin/sh\njoe:x:4321:4321::/home/joe:/bin/sh\n")
    (root / "etc/group").write_text("joe:x:4321:\n")
    (root / "etc/hostname").write_text("# name\nweb1\n")
    for trap in ("secret", "etc-secret"):
        (tmp_path / trap).mkdir()
        (tmp_path / trap / "file").write_bytes(SECRET)
    return root


def attempts(host: RootedHost, path: str) -> Iterator[object]:
    asks: tuple[Callable[[str], object], ...] = (
        host.read,
        host.head,
        host.listdir,
        host.lstat,
        host.census,
        host.readlink,
        host.acl,
    )
    for ask in asks:
        try:
            yield ask(path)
        except HostError:
            continue


@pytest.mark.parametrize(
    "text",
    [
        "{outside}/secret/file",
        "../../secret/file",
        "../../../../../../../../..{outside}/secret/file",
        "../secret/../../secret/file",
        "/proc/self/root{outside}/secret/file",
        "/proc/self/cwd/secret/file",
        "/dev/fd/0",
        "//{outside}//secret/./file",
        "/var/../../../..{outside}/secret",
    ],
)
def test_no_link_leads_out(disk: Path, text: str) -> None:
    for place in ("link", "etc/link", "var/lib/link"):
        (disk / place).symlink_to(text.format(outside=disk.parent))
    host = RootedHost(str(disk))
    for path in (
        "/link",
        "/etc/link",
        "/var/lib/link",
        "/link/file",
        "/../secret/file",
        "/etc/../../secret/file",
    ):
        for answer in attempts(host, path):
            assert answer != SECRET
            assert answer != ["file"]


def test_an_absolute_link_is_resolved_inside(disk: Path) -> None:
    (disk / "var/lib/names").symlink_to("/etc/passwd")
    (disk / "usr/lib/up").symlink_to("../../../../../../etc/hostname")
    host = RootedHost(str(disk))
    assert host.read("/var/lib/names").startswith(b"root:x:0")
    assert host.read("/usr/lib/up") == b"# name\nweb1\n"
    assert host.readlink("/var/lib/names") == "/etc/passwd"


def test_loops_and_chains_end(disk: Path) -> None:
    (disk / "etc/a").symlink_to("b")
    (disk / "etc/b").symlink_to("/etc/a")
    (disk / "etc/self").symlink_to("self/self/self")
    for number in range(60):
        (disk / f"etc/chain{number}").symlink_to(f"chain{number + 1}")
    host = RootedHost(str(disk))
    for path in ("/etc/a", "/etc/self", "/etc/chain0"):
        with pytest.raises(HostError, match="more than 40 links"):
            host.read(path)
    (disk / "etc/chain60").write_text("end")
    assert host.read("/etc/chain30") == b"end"


def test_a_folder_that_becomes_a_link_while_it_is_read(disk: Path) -> None:
    """Root reads what joe swaps under its hands: a folder for a link to the trap, a thousand times."""
    home = disk / "home/joe"
    (home / "conf").mkdir()
    (home / "conf/file").write_bytes(b"inside\n")
    (home / "link").symlink_to(disk.parent / "secret")
    stop = threading.Event()

    def flip() -> None:
        while not stop.is_set():
            os.rename(home / "conf", home / "folder")
            os.rename(home / "link", home / "conf")
            os.rename(home / "conf", home / "link")
            os.rename(home / "folder", home / "conf")

    host = RootedHost(str(disk))
    thread = threading.Thread(target=flip)
    thread.start()
    try:
        for _ in range(1500):
            for answer in attempts(host, "/home/joe/conf/file"):
                assert answer != SECRET
            for answer in attempts(host, "/home/joe/conf"):
                assert answer != SECRET
    finally:
        stop.set()
        thread.join()


def test_names_are_the_disks_own(disk: Path) -> None:
    host = RootedHost(str(disk))
    joe = host.passwd("joe")
    assert joe is not None
    assert joe.uid == 4321
    assert host.passwd(os.getuid() or 4321) == joe
    assert host.passwd("daemon") is None
    assert host.group("joe") == host.group(4321)
    assert host.group_list("joe", 4321) == (4321,)
    assert host.hostname() == "web1"
    assert (host.platform, host.live, host.kernel()) == (Platform.LINUX, False, "")
    assert list(host.processes()) == []
    assert host.listeners() == ()


def test_a_disk_without_accounts_has_none(disk: Path) -> None:
    (disk / "etc/passwd").unlink()
    assert RootedHost(str(disk)).passwd(0) is None


def test_nothing_of_it_is_run(disk: Path) -> None:
    program = disk / "usr/lib/program"
    program.write_text(f"#!/bin/sh\ntouch {disk}/ran\n")
    program.chmod(0o755)
    with pytest.raises(Missing):
        RootedHost(str(disk)).run(["/usr/lib/program"])
    assert not (disk / "ran").exists()


def test_what_is_no_machine_is_refused(tmp_path: Path) -> None:
    with pytest.raises(HostError, match="holds no system"):
        RootedHost(str(tmp_path))
    with pytest.raises(Missing):
        RootedHost(str(tmp_path / "nowhere"))


def test_the_scanners_own_kernel_does_not_show() -> None:
    """`/proc` of a mounted machine is empty, or it is the scanner's."""
    with pytest.raises(Missing):
        RootedHost("/").read("/proc/self/status")
    assert RootedHost("/").listdir("/etc")


def test_names_that_no_encoding_has(disk: Path) -> None:
    host = RootedHost(str(disk))
    for path in ("/etc/\ud800", "/etc/\0", "relative", ""):
        with pytest.raises(HostError):
            host.lstat(path)
    (disk / os.fsdecode(b"etc/\xff\xfe")).write_bytes(b"x")
    assert host.read("/etc/\udcff\udcfe") == b"x"


class TestMac:
    @pytest.fixture
    def mac(self, tmp_path: Path) -> Path:
        """A data volume, mounted alone: it lacks the links of the system volume."""
        root = tmp_path / "Data"
        (root / "private/var/db/dslocal/nodes/Default").mkdir(parents=True)
        (root / "private/etc").mkdir()
        (root / "private/etc/hosts").write_text("127.0.0.1 localhost\n")
        (root / "Users/joe").mkdir(parents=True)
        return root

    def test_a_data_volume_alone(self, mac: Path) -> None:
        host = RootedHost(str(mac))
        assert host.platform is Platform.DARWIN
        assert host.read("/etc/hosts") == b"127.0.0.1 localhost\n"
        assert host.listdir("/var/db") == ["dslocal"]
        assert host.listdir("/Users") == ["joe"]

    def test_system_and_data_volume_together(self, tmp_path: Path) -> None:
        root = tmp_path / "Macintosh HD"
        (root / "System/Library/CoreServices").mkdir(parents=True)
        (root / "System/Library/CoreServices/SystemVersion.plist").write_text("")
        (root / "System/Volumes/Data/private/var/db").mkdir(parents=True)
        (root / "System/Volumes/Data/Library/LaunchDaemons").mkdir(parents=True)
        (root / "System/Volumes/Data/usr/local/bin").mkdir(parents=True)
        (root / "Library").mkdir()
        (root / "usr").mkdir()
        for name in ("etc", "var", "tmp"):
            (root / name).symlink_to(f"private/{name}")
        host = RootedHost(str(root))
        assert host.listdir("/Library") == ["LaunchDaemons"]
        assert host.listdir("/usr/local") == ["bin"]
        assert host.listdir("/var") == ["db"]
        assert host.readlink("/var") == "private/var"

    def test_its_name(self, mac: Path) -> None:
        settings = mac / "Library/Preferences/SystemConfiguration"
        settings.mkdir(parents=True)
        file = settings / "preferences.plist"
        file.write_bytes(
            b'<?xml version="1.0"?><plist version="1.0"><dict><key>System</key><dict><key>System</key>'
            b"<dict><key>ComputerName</key><string>mini</string></dict></dict></dict></plist>"
        )
        assert RootedHost(str(mac)).hostname() == "mini"
        for broken in (b"", b"<plist>", b"bplist00\xff", b"[" * 100_000):
            file.write_bytes(broken)
            assert RootedHost(str(mac)).hostname() == ""
