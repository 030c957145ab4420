"""What privaudit was made for, on Debian: MariaDB as it comes is silent; given to joe, it is not."""

import json
from collections.abc import Iterator

import jsonschema
import pytest
from lab.machine import Machine
from lab.report import Scanned, scan
from lab.session import Lab

UNIT = "mariadb.service"
GIVEN_AWAY = """
systemctl stop mariadb.service mariadb.socket
chown -R joe:joe /var/lib/mysql /run/mysqld
install -d -o joe -g joe /var/log/mysql
"""
DROP_IN = f"/etc/systemd/system/{UNIT}.d/10-joe.conf"
JOIN = """
(
    for hierarchy in /sys/fs/cgroup /sys/fs/cgroup/systemd /sys/fs/cgroup/unified; do
        group=$hierarchy/system.slice/mariadb.service/cgroup.procs
        if [ -e $group ]; then echo 0 > $group; fi
    done
    exec setpriv --reuid joe --regid joe --init-groups sleep 3600
) >/dev/null 2>&1 </dev/null &
until pgrep -u joe -x sleep; do sleep 0.1; done
"""


@pytest.fixture
def machine(lab: Lab) -> Iterator[Machine]:
    """A fresh machine with MariaDB as packaged, on which joe may become root."""
    with lab.boot("mariadb") as machine:
        machine.add_person("joe", "sudo")
        machine.wait_active(UNIT)
        yield machine


def named_joe(scanned: Scanned) -> list[str]:
    """Rules that found something serious about MariaDB and name joe."""
    return [
        finding["rule"]
        for finding in scanned.failed(service=UNIT)
        if finding["severity"] in {"high", "critical"} and "joe" in json.dumps(finding)
    ]


def test_as_packaged_it_is_silent(machine: Machine) -> None:
    scanned = scan(machine, "--fail-on", "medium", answers=[0])
    assert scanned.at_least("medium") == []
    assert scanned.report["scan"]["complete"] is True
    assert scanned.report["scan"]["limits"] == []
    service = scanned.service(UNIT)
    assert (service["runs_as"]["user"], service["should_run_as"], service["profile"]) == (
        "mysql",
        "mysql",
        "mysql",
    )


def test_given_to_joe_by_a_drop_in(machine: Machine) -> None:
    machine.sh(GIVEN_AWAY)
    machine.write(DROP_IN, "[Service]\nUser=joe\nGroup=joe\n")
    machine.sh("systemctl daemon-reload; systemctl start mariadb.service")
    machine.wait_active(UNIT)
    assert machine.run(["mariadb", "-Nbe", "select 1"]).stdout == "1\n"
    scanned = scan(machine, answers=[10])
    assert {"runs-as-person", "runs-as-admin", "data-owned-by-person"} <= set(named_joe(scanned))
    service = scanned.service(UNIT)
    assert service["declared"] == {
        "user": "joe",
        "group": "joe",
        "dynamic": False,
        "source": DROP_IN,
    }
    assert (service["runs_as"]["user"], service["runs_as"]["kind"]) == ("joe", "person")
    assert service["should_run_as"] == "mysql"
    others = {finding["service"] for finding in scanned.failed() if finding["severity"] != "low"}
    assert others == {UNIT}


def test_given_to_joe_by_its_own_configuration(machine: Machine) -> None:
    machine.sh(GIVEN_AWAY)
    machine.write(DROP_IN, "[Service]\nUser=root\n")
    machine.write("/etc/mysql/mariadb.conf.d/99-joe.cnf", "[mariadbd]\nuser = joe\n")
    machine.sh("systemctl daemon-reload; systemctl start mariadb.service")
    machine.wait_active(UNIT)
    scanned = scan(machine, answers=[10])
    assert {"runs-as-person", "runs-as-admin"} <= set(named_joe(scanned))
    assert scanned.service(UNIT)["directive"]["user"] == "joe"


def test_a_process_of_joe_under_a_clean_unit(machine: Machine) -> None:
    machine.sh(JOIN)
    scanned = scan(machine, answers=[10])
    assert {"runs-as-person", "runs-as-admin"} <= set(named_joe(scanned))
    assert scanned.service(UNIT)["declared"]["user"] == "mysql"


def test_the_report_follows_its_schema(machine: Machine) -> None:
    schema = json.loads(machine.privaudit("schema").stdout)
    machine.write(DROP_IN, "[Service]\nUser=joe\nGroup=joe\n")
    machine.sh("systemctl daemon-reload")
    jsonschema.validate(scan(machine).report, schema)
    assert scan(machine).report["schema"] == "privaudit/report/v1"


def test_without_root_nothing_passes_on_missing_data(machine: Machine) -> None:
    scanned = scan(machine, user="joe", answers=[0, 3, 10])
    assert scanned.report["scan"]["complete"] is False
    assert any("root" in limit["why"] for limit in scanned.report["scan"]["limits"])
