"""What launchctl prints, per version of macOS: real captures, and the shapes that no capture shows."""

from pathlib import Path

import pytest

from privaudit.collect.launchd import printed
from privaudit.collect.launchd.printed import PrintedService, Row


def capture(corpus: Path, name: str) -> str:
    path = corpus / "launchctl" / name
    if not path.exists():
        pytest.skip(f"the corpus has no {name}")
    return path.read_text("utf-8")


def service(corpus: Path, name: str) -> PrintedService:
    found = printed.service(capture(corpus, name))
    assert found is not None
    return found


ICLOUD = (
    "/System/Library/PrivateFrameworks/AOSKit.framework/Versions/A/XPCServices/com.apple.iCloudHelper.xpc"
)
# label, path, type, state, program, user, pid, last exit
SERVICES: dict[str, tuple[str | None, ...]] = {
    "macos10.15.print-system-service.wazuh.txt": (
        *("com.wazuh.agent", "/Library/LaunchDaemons/com.wazuh.agent.plist", None, "running"),
        *("/Library/StartupItems/WAZUH/Wazuh-launcher", None, "1061", "0"),
    ),
    "macos11-12.print-gui-service.jamf.txt": (
        *("com.jamf.protect.agent", "/Library/LaunchAgents/com.jamf.protect.agent.plist", None),
        "spawn scheduled",
        "/Applications/JamfProtect.app/Contents/Helpers/JamfProtectAgent.app/Contents/MacOS/JamfProtectAgent",
        *(None, None, "0"),
    ),
    "macos13.0.1.print-user-service.xpc.txt": (
        "com.apple.iCloudHelper",
        ICLOUD,
        *("XPCService", "not running"),
        f"{ICLOUD}/Contents/MacOS/com.apple.iCloudHelper",
        *(None, None, "0"),
    ),
    "macos13.print-system-service.wazuh.txt": (
        *("com.wazuh.agent", "/Library/LaunchDaemons/com.wazuh.agent.plist", "LaunchDaemon", "running"),
        *("/Library/StartupItems/WAZUH/launcher.sh", None, "337", "(never exited)"),
    ),
    "macos13-14.print-system-service.akd.txt": (
        *("com.apple.akd", "/System/Library/LaunchDaemons/com.apple.akd.plist", "LaunchDaemon", "running"),
        "/System/Library/PrivateFrameworks/AuthKit.framework/Versions/A/Support/akd",
        *(None, "928", "(never exited)"),
    ),
    "macos14.print-gui-service.calendar.txt": (
        *("com.motherboard.disaster.backup", None, None, None, None, None, None, "1"),
    ),
    "print-system-service.coreaudiod.txt": (
        *("com.apple.audio.coreaudiod", "/System/Library/LaunchDaemons/com.apple.audio.coreaudiod.plist"),
        *("LaunchDaemon", "running", "/usr/sbin/coreaudiod", "_coreaudiod", "188", None),
    ),
    "macos26.print-gui-service.recorded.txt": (
        *("com.dotfiles.sync", "/Users/u/Library/LaunchAgents/com.dotfiles.sync.plist", "LaunchAgent"),
        *("not running", "/opt/homebrew/bin/dot", None, None, "0"),
    ),
    "macos26.print-system-service.running.txt": (
        "com.byliu.egress-guard.daemon",
        "/Library/LaunchDaemons/com.byliu.egress-guard.daemon.plist",
        *("LaunchDaemon", "running", "/usr/local/bin/egress-guard", None, "893", None),
    ),
    "macos26.6.print-system-service.endpoints.txt": (
        *("com.example.svc", "/Library/LaunchDaemons/com.example.svc.plist", "LaunchDaemon", "running"),
        *("/usr/local/bin/example", None, "5474", "255"),
    ),
    "macos27.print-gui-service.calendar-never-run.txt": (
        "com.sglavoie.brew-maintain",
        "/Users/sglavoie/scripts/launchagents/Library/LaunchAgents/com.sglavoie.brew-maintain.plist",
        *("LaunchAgent", "not running", "/Users/sglavoie/.local/bin/brew-maintain.sh", None, None),
        "(never exited)",
    ),
    "macos27.print-gui-service.interval.txt": (
        "com.sglavoie.forgejo-sync",
        "/Users/sglavoie/scripts/launchagents/Library/LaunchAgents/com.sglavoie.forgejo-sync.plist",
        *("LaunchAgent", "not running", "/Users/sglavoie/.local/bin/forgejo-sync.sh", None, None, "0"),
    ),
    "macos27.print-gui-service.running-first-run.txt": (
        "com.sglavoie.ddc-brightnessd",
        "/Users/sglavoie/scripts/launchagents/Library/LaunchAgents/com.sglavoie.ddc-brightnessd.plist",
        *("LaunchAgent", "running", "/Users/sglavoie/.local/bin/ddc-brightnessd", None, "1076"),
        "(never exited)",
    ),
    "macos27.print-gui-service.running-successfulexit.txt": (
        "com.sglavoie.brainnotes-vault-guard",
        "/Users/sglavoie/scripts/launchagents/Library/LaunchAgents/com.sglavoie.brainnotes-vault-guard.plist",
        *("LaunchAgent", "running", "/Users/sglavoie/.go/bin/bn-vault-guard", None, "1082"),
        "(never exited)",
    ),
    "macos27.print-gui-service.watchpaths-exit1.txt": (
        "com.sglavoie.sync-legacy",
        "/Users/sglavoie/scripts/launchagents/Library/LaunchAgents/com.sglavoie.sync-legacy.plist",
        *("LaunchAgent", "not running", "/Users/sglavoie/.local/bin/sync-legacy.sh", None, None, "1"),
    ),
    "home_audit.launchctl_print_screensharing_running.txt": (
        *("com.apple.screensharing", "/System/Library/LaunchDaemons/com.apple.screensharing.plist"),
        *("LaunchDaemon", "running"),
        "/System/Library/CoreServices/RemoteManagement/screensharingd.bundle/Contents/MacOS/screensharingd",
        *(None, "1187", "(never exited)"),
    ),
    "home_audit.launchctl_print_smbd_not_running.txt": (
        *("com.apple.smbd", "/System/Library/LaunchDaemons/com.apple.smbd.plist", "LaunchDaemon"),
        *("not running", "/usr/sbin/smbd", None, None, "(never exited)"),
    ),
    "home_audit.launchctl_print_sshd_not_running.txt": (
        *("com.openssh.sshd", "/System/Library/LaunchDaemons/ssh.plist", "LaunchDaemon", "not running"),
        *("/usr/libexec/sshd-keygen-wrapper", None, None, "(never exited)"),
    ),
    "ios10.procinfo-with-service.txt": (
        "com.apple.CallHistorySyncHelper",
        "/System/Library/LaunchDaemons/com.apple.CallHistorySyncHelper.plist",
        *(None, "running"),
        "/System/Library/PrivateFrameworks/CallHistory.framework/Support/CallHistorySyncHelper",
        *("mobile", "518", None),
    ),
}


@pytest.mark.corpus
@pytest.mark.parametrize("name", SERVICES)
def test_services_of_every_version(corpus: Path, name: str) -> None:
    found = service(corpus, name)
    pid = None if found.pid is None else str(found.pid)
    said = (found.label, found.path, found.type, found.state, found.program, found.user, pid, found.last_exit)
    assert said == SERVICES[name]


@pytest.mark.corpus
def test_arguments_and_logs(corpus: Path) -> None:
    found = service(corpus, "macos26.print-system-service.running.txt")
    assert found.argv == ("/usr/local/bin/egress-guard", "start", "--port=8443", "--system")
    assert found.stdout == "/var/db/egress-guard/.local/state/egress-guard/daemon.log"
    assert found.stderr == "/var/db/egress-guard/.local/state/egress-guard/daemon.err"


@pytest.mark.corpus
@pytest.mark.parametrize(
    ("name", "rows", "disabled"),
    [
        (
            "macos13-14.print-system-domain.txt",
            (
                Row("com.apple.lskdd", None, "-"),
                Row("com.apple.runningboardd", 184, "-"),
                Row("com.apple.relatived", None, "-"),
            ),
            {"com.apple.CSCSupportd", "com.apple.ftpd", "com.apple.mdmclient.daemon.runatboot"},
        ),
        (
            "print-system-domain.2026.txt",
            (
                Row("com.apple.rpmuxd", None, "-"),
                Row("com.apple.lskdd", None, "-"),
                Row("com.apple.kernelmanager_helper", 876, "-"),
                Row("com.apple.runningboardd", 539, "-"),
                Row("com.apple.modelcatalogd", 9682, "(pe)"),
                Row("ch.example.failing", None, "78"),
            ),
            set(),
        ),
        (
            "print-domain-tail.docker-postgres.txt",
            (),
            {"com.apple.CSCSupportd", "com.apple.ftpd", "com.apple.mdmclient.daemon.runatboot"},
        ),
        ("macos26.6.print-user-domain.empty.txt", (), set()),
    ],
)
def test_domains(corpus: Path, name: str, rows: tuple[Row, ...], disabled: set[str]) -> None:
    found = printed.domain(capture(corpus, name))
    assert found.rows == rows
    assert {label for label, off in found.disabled if off} == disabled


@pytest.mark.corpus
def test_the_end_of_a_domain_keeps_what_was_enabled(corpus: Path) -> None:
    found = dict(printed.domain(capture(corpus, "print-domain-tail.docker-postgres.txt")).disabled)
    assert (found["postgresql-17"], found["com.docker.vmnetd"]) == (False, False)


@pytest.mark.corpus
@pytest.mark.parametrize(
    ("name", "count", "disabled", "enabled"),
    [
        ("macos12.print-disabled-user.booleans.txt", 15, "com.apple.Siri.agent", "com.docker.helper"),
        ("macos13plus.print-disabled.words.txt", 5, "com.openssh.sshd", "homebrew.mxcl.dnsmasq"),
        ("home_audit.launchctl_print_disabled_smb_disabled.txt", 8, "com.apple.smbd", None),
        ("home_audit.launchctl_print_disabled_no_smbd.txt", 7, "com.openssh.sshd", None),
    ],
)
def test_overrides_in_booleans_and_in_words(
    corpus: Path, name: str, count: int, disabled: str, enabled: str | None
) -> None:
    found = printed.overrides(capture(corpus, name))
    assert len(found) == count
    assert found[disabled] is True
    assert enabled is None or found[enabled] is False


@pytest.mark.corpus
def test_what_a_process_is_part_of(corpus: Path) -> None:
    top = printed.blocks(capture(corpus, "macos26.print-pid.txt"))
    block = top.blocks["pid/22457"]
    assert block.blocks["resource coalition"].values["name"] == "io.shuttle.daemon"
    assert block.blocks["security context"].values["uid"] == "592148721"


@pytest.mark.corpus
def test_procinfo_shows_whose_redis_is(corpus: Path) -> None:
    top = printed.blocks(capture(corpus, "procinfo.homebrew-redis-as-login-user.txt"))
    ids = top.blocks["bsd proc info"].values
    assert (ids["uid"], ids["ruid"], ids["svuid"], ids["comm name"]) == ("501", "501", "501", "redis-server")


@pytest.mark.corpus
@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("macos27.print-not-found.stderr.txt", "com.sglavoie.nope"),
        ("system.print-not-found.stderr.txt", "ai.example.missing"),
        ("list-label.not-found.stderr.txt", "homebrew.mxcl.openfortivpn-tunnel"),
    ],
)
def test_an_answer_without_a_service_is_none(corpus: Path, name: str, label: str) -> None:
    text = capture(corpus, name)
    assert label in text
    assert printed.service(text) is None


@pytest.mark.corpus
@pytest.mark.parametrize(
    ("name", "row"),
    [
        ("list.el-capitan.txt", Row("com.apple.Finder", 279, "0")),
        ("list.homebrew-services.2016.txt", Row("homebrew.mxcl.postgresql", None, "78")),
        ("list.modern-negative-status.txt", Row("com.apple.progressd", 86967, "-9")),
    ],
)
def test_the_old_list(corpus: Path, name: str, row: Row) -> None:
    assert row in printed.listed(capture(corpus, name))


@pytest.mark.corpus
def test_the_old_list_of_one_service(corpus: Path) -> None:
    text = capture(corpus, "list-label.chef-redis.txt")
    found = {
        key: value.rstrip(";") for key, value in printed.blocks(f"x = {text}").blocks["x"].values.items()
    }
    assert (found["Label"], found["PID"]) == ('"io.redis.redis-server"', "62803")
    assert found["LastExitStatus"] == "0"


NAMED = """system/com.example.db = {
\tactive count = 1
\tpath = /Library/LaunchDaemons/com.example.db.plist
\ttype = LaunchDaemon
\tstate = running

\tprogram = /opt/db/bin/db
\targuments = {
\t\t/opt/db/bin/db
\t\t-c
\t\tuser = root
\t\tpid = 1
\t}

\tworking directory = /opt/db/data
\tstdout path = /var/log/db.log
\tdomain = system
\tusername = _mysql
\tgroup = _mysql
\tpid = 71
\tlast terminating signal = Terminated: 15

\tendpoints = {
\t\t"x" = {
\t\t\tstate = active
\t\t\tpid = 2
\t\t}
\t}
}
"""


def test_what_stands_in_an_argument_or_an_inner_block_is_not_the_services() -> None:
    found = printed.service(NAMED)
    assert found is not None
    assert (found.user, found.group, found.pid, found.state) == ("_mysql", "_mysql", 71, "running")
    assert found.argv == ("/opt/db/bin/db", "-c", "user = root", "pid = 1")
    assert (found.working_directory, found.stdout) == ("/opt/db/data", "/var/log/db.log")
    assert found.last_exit == "Terminated: 15"


def test_a_submitted_service_has_no_path() -> None:
    text = "gui/501/example.helper = {\n\tpath = (submitted by smd.330)\n\tstate = running\n\tpid = 9\n}\n"
    found = printed.service(text)
    assert found is not None
    assert (found.path, found.program, found.pid) == (None, None, 9)


@pytest.mark.parametrize("text", ["", "}\n}\n", "= {", "services = {\n", "\0\n", "x = {\n" * 50_000])
def test_odd_answers_are_survived(text: str) -> None:
    printed.service(text)
    printed.domain(text)
    printed.overrides(text)
