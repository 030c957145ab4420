"""What `systemctl show` prints, read back: recorded from systemd 252, and text made to mislead."""

from hypothesis import given
from hypothesis import strategies as st

from privaudit.collect.systemd import show
from privaudit.collect.systemd.folders import SYSTEM
from privaudit.collect.systemd.properties import printed, units, words
from privaudit.collect.systemd.scope import Scope
from privaudit.host import PasswdEntry
from privaudit.model.definition import Definition, Domain, Elevation, ServiceDirectory

ROOT = PasswdEntry("root", 0, 0, "", "/root", "/bin/sh")
SCOPE = Scope(Domain.SYSTEM, ROOT, SYSTEM, (), (), (), ())


def command(stage: str, path: str, argv: str, rest: str) -> str:
    """Print a command line as systemctl does."""
    return f"{stage}={{ path={path} ; argv[]={argv} ; {rest} ; {TAIL}"


TAIL = "start_time=[n/a] ; stop_time=[n/a] ; pid=0 ; code=(null) ; status=0/0 }"
FLAGS = "flags=ignore-failure no-env-expand"
MARIADB = rf"""Type=notify
PIDFile=
MainPID=431
{command("ExecStartPre", "/usr/bin/install", "/usr/bin/install -m 755 /run/mysqld", "ignore_errors=no")}
{command("ExecStartPreEx", "/usr/bin/install", "/usr/bin/install -m 755 /run/mysqld", "flags=privileged")}
{command("ExecStartEx", "/usr/sbin/mariadbd", "/usr/sbin/mariadbd $OPTS", FLAGS)}
ControlGroup=/system.slice/mariadb.service
Environment=A=1 "B=two words" "C=x\"y\\z" $'D=a\tb' E=
EnvironmentFiles=/etc/default/a (ignore_errors=no)
EnvironmentFiles=/etc/default/b (ignore_errors=yes)
WorkingDirectory=!/srv
RootDirectory=
ExecSearchPath=/opt/a /opt/b
CapabilityBoundingSet=cap_chown cap_kill
AmbientCapabilities=cap_net_bind_service
User=mysql
Group=mysql
DynamicUser=no
SupplementaryGroups=ssl-cert adm
PrivateUsers=yes
StateDirectory=mysql lib/x
LogsDirectory=mysql
Id=mariadb.service
Names=mysql.service mariadb.service
TriggeredBy=mariadb.socket
LoadState=loaded
ActiveState=active
SubState=running
FragmentPath=/lib/systemd/system/mariadb.service
SourcePath=
DropInPaths=/etc/systemd/system/mariadb.service.d/a.conf "/etc/systemd/system/mariadb.service.d/b c.conf"
UnitFileState=enabled
NeedDaemonReload=yes
"""


def made(text: str) -> list[Definition]:
    found = [show.definition(unit, SCOPE) for unit in units(text)]
    return [each for each in found if each is not None]


def test_a_service() -> None:
    (found,) = made(MARIADB)
    assert (found.id, found.names) == ("mariadb.service", ("mariadb.service", "mysql.service"))
    assert (found.user, found.group, found.dynamic_user, found.private_users) == (
        "mysql",
        "mysql",
        False,
        True,
    )
    assert found.supplementary_groups == ("ssl-cert", "adm")
    assert [c.stage for c in found.commands] == ["ExecStartPre", "ExecStart"]
    assert found.commands[0].elevation is Elevation.FULL
    assert found.commands[1].argv == ("/usr/sbin/mariadbd", "$OPTS")
    assert (found.commands[1].ignore_failure, found.commands[1].no_env_expand) == (True, True)
    assert dict(found.environment) == {"A": "1", "B": "two words", "C": 'x"y\\z', "D": "a\tb", "E": ""}
    assert found.environment_files == ("/etc/default/a", "-/etc/default/b")
    assert found.drop_ins[1] == "/etc/systemd/system/mariadb.service.d/b c.conf"
    assert (found.working_directory, found.root_directory, found.pid_file) == ("/srv", None, None)
    assert ServiceDirectory("logs", "/var/log/mysql") in found.directories
    assert (found.capabilities, found.ambient_capabilities) == (
        ("cap_chown", "cap_kill"),
        ("cap_net_bind_service",),
    )
    assert (found.main_pid, found.needs_reload, found.enabled) == (431, True, "enabled")
    assert found.triggered_by == ("mariadb.socket",)
    assert found.extra == (("ExecSearchPath", "/opt/a:/opt/b"),)
    assert (found.path, found.source_path) == ("/lib/systemd/system/mariadb.service", None)


def test_only_what_can_run_or_runs_is_a_service() -> None:
    text = "\n\n".join(
        f"Id={name}\nLoadState={load}\nActiveState={active}"
        for name, load, active in (
            ("a.service", "masked", "inactive"),
            ("b.service", "not-found", "inactive"),
            ("c.service", "not-found", "active"),
            ("d.service", "loaded", "failed"),
            ("e.socket", "loaded", "active"),
            ("f@x.service", "loaded", "inactive"),
            ("g\x1b[0m.service", "loaded", "active"),
        )
    )
    assert [(each.id, each.template) for each in made(text)] == [
        ("c.service", None),
        ("d.service", None),
        ("f@x.service", "f@.service"),
    ]


def test_the_older_form_of_commands() -> None:
    text = (
        f"Id=a.service\nLoadState=loaded\nExecStart={{ path=/a ; argv[]=/a b ; ignore_errors=yes ; {TAIL}\n"
    )
    (found,) = made(text)
    assert (found.commands[0].argv, found.commands[0].ignore_failure) == (("/a", "b"), True)


def test_arguments_with_line_breaks_are_no_further_properties() -> None:
    text = (
        f"Id=a.service\nLoadState=loaded\nExecStartEx={{ path=/bin/sh ; argv[]=/bin/sh -c x\n\nUser=root\n"
        f"Id=b.service ; flags= ; y ; flags=privileged ; {TAIL}\nUser=joe\n\nId=c.service\nLoadState=loaded\n"
    )
    found = made(text)
    assert [(each.id, each.user) for each in found] == [("a.service", "joe"), ("c.service", None)]
    assert found[0].commands[0].argv[2:5] == ("x", "User=root", "Id=b.service")
    assert found[0].commands[0].elevation is Elevation.FULL


def test_every_capability_of_the_kernel_is_no_bound() -> None:
    text = "Id=a.service\nLoadState=loaded\nCapabilityBoundingSet=cap_chown cap_dac_override\n"
    (unit,) = units(text)
    bounded, unbounded = show.definition(unit, SCOPE, 2), show.definition(unit, SCOPE, 1)
    assert bounded is not None
    assert unbounded is not None
    assert (bounded.capabilities, unbounded.capabilities) == (("cap_chown", "cap_dac_override"), None)


@given(st.text(max_size=300))
def test_any_text_is_read_without_an_error(text: str) -> None:
    for unit in units(f"Id=a.service\nLoadState=loaded\n{text}"):
        show.definition(unit, SCOPE)
    words(text)
    printed(text)


def test_output_to_a_file_is_shown_by_its_kind() -> None:
    text = "Id=a.service\nLoadState=loaded\nStandardOutput=append\nStandardError=inherit\n"
    (unit,) = made(text)
    assert unit.extra == (("StandardOutput", "append"),)
