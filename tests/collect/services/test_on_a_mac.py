"""What joins a launchd job: its prefix, its places, strays, obstacles and second copies."""

from dataclasses import replace
from typing import Any

import pytest
from memory_host import MemoryHost

from privaudit.collect.accounts import Accounts
from privaudit.collect.files.trace import Tracer
from privaudit.collect.processes import ProcessTable, processes
from privaudit.collect.services.adoption import adopted
from privaudit.collect.services.crew import crew_of
from privaudit.collect.services.identity import named
from privaudit.collect.services.installed import Installation, installation
from privaudit.collect.services.job_places import data_folders, job_places
from privaudit.collect.services.obstacles import obstacles
from privaudit.host import Platform
from privaudit.model.account import Account, AccountKind
from privaudit.model.definition import Command, Definition, Domain, Manager
from privaudit.model.path import Role
from privaudit.model.profile import Matches, Profile
from privaudit.model.service import IdentityKind, Model

LINUX = "/home/linuxbrew/.linuxbrew"
PROFILE = Profile("db", ("db",), Matches(programs=("dbd", "db[0-9]")), Model.DEDICATED, {"default": "_db"})
SERVICE = Account(200, "_db", 200, "/var/empty", "/usr/bin/false", AccountKind.SERVICE, (), (200,))
ROOT = Account(0, "root", 0, "/var/root", "/bin/sh", AccountKind.ROOT, (), (0,))


def job(
    *argv: str,
    domain: Domain = Domain.SYSTEM,
    owner: int = 0,
    label: str = "db",
    **more: Any,  # noqa: ANN401 - any field of a definition
) -> Definition:
    commands = (Command("ProgramArguments", argv[0], argv),) if argv else ()
    return Definition(Manager.LAUNCHD, domain, label, owner=owner, commands=commands, **more)


@pytest.fixture
def mac() -> MemoryHost:
    host = MemoryHost(platform=Platform.DARWIN)
    host.link("/usr/local/bin/dbd", "../Cellar/db/1.0/bin/dbd")
    host.file("/usr/local/Cellar/db/1.0/bin/dbd", mode=0o755)
    return host


@pytest.mark.parametrize(
    ("label", "program", "found"),
    [
        ("db", "/opt/homebrew/opt/db/bin/dbd", Installation("homebrew", "/opt/homebrew")),
        ("db", "/opt/homebrew/bin/dbd", Installation("homebrew", "/opt/homebrew")),
        ("db", "/usr/local/opt/db/bin/dbd", Installation("homebrew", "/usr/local")),
        ("db", "/usr/local/bin/dbd", Installation("homebrew", "/usr/local")),
        (
            "db",
            "/home/linuxbrew/.linuxbrew/opt/db/bin/dbd",
            Installation("homebrew", "/home/linuxbrew/.linuxbrew"),
        ),
        ("homebrew.mxcl.db", "/Users/joe/brew/opt/db/bin/dbd", Installation("homebrew", "/Users/joe/brew")),
        ("db", "/Users/joe/brew/Cellar/db/1.0/bin/dbd", Installation("homebrew", "/Users/joe/brew")),
        ("db", "/srv/opt/db/bin/dbd", None),
        ("db", "/opt/db/bin/dbd", None),
        ("db", "/opt/local/bin/daemondo", Installation("macports", "/opt/local")),
        ("db", "/opt/sw/sbin/dbd", Installation("fink", "/opt/sw")),
        ("db", "/sw/sbin/dbd", Installation("fink", "/sw")),
        ("db", "/usr/local/mysql/bin/mysqld", Installation("oracle", "/usr/local/mysql")),
        ("db", "/Library/PostgreSQL/16/bin/postgres", Installation("edb", "/Library/PostgreSQL/16")),
        ("db", "/usr/sbin/cupsd", None),
    ],
)
def test_prefixes(mac: MemoryHost, label: str, program: str, found: Installation | None) -> None:
    assert installation(Tracer(mac), label, [program]) == found


@pytest.mark.parametrize(
    ("argv", "folders"),
    [
        ("dbd --datadir=/var/db", ["/var/db"]),
        ("dbd -D /var/db", ["/var/db"]),
        ("dbd -D/var/db", ["/var/db"]),
        ("dbd --dbpath /a --data-dir=/b", ["/a", "/b"]),
        ("httpd -D FOREGROUND", []),
        ("dbd -D", []),
        ("dbd --datadir=relative", []),
    ],
)
def test_data_that_arguments_name(argv: str, folders: list[str]) -> None:
    assert data_folders(argv.split()) == folders


@pytest.mark.parametrize(
    ("folder", "is_data"),
    [
        ("/opt/homebrew/var/mysql", True),
        ("/opt/homebrew/var", False),
        ("/opt/homebrew/var/log", False),
        ("/opt/homebrew/var/db/redis", True),
        ("/usr/local/mysql", False),
        ("/Users/joe", False),
        ("/", False),
        (None, False),
    ],
)
def test_a_working_folder_is_data_if_it_is_the_services_own(folder: str | None, is_data: bool) -> None:  # noqa: FBT001
    found = list(job_places(job("/x/dbd", working_directory=folder), None, by_root=False))
    assert [place.path for place in found if place.role is Role.DATA] == ([folder] if is_data else [])


def test_logs_and_configuration_are_places_too() -> None:
    streams = (("stderr", "/dev/null"), ("stdout", "/var/log/db.log"))
    definition = job("/x/dbd", "--config=/etc/db.conf", "/etc/more.yml", "name.conf", extra=streams)
    found = {(place.role, place.path, place.by_root) for place in job_places(definition, None, by_root=True)}
    assert found == {
        (Role.LOG, "/var/log/db.log", True),
        (Role.CONFIGURATION, "/etc/db.conf", True),
        (Role.CONFIGURATION, "/etc/more.yml", True),
    }


def test_the_program_behind_a_start_script_is_a_place() -> None:
    found = list(job_places(job("/x/bin/db_safe"), PROFILE, by_root=False))
    assert [(place.role, place.path) for place in found] == [(Role.PROGRAM, "/x/bin/dbd")]
    assert list(job_places(job("/x/bin/dbd"), PROFILE, by_root=False)) == []


def table(host: MemoryHost) -> ProcessTable:
    return processes(host)


@pytest.fixture
def strays(mac: MemoryHost) -> MemoryHost:
    mac.process(1, "/sbin/launchd", ppid=0)
    mac.process(10, "/opt/local/bin/daemondo")
    mac.process(20, "/opt/local/bin/dbd", uid=200)
    mac.process(21, "/opt/local/bin/dbd", uid=200, ppid=20)
    mac.process(30, "/opt/other/tool", uid=200)
    return mac


def pids(strays: MemoryHost, *definitions: Definition, members: tuple[int, ...] = (10,)) -> list[list[int]]:
    found = table(strays)
    subjects = [
        (each, [found.own[pid] for pid in members if not index]) for index, each in enumerate(definitions)
    ]
    profiles = [PROFILE if "other" not in each.id else None for each in definitions]
    return [[process.pid for process in tree] for _, tree in adopted(found, subjects, profiles)]


def test_a_daemon_that_left_its_job_comes_back_to_it(strays: MemoryHost) -> None:
    assert pids(strays, job("/opt/local/bin/daemondo"), job("/x", label="other")) == [[10, 20, 21], []]


def test_of_two_jobs_the_one_in_the_same_place_gets_it(strays: MemoryHost) -> None:
    near, far = job("/opt/local/bin/daemondo"), job("/usr/local/bin/dbd", label="far")
    assert pids(strays, near, far) == [[10, 20, 21], []]


def test_where_two_jobs_may_have_lost_it_nobody_gets_it(strays: MemoryHost) -> None:
    one, two = job("/opt/local/bin/daemondo"), job("/opt/local/sbin/x", label="two")
    assert pids(strays, one, two) == [[10], []]


def test_a_job_with_a_daemon_of_its_own_gets_no_other(strays: MemoryHost) -> None:
    strays.process(11, "/opt/local/bin/dbd", ppid=10)
    assert pids(strays, job("/opt/local/bin/daemondo"), members=(10, 11)) == [[10, 11]]


def test_an_agent_gets_no_process_of_another_account(strays: MemoryHost) -> None:
    assert pids(strays, job("/opt/local/bin/x", domain=Domain.GUI, owner=501)) == [[10]]
    assert pids(strays, job("/opt/local/bin/x", domain=Domain.GUI, owner=200)) == [[10, 20, 21]]


def test_a_disabled_job_that_does_not_run_gets_nothing(strays: MemoryHost) -> None:
    assert pids(strays, job("/opt/local/bin/x", enabled="disabled"), members=()) == [[]]


def test_behind_a_wrapper_the_program_itself_does_the_work(strays: MemoryHost) -> None:
    strays.process(12, "/opt/local/bin/tool", uid=200, ppid=10)
    commands = (
        Command("ProgramArguments", "/usr/bin/sudo", ()),
        Command("ProgramArguments", "/opt/local/bin/tool", ()),
    )
    definition = replace(job(), commands=commands, main_pid=10)
    found = table(strays)
    crew = crew_of(definition, None, found.tree(10))
    assert crew.main is not None
    assert (crew.main.pid, [process.pid for process in crew.working]) == (10, [12])
    plain = crew_of(replace(definition, commands=commands[:1]), None, found.tree(10))
    assert [process.pid for process in plain.working] == [10]


def test_launchd_takes_digits_for_a_name(mac: MemoryHost) -> None:
    mac.account("_db", 200, listed=False)
    accounts = Accounts(mac)
    assert named(accounts, "200", Manager.LAUNCHD).kind is IdentityKind.UNKNOWN
    assert named(accounts, "200").name == "_db"


def said(host: MemoryHost, account: Account | None, **more: Any) -> tuple[str, ...]:  # noqa: ANN401
    return obstacles(Tracer(host), job("/x/dbd", **more), account)


@pytest.fixture
def folders() -> MemoryHost:
    host = MemoryHost(platform=Platform.DARWIN)
    host.dir("/joes", uid=501, gid=80, mode=0o775).dir("/dbs", uid=200, gid=200, mode=0o750)
    host.dir("/closed", uid=501, mode=0o700).dir("/closed/in", uid=501)
    host.file("/joes/own.log", uid=200).file("/joes/joes.log", uid=501)
    return host


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("/joes/own.log", None),
        ("/dbs/new.log", None),
        ("/dev/null", None),
        ("/joes/joes.log", "_db may not write its log /joes/joes.log"),
        ("/joes/new.log", "_db may not make its log /joes/new.log"),
        ("/closed/in/new.log", "_db may not make its log /closed/in/new.log"),
        ("/none/new.log", "no folder for its log /none/new.log: launchd makes one that _db cannot enter"),
    ],
)
def test_logs_that_stop_a_job(folders: MemoryHost, path: str, text: str | None) -> None:
    extra = (("stderr", path), ("stdout", path))
    assert said(folders, SERVICE, extra=extra) == (() if text is None else (text,))
    assert said(folders, ROOT, extra=extra) == ()


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("/dbs", None),
        ("/joes", None),
        ("/none", "working folder /none does not exist"),
        ("/joes/own.log", "working folder /joes/own.log is no folder"),
        ("/closed", "_db may not enter the working folder /closed"),
        ("/closed/in", "_db may not enter the working folder /closed/in"),
    ],
)
def test_working_folders_that_stop_a_job(folders: MemoryHost, path: str, text: str | None) -> None:
    assert said(folders, SERVICE, working_directory=path) == (() if text is None else (text,))


def test_nothing_is_said_of_an_account_that_is_not_known_or_of_systemd(folders: MemoryHost) -> None:
    assert said(folders, None, working_directory="/none") == ()
    unit = Definition(Manager.SYSTEMD, Domain.SYSTEM, "db.service", working_directory="/none")
    assert obstacles(Tracer(folders), unit, SERVICE) == ()
