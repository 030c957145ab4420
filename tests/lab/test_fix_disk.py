"""The disk of a machine that does not run: fixed where it is mounted, and right from its next boot on."""

import json
from collections.abc import Iterator

import pytest
from lab.broken import GIVEN, mariadb_of_joe, picture, rows, uid_of, uids_of
from lab.machine import Machine
from lab.session import Lab

UNITS = "/etc/systemd/system"


@pytest.fixture(scope="module")
def machine(lab: Lab) -> Iterator[Machine]:
    with lab.boot("mariadb") as booted:
        yield booted


def test_a_disk_is_fixed_undone_and_fixed(machine: Machine) -> None:
    """The disk: the machine's own files once more below /mnt, bound there without what is mounted in it."""
    checksum = mariadb_of_joe(machine)
    machine.run(["systemctl", "stop", "mariadb.service"])
    machine.sh("mkdir -p /mnt/disk; mount --bind / /mnt/disk; mount --make-private /mnt/disk")
    before = picture(machine, *GIVEN[:2], UNITS)
    root = ("--root", "/mnt/disk")
    shown = machine.privaudit("fix", "mysql", *root, "--dry-run")
    assert shown.returncode == 0, shown.stdout + shown.stderr
    assert "from the next boot on" in shown.stdout
    fixed = machine.privaudit("fix", "mysql", *root, "--yes", "--format", "json")
    assert fixed.returncode == 0, fixed.stdout + fixed.stderr
    kinds = [step["kind"] for step in json.loads(fixed.stdout)["plan"]["steps"]]
    assert kinds == ["GiveTrees", "WriteFile", "Rescan"]
    assert not [p for p, how in picture(machine, *GIVEN[:2]).items() if how.startswith("joe:")]
    assert machine.run(["systemctl", "is-active", "mariadb"], check=False).stdout == "inactive\n"
    again = machine.privaudit("fix", "mysql", *root, "--yes")
    assert (again.returncode, again.stdout) == (0, "mariadb.service: nothing to do\n")

    undone = machine.privaudit("undo", *root, "--yes")
    assert undone.returncode == 0, undone.stdout + undone.stderr
    assert picture(machine, *GIVEN[:2], UNITS) == before

    assert machine.privaudit("fix", "mysql", *root, "--yes").returncode == 0
    machine.sh("umount /mnt/disk; chown mysql:mysql /run/mysqld; systemctl daemon-reload")
    machine.run(["systemctl", "start", "mariadb.service"])
    assert uids_of(machine, "mariadb.service") == {uid_of(machine, "mysql")}
    assert rows(machine) == checksum
    machine.run(["systemctl", "stop", "mariadb.service"])
    assert machine.privaudit("undo", "--yes").returncode == 0
    assert picture(machine, *GIVEN[:2], UNITS) == before
