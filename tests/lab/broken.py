"""Services broken as people break them, and what a machine looks like: for tests that mend them."""

import json
from typing import Any

from lab.machine import Machine

_SHOP = (
    "create database shop; use shop;"
    " create table orders (id int primary key auto_increment, item varchar(64));"
    " insert into orders (item) select sha1(seq) from seq_1_to_1000;"
)
GIVEN = ("/var/lib/mysql", "/var/log/mysql", "/run/mysqld")


def fill_mariadb(machine: Machine) -> str:
    """Put 1,000 rows into a table; returns their checksum."""
    machine.wait_active("mariadb.service")
    machine.run(["mariadb", "-e", _SHOP])
    return rows(machine)


def rows(machine: Machine) -> str:
    """Count and checksum of the table."""
    query = "select count(*) from shop.orders; checksum table shop.orders;"
    return machine.run(["mariadb", "--batch", "--skip-column-names", "-e", query]).stdout


def mariadb_of_joe(machine: Machine) -> str:
    """MariaDB with 1,000 rows, its files and its process given to joe, an admin; returns the checksum."""
    checksum = fill_mariadb(machine)
    machine.add_person("joe", "sudo")
    machine.run(["systemctl", "stop", "mariadb.socket", "mariadb.service"], check=False)
    machine.run(["install", "-d", "-o", "mysql", "-g", "adm", "-m", "2750", "/var/log/mysql"])
    machine.run(["chown", "-R", "joe:joe", *GIVEN])
    machine.write("/etc/systemd/system/mariadb.service.d/joe.conf", "[Service]\nUser=joe\nGroup=joe\n")
    machine.run(["systemctl", "daemon-reload"])
    machine.run(["systemctl", "start", "mariadb.service"])
    assert rows(machine) == checksum
    assert uids_of(machine, "mariadb.service") == {uid_of(machine, "joe")}
    return checksum


def picture(machine: Machine, *paths: str) -> dict[str, str]:
    """Owner, group, mode and kind of everything below the paths."""
    there = machine.run(["find", *paths, "-printf", r"%p\t%u:%g %m %y %l\n"], check=False).stdout
    return dict(line.split("\t", 1) for line in there.splitlines())


def uids_of(machine: Machine, unit: str) -> set[int]:
    """Real, effective, saved and file system uids of every process of a unit."""
    group = machine.run(["systemctl", "show", "--value", "-p", "ControlGroup", unit]).stdout.strip()
    script = (
        'cd /sys/fs/cgroup; [ -d systemd ] && cd systemd; for pid in $(cat ".$1/cgroup.procs"); '
        'do grep ^Uid: "/proc/$pid/status" || true; done'
    )
    lines = machine.run(["sh", "-ec", script, "sh", group]).stdout.splitlines()
    return {int(word) for line in lines for word in line.split()[1:]}


def uid_of(machine: Machine, name: str) -> int:
    """The uid of an account."""
    return int(machine.run(["id", "-u", name]).stdout)


def failing(machine: Machine, service: str) -> dict[str, str]:
    """Rules that fail on a service, with their severities."""
    answer = machine.privaudit("scan", "--service", service, "--format", "json")
    report: dict[str, Any] = json.loads(answer.stdout)
    return {f["rule"]: f["severity"] for f in report["findings"] if f["status"] == "fail"}
