"""Whose each program is, as dpkg, rpm, apk, pacman and Homebrew say."""

import os
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st
from memory_host import MemoryHost

from privaudit.collect.packages import Packages, apk, dpkg, rpm
from privaudit.collect.packages.candidates import ranked
from privaudit.host.local import LocalHost
from privaudit.model.service import Package
from privaudit.model.unknown import Limit

INFO = "/var/lib/dpkg/info"


@pytest.fixture
def debian() -> MemoryHost:
    host = MemoryHost().link("/bin", "usr/bin").link("/sbin", "usr/sbin").link("/lib", "usr/lib")
    host.file(
        "/var/lib/dpkg/status",
        "Package: openssh-server\nStatus: install ok installed\nVersion: 1:9.2p1-2\n\n"
        "Package: nothing\nStatus: deinstall ok config-files\n\n"
        "Package: util-linux\nVersion: 2.38\n",
    )
    host.file(f"{INFO}/openssh-server.list", "/.\n/usr\n/usr/sbin\n/usr/sbin/sshd\n").file("/usr/sbin/sshd")
    host.file(f"{INFO}/util-linux.list", "/.\n/sbin\n/sbin/agetty\n").file("/usr/sbin/agetty")
    host.file(f"{INFO}/nothing.list", "/etc/nothing\n").file(f"{INFO}/openssh-server.postinst")
    return host


def owner(host: MemoryHost, path: str) -> Package | None:
    return Packages(host).owners({path}).get(path)


def test_a_program_of_a_package(debian: MemoryHost) -> None:
    assert owner(debian, "/usr/sbin/sshd") == Package("dpkg", "openssh-server", "1:9.2p1-2")


@pytest.mark.parametrize("path", ["/usr/sbin/agetty", "/sbin/agetty"])
def test_both_names_of_a_merged_usr(debian: MemoryHost, path: str) -> None:
    assert owner(debian, path) == Package("dpkg", "util-linux", "2.38")


def test_part_of_a_path_is_no_match(debian: MemoryHost) -> None:
    debian.file("/usr/sbin/ssh")
    assert owner(debian, "/usr/sbin/ssh") is None


def test_a_way_that_breaks_off_is_no_match_for_the_folder(debian: MemoryHost) -> None:
    debian.link("/usr/bin/loop", "loop")
    assert owner(debian, "/usr/bin/loop") is None
    assert owner(debian, "/usr/sbin/sshd/x") is None


def test_a_package_without_a_version(debian: MemoryHost) -> None:
    debian.file(f"{INFO}/odd.list", "/usr/bin/odd\n").file("/usr/bin/odd")
    debian.file(f"{INFO}/nothing.list", "/usr/bin/nil\n").file("/usr/bin/nil")
    assert owner(debian, "/usr/bin/odd") == Package("dpkg", "odd", "")
    assert owner(debian, "/usr/bin/nil") == Package("dpkg", "nothing", "")  # not the next one's version


def test_an_alternative_is_followed(debian: MemoryHost) -> None:
    debian.link("/usr/bin/java", "/etc/alternatives/java").link(
        "/etc/alternatives/java", "/usr/lib/jvm/17/bin/java"
    )
    debian.file("/usr/lib/jvm/17/bin/java").file(
        f"{INFO}/openjdk-17-jre-headless:amd64.list", "/usr/lib/jvm/17/bin/java\n"
    )
    assert owner(debian, "/usr/bin/java") == Package("dpkg", "openjdk-17-jre-headless", "")


def test_diversions(debian: MemoryHost) -> None:
    debian.file(
        "/var/lib/dpkg/diversions", "/usr/bin/x\n/usr/bin/x.real\nwrapper\n/usr/bin/y\n/usr/bin/y.bak\n:\n"
    )
    debian.file(f"{INFO}/x.list", "/usr/bin/x\n/usr/bin/y\n").file(f"{INFO}/wrapper.list", "/usr/bin/x\n")
    for name in ("x", "x.real", "y", "y.bak"):
        debian.file(f"/usr/bin/{name}")
    found = Packages(debian).owners({f"/usr/bin/{name}" for name in ("x", "x.real", "y", "y.bak")})
    assert {path: package.name for path, package in found.items()} == {
        "/usr/bin/x": "wrapper",
        "/usr/bin/x.real": "x",
        "/usr/bin/y.bak": "x",  # diverted by the administrator: what stands at y is nobody's
    }


def test_few_lists_are_read(debian: MemoryHost) -> None:
    for number in range(200):
        debian.file(f"{INFO}/libfoo{number}.list", "/usr/lib/foo\n")
    owner(debian, "/usr/sbin/sshd")
    assert len([path for path in debian.reads if path.endswith(".list")]) < 10


def test_what_no_package_can_own_is_not_looked_for(debian: MemoryHost) -> None:
    assert owner(debian, "/usr/local/bin/x") is None
    assert debian.reads == []


def test_a_database_that_cannot_be_read_is_a_limit(debian: MemoryHost) -> None:
    debian.denied.add(INFO)
    packages = Packages(debian)
    assert packages.owners({"/usr/sbin/sshd"}) == {}
    assert packages.limits == (Limit(INFO, "permission denied"),)


def test_no_database_no_owner_no_limit() -> None:
    packages = Packages(MemoryHost())
    assert packages.owners({"/usr/bin/x"}) == {}
    assert packages.limits == ()


def test_packages_that_their_path_names() -> None:
    paths = {
        "/opt/homebrew/Cellar/mysql/9.3.0_1/bin/mysqld": Package("homebrew", "mysql", "9.3.0_1"),
        "/home/linuxbrew/.linuxbrew/Cellar/redis/8.0.1/bin/redis-server": Package(
            "homebrew", "redis", "8.0.1"
        ),
        "/snap/lxd/24322/bin/lxd": Package("snap", "lxd", "24322"),
        "/nix/store/0123456789abcdfghijklmnpqrsvwxyz-nginx-1.26.0/bin/nginx": Package(
            "nix", "nginx", "1.26.0"
        ),
    }
    assert Packages(MemoryHost()).owners(paths) == paths


def test_rpm_is_asked_once_for_all() -> None:
    host = MemoryHost().dir("/var/lib/rpm")
    output = (
        "file /usr/bin/mine is not owned by any package\n"
        "P\tnginx-core\t1:1.20-1.el9\nF\t/usr/sbin/nginx\nF\t/usr/share/x\n"
        "P\tbash\t5.1-1\nF\t/usr/bin/bash\n"
    )
    argv = ["/usr/bin/rpm", "-qf", "--qf", rpm._FORMAT, "/usr/bin/mine", "/usr/sbin/nginx"]
    host.command(argv, output, status=1)
    found = Packages(host).owners({"/usr/sbin/nginx", "/usr/bin/mine"})
    assert found == {"/usr/sbin/nginx": Package("rpm", "nginx-core", "1:1.20-1.el9")}
    assert len(host.asked) == 1


def test_rpm_s_database_of_an_image_is_a_limit() -> None:
    packages = Packages(MemoryHost(live=False).dir("/usr/lib/sysimage/rpm"))
    assert packages.owners({"/usr/sbin/nginx"}) == {}
    assert "image" in packages.limits[0].why


def test_alpine() -> None:
    host = MemoryHost().file(
        "/lib/apk/db/installed",
        "C:Q1\nP:nginx\nV:1.26.2-r0\nF:usr\nF:usr/sbin\nR:nginx\na:0:0:755\nZ:Q1\n\nP:base\nV:3\nF:\nR:init\n",
    )
    assert Packages(host).owners({"/usr/sbin/nginx", "/init", "/usr/sbin/x"}) == {
        "/usr/sbin/nginx": Package("apk", "nginx", "1.26.2-r0"),
        "/init": Package("apk", "base", "3"),
    }


def test_arch() -> None:
    host = MemoryHost().file(
        "/var/lib/pacman/local/nginx-mainline-1.27.0-1/files", "%FILES%\nusr/\nusr/bin/nginx\n"
    )
    host.file("/var/lib/pacman/local/ALPM_DB_VERSION", "9\n").dir("/var/lib/pacman/local/gone-1-1")
    assert owner(host, "/usr/bin/nginx") == Package("pacman", "nginx-mainline", "1.27.0-1")
    assert owner(host, "/usr/bin/none") is None


def test_the_likeliest_come_first() -> None:
    names = ["zlib1g", "postgresql-15", "openssh-server", "util-linux", "python3.11-minimal", "sshd"]
    assert ranked(names, ["/usr/sbin/sshd"])[:3] == ["sshd", "util-linux", "openssh-server"]
    assert ranked(names, ["/usr/lib/postgresql/15/bin/postgres"])[1] == "postgresql-15"
    assert sorted(ranked(names, [])) == sorted(names)


@given(st.binary(max_size=200))
def test_no_bytes_break_a_reader(data: bytes) -> None:
    paths = frozenset({"/usr/bin/x"})
    assert apk.parse(data, paths) is not None
    assert rpm.parse(data, paths) is not None
    assert dpkg.diversions(data) is not None


@pytest.mark.skipif(not os.path.exists("/usr/bin/dpkg-query"), reason="needs a Debian system")
def test_dpkg_itself_says_the_same() -> None:
    paths = [path for path in ("/usr/bin/dpkg", "/usr/sbin/agetty", "/usr/bin/env") if os.path.exists(path)]
    found = Packages(LocalHost()).owners(paths)
    for path in paths:
        names = dpkg.aliases(path)
        said = subprocess.run(
            ["/usr/bin/dpkg-query", "-S", *names], capture_output=True, text=True, timeout=60, check=False
        )
        packages = {line.partition(":")[0] for line in said.stdout.splitlines()}
        assert (path in found) == bool(packages)
        assert not packages or found[path].name in packages
