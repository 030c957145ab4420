"""Recorded Macs: every rule is silent from medium on where nothing is wrong, and joe's MySQL is found."""

from pathlib import Path

import pytest
from macos.mac_disk import Scan

from privaudit.collect.snapshot import collect
from privaudit.engine import load_catalogue
from privaudit.host.recorded import RecordedHost
from privaudit.model.finding import Status
from privaudit.model.service import Service
from privaudit.model.severity import Severity

HOSTS = Path(__file__).parent.parent / "hosts"


@pytest.fixture(scope="module", params=["mac-stock", "mac-macports"])
def scan(request: pytest.FixtureRequest) -> Scan:
    return scanned(request.param)


def scanned(name: str) -> Scan:
    return Scan(collect(RecordedHost(str(HOSTS / name)), load_catalogue()))


def services(name: str) -> dict[str, Service]:
    return {service.id: service for service in scanned(name).snapshot.services}


def test_nothing_is_found(scan: Scan) -> None:
    assert scan.failed(Severity.MEDIUM) == []
    assert scan.exit == 0


def test_everything_was_seen(scan: Scan) -> None:
    assert scan.snapshot.limits == ()
    assert not [finding for finding in scan.findings if finding.unread]
    assert scan.snapshot.machine.system == "macos 26.4"


def test_what_cannot_be_told_is_only_what_is_nobodys_server(scan: Scan) -> None:
    unknown = {finding.service for finding in scan.findings if finding.status is Status.UNKNOWN}
    assert unknown <= {"joe.backup", "com.example.updater"}


def test_agents_of_macos_may_listen() -> None:
    found = services("mac-stock")
    for label in ("com.apple.rapportd", "com.apple.controlcenter"):
        assert found[label].beyond_loopback is True
        assert (found[label].runs_as.name, found[label].purpose.value) == ("joe", "personal")


def test_an_application_that_listens_is_no_service() -> None:
    assert not [service for service in services("mac-stock").values() if "Music" in service.id]


def test_daemons_are_known_by_their_pids() -> None:
    found = services("mac-stock")["com.apple.mDNSResponder.reloaded"]
    assert ([process.pid for process in found.processes], found.runs_as.name) == ([201], "_mdnsresponder")
    assert [listener.port for listener in found.listeners] == [5353]


def test_a_daemon_behind_daemondo_is_judged_not_daemondo() -> None:
    nginx = services("mac-macports")["org.macports.nginx"]
    assert [worker.name for worker in nginx.workers] == ["_www"]
    assert nginx.program == "/opt/local/sbin/nginx"


def test_a_daemon_that_left_its_start_script_is_found_again() -> None:
    server = services("mac-macports")["org.macports.postgresql16-server"]
    assert [process.pid for process in server.processes] == [700, 710, 711]
    assert (server.runs_as.name, server.should_run_as, server.needless_root) == (
        "postgres",
        "postgres",
        False,
    )
    data = [path for path in server.paths if path.role.value == "data"]
    assert [path.path for path in data] == ["/opt/local/var/db/postgresql16/defaultdb"]


def test_accounts_that_macports_made_are_services() -> None:
    snapshot = scanned("mac-macports").snapshot
    kinds = {account.name: account.kind.value for account in snapshot.accounts}
    assert (kinds["postgres"], kinds["joe"]) == ("service", "person")


def test_joes_mysql_on_a_running_mac_is_found_and_named() -> None:
    scan = scanned("mac-homebrew")
    assert scan.exit == 10
    assert scan.rules(Severity.HIGH) == {"runs-as-person", "runs-as-admin", "data-owned-by-person"}
    assert {finding.service for finding in scan.failed()} == {"homebrew.mxcl.mysql"}
    service = services("mac-homebrew")["homebrew.mxcl.mysql"]
    assert [process.pid for process in service.processes] == [900, 901]
    assert service.program == "/opt/homebrew/Cellar/mysql/9.4.0/bin/mysqld"
    assert (service.runs_as.name, service.should_run_as, service.beyond_loopback) == ("joe", "_mysql", False)
