"""A machine that was switched off is judged from its disk as it was judged while it ran."""

import json
import os
from collections.abc import Iterator

import pytest
from lab.machine import POWEROFF, Machine, wait_for
from lab.report import Scanned, scan
from lab.session import Lab

from privaudit.cli import main

GIVEN = """
systemctl stop mariadb
chown -R joe: /var/lib/mysql
systemctl daemon-reload
systemctl start mariadb
"""
DROP_IN = "[Service]\nUser=joe\nExecStartPre=\nExecStartPost=\nRuntimeDirectory=mysqld\n"
WEB = """[Service]
User=joe
ExecStart=/usr/bin/python3 -m http.server 8000 --directory /srv
[Install]
WantedBy=default.target
"""


@pytest.fixture(scope="module")
def scans(lab: Lab) -> Iterator[tuple[Scanned, Scanned]]:
    """(live, from the disk) of a machine on which MariaDB was given to joe."""
    with lab.boot("mariadb") as machine:
        machine.wait_active("mariadb.service", "redis-server.service", "nginx.service", "ssh.service")
        machine.add_person("joe", "sudo")
        machine.write("/etc/systemd/system/mariadb.service.d/joe.conf", DROP_IN)
        machine.write("/etc/systemd/system/web.service", WEB)
        machine.sh("mkdir -p /srv && chown joe: /srv && systemctl enable web")
        machine.sh(GIVEN)
        machine.wait_active("mariadb.service")
        live = scan(machine, "--show", "all")
        _switch_off(machine)
        yield live, _from_disk(machine)


def _switch_off(machine: Machine) -> None:
    os.kill(machine.leader, POWEROFF)
    wait_for(lambda: not os.path.exists(f"/proc/{machine.leader}"), "the machine to be off")


def _from_disk(machine: Machine) -> Scanned:
    out = machine.console.parent / "report.json"
    code = main(["scan", "--root", str(machine.root), "--format", "json", "--show", "all", "-o", str(out)])
    return Scanned(code, json.loads(out.read_text()))


def failed(scanned: Scanned) -> set[tuple[str, str]]:
    return {(finding["rule"], finding["service"]) for finding in scanned.failed() if finding["service"]}


def test_what_failed_live_fails_from_the_disk(scans: tuple[Scanned, Scanned]) -> None:
    live, disk = scans
    assert failed(disk) - failed(live) == set()
    unknown = {
        (finding["rule"], finding["service"])
        for finding in disk.report["findings"]
        if finding["status"] in {"unknown", "not-applicable"}
    }
    assert failed(live) - failed(disk) <= unknown


def test_mariadb_that_was_given_to_joe_is_found(scans: tuple[Scanned, Scanned]) -> None:
    for scanned in scans:
        assert scanned.status == 10
        assert scanned.failed(rule="runs-as-person", service="mariadb.service")
