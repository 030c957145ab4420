"""Which managers are asked, what counts when they answer, lie, hang or do not run."""

import pytest
from memory_host import Entry, MemoryHost

from privaudit.collect.systemd import live, query
from privaudit.collect.systemd.managed import definitions
from privaudit.host import CommandResult, Denied, HostError, Platform
from privaudit.model.definition import Definition, Domain
from privaudit.model.path import FileKind, FileStat

ASK = query.OF_SYSTEM
ASK_USER = query.OF_USER
ETC = "/etc/systemd/system"
OWN = "/home/joe/.config/systemd/user"
TAIL = "flags= ; start_time=[n/a] ; stop_time=[n/a] ; pid=0 ; code=(null) ; status=0/0 }"
UNIT = "[Service]\nExecStart=/bin/x\n[Install]\nWantedBy=default.target\n"


def printed(name: str, *lines: str, load: str = "loaded", active: str = "active") -> str:
    return "\n".join(
        (
            *(f"Id={name}", f"Names={name}", f"LoadState={load}", f"ActiveState={active}", "ExecStartEx="),
            *lines,
            "",
        )
    )


def machine(*answers: str) -> MemoryHost:
    host = MemoryHost().account("root", 0, home="/root", shell="/bin/bash").dir(query.BOOTED)
    host.account("joe", 1000, home="/home/joe", shell="/bin/bash")
    return host.command(
        ASK, "\n".join((printed("masked.service", load="masked", active="inactive"), *answers))
    )


def logged_in(host: MemoryHost, owner: int = 1000) -> MemoryHost:
    host.dir("/run/user/1000", uid=1000)
    return host.put("/run/user/1000/bus", Entry(FileKind.SOCKET, 0o666, owner, owner))


def by_id(host: MemoryHost) -> dict[tuple[int, str], Definition]:
    return {(each.owner, each.id): each for each in definitions(host).definitions}


def test_loaded_units_and_those_that_only_have_a_file() -> None:
    host = machine(
        printed("a.service", "User=x"), printed("gone.service", load="not-found", active="inactive")
    )
    host.file(f"{ETC}/a.service", UNIT).file(f"{ETC}/b.service", UNIT).file(f"{ETC}/gone.service", UNIT)
    found = by_id(host)
    assert sorted(found) == [(0, "a.service"), (0, "b.service"), (0, "gone.service")]
    assert (found[0, "a.service"].active_state, found[0, "b.service"].active_state) == ("active", "")
    assert host.asked == [tuple(ASK)]
    assert definitions(host).limits == ()


def test_a_systemd_before_243_is_asked_for_what_it_knows() -> None:
    old = "ExecStart={ path=/bin/x ; argv[]=/bin/x a ; ignore_errors=no ; start_time=[n/a] ; status=0/0 }"
    host = machine()
    host.command(ASK, "Id=a.service\nLoadState=loaded\nActiveState=active\n")
    host.command(query.BEFORE_243[ASK], f"Id=a.service\nLoadState=loaded\nActiveState=active\n{old}\n")
    assert [line.argv for line in by_id(host)[0, "a.service"].commands] == [("/bin/x", "a")]


def test_a_unit_that_the_manager_refused_is_not_read_again() -> None:
    host = machine(printed("a.service", load="bad-setting", active="inactive"))
    host.file(f"{ETC}/a.service", UNIT)
    assert by_id(host) == {}


def test_arguments_are_taken_from_the_file_where_it_says_the_same() -> None:
    shown = f"ExecStartEx={{ path=/bin/x ; argv[]=/bin/x a b c ; {TAIL}"
    host = machine(
        printed("a.service", shown, f"FragmentPath={ETC}/a.service"),
        printed("b.service", shown, f"FragmentPath={ETC}/b.service"),
        printed("c.service", shown, f"FragmentPath={ETC}/c.service", "NeedDaemonReload=yes"),
    )
    host.file(f"{ETC}/a.service", '[Service]\nPermissionsStartOnly=yes\nExecStart=/bin/x "a b" c\n')
    host.file(f"{ETC}/b.service", '[Service]\nExecStart=/bin/x "a b" d\n')
    host.file(f"{ETC}/c.service", '[Service]\nExecStart=/bin/x "a b" c\n')
    found = by_id(host)
    assert found[0, "a.service"].commands[0].argv == ("/bin/x", "a b", "c")
    assert found[0, "a.service"].extra == (("PermissionsStartOnly", "yes"),)
    assert found[0, "b.service"].commands[0].argv == ("/bin/x", "a", "b", "c")
    assert found[0, "c.service"].commands[0].argv == ("/bin/x", "a", "b", "c")


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (HostError(query.SYSTEMCTL, "no answer within 30 s"), "no answer within 30 s"),
        (CommandResult(1, b"", b"Failed to connect to bus\nmore"), "Failed to connect to bus"),
        (CommandResult(1, b"", b""), "exit status 1"),
        (CommandResult(0, b"Version=219\n", b""), "named no service"),
        (CommandResult(0, b"x" * (live.MAX_OUTPUT + 1), b""), f"printed more than {live.MAX_OUTPUT} bytes"),
    ],
)
def test_a_manager_that_does_not_answer_is_read_from_files(
    answer: HostError | CommandResult, why: str
) -> None:
    host = machine().file(f"{ETC}/a.service", UNIT)
    host.commands[tuple(ASK)] = answer
    assert list(by_id(host)) == [(0, "a.service")]
    assert [limit.why for limit in definitions(host).limits] == [why]


def test_an_answer_that_breaks_off_counts_as_far_as_it_went() -> None:
    host = machine().file(f"{ETC}/a.service", UNIT).file(f"{ETC}/b.service", UNIT)
    answer = printed("a.service").encode()
    host.commands[tuple(ASK)] = CommandResult(1, answer, b"Failed to get properties: Invalid argument\n")
    found = by_id(host)
    assert (found[0, "a.service"].active_state, found[0, "b.service"].active_state) == ("active", "")
    assert [limit.why for limit in definitions(host).limits] == [
        "Failed to get properties: Invalid argument: further units were read from files"
    ]


def test_where_systemd_does_not_run_files_are_read_and_it_is_said() -> None:
    host = MemoryHost().account("root", 0, home="/root").file(f"{ETC}/a.service", UNIT)
    assert list(by_id(host)) == [(0, "a.service")]
    assert [limit.why for limit in definitions(host).limits] == [
        "systemd is not running: units were read from files"
    ]
    assert host.asked == []


def test_a_machine_without_systemd_and_a_mac_say_nothing() -> None:
    for host in (MemoryHost().account("root", 0), MemoryHost(platform=Platform.DARWIN)):
        assert definitions(host).definitions == ()
        assert definitions(host).limits == ()


def test_a_person_who_is_logged_in_is_asked_over_the_own_bus() -> None:
    host = logged_in(machine()).command(ASK_USER, printed("homebrew.mysql.service", "MainPID=7"))
    host.file(f"{OWN}/homebrew.redis.service", UNIT)
    host.file("/usr/lib/systemd/user/pipewire.service", UNIT)
    found = by_id(host)
    assert sorted(found) == [(1000, "homebrew.mysql.service"), (1000, "homebrew.redis.service")]
    mysql = found[1000, "homebrew.mysql.service"]
    assert (mysql.domain, mysql.main_pid, mysql.working_directory) == (Domain.USER_MANAGER, 7, "/home/joe")
    assert definitions(host).limits == ()


def test_a_bus_that_somebody_else_made_is_not_asked() -> None:
    host = logged_in(machine(), owner=1001)
    assert by_id(host) == {}
    assert host.asked == [tuple(ASK)]


def test_a_person_whose_manager_hangs_is_read_from_files() -> None:
    host = logged_in(machine()).file(f"{OWN}/a.service", UNIT)
    host.commands[tuple(ASK_USER)] = HostError(query.SYSTEMCTL, "no answer within 5 s")
    assert list(by_id(host)) == [(1000, "a.service")]
    assert [limit.why for limit in definitions(host).limits] == ["no answer within 5 s"]


def test_people_who_take_long_leave_the_others_unasked(monkeypatch: pytest.MonkeyPatch) -> None:
    host = logged_in(machine()).file(f"{OWN}/a.service", UNIT)
    times = iter([0.0, 100.0])
    monkeypatch.setattr(MemoryHost, "now", lambda _: next(times))
    result = definitions(host)
    assert [limit.why for limit in result.limits] == ["not asked: others took too long to answer"]
    assert [each.id for each in result.definitions] == ["a.service"]


def test_who_lingers_gets_what_is_enabled_for_everybody_and_others_what_is_their_own() -> None:
    host = MemoryHost(live=False).account("root", 0).account("joe", 1000, home="/home/joe")
    host.account("ann", 1001, home="/home/ann").file("/var/lib/systemd/linger/joe")
    host.file("/usr/lib/systemd/user/on.service", UNIT).file("/usr/lib/systemd/user/off.service", UNIT)
    host.link("/etc/systemd/user/default.target.wants/on.service", "/usr/lib/systemd/user/on.service")
    host.file("/home/ann/.local/share/systemd/user/own.service", UNIT)
    host.file("/usr/lib/systemd/user/mine.service", UNIT).file("/usr/lib/systemd/user/other.service", UNIT)
    host.link("/home/ann/.config/systemd/user/x.wants/mine.service", "/usr/lib/systemd/user/mine.service")
    host.file("/home/ann/.config/systemd/user/other.service.d/a.conf", "[Service]\nEnvironment=A=1\n")
    found = by_id(host)
    assert sorted(found) == [
        (1000, "on.service"),
        (1001, "mine.service"),
        (1001, "other.service"),
        (1001, "own.service"),
    ]
    assert (found[1000, "on.service"].enabled, found[1001, "own.service"].enabled) == ("enabled", "disabled")


def test_a_persons_folders_and_specifiers_are_the_persons() -> None:
    host = MemoryHost(live=False).account("root", 0)
    host.account("joe", 1000, home="/home/joe", shell="/bin/zsh").members("joe", 1000)
    host.file(
        f"{OWN}/a.service",
        "[Service]\nStateDirectory=s\nLogsDirectory=l\nRuntimeDirectory=r\nPIDFile=p\n"
        "ExecStart=/x %u %U %g %h %s %t %S %E %C %L %D %c\n",
    )
    made = by_id(host)[1000, "a.service"]
    assert made.commands[0].argv[1:] == (
        *("joe", "1000", "joe", "/home/joe", "/bin/zsh", "/run/user/1000", "/home/joe/.local/state"),
        *("/home/joe/.config", "/home/joe/.cache", "/home/joe/.local/state/log", "/home/joe/.local/share"),
        "/user.slice/user-1000.slice/user@1000.service/a.service",
    )
    assert [each.path for each in made.directories] == [
        "/home/joe/.local/state/log/l",
        "/run/user/1000/r",
        "/home/joe/.local/state/s",
    ]
    assert made.pid_file == "/run/user/1000/p"


def test_older_systemd_keeps_a_persons_state_with_the_configuration() -> None:
    host = MemoryHost(live=False).account("joe", 1000, home="/home/joe")
    host.file("/usr/lib/x86_64-linux-gnu/systemd/libsystemd-shared-252.so")
    host.file(f"{OWN}/a.service", "[Service]\nStateDirectory=s\nExecStart=/x\n")
    assert by_id(host)[1000, "a.service"].directories[0].path == "/home/joe/.config/s"


def test_a_systemd_built_for_a_separate_usr_is_known_by_its_own_units() -> None:
    host = MemoryHost(live=False).link("/lib", "usr/lib")
    host.file("/usr/lib/systemd/system/systemd-journald.service", "[Service]\nExecStart=/lib/systemd/x\n")
    assert by_id(host)[0, "systemd-journald.service"].path == "/lib/systemd/system/systemd-journald.service"


def test_a_home_that_cannot_be_entered_is_one_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    host = machine(printed("a.service"))
    look = host.lstat

    def shut(_: MemoryHost, path: str) -> FileStat:
        if path.startswith("/home/joe/"):
            raise Denied(path, "permission denied")
        return look(path)

    monkeypatch.setattr(MemoryHost, "lstat", shut)
    result = definitions(host)
    assert [each.id for each in result.definitions] == ["a.service"]
    assert [(limit.what, limit.why) for limit in result.limits] == [(OWN, "permission denied")]


def test_homes_that_cannot_be_read_are_limits() -> None:
    host = machine().file(f"{OWN}/a.service", UNIT)
    host.denied.add(OWN)
    host.dir("/run/user/77", uid=77).put("/run/user/77/bus", Entry(FileKind.SOCKET, 0o600, 77, 77))
    result = definitions(host)
    assert result.definitions == ()
    assert {(limit.what, limit.why) for limit in result.limits} == {
        (OWN, "permission denied"),
        ("/run/user/77", "belongs to no account"),
    }
    assert Denied(OWN, "permission denied").limit() in result.limits
