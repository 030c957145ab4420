"""The running launchd laid over its files: loaded or not, pids, other programs, jobs without a file."""

import plistlib

import pytest
from memory_host import MemoryHost

from privaudit.collect.definitions import definitions
from privaudit.host import HostError, Platform
from privaudit.model.definition import Definition, Domain

LAUNCHCTL = "/bin/launchctl"
JOE = 501
DAEMON = "/Library/LaunchDaemons/com.example.db.plist"
AGENT = "/Users/joe/Library/LaunchAgents/com.example.sync.plist"


def domain(name: str, *rows: str, disabled: str = "") -> str:
    lines = "".join(f"\t\t{row}\n" for row in rows)
    off = "".join(f'\t\t"{label}" => disabled\n' for label in disabled.split())
    return (
        f"{name} = {{\n\ttype = x\n\tservices = {{\n{lines}\t}}\n\n\tdisabled services = {{\n{off}\t}}\n}}\n"
    )


def service(target: str, **values: str) -> str:
    lines = "".join(f"\t{key.replace('_', ' ')} = {value}\n" for key, value in values.items())
    return f"{target} = {{\n{lines}}}\n"


@pytest.fixture
def mac() -> MemoryHost:
    host = MemoryHost(platform=Platform.DARWIN)
    host.account("joe", JOE, 20, home="/Users/joe", shell="/bin/zsh", listed=False)
    host.dir("/Users/joe", uid=JOE)
    host.process(1, "/sbin/launchd", ppid=0)
    host.process(300, "/System/Library/CoreServices/Finder.app/Contents/MacOS/Finder", uid=JOE)
    job(host, DAEMON, "com.example.db", UserName="_db")
    job(host, AGENT, "com.example.sync", owner=JOE)
    host.command([LAUNCHCTL, "print", "system"], domain("system"))
    host.command([LAUNCHCTL, "print", f"gui/{JOE}"], domain(f"gui/{JOE}"))
    host.command([LAUNCHCTL, "print", f"user/{JOE}"], domain(f"user/{JOE}"))
    return host


def job(host: MemoryHost, path: str, label: str, owner: int = 0, **keys: object) -> None:
    program = f"/opt/{label}/bin/run"
    host.file(path, plistlib.dumps({"Label": label, "ProgramArguments": [program], **keys}), uid=owner)


def read(host: MemoryHost) -> dict[tuple[str, int], Definition]:
    return {(each.id, each.owner): each for each in definitions(host).definitions}


def test_what_is_not_loaded_says_so(mac: MemoryHost) -> None:
    found = read(mac)
    assert set(found) == {("com.example.db", 0), ("com.example.sync", JOE)}
    assert {each.sub_state for each in found.values()} == {"not loaded"}
    assert found["com.example.db", 0].main_pid is None


def test_a_loaded_daemon_has_its_pid_and_state(mac: MemoryHost) -> None:
    mac.command([LAUNCHCTL, "print", "system"], domain("system", "  71   0   com.example.db"))
    target = "system/com.example.db"
    shown = service(
        target, path=DAEMON, state="running", program="/opt/com.example.db/bin/run", username="_db", pid="71"
    )
    mac.command([LAUNCHCTL, "print", target], shown)
    found = read(mac)["com.example.db", 0]
    assert (found.main_pid, found.active_state, found.sub_state) == (71, "active", "running")
    assert found.needs_reload is False


def test_a_file_that_changed_since_it_was_loaded_is_told(mac: MemoryHost) -> None:
    mac.command([LAUNCHCTL, "print", "system"], domain("system", "71 0 com.example.db"))
    target = "system/com.example.db"
    mac.command([LAUNCHCTL, "print", target], service(target, path=DAEMON, program="/opt/old/run", pid="71"))
    found = read(mac)["com.example.db", 0]
    assert found.needs_reload is True
    assert ("loaded-program", "/opt/old/run") in found.extra
    assert ("loaded-user", "root") in found.extra
    assert [command.path for command in found.commands] == ["/opt/com.example.db/bin/run", "/opt/old/run"]


def test_a_program_that_launchd_names_without_its_folder_is_no_change(mac: MemoryHost) -> None:
    mac.command([LAUNCHCTL, "print", "system"], domain("system", "71 0 com.example.db"))
    target = "system/com.example.db"
    mac.command([LAUNCHCTL, "print", target], service(target, path=DAEMON, program="run", username="_db"))
    assert read(mac)["com.example.db", 0].needs_reload is False


def test_a_label_that_another_file_holds_is_a_job_of_its_own(mac: MemoryHost) -> None:
    mac.command([LAUNCHCTL, "print", "system"], domain("system", "71 0 com.example.db"))
    target = "system/com.example.db"
    other = "/Users/joe/jobs/db.plist"
    mac.command([LAUNCHCTL, "print", target], service(target, path=other, program="/tmp/db", pid="71"))
    found = [each for each in definitions(mac).definitions if each.id == "com.example.db"]
    assert {(each.path, each.main_pid) for each in found} == {(DAEMON, None), (other, 71)}


def test_a_job_without_a_file_is_a_definition(mac: MemoryHost) -> None:
    mac.command([LAUNCHCTL, "print", "system"], domain("system", "71 0 com.example.helper"))
    target = "system/com.example.helper"
    values = {"path": "(submitted by smd.330)", "program": "/Library/x/helper", "username": "_db"}
    shown = service(target, stdout_path="/var/log/x.log", **values)
    mac.command([LAUNCHCTL, "print", target], shown)
    found = read(mac)["com.example.helper", 0]
    assert (found.path, found.user, found.commands[0].path) == (None, "_db", "/Library/x/helper")
    assert (found.main_pid, found.extra) == (71, (("stdout", "/var/log/x.log"),))


def test_agents_are_loaded_in_their_owners_domain(mac: MemoryHost) -> None:
    mac.process(300, "/opt/com.example.sync/bin/run", uid=JOE)
    mac.command([LAUNCHCTL, "print", f"gui/{JOE}"], domain(f"gui/{JOE}", "300 0 com.example.sync"))
    target = f"gui/{JOE}/com.example.sync"
    mac.command([LAUNCHCTL, "print", target], service(target, path=AGENT, state="running", pid="300"))
    found = read(mac)["com.example.sync", JOE]
    assert (found.domain, found.main_pid, found.user) == (Domain.GUI, 300, None)


def test_a_person_cannot_claim_anothers_process(mac: MemoryHost) -> None:
    mac.command([LAUNCHCTL, "print", f"gui/{JOE}"], domain(f"gui/{JOE}", "1 0 com.example.sync"))
    assert read(mac)["com.example.sync", JOE].main_pid is None


def test_an_agent_for_everyone_is_one_in_each_session(mac: MemoryHost) -> None:
    mac.account("ann", 502, 20, home="/Users/ann", shell="/bin/zsh", listed=False)
    mac.dir("/Users/ann", uid=502)
    mac.process(400, "/usr/sbin/cfprefsd", uid=502)
    job(mac, "/Library/LaunchAgents/com.example.all.plist", "com.example.all")
    for uid in (JOE, 502):
        mac.command([LAUNCHCTL, "print", f"gui/{uid}"], domain(f"gui/{uid}", "0 - com.example.all"))
        mac.command([LAUNCHCTL, "print", f"user/{uid}"], status=113)
    found = [each.owner for each in definitions(mac).definitions if each.id == "com.example.all"]
    assert found == [JOE, 502]


def test_only_uids_with_a_session_are_asked(mac: MemoryHost) -> None:
    mac.account("ann", 502, 20, home="/Users/ann", shell="/bin/zsh", listed=False)
    mac.dir("/Users/ann", uid=502)
    mac.process(400, "/opt/local/lib/postgresql16/bin/postgres", uid=502)
    read(mac)
    assert not [argv for argv in mac.asked if "502" in " ".join(argv)]


def test_no_session_is_no_fault_but_a_refusal_is(mac: MemoryHost) -> None:
    mac.command([LAUNCHCTL, "print", f"gui/{JOE}"], status=113)
    mac.command([LAUNCHCTL, "print", f"user/{JOE}"], status=1)
    said = [limit for limit in definitions(mac).limits if limit.what.startswith("launchctl")]
    assert [(limit.what, limit.why) for limit in said] == [
        (f"launchctl print user/{JOE}", "failed with status 1")
    ]


def test_without_launchctl_the_files_count(mac: MemoryHost) -> None:
    mac.commands[LAUNCHCTL, "print", "system"] = HostError(LAUNCHCTL, "no answer within 30 s")
    found = definitions(mac)
    assert {each.id for each in found.definitions} == {"com.example.db", "com.example.sync"}
    assert ("launchctl print system", "no answer within 30 s") in {
        (limit.what, limit.why) for limit in found.limits
    }


def test_an_old_launchd_is_asked_by_its_list(mac: MemoryHost) -> None:
    mac.command([LAUNCHCTL, "print", "system"], status=64)
    mac.command([LAUNCHCTL, "list"], "PID\tStatus\tLabel\n71\t0\tcom.example.db\n")
    assert read(mac)["com.example.db", 0].main_pid == 71


def test_the_running_launchd_knows_what_is_disabled(mac: MemoryHost) -> None:
    mac.command([LAUNCHCTL, "print", "system"], domain("system", disabled="com.example.db"))
    found = read(mac)
    assert (found["com.example.db", 0].enabled, found["com.example.sync", JOE].enabled) == (
        "disabled",
        "enabled",
    )


def test_programs_that_somebody_opened_are_no_services(mac: MemoryHost) -> None:
    rows = ("300 0 application.com.apple.finder.1.2", "0 - com.apple.parsecd")
    mac.command([LAUNCHCTL, "print", f"gui/{JOE}"], domain(f"gui/{JOE}", *rows))
    assert {label for label, _ in read(mac)} == {"com.example.db", "com.example.sync"}
