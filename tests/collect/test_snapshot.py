"""A whole collection on machines in memory: an image, a machine without root, one without any manager."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from memory_host import MemoryHost

from privaudit.collect.platform import parse, system_of
from privaudit.collect.snapshot import Half, collect
from privaudit.engine import load_catalogue
from privaudit.host import Denied, Platform
from privaudit.model.service import IdentityKind, Listener

JOE, MYSQL = 1000, 105


@pytest.fixture
def image() -> MemoryHost:
    host = MemoryHost(live=False).file("/etc/os-release", 'ID=debian\nVERSION_ID="12"\n')
    host.account("root", 0, home="/root", shell="/bin/bash").account("mysql", MYSQL)
    host.account("joe", JOE, home="/home/joe", shell="/bin/bash", shadow="$y$a$b").dir("/home/joe", uid=JOE)
    host.file(
        "/usr/lib/systemd/system/mariadb.service", "[Service]\nUser=mysql\nExecStart=/usr/sbin/mariadbd\n"
    )
    host.link("/lib", "usr/lib").link("/sbin", "usr/sbin").file("/usr/sbin/mariadbd", mode=0o755)
    host.file("/var/lib/dpkg/status", "Package: mariadb-server-core\nVersion: 1:10.11\n")
    host.file("/var/lib/dpkg/info/mariadb-server-core.list", "/usr/sbin/mariadbd\n")
    return host.dir("/var/lib/mysql", 0o755, MYSQL, MYSQL)


def test_a_stock_image(image: MemoryHost) -> None:
    found = collect(image, load_catalogue())
    (service,) = [service for service in found.services if service.id == "mariadb.service"]
    assert (service.runs_as.name, service.runs_as.kind, service.running) == (
        "mysql",
        IdentityKind.SERVICE,
        False,
    )
    assert service.package is not None
    assert (service.package.name, service.package.version) == ("mariadb-server-core", "1:10.11")
    assert found.machine.system == "debian 12"
    assert {account.name for account in found.accounts} >= {"root", "mysql"}


def test_an_image_in_which_a_drop_in_gives_it_to_a_person(image: MemoryHost) -> None:
    image.file("/etc/systemd/system/mariadb.service.d/joe.conf", "[Service]\nUser=joe\n")
    found = collect(image, load_catalogue(), ["mysql"])
    (service,) = found.services
    assert (service.runs_as.name, service.runs_as.kind) == ("joe", IdentityKind.PERSON)


def test_without_a_manager_listeners_are_services(image: MemoryHost) -> None:
    image.entries.pop("/usr/lib/systemd/system/mariadb.service")
    row = image.process(40, "/usr/sbin/mariadbd", uid=JOE)
    image.rows.append(replace(row, pid=41, foreign_pid_namespace=True))
    image.sockets.append(Listener("tcp", "0.0.0.0", 3306, 40, JOE))  # noqa: S104
    found = collect(image, load_catalogue())
    assert [(s.id, s.runs_as.name, s.profile) for s in found.services if s.running] == [
        ("mariadbd:3306", "joe", "mysql")
    ]
    assert found.containers == 1


def test_where_systemd_is_installed_but_does_not_run_what_runs_is_a_service(image: MemoryHost) -> None:
    image.live = True
    image.process(40, "/usr/sbin/mariadbd", uid=JOE)
    found = collect(image, load_catalogue())
    assert [(s.id, s.runs_as.name, s.profile) for s in found.services if s.running] == [
        ("mariadbd", "joe", "mysql")
    ]
    assert "systemd is not running: units were read from files" in {limit.why for limit in found.limits}


def test_what_cannot_be_seen_is_in_the_limits(image: MemoryHost, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: MemoryHost) -> tuple[Listener, ...]:
        raise Denied("/proc/net/tcp", "permission denied")

    monkeypatch.setattr(MemoryHost, "listeners", refuse)
    image.privileged = False
    image.denied |= {"/etc/shadow", "/var/lib/dpkg/info"}
    whats = {limit.what for limit in collect(image, load_catalogue()).limits}
    assert {"/proc/net/tcp", "/etc/shadow", "/var/lib/dpkg/info", "this scan"} <= whats


def test_told_what_is_looked_at(image: MemoryHost) -> None:
    told: list[str] = []
    collect(image, load_catalogue(), progress=told.append)
    assert told[:3] == ["accounts", "service managers", "processes"]
    assert "mariadb.service" in told


@pytest.mark.parametrize(
    ("text", "name", "layouts"),
    [
        ('ID=debian\nVERSION_ID="12"\n', "debian 12", ("debian",)),
        ('ID=ubuntu\nID_LIKE=debian\nVERSION_ID="24.04"\n', "ubuntu 24.04", ("debian",)),
        ('ID="rocky"\nID_LIKE="rhel centos fedora"\nVERSION_ID="9.4"\n', "rocky 9.4", ("rhel",)),
        ('ID="opensuse-leap"\nID_LIKE="suse opensuse"\n', "opensuse-leap", ("suse",)),
        ("ID=alpine\n", "alpine", ("alpine",)),
        ("# ID=debian\nnonsense\n", "", ()),
        ("ID=gentoo\n", "gentoo", ()),
    ],
)
def test_which_system_it_is(text: str, name: str, layouts: tuple[str, ...]) -> None:
    found = parse(text)
    assert (found.name, found.layouts) == (name, layouts)


def test_where_the_system_says_it() -> None:
    assert system_of(MemoryHost()).name == ""
    assert system_of(MemoryHost().file("/usr/lib/os-release", "ID=arch\n")).layouts == ("arch",)
    assert system_of(MemoryHost(platform=Platform.DARWIN)).layouts == ("macos",)


def test_packages_are_looked_for_meanwhile(image: MemoryHost) -> None:
    asked: list[Half] = []

    def meanwhile(work: Callable[[], Half]) -> Callable[[], Half]:
        asked.append(work())
        return lambda: asked[0]

    found = collect(image, load_catalogue(), meanwhile=meanwhile)
    (packages, _), share = asked[0]
    assert list(packages) == ["/usr/sbin/mariadbd"]
    assert len(share.services) == len(found.services)
    assert found.services == collect(image, load_catalogue()).services
