"""The founding case, whole: MariaDB given to a person, found, fixed, proved, and given back by undo."""

import json
from collections.abc import Iterator

import pytest
from lab.broken import GIVEN, failing, mariadb_of_joe, picture, rows, uid_of, uids_of
from lab.machine import Machine
from lab.session import Lab

UNITS = "/etc/systemd/system"


@pytest.fixture(scope="module")
def machine(lab: Lab) -> Iterator[Machine]:
    with lab.boot("mariadb") as booted:
        yield booted


@pytest.fixture(scope="module")
def checksum(machine: Machine) -> str:
    return mariadb_of_joe(machine)


@pytest.fixture(scope="module")
def before(machine: Machine, checksum: str) -> dict[str, str]:
    del checksum
    return picture(machine, *GIVEN, UNITS)


def test_the_plan_is_shown_and_nothing_is_done(machine: Machine, before: dict[str, str]) -> None:
    shown = machine.privaudit("fix", "mysql", "--dry-run")
    assert shown.returncode == 0, shown.stderr
    assert "+User=mysql" in shown.stdout
    assert "go from joe to mysql" in shown.stdout
    asked = machine.privaudit("fix", "mysql", "--dry-run", "--format", "json")
    plan = json.loads(asked.stdout)["plan"]
    assert (plan["former"], plan["account"], plan["move"]) == ("joe", "mysql", "drop-in")
    assert "runs-as-person" in plan["mends"]
    assert picture(machine, *GIVEN, UNITS) == before
    assert machine.run(["test", "-e", "/var/lib/privaudit"], check=False).returncode == 1


def test_nobody_to_ask_is_a_usage_error(machine: Machine, before: dict[str, str]) -> None:
    asked = machine.privaudit("fix", "mysql")
    assert asked.returncode == 2
    assert (asked.stdout, "--yes" in asked.stderr) == ("", True)
    assert picture(machine, *GIVEN, UNITS) == before


def test_it_is_fixed_and_proved(machine: Machine, checksum: str, before: dict[str, str]) -> None:
    del before
    fixed = machine.privaudit("fix", "mysql", "--yes")
    assert fixed.returncode == 0, fixed.stdout + fixed.stderr
    assert rows(machine) == checksum
    assert uids_of(machine, "mariadb.service") == {uid_of(machine, "mysql")}
    assert not [path for path, how in picture(machine, *GIVEN).items() if how.startswith("joe:")]
    assert not {"high", "critical"} & set(failing(machine, "mysql").values())
    assert machine.run(["ls", "-A", "/run/systemd/system"]).stdout == ""


def test_the_second_run_does_nothing(machine: Machine, checksum: str) -> None:
    del checksum
    pid = machine.run(["systemctl", "show", "--value", "-p", "MainPID", "mariadb"]).stdout
    again = machine.privaudit("fix", "mysql", "--yes")
    assert (again.returncode, again.stdout) == (0, "mariadb.service: nothing to do\n")
    assert machine.run(["systemctl", "show", "--value", "-p", "MainPID", "mariadb"]).stdout == pid


def test_history_remembers(machine: Machine) -> None:
    known = json.loads(machine.privaudit("history", "--format", "json").stdout)["fixes"]
    assert [(fix["id"], fix["former"], fix["account"], fix["state"]) for fix in known] == [
        ("mysql-1", "joe", "mysql", "done")
    ]
    assert machine.run(["stat", "-c", "%U:%a", "/var/lib/privaudit"]).stdout == "root:700\n"


def test_undo_brings_everything_back(machine: Machine, checksum: str, before: dict[str, str]) -> None:
    undone = machine.privaudit("undo", "--yes")
    assert undone.returncode == 0, undone.stdout + undone.stderr
    assert picture(machine, *GIVEN, UNITS) == before
    assert rows(machine) == checksum
    assert uids_of(machine, "mariadb.service") == {uid_of(machine, "joe")}
    assert "high" in failing(machine, "mysql").values()


def test_there_is_nothing_left_to_undo(machine: Machine) -> None:
    again = machine.privaudit("undo", "--yes")
    assert (again.returncode, again.stdout) == (0, "nothing to do\n")
    unknown = machine.privaudit("undo", "mysql-7", "--yes")
    assert unknown.returncode == 3
    assert "mysql-1" in unknown.stderr


def test_it_can_be_fixed_again(machine: Machine, checksum: str) -> None:
    fixed = machine.privaudit("fix", "mariadb.service", "--yes", "--format", "json")
    answer = json.loads(fixed.stdout)
    assert (fixed.returncode, answer["status"], answer["outcome"]["fix"]) == (0, "done", "mysql-2")
    assert rows(machine) == checksum
