"""`privaudit scan` over a machine in memory: what is shown, written and answered."""

import json
import os
import stat
import sys
from pathlib import Path

import pytest
from cli_runs import Run
from memory_host import MemoryHost

from privaudit import __version__
from privaudit.cli import machine, own_code
from privaudit.cli.exits import Exit
from privaudit.host import CommandResult
from privaudit.host.local import LocalHost
from privaudit.model.unknown import Limit

WANTED = "/etc/systemd/system/multi-user.target.wants"
UNIT = "[Service]\nUser=joe\nExecStart=/usr/sbin/mariadbd\n"


@pytest.fixture
def host() -> MemoryHost:
    """An image of a machine whose MariaDB would run as joe, who may become root."""
    made = MemoryHost(live=False)
    made.file("/etc/os-release", "ID=debian\nVERSION_ID=12\n")
    made.account("root", 0, home="/root")
    made.account("joe", 1000, home="/home/joe", shell="/bin/bash", shadow="$y$usable")
    made.dir("/home/joe", uid=1000, gid=1000)
    made.account("mysql", 106, home="/nonexistent", shell="/bin/false")
    made.file("/usr/sbin/mariadbd", "\x7fELF", mode=0o755)
    made.file("/usr/lib/systemd/system/mariadb.service", UNIT)
    made.link(f"{WANTED}/mariadb.service", "/usr/lib/systemd/system/mariadb.service")
    made.dir("/var/lib/mysql", uid=1000, gid=1000)
    return made


def test_a_server_of_a_person_is_found(here: Run) -> None:
    ended = here("scan")
    assert ended.code == Exit.FINDINGS
    assert "HIGH mariadb.service" in ended.out or "CRITICAL mariadb.service" in ended.out
    assert "would run as joe" in ended.out
    assert "should run as mysql" in ended.out
    assert "sudo privaudit fix mysql" in ended.out
    assert ended.err == ""


def test_json_is_alone_on_standard_output(here: Run) -> None:
    ended = here("scan", "--format", "json")
    made = json.loads(ended.out)
    assert ended.code == Exit.FINDINGS
    assert made["tool"]["version"] == __version__
    assert {f["rule"] for f in made["findings"] if f["status"] == "fail"} >= {"runs-as-person"}
    assert not any(f["status"] in {"pass", "not-applicable"} for f in made["findings"])
    assert made["summary"]["verdicts"]["not-applicable"] > 0


def test_show_chooses_the_verdicts(here: Run) -> None:
    made = json.loads(here("scan", "--format", "json", "--show", "pass").out)
    assert {f["status"] for f in made["findings"]} == {"pass"}
    shown = here("scan", "--show", "all").out
    assert "  n/a  " in shown
    assert "  pass " in shown


def test_a_report_goes_to_a_file_alone(here: Run, tmp_path: Path) -> None:
    target = tmp_path / "report.json"
    ended = here("scan", "--format", "json", "-o", str(target))
    assert (ended.code, ended.out, ended.err) == (Exit.FINDINGS, "", "")
    assert json.loads(target.read_text())["schema"] == "privaudit/report/v1"
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert os.listdir(tmp_path) == ["report.json"]


def test_a_file_that_cannot_be_is_said_before_anything_is_looked_at(here: Run, host: MemoryHost) -> None:
    ended = here("scan", "-o", "/missing/report.json")
    assert ended.code == Exit.USAGE
    assert "/missing" in ended.err
    assert host.reads == []


@pytest.mark.parametrize("name", ["mariadb", "mariadb.service", "mysql", "mysqld"])
def test_a_service_is_meant_by_any_of_its_names(here: Run, name: str) -> None:
    made = json.loads(here("scan", "--service", name, "--format", "json").out)
    assert [service["id"] for service in made["services"]] == ["mariadb.service"]


def test_a_service_that_is_asked_for_says_who_it_runs_as(here: Run, host: MemoryHost) -> None:
    host.file("/usr/lib/systemd/system/mariadb.service", UNIT.replace("joe", "mysql"))
    host.dir("/var/lib/mysql", uid=106, gid=106)
    said = "mariadb.service\n  would run as mysql (a service account), as it should\n"
    assert said in here("scan", "--service", "mysql").out
    assert said not in here("scan").out


def test_accounts_of_other_services_are_not_asked_for(here: Run, host: MemoryHost) -> None:
    host.account("redis", 107, home="/var/lib/redis", shell="/bin/false")
    host.account("toor", 0, home="/root")
    host.members("docker", 999, "redis", "mysql")

    def accounts(*words: str) -> set[str]:
        made = json.loads(here("scan", "--format", "json", *words).out)
        return {f["subject"] for f in made["findings"] if f["service"] is None and f["status"] == "fail"}

    assert accounts() >= {"account redis", "account mysql"}
    assert accounts("--service", "mariadb") == {"account mysql"}


def test_a_name_that_nobody_has_is_2_with_those_near_to_it(here: Run) -> None:
    ended = here("scan", "--service", "mariadb", "--service", "maria")
    assert ended.code == Exit.USAGE
    assert ended.out == ""
    assert ended.err == "privaudit: no service here is called maria\n  did you mean mariadb?\n"


def test_a_known_service_that_is_not_here_is_said(here: Run) -> None:
    ended = here("scan", "--service", "squid")
    assert ended.code == Exit.USAGE
    assert "this machine does not have it" in ended.err


def test_a_name_like_no_other(here: Run) -> None:
    assert "privaudit scan" in here("scan", "--service", "zzzzzzzz").err


def test_fail_on_moves_the_line(here: Run, host: MemoryHost) -> None:
    host.file("/usr/lib/systemd/system/mariadb.service", UNIT.replace("joe", "mysql"))
    host.dir("/var/lib/mysql", uid=106, gid=106)
    assert here("scan", "--fail-on", "low").code == Exit.CLEAN


def test_strict_takes_no_gap(here: Run, host: MemoryHost, monkeypatch: pytest.MonkeyPatch) -> None:
    host.file("/usr/lib/systemd/system/mariadb.service", UNIT.replace("joe", "mysql"))
    host.dir("/var/lib/mysql", uid=106, gid=106)
    monkeypatch.setattr(own_code, "as_root", lambda: Limit("privaudit itself", "joe can change its code"))
    assert here("scan").code == Exit.CLEAN
    ended = here("scan", "--strict")
    assert ended.code == Exit.INCOMPLETE
    assert "/opt/privaudit" in ended.err
    assert "joe can change its code" in ended.out


@pytest.mark.skipif(sys.platform != "linux", reason="no children elsewhere")
def test_a_child_beside_it_changes_nothing(here: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own_code, "as_root", lambda: Limit("privaudit itself", "joe can change its code"))
    alone = here("scan")
    monkeypatch.setattr(machine, "beside", lambda _: True)
    assert here("scan") == alone
    assert "joe can change its code" in alone.out


def test_a_child_is_for_this_machine_alone(host: MemoryHost) -> None:
    assert not machine.beside(host)
    assert machine.beside(LocalHost()) == (sys.platform == "linux")


def test_a_rule_file_that_is_wrong_is_2_with_its_place(here: Run, tmp_path: Path) -> None:
    (tmp_path / "wrong.yaml").write_text("id: wrong\nwrong: 1\n")
    ended = here("scan", "--rules", str(tmp_path))
    assert ended.code == Exit.USAGE
    assert f"privaudit: {tmp_path}/wrong.yaml:" in ended.err
    assert ended.out == ""


def test_hostile_names_reach_nobody_raw(here: Run, host: MemoryHost) -> None:
    name = "a\x1b[2J\u202e.service"
    host.file(f"/etc/systemd/system/{name}", UNIT)
    host.link(f"{WANTED}/{name}", f"/etc/systemd/system/{name}")
    for words in (["scan", "--show", "all"], ["scan", "--format", "json"]):
        ended = here(*words)
        assert not {"\x1b", "\u202e"} & set(ended.out + ended.err)
        ended.out.encode()


def test_a_broken_collector_is_5(here: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> CommandResult:
        raise RuntimeError("unexpected")

    monkeypatch.setattr("privaudit.collect.snapshot.collect", broken)
    ended = here("scan")
    assert ended.code == Exit.FAILED
    assert "RuntimeError: unexpected" in ended.err
    assert ended.out == ""
