"""A scan changes nothing, works where nothing can be changed, and says what it cannot see without systemd."""

import json
from collections.abc import Iterator

import pytest
from lab.machine import Machine
from lab.report import scan
from lab.session import Lab

PROGRAM = "/opt/privaudit/bin/privaudit"
LISTING = (
    "find /etc /opt /root /home /usr /srv /var/lib /var/cache /var/spool -xdev "
    "\\( -path /var/lib/mysql -o -path /var/lib/systemd \\) -prune "
    "-o -printf '%p %y %m %U %G %s %T@ %C@ %n\\n' | sort"
)
"""Everything but what the database and systemd write by themselves all the time."""
CLOSED = f"""
mount --make-rprivate /
for place in $(awk '$2 !~ "^/(proc|sys|dev)(/|$)" {{print $2}}' /proc/self/mounts | sort -ru); do
    mount -o remount,bind,ro "$place"
done
if touch /etc/x 2>/dev/null || touch /run/x 2>/dev/null || touch /tmp/x 2>/dev/null; then exit 99; fi
{PROGRAM} scan --format json
"""
UNBOOTED = f"""
mkdir -p /mnt/bare
mount --bind / /mnt/bare
unshare --mount --pid --fork --kill-child sh -ec '
    mount -t proc proc /mnt/bare/proc
    exec chroot /mnt/bare {PROGRAM} scan --format json
' || exit $?
"""


@pytest.fixture(scope="module")
def machine(lab: Lab) -> Iterator[Machine]:
    """MariaDB as packaged; the tests only look."""
    with lab.boot("mariadb") as machine:
        machine.wait_active("mariadb.service")
        yield machine


def test_nothing_is_written(machine: Machine) -> None:
    before = machine.sh(LISTING).stdout
    scan(machine, answers=[0])
    assert machine.sh(LISTING).stdout == before
    assert before.count("\n") > 5000


def test_a_file_system_that_cannot_be_written_is_scanned_the_same(machine: Machine) -> None:
    open_one = scan(machine, answers=[0]).report
    done = machine.run(["unshare", "--mount", "sh", "-ec", CLOSED], check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    closed = json.loads(done.stdout)
    assert closed["findings"] == open_one["findings"]
    assert closed["scan"]["limits"] == open_one["scan"]["limits"]


def test_without_a_running_systemd_the_report_says_so(machine: Machine) -> None:
    """As in a container: the same files, its own processes, nobody to ask."""
    done = machine.run(["unshare", "--mount", "sh", "-ec", UNBOOTED], check=False)
    assert done.returncode in {0, 3}, done.stdout + done.stderr
    report = json.loads(done.stdout)
    assert any("systemd is not running" in limit["why"] for limit in report["scan"]["limits"])
    assert report["scan"]["complete"] is False
    (service,) = [row for row in report["services"] if row["id"] == "mariadb.service"]
    assert service["runs_as"]["user"] == "mysql"
    assert [finding for finding in report["findings"] if finding["status"] == "fail"] == []
