"""After a fix: what a package's scripts and people do to it, and that a scan says what was undone."""

from collections.abc import Iterator

import pytest
from lab.broken import failing, mariadb_of_joe, rows, signalled, uid_of, uids_of
from lab.machine import Machine
from lab.session import Lab

UNIT = "mariadb.service"
OURS = f"/etc/systemd/system/{UNIT}.d/zz-privaudit.conf"


@pytest.fixture(scope="module")
def machine(lab: Lab) -> Iterator[Machine]:
    with lab.boot("mariadb") as booted:
        booted.checksum = mariadb_of_joe(booted)  # type: ignore[attr-defined]
        yield booted


@pytest.fixture(scope="module")
def _fixed(machine: Machine) -> None:
    fixed = machine.privaudit("fix", "mysql", "--yes")
    assert fixed.returncode == 0, fixed.stdout + fixed.stderr


def is_right(machine: Machine) -> None:
    assert "fix-was-undone" not in failing(machine, "mysql")
    assert uids_of(machine, UNIT) == {uid_of(machine, "mysql")}
    assert rows(machine) == machine.checksum  # type: ignore[attr-defined]


def scanned(machine: Machine) -> str:
    """The report for people, as if its lines were never broken."""
    return " ".join(machine.privaudit("scan", "--service", "mysql").stdout.split())


def test_one_that_was_cut_short_is_critical_with_the_line_that_mends_it(machine: Machine) -> None:
    signalled(machine, "SIGKILL", "write")
    said = scanned(machine)
    assert "CRITICAL" in said
    assert "a fix was cut short: mysql-1 of mariadb.service [fix-cut-short]" in said
    assert "privaudit undo" in said
    assert machine.privaudit("undo", "--yes").returncode == 0
    assert "fix-cut-short" not in scanned(machine)
    assert uids_of(machine, UNIT) == {uid_of(machine, "joe")}


@pytest.mark.usefixtures("_fixed")
def test_the_package_is_configured_anew(machine: Machine) -> None:
    known = machine.sh("dpkg-query -W -f '${db:Status-Abbrev} ${Package}\\n' 'mariadb-server*'").stdout
    packages = [line.split()[1] for line in known.splitlines() if line.startswith("ii")]
    assert packages
    for package in packages:
        machine.run(["env", "DEBIAN_FRONTEND=noninteractive", "dpkg-reconfigure", package])
    machine.wait_active(UNIT)
    is_right(machine)


def test_a_restart_and_a_reload_change_nothing(machine: Machine) -> None:
    machine.run(["systemctl", "daemon-reload"])
    machine.run(["systemctl", "restart", UNIT])
    is_right(machine)


def test_a_drop_in_that_comes_back_is_named_and_mended(machine: Machine) -> None:
    machine.write(f"/etc/systemd/system/{UNIT}.d/zzz-site.conf", "[Service]\nUser=joe\nGroup=joe\n")
    machine.run(["systemctl", "daemon-reload"])
    machine.run(["systemctl", "stop", UNIT])
    machine.run(["chown", "-R", "joe:joe", "/var/lib/mysql", "/run/mysqld"])
    machine.run(["systemctl", "start", UNIT])
    assert failing(machine, "mysql")["fix-was-undone"] == "high"
    said = scanned(machine)
    assert "since fix mysql-2, it runs as joe again, not as mysql" in said
    assert "/var/lib/mysql belongs to joe again" in said
    assert "privaudit fix mysql" in said
    refused = machine.privaudit("fix", "mysql", "--yes")
    assert refused.returncode == 3
    assert "zzz-site.conf sets User=" in refused.stdout
    machine.run(["rm", f"/etc/systemd/system/{UNIT}.d/zzz-site.conf"])
    machine.run(["systemctl", "daemon-reload"])
    fixed = machine.privaudit("fix", "mysql", "--yes")
    assert fixed.returncode == 0, fixed.stdout + fixed.stderr
    is_right(machine)


def test_data_given_away_again_is_medium_at_least(machine: Machine) -> None:
    machine.run(["chown", "daemon", "/var/lib/mysql"])
    assert failing(machine, "mysql")["fix-was-undone"] == "medium"
    machine.run(["chown", "mysql", "/var/lib/mysql"])
    is_right(machine)


def test_our_drop_in_removed(machine: Machine) -> None:
    machine.run(["mv", OURS, "/root/ours"])
    machine.run(["systemctl", "daemon-reload"])
    assert "fix-was-undone" not in failing(machine, "mysql")
    machine.run(["systemctl", "stop", UNIT])
    assert "it would run as joe again" in scanned(machine)
    machine.run(["mv", "/root/ours", OURS])
    machine.run(["systemctl", "daemon-reload"])
    machine.run(["systemctl", "start", UNIT])
    is_right(machine)
