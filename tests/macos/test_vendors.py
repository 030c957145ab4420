"""Other installers on a Mac's disk: Oracle's MySQL, EDB's PostgreSQL, jobs with odd users."""

import os
from pathlib import Path

import pytest
from macos.mac_disk import ADMIN, ANN, JOE, MACH_O, MYSQL, STAFF, MacDisk, Scan, brew_job

from privaudit.model.service import Service
from privaudit.model.severity import Severity

pytestmark = [
    pytest.mark.root,
    pytest.mark.skipif(os.geteuid() != 0, reason="gives files to other accounts: needs root"),
]
DAEMONS = "/Library/LaunchDaemons"
POSTGRES = 503


@pytest.fixture
def disk(tmp_path: Path) -> MacDisk:
    made = MacDisk(tmp_path / "disk")
    made.person("joe", JOE)
    return made


def only(scan: Scan) -> Service:
    (service,) = scan.snapshot.services
    return service


def test_oracles_mysql_is_silent(disk: MacDisk) -> None:
    real = "/usr/local/mysql-8.0.36-macos14-arm64"
    disk.file(f"{real}/bin/mysqld", MACH_O, mode=0o755)
    disk.link("/usr/local/mysql", real)
    disk.folder(f"{real}/data", MYSQL, MYSQL, 0o750)
    arguments = ["/usr/local/mysql/bin/mysqld", "--user=_mysql", "--datadir=/usr/local/mysql/data"]
    user = {"UserName": "_mysql", "GroupName": "_mysql", "WorkingDirectory": "/usr/local/mysql"}
    job = {"Label": "com.oracle.oss.mysql.mysqld", "ProgramArguments": arguments, **user}
    disk.job(f"{DAEMONS}/com.oracle.oss.mysql.mysqld.plist", job)
    scan = disk.scan()
    assert scan.failed() == []
    service = only(scan)
    assert (service.profile, service.runs_as.name, service.should_run_as) == ("mysql", "_mysql", "_mysql")
    assert service.package is not None
    assert (service.package.manager, service.package.version) == ("oracle", "8.0.36")


def edb(disk: MacDisk, shell: str, **more: list[str]) -> Scan:
    home = "/Library/PostgreSQL/16"
    ids = {
        "uid": [str(POSTGRES)],
        "gid": [str(POSTGRES)],
        "generateduid": ["A" * 8 + "-0000-0000-0000-" + "B" * 12],
    }
    disk.record("users", "postgres", {"name": ["postgres"], "home": [home], "shell": [shell], **ids, **more})
    disk.group("postgres", POSTGRES)
    disk.file(f"{home}/bin/postmaster", MACH_O, mode=0o755)
    disk.folder(f"{home}/data", POSTGRES, POSTGRES, 0o700)
    arguments = [f"{home}/bin/postmaster", f"-D{home}/data"]
    job = {"Label": "com.edb.launchd.postgresql-16", "ProgramArguments": arguments, "UserName": "postgres"}
    disk.job(f"{DAEMONS}/com.edb.launchd.postgresql-16.plist", job)
    return disk.scan()


def test_edbs_postgresql_is_silent(disk: MacDisk) -> None:
    scan = edb(disk, "/bin/bash", passwd=["*"])
    assert scan.failed() == []
    service = only(scan)
    assert (service.profile, service.should_run_as) == ("postgresql", "postgres")
    assert service.runs_as.kind.value == "service"
    data = {path.path for path in service.paths if path.role.value == "data"}
    assert data == {"/Library/PostgreSQL/16/data"}


def test_a_daemon_as_joe_is_a_persons(disk: MacDisk) -> None:
    disk.brew_mysql("/opt/homebrew", 0, 0, (JOE, STAFF))
    disk.job(f"{DAEMONS}/dev.mysql.plist", brew_job("/opt/homebrew", Label="dev.mysql", UserName="joe"))
    scan = disk.scan()
    assert {"runs-as-person", "data-owned-by-person"} <= scan.rules(Severity.HIGH)
    assert only(scan).profile == "mysql"


def test_a_user_that_is_a_number_leaves_the_job_to_root(disk: MacDisk) -> None:
    disk.brew_mysql("/opt/homebrew", JOE, ADMIN, (JOE, ADMIN))
    disk.job(f"{DAEMONS}/db.plist", brew_job("/opt/homebrew", Label="db", UserName=MYSQL))
    scan = disk.scan()
    assert "key-without-effect" in scan.rules()
    assert "program-exposed" in scan.rules(Severity.CRITICAL)


def test_a_user_of_digits_is_a_name_that_nobody_has(disk: MacDisk) -> None:
    disk.brew_mysql("/opt/homebrew", 0, 0, (MYSQL, MYSQL))
    disk.job(f"{DAEMONS}/db.plist", brew_job("/opt/homebrew", Label="db", UserName=str(MYSQL)))
    service = only(disk.scan())
    assert (service.runs_as.uid, service.runs_as.name) == (None, "74")


def test_an_agents_user_has_no_effect(disk: MacDisk) -> None:
    disk.brew_mysql("/opt/homebrew", JOE, ADMIN, (JOE, ADMIN))
    agent = "/Users/joe/Library/LaunchAgents/homebrew.mxcl.mysql.plist"
    disk.job(agent, brew_job("/opt/homebrew", UserName="_mysql"), JOE, STAFF)
    scan = disk.scan()
    assert {"key-without-effect", "runs-as-person"} <= scan.rules()
    assert only(scan).runs_as.name == "joe"


def agent_for_all(disk: MacDisk, **more: object) -> Scan:
    disk.file("/opt/tool", MACH_O, JOE, STAFF, 0o755)
    disk.job("/Library/LaunchAgents/tool.plist", {"Label": "tool", "Program": "/opt/tool", **more})
    return disk.scan()


def test_a_program_of_joes_that_only_joes_session_runs_is_his(disk: MacDisk) -> None:
    assert agent_for_all(disk).failed(Severity.MEDIUM) == []


def test_a_program_of_joes_that_anns_session_runs_too_gives_him_ann(disk: MacDisk) -> None:
    disk.person("ann", ANN, admin=False)
    scan = agent_for_all(disk)
    assert [service.runs_as.name for service in scan.snapshot.services] == ["joe", "ann"]
    (finding,) = scan.failed(Severity.MEDIUM)
    assert (finding.rule, finding.severity) == ("program-exposed", Severity.HIGH)
    assert "which ann runs" in finding.message


def test_a_program_of_joes_that_the_login_window_runs_gives_him_root(disk: MacDisk) -> None:
    scan = agent_for_all(disk, LimitLoadToSessionType=["Aqua", "LoginWindow"])
    (finding,) = scan.failed(Severity.CRITICAL)
    assert (finding.rule, finding.service) == ("program-exposed", "tool")


@pytest.mark.parametrize(("uid", "mode"), [(JOE, 0o644), (0, 0o666)])
def test_a_job_file_that_launchd_refuses(disk: MacDisk, uid: int, mode: int) -> None:
    disk.brew_mysql("/opt/homebrew", 0, 0, (MYSQL, MYSQL))
    job = brew_job("/opt/homebrew", Label="privaudit.mysql", UserName="_mysql")
    disk.job(f"{DAEMONS}/privaudit.mysql.plist", job, uid, STAFF, mode)
    assert {"job-refused", "definition-exposed"} <= disk.scan().rules()


def test_a_log_that_the_account_cannot_make(disk: MacDisk) -> None:
    disk.brew_mysql("/opt/homebrew", JOE, ADMIN, (MYSQL, MYSQL))
    log = "/opt/homebrew/var/log/mysql.log"
    job = brew_job("/opt/homebrew", Label="privaudit.mysql", UserName="_mysql", StandardErrorPath=log)
    disk.job(f"{DAEMONS}/privaudit.mysql.plist", job)
    scan = disk.scan()
    assert only(scan).obstacles == (f"_mysql may not make its log {log}",)
    assert "job-blocked" in scan.rules()


def test_a_link_into_the_keg_is_judged_by_folder_and_target(disk: MacDisk) -> None:
    disk.brew_mysql("/opt/homebrew", JOE, ADMIN, (JOE, ADMIN))
    keg = "/opt/homebrew/Cellar/mysql/9.4.0/homebrew.mxcl.mysql.plist"
    disk.job(keg, brew_job("/opt/homebrew"), JOE, ADMIN)
    disk.link("/Users/joe/Library/LaunchAgents/homebrew.mxcl.mysql.plist", keg, JOE, STAFF)
    service = only(disk.scan())
    (definition,) = [path for path in service.paths if path.role.value == "definition"]
    assert definition.target == keg
    assert service.runs_as.name == "joe"


USERS = "/private/var/db/dslocal/nodes/Default/users"


def without_accounts(disk: MacDisk) -> Scan:
    for path in disk.at(USERS).iterdir():
        path.unlink()
    disk.at(USERS).rmdir()
    scan = disk.scan()
    assert USERS in {limit.what for limit in scan.snapshot.limits}
    return scan


def test_where_accounts_cannot_be_read_a_home_still_tells_a_person(disk: MacDisk) -> None:
    disk.brew_mysql("/opt/homebrew", JOE, ADMIN, (JOE, ADMIN))
    agent = "/Users/joe/Library/LaunchAgents/homebrew.mxcl.mysql.plist"
    disk.job(agent, brew_job("/opt/homebrew"), JOE, STAFF)
    scan = without_accounts(disk)
    assert "runs-as-person" in scan.rules(Severity.HIGH)
    assert only(scan).runs_as.name == f"uid {JOE}"


def test_where_accounts_cannot_be_read_nothing_passes(disk: MacDisk) -> None:
    disk.brew_mysql("/opt/homebrew", 0, 0, (MYSQL, MYSQL))
    disk.job(f"{DAEMONS}/db.plist", brew_job("/opt/homebrew", Label="db", UserName="_mysql"))
    assert without_accounts(disk).exit != 0
