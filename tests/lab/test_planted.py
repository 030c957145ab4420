"""Every rule on a real machine: a planted fault that it flags and a near miss on which it is silent."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lab.machine import Machine, wait_for
from lab.plants import ACCOUNTS, FIXED, PLANTS, PORTS, Plant
from lab.report import Scanned, scan
from lab.session import Lab

from privaudit.engine import load_rules

RULES = sorted(rule.id for rule in load_rules() if Path(rule.path).parent.name != "launchd")
"""Those that can say something of a Linux machine."""


@pytest.fixture(scope="module")
def scans(lab: Lab) -> Iterator[tuple[Scanned, Scanned]]:
    """One machine on which a fix was done, and with all of it planted."""
    with lab.boot("mariadb") as machine:
        machine.wait_active("mariadb.service", "redis-server.service", "nginx.service", "ssh.service")
        machine.add_person("ann")
        machine.add_person("joe", "sudo")
        machine.sh(FIXED)
        first = scan(machine, "--show", "all")
        machine.sh(ACCOUNTS)
        units = {plant.unit_name: plant.unit for plant in PLANTS if plant.unit}
        for name, text in units.items():
            machine.write(f"/etc/systemd/system/{name}", text)
        for plant in PLANTS:
            if plant.script:
                machine.sh(plant.script)
        machine.run(["systemctl", "daemon-reload"])
        machine.run(["systemctl", "start", *units])
        machine.wait_active(*units)
        wait_for(lambda: _listen(machine), "the planted servers to listen")
        for plant in PLANTS:
            if plant.after:
                machine.sh(plant.after)
        yield first, scan(machine, "--show", "all", answers=[10])


def _listen(machine: Machine) -> bool:
    """A unit is active before its program listens."""
    sockets = machine.run(["cat", "/proc/net/tcp"]).stdout
    return all(f":{port:04X} 00000000:0000 0A" in sockets for port in PORTS)


@pytest.mark.parametrize("rule", RULES)
def test_each_rule_has_a_fault_and_a_near_miss(rule: str) -> None:
    assert {plant.fault for plant in PLANTS if plant.rule == rule} == {True, False}


def test_no_plant_is_of_a_rule_that_is_not_there() -> None:
    assert {plant.rule for plant in PLANTS} <= set(RULES)


@pytest.mark.parametrize("plant", PLANTS, ids=lambda plant: f"{plant.rule}: {plant.name}")
def test_planted(scans: tuple[Scanned, Scanned], plant: Plant) -> None:
    found = said(scans[0] if plant.first else scans[1], plant)
    statuses = {finding["status"] for finding in found}
    if plant.fault:
        assert "fail" in statuses, found
        severities = {finding["severity"] for finding in found if finding["status"] == "fail"}
        assert severities == {plant.severity}
    else:
        assert statuses == {"pass" if plant.applies else "not-applicable"}, json.dumps(found, indent=1)


def said(scanned: Scanned, plant: Plant) -> list[dict[str, Any]]:
    """What the rule says of the plant."""
    return [
        finding
        for finding in scanned.report["findings"]
        if finding["rule"] == plant.rule and plant.on in {finding["service"], finding["subject"]}
    ]
