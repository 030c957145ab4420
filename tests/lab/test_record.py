"""A recording of a running machine: on another one it gives the same verdicts, and it holds no secret."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from lab.machine import Machine
from lab.report import scan
from lab.session import Lab

from privaudit.cli import main

CANARY = "CanaryX7"
UNIT = f"""[Service]
User=joe
Environment=DB_PASSWORD={CANARY}
ExecStart=/usr/bin/python3 -m http.server --bind 0.0.0.0 8000 --directory /srv
"""
SECRETS = f"""
echo 'joe:{CANARY}' | chpasswd
runuser -u joe -- mkdir -m 700 /home/joe/.ssh
echo 'ssh-ed25519 AAAA{CANARY}{CANARY}{CANARY} {CANARY}' > /home/joe/.ssh/authorized_keys
printf '[client]\\nuser=x\\npassword={CANARY}\\n' > /etc/mysql/conf.d/client.cnf
sed -i '1i requirepass {CANARY}' /etc/redis/redis.conf
mkdir -p /srv
"""


@pytest.fixture(scope="module")
def recorded(lab: Lab) -> Iterator[tuple[Machine, Path]]:
    """The machine, and its recording outside of it."""
    with lab.boot("mariadb") as machine:
        machine.wait_active("mariadb.service", "redis-server.service", "nginx.service", "ssh.service")
        machine.add_person("joe", "sudo")
        machine.sh(SECRETS)
        machine.write("/etc/systemd/system/web.service", UNIT)
        machine.sh("systemctl daemon-reload && systemctl start web")
        machine.wait_active("web.service")
        done = machine.privaudit("record", "/root/machine")
        assert done.returncode == 0, done.stderr
        yield machine, machine.root / "root" / "machine"


def verdicts(report: dict[str, list[dict[str, object]]]) -> list[tuple[object, ...]]:
    """What was found, of services and accounts that were there both times."""
    keys = ("rule", "service", "subject", "status", "severity", "message", "fingerprint")
    return sorted((tuple(str(found.get(key)) for key in keys) for found in report["findings"]), key=str)


def test_the_same_is_found(recorded: tuple[Machine, Path], capsys: pytest.CaptureFixture[str]) -> None:
    machine, folder = recorded
    before = scan(machine, "--show", "all")
    code = main(["scan", "--recorded", str(folder), "--format", "json", "--show", "all"])
    after = json.loads(capsys.readouterr().out)
    assert code == before.status == 10
    assert verdicts(after) == verdicts(before.report)
    assert before.failed(rule="runs-as-person", service="web.service")


def test_no_secret_is_in_it(recorded: tuple[Machine, Path]) -> None:
    machine, folder = recorded
    hashed = machine.sh("cut -d: -f2 /etc/shadow").stdout.split()
    secrets = [CANARY, *(word for word in hashed if word.startswith("$"))]
    for file in folder.rglob("*"):
        if file.is_file():
            data = file.read_text("latin-1")
            assert not [secret for secret in secrets if secret in data], file
    assert folder.stat().st_mode & 0o777 == 0o700
