"""Who installed a program on a Mac."""

import sqlite3

import pytest
from memory_host import MemoryHost

from privaudit.collect.packages import Packages
from privaudit.collect.packages.mac import REGISTRY, registry_owners
from privaudit.host import HostError, Platform
from privaudit.model.service import Package

MYSQLD = "/opt/local/lib/mysql8/bin/mysqld"


def registry(*rows: tuple[str, str, int]) -> bytes:
    """Make what MacPorts keeps: path, port, whether it is active."""
    with sqlite3.connect(":memory:") as made:
        made.execute("CREATE TABLE ports (id INTEGER PRIMARY KEY, name TEXT, version TEXT, revision INTEGER)")
        made.execute("CREATE TABLE files (id INTEGER, actual_path TEXT, active INT)")
        for number, (path, port, active) in enumerate(rows):
            made.execute("INSERT INTO ports VALUES (?, ?, '8.0.41', 2)", (number, port))
            made.execute("INSERT INTO files VALUES (?, ?, ?)", (number, path, active))
        made.commit()
        data = bytes(made.serialize())
    made.close()
    return data


@pytest.fixture
def mac() -> MemoryHost:
    host = MemoryHost(platform=Platform.DARWIN)
    host.file("/opt/homebrew/Cellar/mysql/9.4.0/bin/mysqld", mode=0o755)
    host.link("/opt/homebrew/opt/mysql", "../Cellar/mysql/9.4.0")
    host.link("/usr/local/mysql", "/usr/local/mysql-8.0.36-macos14-arm64")
    host.file("/usr/local/mysql-8.0.36-macos14-arm64/bin/mysqld", mode=0o755)
    host.file("/Library/PostgreSQL/16/bin/postgres", mode=0o755)
    host.file(MYSQLD, mode=0o755)
    host.file("/usr/sbin/cupsd", mode=0o755)
    return host


@pytest.mark.parametrize(
    ("path", "package"),
    [
        ("/opt/homebrew/opt/mysql/bin/mysqld", Package("homebrew", "mysql", "9.4.0")),
        ("/usr/local/opt/redis/bin/redis-server", Package("homebrew", "redis")),
        ("/usr/local/mysql/bin/mysqld", Package("oracle", "mysql", "8.0.36")),
        ("/Library/PostgreSQL/16/bin/postgres", Package("edb", "postgresql", "16")),
        ("/usr/sbin/cupsd", None),
    ],
)
def test_paths_tell_who_installed_them(mac: MemoryHost, path: str, package: Package | None) -> None:
    packages = Packages(mac)
    assert packages.owners([path]).get(path) == package
    assert packages.limits == ()


def test_macports_is_asked_by_its_registry(mac: MemoryHost) -> None:
    mac.file(REGISTRY, registry((MYSQLD, "mysql8", 1), ("/opt/local/old", "mysql57", 0)))
    packages = Packages(mac)
    assert packages.owners([MYSQLD]) == {MYSQLD: Package("macports", "mysql8", "8.0.41_2")}
    assert packages.limits == ()


def test_a_registry_in_the_form_of_a_log_is_read_too() -> None:
    data = bytearray(registry((MYSQLD, "mysql8", 1)))
    data[18:20] = b"\x02\x02"
    assert registry_owners(bytes(data), {MYSQLD: MYSQLD})[MYSQLD].name == "mysql8"


def test_a_file_that_no_active_port_has_is_nobodys(mac: MemoryHost) -> None:
    mac.file(REGISTRY, registry((MYSQLD, "mysql8", 0)))
    assert Packages(mac).owners([MYSQLD]) == {}


@pytest.mark.parametrize("changes", [{"uid": 501}, {"mode": 0o664}])
def test_a_registry_that_others_may_write_is_not_opened(mac: MemoryHost, changes: dict[str, int]) -> None:
    mac.file(REGISTRY, registry((MYSQLD, "mysql8", 1))).change(REGISTRY, **changes)
    packages = Packages(mac)
    assert packages.owners([MYSQLD]) == {}
    (limit,) = packages.limits
    assert limit.why == f"not looked into: others than root may change {REGISTRY}"


@pytest.mark.parametrize("data", [b"", b"SECRET", b"SQLite format 3\0" + b"x" * 4096])
def test_what_is_no_registry_is_named(data: bytes) -> None:
    with pytest.raises(HostError, match=r"not a registry of MacPorts that can be read"):
        registry_owners(data, {MYSQLD: MYSQLD})


def test_without_a_registry_nobody_is_known(mac: MemoryHost) -> None:
    packages = Packages(mac)
    assert (packages.owners([MYSQLD]), packages.limits) == ({}, ())
