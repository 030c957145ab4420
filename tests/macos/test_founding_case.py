"""A Mac's disk with MySQL that Homebrew runs as joe: found, and silent once it is repaired."""

import os
from pathlib import Path

import pytest
from macos.mac_disk import ADMIN, JOE, MYSQL, STAFF, MacDisk, brew_job

from privaudit.model.severity import Severity

pytestmark = [
    pytest.mark.root,
    pytest.mark.skipif(os.geteuid() != 0, reason="gives files to other accounts: needs root"),
    pytest.mark.parametrize("prefix", ["/opt/homebrew", "/usr/local"]),
]
AGENT = "/Users/joe/Library/LaunchAgents/homebrew.mxcl.mysql.plist"
DAEMON = "/Library/LaunchDaemons/privaudit.mysql.plist"


@pytest.fixture
def disk(tmp_path: Path) -> MacDisk:
    made = MacDisk(tmp_path / "disk")
    made.person("joe", JOE)
    return made


def broken(disk: MacDisk, prefix: str) -> None:
    disk.brew_mysql(prefix, JOE, ADMIN, (JOE, ADMIN))
    disk.job(AGENT, brew_job(prefix), JOE, STAFF)


def repaired(disk: MacDisk, prefix: str, owner: int = 0) -> None:
    disk.brew_mysql(prefix, owner, ADMIN if owner else 0, (MYSQL, MYSQL))
    disk.job(DAEMON, brew_job(prefix, Label="privaudit.mysql", UserName="_mysql", GroupName="_mysql"))


def test_joes_mysql_is_a_high_finding_that_names_joe(disk: MacDisk, prefix: str) -> None:
    broken(disk, prefix)
    scan = disk.scan()
    worst = [finding for finding in scan.failed(Severity.HIGH) if finding.rule == "runs-as-person"]
    assert [finding.service for finding in worst] == ["homebrew.mxcl.mysql"]
    assert "joe" in worst[0].message
    assert scan.exit == 10


def test_everything_about_it_is_known(disk: MacDisk, prefix: str) -> None:
    broken(disk, prefix)
    (service,) = disk.scan().snapshot.services
    assert (service.profile, service.should_run_as, service.runs_as.name) == ("mysql", "_mysql", "joe")
    assert service.runs_as.admin is True
    assert service.package is not None
    assert (service.package.manager, service.package.name) == ("homebrew", "mysql")
    judged = {(path.role.value, path.path.removeprefix(prefix)): path.target for path in service.paths}
    assert judged["program", "/opt/mysql/bin/mysqld"] == f"{prefix}/Cellar/mysql/9.4.0/bin/mysqld"
    assert ("data", "/var/mysql") in judged
    assert ("configuration", "/etc/my.cnf") in judged


def test_repaired_it_is_silent(disk: MacDisk, prefix: str) -> None:
    repaired(disk, prefix)
    scan = disk.scan()
    assert scan.failed() == []
    assert scan.exit == 0
    (service,) = scan.snapshot.services
    assert (service.runs_as.name, service.domain.value) == ("_mysql", "system")


def test_a_program_that_joe_can_still_replace_is_medium(disk: MacDisk, prefix: str) -> None:
    repaired(disk, prefix, owner=JOE)
    scan = disk.scan()
    assert scan.failed(Severity.HIGH) == []
    assert "program-exposed" in scan.rules(Severity.MEDIUM)
    assert scan.exit == 0


def test_run_by_root_a_program_of_joes_is_critical(disk: MacDisk, prefix: str) -> None:
    disk.brew_mysql(prefix, JOE, ADMIN, (JOE, ADMIN))
    disk.job("/Library/LaunchDaemons/homebrew.mxcl.mysql.plist", brew_job(prefix))
    exposed = [f for f in disk.scan().failed(Severity.CRITICAL) if f.rule == "program-exposed"]
    assert exposed
    assert all("joe" in finding.message for finding in exposed)


def test_joes_agent_beside_the_repaired_daemon_is_a_second_copy(disk: MacDisk, prefix: str) -> None:
    repaired(disk, prefix)
    disk.job(AGENT, brew_job(prefix), JOE, STAFF)
    scan = disk.scan()
    copies = {f.service for f in scan.failed() if f.rule == "second-copy"}
    assert copies == {"homebrew.mxcl.mysql", "privaudit.mysql"}
    assert scan.exit == 10
