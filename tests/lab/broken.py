"""Services broken as people break them, and what a machine looks like: for tests that mend them."""

import json
from typing import Any

from lab.machine import Answer, Machine

_SHOP = (
    "create database shop; use shop;"
    " create table orders (id int primary key auto_increment, item varchar(64));"
    " insert into orders (item) select sha1(seq) from seq_1_to_1000;"
)
_SIGNALLED = """
import signal, subprocess, sys
number, word = signal.Signals[sys.argv[1]], sys.argv[2]
if number is not signal.SIGKILL:
    signal.signal(number, signal.SIG_DFL)  # whoever runs the tests may ignore it
argv = ["/opt/privaudit/bin/privaudit", "fix", "mysql", "--yes"]
fix = subprocess.Popen(argv, stderr=subprocess.PIPE, text=True)
for line in fix.stderr:
    print(line, end="")
    if line.strip().startswith(word):
        fix.send_signal(number)
        word = "never again"
sys.exit(fix.wait())
"""
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


def signalled(machine: Machine, signal: str, step: str) -> Answer:
    """A fix of mysql that gets the signal as soon as it says that it does this step."""
    machine.write("/root/signalled.py", _SIGNALLED)
    return machine.run(["/usr/bin/python3", "/root/signalled.py", signal, step], check=False)


def uids_of(machine: Machine, unit: str) -> set[int]:
    """Real, effective, saved and file system uid of a unit's main process."""
    pid = machine.run(["systemctl", "show", "--value", "-p", "MainPID", unit]).stdout.strip()
    status = machine.run(["cat", f"/proc/{pid}/status"]).stdout
    return {int(word) for word in status.partition("Uid:")[2].splitlines()[0].split()}


def uid_of(machine: Machine, name: str) -> int:
    """The uid of an account."""
    return int(machine.run(["id", "-u", name]).stdout)


def failing(machine: Machine, service: str) -> dict[str, str]:
    """Rules that fail on a service, with their severities."""
    answer = machine.privaudit("scan", "--service", service, "--format", "json")
    report: dict[str, Any] = json.loads(answer.stdout)
    return {f["rule"]: f["severity"] for f in report["findings"] if f["status"] == "fail"}
