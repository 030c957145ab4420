"""Plans of a machine in memory: what is chosen, what is refused and why, and every step in its order."""

from dataclasses import replace

import pytest
from memory_host import MemoryHost

from privaudit.fix.case import Wish, candidates
from privaudit.fix.moves.drop_in import NAME
from privaudit.fix.plan import make_plan
from privaudit.fix.systemctl import SYSTEMCTL
from privaudit.fix.units import seconds
from privaudit.host.changes_linux import LinuxChanges
from privaudit.model.account import Account, AccountKind
from privaudit.model.definition import Command, Definition, Domain, Elevation, Manager
from privaudit.model.finding import Finding, Status
from privaudit.model.path import Exposure, FileKind, Role, ServicePath
from privaudit.model.plan import NoPlan, Plan
from privaudit.model.profile import Health, Matches, Profile
from privaudit.model.service import Declared, Identity, IdentityKind, Listener, Model, Purpose, Service
from privaudit.model.severity import Severity
from privaudit.model.snapshot import Machine, Snapshot
from privaudit.model.steps import Prove, ReadBack, RemoveFiles, StartUnits, StopUnits, WriteFile

UNIT = "shop.service"
FOLDER = f"/etc/systemd/system/{UNIT}.d"
JOE = Identity(1000, "joe", IdentityKind.PERSON)
PROFILE = Profile(
    service="shop",
    names=("shop", "store"),
    matches=Matches(programs=("shopd",)),
    model=Model.DEDICATED,
    account={"default": "shop"},
    move={"systemd": "drop-in"},
    stop_timeout=60,
    stops_with=("shop-extra.socket",),
    health=Health(("{programs}/shopctl", "-p", "{port}", "-s", "{socket}", "ping"), answers="alive"),
)
DEFINITION = Definition(
    Manager.SYSTEMD,
    Domain.SYSTEM,
    UNIT,
    names=(UNIT,),
    path=f"/etc/systemd/system/{UNIT}",
    user="joe",
    active_state="active",
    commands=(Command("ExecStart", "/opt/shop/sbin/shopd", ("shopd",)),),
)
SERVICE = Service(
    id=UNIT,
    name="shop",
    manager=Manager.SYSTEMD,
    domain=Domain.SYSTEM,
    running=True,
    purpose=Purpose.SERVER,
    purpose_reason="",
    profile="shop",
    model=Model.DEDICATED,
    declared=Declared("joe", source=f"/etc/systemd/system/{UNIT}"),
    runs_as=JOE,
    should_run_as="shop",
    definition=DEFINITION,
    program="/opt/shop/sbin/shopd",
    listeners=(Listener("tcp", "192.0.2.1", 8085, 7, 1000),),
)


@pytest.fixture
def host() -> MemoryHost:
    host = MemoryHost()
    host.account("joe", 1000, home="/home/joe", shell="/bin/bash", shadow="$6$x")
    host.account("shop", 500).members("shop", 500).account("root", 0, home="/root")
    host.account("nobody", 65534)
    host.file(f"/etc/systemd/system/{UNIT}", "[Service]\nUser=joe\n").file("/opt/shop/bin/shopctl")
    units(
        host,
        UNIT,
        TriggeredBy="shop.socket shop.timer",
        TimeoutStopUSec="1min 30s",
        TimeoutStartUSec="infinity",
    )
    units(host, "shop.socket", LoadState="loaded", ActiveState="active")
    units(host, "shop.timer", LoadState="loaded", ActiveState="inactive")
    units(host, "shop-extra.socket", LoadState="not-found")
    units(host, UNIT, RequiredBy="till.service")
    units(host, "till.service", ActiveState="active")
    units(host, "till.service", BoundBy="")
    return host


ASKED = (
    ("ActiveState",),
    ("TriggeredBy", "TimeoutStopUSec", "TimeoutStartUSec", "Transient", "CanStart", "CanStop"),
    ("LoadState", "ActiveState"),
    ("RequiredBy", "BoundBy", "ConsistsOf"),
)


def units(host: MemoryHost, unit: str, **values: str) -> None:
    """Record what the manager says of a unit."""
    names = next(names for names in ASKED if set(values) <= set(names))
    text = "".join(f"{name}={values.get(name, '')}\n" for name in names)
    host.command([SYSTEMCTL, "show", f"--property={','.join(names)}", "--", unit], text)
    if "LoadState" in values and "ActiveState" in values:
        units(host, unit, ActiveState=values["ActiveState"])


def snapshot(*services: Service) -> Snapshot:
    joe = Account(1000, "joe", 1000, "/home/joe", "/bin/bash", AccountKind.PERSON, ())
    return Snapshot(Machine("lab", "linux", ""), services, (joe,), (), (), 0, 0)


def planned(
    host: MemoryHost, service: Service = SERVICE, wish: Wish | None = None, *more: Service
) -> Plan | NoPlan:
    found = snapshot(service, *more)
    return make_plan(host, LinuxChanges(), found, (), (PROFILE,), wish or Wish("shop"))


def plan_of(host: MemoryHost, service: Service = SERVICE, wish: Wish | None = None) -> Plan:
    made = planned(host, service, wish)
    assert isinstance(made, Plan), made
    return made


def why(host: MemoryHost, service: Service = SERVICE, wish: Wish | None = None) -> str:
    made = planned(host, service, wish)
    assert isinstance(made, NoPlan), made
    return "; ".join(f"{each.what}: {each.why}: {each.todo}" for each in made.refusals)


def test_every_step_in_its_order(host: MemoryHost) -> None:
    plan = plan_of(host)
    assert [type(step).__name__ for step in plan.steps] == [
        *("StopUnits", "WriteFile", "Reload", "ReadBack", "StartUnits", "AskHealth", "Prove")
    ]
    stop, write, _, read, start, health, prove = plan.steps
    assert stop == StopUnits(
        ("shop.socket", "shop.timer", "till.service", UNIT), ("shop.socket", UNIT, "till.service"), 60
    )
    assert isinstance(write, WriteFile)
    assert (write.path, write.was) == (f"{FOLDER}/{NAME}", None)
    assert write.text.splitlines()[1:] == [
        "# To take it back, with its files: privaudit undo shop",
        *("[Service]", "User=shop", "Group=shop", "SupplementaryGroups="),
    ]
    assert read == ReadBack(UNIT, (("User", "shop"), ("Group", "shop"), ("SupplementaryGroups", "")))
    assert start == StartUnits(("shop.socket", UNIT, "till.service"), 930)
    assert health.says.startswith("run `/opt/shop/bin/shopctl -p 8085 ping` as shop")
    assert prove == Prove(UNIT, "shop", (), ("shopd",), everyone=True)


def test_a_unit_that_runs_commands_as_root_is_proved_by_its_programs(host: MemoryHost) -> None:
    commands = (*DEFINITION.commands, Command("ExecStartPost", "/bin/x", ("x",), Elevation.IDENTITY))
    service = replace(SERVICE, definition=replace(DEFINITION, commands=commands))
    assert plan_of(host, service).steps[-1] == Prove(UNIT, "shop", (), ("shopd",), everyone=False)


def test_an_account_that_is_missing_is_made_with_a_free_id(host: MemoryHost) -> None:
    host.account("ids", 999).members("ids", 998)
    wish = Wish("shop", user="till")
    first = plan_of(host, SERVICE, wish).steps[0]
    assert first.says == "make the account till (uid 997, no login)"


def test_nothing_to_do(host: MemoryHost) -> None:
    right = replace(SERVICE, declared=Declared("shop"), runs_as=Identity(500, "shop", IdentityKind.SERVICE))
    made = planned(host, right)
    assert made == NoPlan(UNIT)


def test_only_a_restart_is_missing(host: MemoryHost) -> None:
    plan = plan_of(host, replace(SERVICE, declared=Declared("shop")))
    assert [type(step).__name__ for step in plan.steps] == ["StopUnits", "StartUnits", "AskHealth", "Prove"]
    assert "undo cannot bring that back" in plan.notes[0]


def test_what_does_not_run_is_not_started(host: MemoryHost) -> None:
    definition = replace(DEFINITION, active_state="inactive")
    plan = plan_of(host, replace(SERVICE, running=False, definition=definition))
    assert [type(step).__name__ for step in plan.steps] == [
        *("StopUnits", "WriteFile", "Reload", "ReadBack", "StartUnits")
    ]
    assert isinstance(start := plan.steps[-1], StartUnits)
    assert UNIT not in start.units
    assert not plan.was_running


def test_a_job_that_has_ended_is_started_again_and_not_looked_at(host: MemoryHost) -> None:
    """Type=oneshot with RemainAfterExit=yes: active, and nothing runs."""
    plan = plan_of(host, replace(SERVICE, running=False, definition=replace(DEFINITION, sub_state="exited")))
    assert plan.steps[-1] == StartUnits(("shop.socket", UNIT, "till.service"), 930)
    assert plan.notes == (f"{UNIT} leaves no process that could be looked at",)


def test_what_waits_for_a_call_goes_on_waiting(host: MemoryHost) -> None:
    """A socket or timer that was active starts again, though the service itself does not run."""
    definition = replace(DEFINITION, active_state="inactive")
    service = replace(SERVICE, running=False, definition=definition)
    units(host, "shop.timer", LoadState="loaded", ActiveState="active")
    plan = plan_of(host, service)
    stop, start = plan.steps[0], plan.steps[-1]
    assert isinstance(stop, StopUnits)
    assert stop.units == ("shop.socket", "shop.timer", UNIT)
    assert start == StartUnits(("shop.socket", "shop.timer"), 930)


def test_a_drop_in_of_ours_that_is_there_is_changed(host: MemoryHost) -> None:
    host.file(f"{FOLDER}/{NAME}", "[Service]\nUser=old\n")
    definition = replace(DEFINITION, drop_ins=(f"{FOLDER}/{NAME}",))
    write = plan_of(host, replace(SERVICE, definition=definition)).steps[1]
    assert isinstance(write, WriteFile)
    assert write.was == "[Service]\nUser=old\n"


def test_dynamic_users_and_groups_are_said(host: MemoryHost) -> None:
    definition = replace(DEFINITION, user=None, dynamic_user=True, supplementary_groups=("ssl-cert",))
    plan = plan_of(host, replace(SERVICE, definition=definition, declared=Declared("shop", dynamic=True)))
    write = plan.steps[1]
    assert isinstance(write, WriteFile)
    assert write.text.endswith("DynamicUser=no\n")
    assert "SupplementaryGroups=ssl-cert is taken away" in plan.notes[0]


@pytest.mark.parametrize("line", ["User=joe", "  Group = joe", "DynamicUser=yes", "SupplementaryGroups=sudo"])
def test_a_later_drop_in_that_decides_is_refused(host: MemoryHost, line: str) -> None:
    host.file(f"{FOLDER}/zzz.conf", f"[Service]\n{line}\n").file(f"{FOLDER}/a.conf", "User=joe\n")
    definition = replace(DEFINITION, drop_ins=(f"{FOLDER}/a.conf", f"{FOLDER}/zzz.conf"))
    assert f"{FOLDER}/zzz.conf: sets" in why(host, replace(SERVICE, definition=definition))


def test_a_later_drop_in_about_something_else_is_fine(host: MemoryHost) -> None:
    host.file(f"{FOLDER}/zzz.conf", "[Service]\nNice=5\n# User=joe\n")
    definition = replace(DEFINITION, drop_ins=(f"{FOLDER}/zzz.conf",))
    assert plan_of(host, replace(SERVICE, definition=definition)).move == "drop-in"


CASES = [
    (SERVICE, Wish("nobody"), "there is no such service"),
    (SERVICE, Wish("shop", user="joe"), "an account that people log in with"),
    (SERVICE, Wish("shop", user="root"), "is root"),
    (SERVICE, Wish("shop", user="nobody"), "is whoever has no account"),
    (replace(SERVICE, profile=None, should_run_as=None), None, "not in the catalogue"),
    (replace(SERVICE, manager=Manager.NONE, definition=None), None, "was started by hand"),
    (replace(SERVICE, definition=replace(DEFINITION, load_state="masked")), None, "is masked"),
]


@pytest.mark.parametrize(("service", "wish", "reason"), CASES)
def test_refusals_say_what_to_do(host: MemoryHost, service: Service, wish: Wish | None, reason: str) -> None:
    assert reason in why(host, service, wish)


@pytest.mark.parametrize("role", [Role.DEFINITION, Role.DROP_IN, Role.DEFINITION_FOLDER])
def test_what_joe_defines_is_not_started_for_him(host: MemoryHost, role: Role) -> None:
    by_joe = Exposure("joe", 1000, AccountKind.PERSON, FOLDER, "owns the folder")
    path = ServicePath(role, FOLDER, FOLDER, exists=True, exposed=True, exposed_to=(by_joe,))
    refused = why(host, replace(SERVICE, paths=(path,)))
    assert f"{FOLDER}: can be changed by joe, and what stands there" in refused
    assert f"chown root:root {FOLDER}" in refused
    home = replace(path, exposed_to=(replace(by_joe, via="/home/joe"),))
    assert "chown" not in why(host, replace(SERVICE, paths=(home,)))
    assert plan_of(host, replace(SERVICE, paths=(replace(path, exposed=False),))).service == UNIT


def test_what_cannot_be_written_safely_is_refused_before_anything_stops(host: MemoryHost) -> None:
    host.dir(FOLDER, uid=1000)
    assert f"{FOLDER}: can be changed by others than root" in why(host)
    host.dir(FOLDER).dir("/etc/systemd/system", 0o775)
    assert "/etc/systemd/system: can be changed by others" in why(host)
    host.dir("/etc/systemd/system").file(f"{FOLDER}/{NAME}", "", uid=1000)
    assert f"{FOLDER}/{NAME}: can be changed by others" in why(host)
    host.link(f"{FOLDER}/{NAME}", "/home/joe/x")
    host.file("/home/joe/x", "", uid=1000)
    assert "is a link, not a regular file" in why(host)


def test_what_stays_wrong_is_said(host: MemoryHost) -> None:
    config = ServicePath(Role.CONFIGURATION, "/etc/shop.conf", "/etc/shop.conf", exists=True)
    run = ServicePath(Role.RUN, "/run/shop", "/run/shop", exists=True)
    stays = finding("configuration-exposed", Severity.CRITICAL, "/etc/shop.conf", "restore-ownership")
    findings = (
        stays,
        finding("data-exposed", Severity.HIGH, "/run/shop", "restore-ownership"),
        finding("program-exposed", Severity.LOW, "/opt/shop", "restore-ownership"),
        finding("runs-as-person", Severity.HIGH, None, "dedicated-account"),
        replace(stays, service="till.service"),
    )
    service = replace(SERVICE, paths=(config, run))
    made = make_plan(host, LinuxChanges(), snapshot(service), findings, (PROFILE,), Wish("shop"))
    assert isinstance(made, Plan)
    assert made.notes == ("this does not mend (critical): configuration-exposed is wrong",)


def test_what_else_counts_on_the_former_account_is_said(host: MemoryHost) -> None:
    rotated = "/var/log/shop/*.log {\n  # create 640 joe\n  create 640\tjoe adm\n  su root adm\n}\n"
    host.file("/etc/logrotate.d/shop", rotated)
    host.file("/etc/logrotate.d/other", "/var/log/other.log {\n  create 640 joe adm\n}\n")
    host.file("/etc/tmpfiles.d/shop.conf", "d /run/shop 0755 joe joe -\nd /run/other 0755 joe joe -\n")
    host.file("/etc/cron.d/shop", "7 * * * * joe-too ls /run/shop\n0 1 * * * joe tar c /var/log/shop/a\n")
    host.file("/var/spool/cron/crontabs/joe", "@daily rm /run/shop/x\n@daily rm /run/shopping\n")
    host.file("/etc/crontab").denied.add("/etc/crontab")
    log = ServicePath(Role.LOG, "/var/log/shop", "/var/log/shop", exists=True)
    run = ServicePath(Role.RUN, "/run/shop", "/run/shop", exists=True)
    made = plan_of(host, replace(SERVICE, paths=(log, run)))
    assert [note.partition(", and joe")[0] for note in made.notes] == [
        "/etc/logrotate.d/shop says `create 640 joe adm`",
        "/etc/tmpfiles.d/shop.conf says `d /run/shop 0755 joe joe -`",
        "/etc/cron.d/shop says `0 1 * * * joe tar c /var/log/shop/a`",
        "/var/spool/cron/crontabs/joe says `@daily rm /run/shop/x`",
        "/etc/crontab was not read (permission denied): it may name the former account",
    ]


def finding(rule: str, severity: Severity, path: str | None, remedy: str) -> Finding:
    return Finding(
        rule, severity, Status.FAIL, UNIT, "", f"{rule} is wrong", (), remedy, (), rule, "", path=path
    )


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ({"Transient": "yes"}, "once it stops it is gone"),
        ({"CanStop": "no"}, "may not be stopped by hand: see RefuseManualStop="),
        ({"CanStart": "no"}, "may not be started by hand: see RefuseManualStart="),
    ],
)
def test_what_could_not_come_up_again_is_refused(
    host: MemoryHost, answer: dict[str, str], reason: str
) -> None:
    units(host, UNIT, **answer)
    assert reason in why(host)


def test_what_never_moves_says_why(host: MemoryHost) -> None:
    profile = replace(PROFILE, move={"systemd": "never"}, move_reason="It becomes whoever logs in.")
    made = make_plan(host, LinuxChanges(), snapshot(SERVICE), (), (profile,), Wish("shop"))
    assert isinstance(made, NoPlan)
    assert "It becomes whoever logs in." in made.refusals[0].why


def test_a_manager_that_does_not_answer_refuses(host: MemoryHost) -> None:
    host.commands.clear()
    assert "no such program" in why(host)


def names(found: tuple[tuple[Service, Profile | None], ...]) -> list[str]:
    return [service.id for service, _ in found]


def test_services_are_found_by_every_name(host: MemoryHost) -> None:
    other = replace(
        SERVICE, id="shop@2.service", name="shop@2", definition=replace(DEFINITION, id="shop@2.service")
    )
    stopped = replace(other, running=False)
    for name in ("shop", "store", UNIT):
        assert names(candidates(snapshot(SERVICE, stopped), (PROFILE,), name)) == [UNIT]
    assert names(candidates(snapshot(SERVICE, other), (PROFILE,), "shop@2.service")) == ["shop@2.service"]
    made = planned(host, SERVICE, Wish("store"), other)
    assert isinstance(made, NoPlan)
    assert made.candidates == (UNIT, "shop@2.service")


@pytest.mark.parametrize(
    ("text", "expected"),
    [("1min 30s", 90), ("15min", 900), ("5s", 5), ("500ms", 1), ("1h", 3600), ("infinity", None), ("", None)],
)
def test_time_spans_of_systemd(text: str, expected: int | None) -> None:
    assert seconds(text) == expected


def test_files_that_a_root_service_left_are_counted_and_stay(host: MemoryHost) -> None:
    host.dir("/var/lib/shop", uid=500).file("/var/lib/shop/log", uid=0).file("/var/lib/shop/own", uid=500)
    data = ServicePath(Role.DATA, "/var/lib/shop", "/var/lib/shop", exists=True, kind=FileKind.DIRECTORY)
    as_root = Identity(0, "root", IdentityKind.ROOT)
    plan = plan_of(host, replace(SERVICE, runs_as=as_root, declared=Declared(None), paths=(data,)))
    assert "1 files of root in /var/lib/shop stay root's" in plan.notes[-1]
    assert "chown shop /var/lib/shop/log" in plan.notes[-1]


def test_a_socket_in_a_shared_folder_is_removed_if_it_stays_behind(host: MemoryHost) -> None:
    host.file("/tmp/shop.sock", uid=1000).file("/run/roots.sock").file("/run/shop.pid", uid=1000)
    sockets = tuple(
        Listener("unix", path, 0, 7, 1000) for path in ("/tmp/shop.sock", "/run/roots.sock", "@shop")
    )
    definition = replace(DEFINITION, pid_file="/run/shop.pid")
    steps = plan_of(host, replace(SERVICE, listeners=sockets, definition=definition)).steps
    assert steps[1] == RemoveFiles(("/run/shop.pid", "/tmp/shop.sock"), 1000)


def test_health_is_asked_where_the_service_listens(host: MemoryHost) -> None:
    sockets = tuple(
        Listener("unix", path, 0, 7, 1000) for path in ("@shop", "/run/shop/admin.sock", "/run/shop.sock")
    )
    steps = plan_of(host, replace(SERVICE, listeners=sockets)).steps
    assert any("`/opt/shop/bin/shopctl -s /run/shop.sock ping`" in step.says for step in steps)


def test_a_question_that_nobody_can_ask_is_said(host: MemoryHost) -> None:
    plan = plan_of(host, replace(SERVICE, program="/usr/local/shopd"))
    assert "AskHealth" not in {type(step).__name__ for step in plan.steps}
    assert "shopctl is not installed beside the service" in plan.notes[0]


def test_a_copy_in_a_persons_manager_is_named(host: MemoryHost) -> None:
    copy = replace(SERVICE, id="homebrew.shop.service", name="homebrew.shop", domain=Domain.USER_MANAGER)
    plan = planned(host, SERVICE, Wish(UNIT), copy)
    assert isinstance(plan, Plan)
    assert plan.notes[-1] == "homebrew.shop.service of joe is another copy: it is not touched"
