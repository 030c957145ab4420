"""Linuxbrew: a server that a person's own manager runs becomes a system unit with an account of its own.

The program is a copy of Debian's MariaDB in a prefix of brew's shape: what brew itself would install.
"""

import json
from collections.abc import Iterator

import pytest
from lab.broken import failing, picture, signalled, uid_of, uids_of
from lab.machine import Machine, wait_for
from lab.session import Lab

PREFIX = "/home/linuxbrew/.linuxbrew"
OLD, NEW = "homebrew.mysql.service", "privaudit.mysql.service"
DATA = f"{PREFIX}/var/mysql"
ARGUMENTS = f"--no-defaults --datadir={DATA} --port=3307 --socket=/tmp/mysql.sock --bind-address=0.0.0.0"
TEXT = f"""[Unit]
Description=Homebrew generated unit for mysql

[Install]
WantedBy=default.target

[Service]
Type=simple
ExecStart="{PREFIX}/opt/mysql/bin/mysqld" {ARGUMENTS}
Restart=on-failure
WorkingDirectory={DATA}
"""
SHOP = "create database shop; use shop; create table t select seq from seq_1_to_1000;"
PLACES = (DATA, "/etc/systemd/system", "/home/joe/.config")


@pytest.fixture(scope="module")
def machine(lab: Lab) -> Iterator[Machine]:
    with lab.boot("mariadb") as booted:
        booted.add_person("joe", "sudo")
        booted.sh("systemctl disable --now mariadb.service; systemctl stop mariadb.socket || true")
        booted.sh(
            f"install -d -m 755 /home/linuxbrew; cd /home/linuxbrew; keg={PREFIX}/Cellar/mysql/9.0;"
            f" mkdir -p $keg/bin {PREFIX}/opt {PREFIX}/var; cp /usr/sbin/mariadbd $keg/bin/mysqld;"
            f" cp /usr/bin/mariadb-admin $keg/bin/mysqladmin; ln -s ../Cellar/mysql/9.0 {PREFIX}/opt/mysql;"
            f" mariadb-install-db --user=joe --datadir={DATA} --auth-root-authentication-method=normal;"
            " chown -Rh joe:joe .linuxbrew"
        )
        folder = "/home/joe/.config/systemd/user"
        booted.sh(f"runuser -u joe -- mkdir -p {folder}/default.target.wants")
        booted.write(f"{folder}/{OLD}", TEXT, owner="joe:joe")
        booted.sh(f"runuser -u joe -- ln -s {folder}/{OLD} {folder}/default.target.wants/{OLD}")
        booted.run(["loginctl", "enable-linger", "joe"])
        wait_for(lambda: asked(booted, "select 1") == "1\n", "joe's MariaDB", 120)
        booted.run(["mariadb", "--socket=/tmp/mysql.sock", "-u", "root", "-e", SHOP])
        yield booted


def asked(machine: Machine, question: str) -> str:
    argv = ["mariadb", "--socket=/tmp/mysql.sock", "-u", "root", "-BNe", question]
    return machine.run(argv, check=False).stdout


def rows(machine: Machine) -> str:
    wait_for(lambda: asked(machine, "select 1") == "1\n", "MariaDB", 120)
    return asked(machine, "select count(*), sum(seq) from shop.t")


def joes(machine: Machine) -> str:
    """How joe's own unit stands."""
    uid = uid_of(machine, "joe")
    script = (
        f"export XDG_RUNTIME_DIR=/run/user/{uid}; systemctl --user show -P ActiveState -P UnitFileState {OLD}"
    )
    return machine.run(["sh", "-c", script], user="joe", check=False).stdout


def test_it_becomes_a_system_unit_and_joes_again(machine: Machine) -> None:
    assert failing(machine, OLD)["runs-as-person"] == "high"
    before = picture(machine, *PLACES)
    fixed = machine.privaudit("fix", "mysql", "--yes", "--format", "json")
    assert fixed.returncode == 0, fixed.stdout + fixed.stderr
    assert json.loads(fixed.stdout)["plan"]["service"] == NEW
    assert uids_of(machine, NEW) == {uid_of(machine, "mysql")}
    assert rows(machine) == "1000\t500500\n"
    assert machine.run(["systemctl", "is-enabled", NEW]).stdout == "enabled\n"
    assert "homebrew.mysql" not in machine.run(["find", "/home/joe/.config"]).stdout
    assert not [path for path, how in picture(machine, DATA).items() if how.startswith("joe:")]
    assert not {"high", "critical"} & set(failing(machine, NEW).values())
    assert "runs-as-person" not in failing(machine, "mysql")
    again = machine.privaudit("fix", "mysql", "--yes")
    assert (again.returncode, again.stdout) == (0, f"{NEW}: nothing to do\n")

    undone = machine.privaudit("undo", "--yes")
    assert undone.returncode == 0, undone.stdout + undone.stderr
    assert rows(machine) == "1000\t500500\n"
    assert picture(machine, *PLACES) == before
    assert joes(machine).split() == ["active", "enabled"]
    assert failing(machine, OLD)["runs-as-person"] == "high"


@pytest.mark.parametrize("step", ["stop and disable", "have privaudit", "prove"])
def test_a_kill_in_every_step_is_put_back(machine: Machine, step: str) -> None:
    before = picture(machine, *PLACES)
    signalled(machine, "SIGKILL", step)
    undone = machine.privaudit("undo", "--yes")
    assert undone.returncode == 0, undone.stdout + undone.stderr
    assert rows(machine) == "1000\t500500\n"
    assert picture(machine, *PLACES) == before
    assert joes(machine).split() == ["active", "enabled"]
