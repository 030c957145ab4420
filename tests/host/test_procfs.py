"""Processes from a /proc: this machine's own, and one made of files."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from privaudit.host import procfs
from privaudit.model.process import Ids

STAT = "{pid} ({comm}) S 1 1 1 0 -1 {flags} 0 0 0 0 0 0 0 0 20 0 1 0 250 0 0"


def make(proc: Path, pid: int, comm: str = "x", flags: int = 0, **files: bytes) -> Path:
    folder = proc / str(pid)
    (folder / "ns").mkdir(parents=True)
    (folder / "stat").write_text(STAT.format(pid=pid, comm=comm, flags=flags))
    (folder / "status").write_bytes(
        b"Name:\tx\nUid:\t0\t1\t2\t1\nGid:\t3\t4\t5\t4\nGroups:\t6 7 \nNStgid:\t1\n"
    )
    (folder / "cmdline").write_bytes(b"/usr/bin/x\0-a\0\0")
    (folder / "cgroup").write_bytes(b"0::/system.slice/x.service\n")
    (folder / "ns" / "pid").symlink_to("pid:[1]")
    (folder / "ns" / "user").symlink_to("user:[1]")
    (folder / "exe").symlink_to("/usr/bin/x")
    for name, data in files.items():
        (folder / name).write_bytes(data)
    return folder


@pytest.fixture
def proc(tmp_path: Path) -> Path:
    (tmp_path / "stat").write_text("cpu 1 2\nintr " + "0 " * 50_000 + "\nbtime 1000\n")
    own = tmp_path / "self" / "ns"
    own.mkdir(parents=True)
    (own / "pid").symlink_to("pid:[1]")
    (own / "user").symlink_to("user:[1]")
    (tmp_path / "self" / "status").write_text("Name:\tscan\nNSpid:\t9\n")
    return tmp_path


def test_a_process(proc: Path) -> None:
    make(proc, 70)
    (row,) = procfs.processes(str(proc))
    assert (row.pid, row.ppid, row.uids, row.gids, row.groups) == (70, 1, Ids(0, 1, 2), Ids(3, 4, 5), (6, 7))
    assert (row.program, row.argv) == ("/usr/bin/x", ("/usr/bin/x", "-a", ""))
    assert row.control_group == "/system.slice/x.service"
    assert row.started == 1000 + 250 / os.sysconf("SC_CLK_TCK")
    assert (row.foreign_pid_namespace, row.foreign_user_namespace, row.kernel) == (False, False, False)


def test_a_name_made_to_confuse(proc: Path) -> None:
    make(proc, 70, comm="a) R 0 (b")
    (row,) = procfs.processes(str(proc))
    assert (row.name, row.ppid) == ("a) R 0 (b", 1)


def test_other_namespaces(proc: Path) -> None:
    folder = make(proc, 70)
    (folder / "ns" / "pid").unlink()
    (folder / "ns" / "pid").symlink_to("pid:[2]")
    (folder / "ns" / "user").unlink()
    (row,) = procfs.processes(str(proc))
    assert row.foreign_pid_namespace
    assert not row.foreign_user_namespace  # it cannot be read: nothing is said


@pytest.mark.parametrize(("pids", "foreign"), [(b"70", False), (b"70\t1", True)])
def test_a_container_shows_where_its_namespace_may_not_be_read(
    proc: Path,
    pids: bytes,
    foreign: bool,  # noqa: FBT001 - expected
) -> None:
    status = b"Uid:\t0\t0\t0\t0\nGid:\t0\t0\t0\t0\nGroups:\t\nNStgid:\t70\nNSpid:\t" + pids + b"\n"
    (make(proc, 70, status=status) / "ns" / "pid").unlink()
    (row,) = procfs.processes(str(proc))
    assert row.foreign_pid_namespace is foreign


def test_a_kernel_thread_has_no_program(proc: Path) -> None:
    make(proc, 2, flags=0x00200000)
    (row,) = procfs.processes(str(proc))
    assert row.kernel
    assert (row.program, row.argv) == (None, ())


def test_the_hierarchy_of_systemd_comes_before_the_unified_one(proc: Path) -> None:
    make(proc, 70, cgroup=b"12:pids:/a\n1:name=systemd:/b:c\n0::/d\n")
    make(proc, 71, cgroup=b"12:pids:/a\n")
    first, second = procfs.processes(str(proc))
    assert (first.control_group, second.control_group) == ("/b:c", None)


def test_the_unified_hierarchy_counts_where_that_of_systemd_is_mounted_but_not_used(proc: Path) -> None:
    # a Debian 13, which uses nothing but the unified one, with name=systemd mounted for old containers
    make(proc, 70, cgroup=b"1:name=systemd:/\n0::/system.slice/dovecot.service\n")
    make(proc, 71, cgroup=b"1:name=systemd:/\n")
    make(proc, 72, cgroup=b"1:name=systemd:/init.scope\n0::/\n")
    make(proc, 73, cgroup=b"1:name=systemd:/../..\n0::/system.slice/dovecot.service\n")  # by nsenter(1)
    found = [row.control_group for row in procfs.processes(str(proc))]
    unit = "/system.slice/dovecot.service"
    assert found == [unit, "/", "/init.scope", unit]


def test_arguments_are_bounded_and_groups_are_not(proc: Path) -> None:
    groups = (
        b"Uid:\t0\t0\t0\t0\nGid:\t0\t0\t0\t0\nGroups:\t" + b" ".join(b"%d" % n for n in range(30_000)) + b"\n"
    )
    make(proc, 70, cmdline=b"x" * (1 << 20), status=groups)
    (row,) = procfs.processes(str(proc))
    assert len(row.argv[0]) == 1 << 16
    assert len(row.groups) == 30_000


def test_one_that_ends_meanwhile_is_left_out(proc: Path) -> None:
    make(proc, 70, stat=b"")
    make(proc, 71, status=b"Name:\tx\n")
    (make(proc, 72) / "cgroup").unlink()
    make(proc, 73)
    (proc / "74").write_text("no folder")
    assert [row.pid for row in procfs.processes(str(proc))] == [73]


@pytest.mark.skipif(sys.platform != "linux", reason="reads this machine's /proc")
def test_this_machine_and_a_child_of_ours() -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", "import sys; print(); sys.stdout.flush(); sys.stdin.read()", "ä b"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        assert child.stdout is not None
        child.stdout.readline()
        rows = {row.pid: row for row in procfs.processes()}
    finally:
        child.communicate(timeout=60)
    row = rows[child.pid]
    assert row.ppid == os.getpid()
    assert row.argv[-1] == "ä b"
    assert row.program == os.path.realpath(sys.executable)
    assert row.uids == Ids(*os.getresuid())
    assert row.started > 0
