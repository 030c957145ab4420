"""Who runs MySQL and the rest on real Macs, as ps, lsof and netstat showed it."""

import posixpath
import re
from pathlib import Path

import pytest
from macos.mac_disk import Scan
from memory_host import MemoryHost

from privaudit.collect.snapshot import collect
from privaudit.engine import load_catalogue
from privaudit.host import Platform, RawProcess
from privaudit.host.accounts import passwd_entries
from privaudit.host.netsockets import is_loopback
from privaudit.model.process import Ids
from privaudit.model.service import Listener, Service
from privaudit.model.severity import Severity

pytestmark = pytest.mark.corpus

PEOPLE = {"sj": 501, "umac": 502, "_mysql": 74, "xiongding": 503}
NAMES = {uid: name for name, uid in PEOPLE.items()}
AUX = re.compile(r"(\S+)\s+(\d+)\s+\S+\s+\S+\s+\d+\s+\d+\s+(\S+)\s+\S+\s+\S+\s+\S+\s+(.+)")
EF = re.compile(r"\s*(\d+)\s+(\d+)\s+(\d+)\s+\d+\s+\S+\s+(\S+)\s+\S+\s+(.+)")
AXO = re.compile(r"\s*(\d+)\s+\S+\s+\S+\s+\d+\s+\d+\s+(\S+)\s+\S+\s+\S+\s+\S+\s+(\d+)\s+(.+)")
LSOF = re.compile(r"\S+\s+(\d+)\s+(\S+)\s+\S+\s+(IPv[46])\s+\S+\s+\S+\s+TCP\s+(\S+):(\S+) \(LISTEN\)")


def capture(corpus: Path, name: str) -> list[str]:
    path = corpus / "launchctl" / name
    if not path.exists():
        pytest.skip(f"the corpus has no {name}")
    return path.read_text("utf-8").splitlines()


def row(pid: int, ppid: int, uid: int, command: str) -> RawProcess:
    ids = Ids(uid, uid, uid)
    argv = tuple(command.split())
    program = argv[0] if argv[0].startswith("/") else None
    return RawProcess(pid, ppid, ids, ids, (), posixpath.basename(argv[0]), program, argv, float(pid))


def ps_aux(lines: list[str]) -> list[RawProcess]:
    """Read `ps aux`; processes of a terminal, and the grep itself, are left out."""
    found = [match.groups() for line in lines if (match := AUX.fullmatch(line))]
    return [row(int(pid), 1, PEOPLE[user], rest) for user, pid, tty, rest in found if tty == "??"]


def ps_ef(lines: list[str]) -> list[RawProcess]:
    """Read `ps -ef`, which prints the uid on a Mac."""
    found = [match.groups() for line in lines if (match := EF.fullmatch(line))]
    return [row(int(pid), int(ppid), int(uid), rest) for uid, pid, ppid, _, rest in found]


def mac(rows: list[RawProcess]) -> MemoryHost:
    host = MemoryHost(platform=Platform.DARWIN)
    for name, uid in {**PEOPLE, "root": 0}.items():
        person = uid > 500
        home, shell = (f"/Users/{name}", "/bin/zsh") if person else ("/var/empty", "/usr/bin/false")
        host.account(name, uid, 20 if person else uid, home=home, shell=shell, listed=False)
    host.rows = sorted(rows, key=lambda each: each.pid)
    return host


def mysql_of(host: MemoryHost) -> Service:
    scan = Scan(collect(host, load_catalogue()))
    (service,) = [each for each in scan.snapshot.services if each.profile == "mysql"]
    return service


@pytest.mark.parametrize(
    ("name", "who", "processes"),
    [
        ("ps-aux.homebrew-mysql-as-login-user.txt", "sj", 2),
        ("ps-aux.homebrew-mysql.locale-zh.txt", "umac", 2),
        ("ps-aux.oracle-mysql.txt", "_mysql", 1),
    ],
)
def test_whose_mysql_is_by_ps_aux(corpus: Path, name: str, who: str, processes: int) -> None:
    rows = ps_aux(capture(corpus, name))
    assert len(rows) == processes
    servers = [each for each in rows if (each.program or "").endswith("/mysqld")]
    service = mysql_of(mac(servers))
    assert service.runs_as.name == who
    assert service.runs_as.kind.value == ("service" if who == "_mysql" else "person")
    assert service.should_run_as == "_mysql"


@pytest.mark.parametrize(
    ("name", "pid", "uid"), [("ps-ef.homebrew-mysql.txt", 96366, 502), ("ps-ef.oracle-mysql.txt", 115, 74)]
)
def test_whose_mysql_is_by_ps_ef(corpus: Path, name: str, pid: int, uid: int) -> None:
    (found,) = [each for each in ps_ef(capture(corpus, name)) if each.pid == pid]
    assert (found.uids.real, posixpath.basename(found.program or "")) == (uid, "mysqld")
    assert mysql_of(mac([found])).runs_as.name == NAMES[uid]


def test_a_stock_catalina_runs_nothing_of_a_persons(corpus: Path) -> None:
    name = "macos10.15.ps-Axo-pid-pcpu-pmem-vsz-rss-tty-stat-stime-time-uid-command.txt"
    found = [match.groups() for line in capture(corpus, name) if (match := AXO.fullmatch(line))]
    rows = [row(int(pid), 1 if pid != "1" else 0, int(uid), rest) for pid, _, uid, rest in found]
    assert len(rows) > 40
    assert {each.uids.real for each in rows if each.program == "/usr/libexec/timed"} == {266}
    scan = Scan(collect(mac(rows), load_catalogue()))
    assert scan.failed(Severity.MEDIUM) == []


def test_a_mysql_that_the_network_reaches_is_a_service_of_its_own(corpus: Path) -> None:
    host = mac([row(62685, 1, 503, "/Users/xiongding/mysql/bin/mysqld --user=mysql")])
    for line in capture(corpus, "lsof-3306.txt"):
        match = LSOF.fullmatch(line)
        if match:
            pid, user, kind, address, port = match.groups()
            everywhere = "::" if kind == "IPv6" else "0.0.0.0"  # noqa: S104 - as lsof's star means
            where = {"*": everywhere, "localhost": "127.0.0.1"}[address]
            assert port == "mysql"
            host.sockets.append(Listener("tcp", where, 3306, int(pid), PEOPLE[user], is_loopback(where)))
    assert [(each.pid, each.loopback) for each in host.sockets] == [(62685, False), (96366, True)]
    service = mysql_of(host)
    assert (service.id, service.runs_as.name, service.beyond_loopback) == ("mysqld:3306", "xiongding", True)


def test_what_listens_by_netstat(corpus: Path) -> None:
    lines = capture(corpus, "home_audit.real.netstat_anp_tcp.txt")
    words = [line.split() for line in lines if line.rstrip().endswith("LISTEN")]
    open_ports = {word[3].rpartition(".")[2] for word in words if word[3].startswith("*.")}
    assert {"49276", "88"} <= open_ports


def test_accounts_of_the_single_user_file(corpus: Path) -> None:
    text = "\n".join(capture(corpus, "etc-passwd.macos12.tail.txt"))
    found = {entry.name: entry for entry in passwd_entries(text)}
    assert (found["_mbsetupuser"].uid, found["_mbsetupuser"].shell) == (248, "/bin/bash")
    assert found["_wwwproxy"].home == "/var/empty"


def test_messages_of_launchctl_name_their_reason(corpus: Path) -> None:
    text = "\n".join(capture(corpus, "errors.txt"))
    for reason in ("Bootstrap failed: 5: Input/output error", "Path had bad ownership/permissions"):
        assert reason in text
