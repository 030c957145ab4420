"""Units from files: search path, aliases, masks, drop-ins, templates, specifiers and settings together."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from memory_host import MemoryHost

from privaudit.collect.systemd.capabilities import ALL, merged
from privaudit.collect.systemd.dropins import folder_names
from privaudit.collect.systemd.managed import definitions
from privaudit.collect.systemd.names import as_path, unescaped
from privaudit.host import HostError
from privaudit.model.definition import Definition, Elevation, ServiceDirectory

ETC = "/etc/systemd/system"
RUN = "/run/systemd/system"
USR = "/usr/lib/systemd/system"


def image() -> MemoryHost:
    host = MemoryHost(live=False)
    host.account("root", 0, home="/root", shell="/bin/bash")
    return host


def service(*lines: str) -> str:
    return "\n".join(("[Service]", *lines, ""))


def found(host: MemoryHost) -> dict[str, Definition]:
    return {each.id: each for each in definitions(host).definitions}


def one(*lines: str, name: str = "a.service") -> Definition:
    return found(image().file(f"{ETC}/{name}", service(*lines)))[name]


def test_the_first_folder_counts() -> None:
    host = image()
    for folder, user in ((USR, "usr"), (RUN, "run"), (ETC, "etc")):
        host.file(f"{folder}/a.service", service(f"User={user}", "ExecStart=/a"))
    assert (found(host)["a.service"].user, found(host)["a.service"].path) == ("etc", f"{ETC}/a.service")


def test_masks_take_a_unit_away() -> None:
    host = image()
    for name in ("a", "b", "c"):
        host.file(f"{USR}/{name}.service", service("ExecStart=/a"))
    host.link(f"{ETC}/a.service", "/dev/null").file(f"{ETC}/b.service")
    assert list(found(host)) == ["c.service"]
    assert definitions(host).limits == ()


def test_aliases_are_names_of_one_service() -> None:
    host = image().file(f"{USR}/main.service", service("ExecStart=/a"))
    host.link(f"{ETC}/one.service", f"{USR}/main.service").link(f"{ETC}/two.service", "one.service")
    host.file(f"{ETC}/two.service.d/a.conf", service("User=joe"))
    assert list(found(host)) == ["main.service"]
    assert found(host)["main.service"].names == ("main.service", "one.service", "two.service")
    assert found(host)["main.service"].user == "joe"


def test_a_unit_linked_from_outside_is_known_by_its_link() -> None:
    host = image().file("/opt/x.service", service("ExecStart=/a")).link(f"{ETC}/b.service", "/opt/x.service")
    assert found(host)["b.service"].path == f"{ETC}/b.service"


def test_a_link_through_a_linked_folder_is_an_alias() -> None:
    host = image().file(f"{USR}/ssh.service", service("ExecStart=/a")).link("/lib", "usr/lib")
    host.link(f"{ETC}/sshd.service", "/lib/systemd/system/ssh.service")
    assert [(each.id, each.names) for each in found(host).values()] == [
        ("ssh.service", ("ssh.service", "sshd.service"))
    ]


@pytest.mark.parametrize("target", ["a.socket", "other@.service", "a.service", f"{USR}/none.service"])
def test_links_that_are_no_alias(target: str) -> None:
    host = image().file(f"{USR}/other@.service", service("ExecStart=/a")).link(f"{ETC}/a.service", target)
    assert found(host) == {}


def test_loops_of_links_end() -> None:
    host = image()
    for number in range(20):
        host.link(f"{ETC}/l{number}.service", f"l{(number + 1) % 20}.service")
    assert found(host) == {}


def test_drop_ins_apply_by_name_whatever_their_folder() -> None:
    host = image().file(f"{USR}/a-b-c.service", service("ExecStart=/old", "User=unit"))
    host.file(f"{USR}/a-b-c.service.d/10.conf", service("User=hidden"))
    host.file(f"{ETC}/a-b-c.service.d/10.conf", service("Environment=A=1"))
    host.file(f"{RUN}/a-b-.service.d/20.conf", service("ExecStart=", "ExecStart=+/new"))
    host.file(f"{ETC}/a-.service.d/30.conf", service("User=dash"))
    host.file(f"{ETC}/service.d/40.conf", service("Group=every"))
    host.file(f"{ETC}/a-b-c.service.d/.hidden.conf", service("User=hidden"))
    host.file(f"{ETC}/a-b-c.service.d/readme", service("User=hidden"))
    made = found(host)["a-b-c.service"]
    assert made.drop_ins == (
        f"{ETC}/a-b-c.service.d/10.conf",
        f"{RUN}/a-b-.service.d/20.conf",
        f"{ETC}/a-.service.d/30.conf",
        f"{ETC}/service.d/40.conf",
    )
    assert (made.user, made.group, made.environment) == ("dash", "every", (("A", "1"),))
    assert [(c.path, c.elevation) for c in made.commands] == [("/new", Elevation.FULL)]


def test_a_drop_in_folder_that_is_a_link_and_a_masked_drop_in() -> None:
    host = image().file(f"{USR}/a.service", service("ExecStart=/a"))
    host.file("/srv/drops/x.conf", service("User=joe")).link(f"{ETC}/a.service.d", "/srv/drops")
    host.file(f"{USR}/a.service.d/y.conf", service("User=root")).link("/srv/drops/y.conf", "/dev/null")
    assert found(host)["a.service"].drop_ins == ("/srv/drops/x.conf", "/srv/drops/y.conf")
    assert found(host)["a.service"].user == "joe"


def test_a_drop_in_counts_up_to_its_first_fatal_line() -> None:
    host = image().file(f"{USR}/a.service", service("ExecStart=/a", "User=joe"))
    host.file(f"{ETC}/a.service.d/x.conf", service("Group=staff", "User=a/b", "User=late"))
    assert (found(host)["a.service"].user, found(host)["a.service"].group) == ("joe", "staff")
    (limit,) = definitions(host).limits
    assert limit.what == f"{ETC}/a.service.d/x.conf"
    assert "a/b" not in limit.why


def test_folder_names() -> None:
    assert folder_names("a-b@x.service") == [
        "a-b@x.service",
        "a-b@.service",
        "a-.service",
        "a-@x.service",
        "a-@.service",
    ]
    assert folder_names("a--.service") == ["a--.service", "a-.service"]
    assert folder_names("-a.service") == ["-a.service"]


def test_instances_are_those_that_something_asks_for() -> None:
    host = image().file(f"{USR}/t@.service", service("User=%i", "ExecStart=/%p %I %n"))
    host.link(f"{ETC}/multi-user.target.wants/t@joe.service", f"{USR}/t@.service")
    host.file(f"{ETC}/t@ann.service", service("User=own", "ExecStart=/b"))
    host.file(f"{USR}/k.timer", "[Timer]\nUnit=t@tim.service\n")
    host.file(f"{ETC}/t@joe.service.d/a.conf", service("Group=j"))
    host.link(f"{ETC}/nick@.service", f"{USR}/t@.service")
    made = found(host)
    assert sorted(made) == ["t@ann.service", "t@joe.service", "t@tim.service"]
    joe = made["t@joe.service"]
    assert (joe.user, joe.group, joe.template, joe.enabled) == ("joe", "j", "t@.service", "enabled")
    assert joe.names == ("nick@joe.service", "t@joe.service")
    assert joe.commands[0].argv == ("/t", "joe", "t@joe.service")
    assert made["t@ann.service"].user == "own"
    assert made["t@tim.service"].triggered_by == ("k.timer",)


def test_a_template_that_answers_connections_is_a_service() -> None:
    host = image().file(f"{USR}/echo@.service", service("User=nobody", "ExecStart=-/echo %i"))
    host.file(
        f"{USR}/echo.socket", "[Socket]\nListenStream=7\nAccept=yes\n[Install]\nWantedBy=sockets.target"
    )
    made = found(host)["echo@.service"]
    assert (made.user, made.triggered_by, made.template) == ("nobody", ("echo.socket",), None)


def test_what_starts_a_service() -> None:
    host = image()
    for name in ("a", "b"):
        host.file(f"{USR}/{name}.service", service("ExecStart=/a", "Sockets=more.socket"))
    host.file(f"{USR}/a.socket", "[Socket]\n").file(
        f"{USR}/x.path", "[Path]\nUnit=a.service\nUnit=b.service\n"
    )
    host.file(f"{USR}/y.socket", "[Socket]\nService=a.service\nService=b.service\n")
    assert found(host)["a.service"].triggered_by == ("a.socket", "more.socket", "x.path")
    assert found(host)["b.service"].triggered_by == ("more.socket", "y.socket")


def test_enabled_states() -> None:
    host = image()
    install = "[Install]\nWantedBy=multi-user.target\nAlias=nick.service\n"
    for name, more in (
        ("on", install),
        ("off", install),
        ("plain", ""),
        ("also", "[Install]\nAlso=on.service\n"),
    ):
        host.file(f"{USR}/{name}.service", service("ExecStart=/a") + more)
    host.file(f"{USR}/nicked.service", service("ExecStart=/a") + install)
    host.file("/run/systemd/generator/made.service", service("ExecStart=/a"))
    host.file(f"{USR}/boot.service", service("ExecStart=/a") + install)
    host.link(f"{RUN}/x.target.requires/boot.service", f"{USR}/boot.service")
    host.link(f"{ETC}/x.target.wants/on.service", f"{USR}/on.service")
    host.link(f"{ETC}/nick.service", f"{USR}/nicked.service")
    host.link(f"{USR}/x.target.wants/plain.service", "../plain.service")
    assert {name: each.enabled for name, each in found(host).items()} == {
        "on.service": "enabled",
        "off.service": "disabled",
        "plain.service": "static",
        "also.service": "indirect",
        "nicked.service": "enabled",
        "made.service": "generated",
        "boot.service": "enabled-runtime",
    }


def test_settings_reset_merge_and_default() -> None:
    made = one(
        "User=a",
        "User=",
        "SupplementaryGroups=a b",
        "SupplementaryGroups=c",
        "Environment=A=1 'B=x y' 9=z",
        "EnvironmentFile=-/etc//x",
        "StateDirectory=b a /no ../no private/no",
        "LogsDirectory=%p",
        "PIDFile=x.pid",
        "WorkingDirectory=~",
        "RootDirectory=/srv/.//r",
        "PrivateUsers=yes",
        "ExecStart=prog x",
    )
    assert (made.user, made.supplementary_groups) == (None, ("a", "b", "c"))
    assert made.environment == (("A", "1"), ("B", "x y"))
    assert made.environment_files == ("-/etc/x",)
    assert made.directories == (
        ServiceDirectory("logs", "/var/log/a"),
        ServiceDirectory("state", "/var/lib/a"),
        ServiceDirectory("state", "/var/lib/b"),
    )
    assert (made.pid_file, made.working_directory, made.root_directory) == ("/run/x.pid", "/root", "/srv/r")
    assert (made.private_users, made.type) == (True, "simple")
    assert (made.commands[0].path, made.commands[0].argv) == ("/usr/bin/prog", ("prog", "x"))


def test_a_program_without_a_path_is_looked_for() -> None:
    host = image().file(f"{ETC}/a.service", service("ExecSearchPath=/opt:/srv", "ExecStart=prog"))
    host.file("/srv/prog").file("/usr/bin/prog")
    assert found(host)["a.service"].commands[0].path == "/srv/prog"


@pytest.mark.parametrize(
    ("lines", "kind"),
    [
        (("ExecStart=/a",), "simple"),
        (("BusName=org.x", "ExecStart=/a"), "dbus"),
        (("Type=nonsense", "ExecStart=/a"), "simple"),
        (("Type=forking", "ExecStart=/a"), "forking"),
        (("RemainAfterExit=yes", "ExecStop=/a"), "oneshot"),
    ],
)
def test_types(lines: tuple[str, ...], kind: str) -> None:
    assert one(*lines).type == kind


@pytest.mark.parametrize(
    "lines",
    [
        ("ExecStart=",),
        ("ExecStart=/a", "ExecStart=/b"),
        ("Type=oneshot",),
        ("Type=dbus", "ExecStart=/a"),
        ("User=a:b", "ExecStart=/a"),
        ("User=007", "ExecStart=/a"),
        ("User=4294967295", "ExecStart=/a"),
        ("DynamicUser=maybe", "ExecStart=/a"),
        ("WorkingDirectory=a", "ExecStart=/a"),
        ("RootDirectory=a", "ExecStart=/a"),
        ("ExecStart=/a %z",),
        ("ExecStart=/a", "ExecStart"),
    ],
)
def test_what_systemd_does_not_start_is_no_service(lines: tuple[str, ...]) -> None:
    host = image().file(f"{ETC}/a.service", service(*lines))
    expected = ["a.service"] if lines[-1] == "ExecStart" else []
    assert list(found(host)) == expected


def test_dynamic_users() -> None:
    assert (
        one("DynamicUser=yes", "ExecStart=/a").user,
        one("DynamicUser=1", "User=x", "ExecStart=/a").group,
    ) == (
        "a",
        "x",
    )
    assert one("DynamicUser=yes", "ExecStart=/a", name="a.b.service").user == "_dud645219be626ade9"


def test_all_but_the_start_may_be_roots() -> None:
    assert one("PermissionsStartOnly=yes", "ExecStart=/a").extra == (("PermissionsStartOnly", "yes"),)


def test_specifiers() -> None:
    host = (
        image().file("/etc/machine-id", "00ff\n").file("/usr/lib/os-release", 'ID="debian"\nVERSION_ID=12\n')
    )
    line = (
        r"ExecStart=/x %n|%N|%p|%P|%i|%I|%j|%J|%f|%u|%U|%h|%s|%t|%S|%C|%L|%E|%T|%V|%H|%l|%m|%o|%w|%b|%%|%-|%"
    )
    host.file(rf"{ETC}/a-b\x2dc@d\x20e-f.service", service(line))
    host.name = "big.example"
    (made,) = found(host).values()
    assert made.commands[0].argv[1].split("|") == [
        *(r"a-b\x2dc@d\x20e-f.service", r"a-b\x2dc@d\x20e-f", r"a-b\x2dc", "a/b-c", r"d\x20e-f", "d e/f"),
        *(r"b\x2dc", "b-c", "/d e/f", "root", "0", "/root", "/bin/bash", "/run", "/var/lib", "/var/cache"),
        *("/var/log", "/etc", "/tmp", "/var/tmp", "big.example", "big", "00ff", "debian", "12", "%b", "%"),
        *("%-", "%"),
    ]


def test_specifiers_that_the_manual_no_longer_names() -> None:
    assert one("ExecStart=/x [%R] [%r] %c").commands[0].argv[1:] == ("[]", "[]", "/a.service")


@pytest.mark.parametrize(("text", "expected"), [(r"a\x2db-c", "a-b/c"), (r"a\b", None), ("-", "/")])
def test_escaped_names(text: str, expected: str | None) -> None:
    assert unescaped(text) == expected
    assert as_path("-") == "/"


def test_capabilities() -> None:
    assert (
        one("CapabilityBoundingSet=~CAP_KILL", "CapabilityBoundingSet=cap_kill", "ExecStart=/a").capabilities
        is None
    )
    assert one("CapabilityBoundingSet=", "ExecStart=/a").capabilities == ()
    assert one(
        "CapabilityBoundingSet=cap_mknod cap_kill", "PrivateDevices=yes", "ExecStart=/a"
    ).capabilities == ("cap_kill",)
    without = one("ProtectClock=yes", "ExecStart=/a").capabilities
    assert without is not None
    assert set(without) == ALL - {"cap_sys_time", "cap_wake_alarm"}
    assert one("AmbientCapabilities=CAP_CHOWN 1", "ExecStart=/a").ambient_capabilities == (
        "cap_chown",
        "cap_dac_override",
    )


@given(
    st.lists(
        st.sampled_from(["CAP_KILL", "~CAP_KILL", "~", "", "nonsense 99", "~CAP_CHOWN cap_kill"]), max_size=6
    )
)
def test_capability_sets_stay_within_those_there_are(values: list[str]) -> None:
    found: frozenset[str] | None = None
    for value in values:
        found = merged(found, value)
        assert found <= ALL


def test_what_cannot_be_read_is_a_limit_of_that_service() -> None:
    host = image().fifo(f"{ETC}/pipe.service").dir(f"{ETC}/folder.service")
    host.file(f"{ETC}/big.service", "#" * (1 << 20) + "\n").file(
        f"{ETC}/denied.service", service("ExecStart=/a")
    )
    host.file(f"{ETC}/binary.service", b"\x7fELF\xff\xff[Service]").file(
        f"{ETC}/fine.service", service("ExecStart=/a")
    )
    host.fifo(f"{ETC}/fine.service.d/a.conf")
    host.denied.add(f"{ETC}/denied.service")
    result = definitions(host)
    assert [each.id for each in result.definitions] == ["fine.service"]
    assert {limit.what.rpartition("/")[2]: limit.service for limit in result.limits} == {
        "pipe.service": None,
        "big.service": "big.service",
        "denied.service": "denied.service",
        "binary.service": None,
        "a.conf": "fine.service",
    }


def test_names_that_are_none_are_passed_over() -> None:
    host = image()
    for name in (
        "a b.service",
        "\x1b[31m.service",
        "ü.service",
        ".service",
        "@.service",
        "x" * 250 + ".service",
    ):
        host.file(f"{ETC}/{name}", service("ExecStart=/a"))
    assert found(host) == {}


def test_a_folder_with_too_many_names_is_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    host = image().file(f"{USR}/a.service", service("ExecStart=/a"))
    names = host.listdir

    def crowded(path: str, limit: int = 100_000) -> list[str]:
        if path == ETC:
            raise HostError(path, f"more than {limit} entries")
        return names(path, limit)

    host.dir(ETC)
    monkeypatch.setattr(MemoryHost, "listdir", lambda _, path, limit=100_000: crowded(path, limit))
    result = definitions(host)
    assert [each.id for each in result.definitions] == ["a.service"]
    assert [limit.what for limit in result.limits] == [ETC]


@given(st.binary(max_size=200))
def test_hostile_units_never_raise(data: bytes) -> None:
    host = image().file(f"{ETC}/a.service", b"[Service]\nExecStart=/a\n" + data)
    host.file(f"{ETC}/b.service", b"[Service]\nExecStart=/a\n").file(
        f"{ETC}/b.service.d/x.conf", b"[Service]\n" + data
    )
    assert "b.service" in found(host)


KEYS = st.sampled_from(
    ["User", "ExecStart", "ExecStartPre", "Environment", "StateDirectory", "PIDFile", "Type"]
)
TEXT = st.text(alphabet="%\\\"'-@+!:;$=/. abnuiIpf\x01ü", max_size=30)


@given(st.lists(st.tuples(KEYS, TEXT), max_size=8))
def test_hostile_values_never_raise(lines: list[tuple[str, str]]) -> None:
    host = image().file(f"{ETC}/b.service", "[Service]\nExecStart=/a\n")
    host.file(f"{ETC}/b.service.d/x.conf", service(*(f"{key}={value}" for key, value in lines)))
    for made in found(host).values():
        assert all(command.path.startswith("/") for command in made.commands)
