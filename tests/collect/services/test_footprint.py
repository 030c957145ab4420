"""Which paths a service stands on: what its command lines, environment and profile name."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from memory_host import MemoryHost

from privaudit.collect.files.trace import Tracer
from privaudit.collect.processes import processes
from privaudit.collect.services.command_line import scripts
from privaudit.collect.services.environment import code_paths
from privaudit.collect.services.footprint import (
    Place,
    drop_in_folders,
    expand,
    interpreters,
    owned,
    places,
    programs,
)
from privaudit.host import HostError
from privaudit.model.definition import (
    Command,
    Definition,
    Domain,
    Elevation,
    Manager,
    ServiceDirectory,
)
from privaudit.model.path import Role
from privaudit.model.profile import Matches, OwnedPath, Profile
from privaudit.model.service import Model

UNIT = Definition(
    Manager.SYSTEMD, Domain.SYSTEM, "foo.service", names=("foo.service",), path="/etc/foo.service"
)


@pytest.mark.parametrize(
    ("argv", "expected"),
    [
        (["/bin/sh", "/opt/run.sh", "/opt/arg"], ["/opt/run.sh"]),
        (["/bin/bash", "-eu", "/opt/run.sh"], ["/opt/run.sh"]),
        (
            ["/bin/sh", "-c", "exec /opt/a --x=/y && /opt/b; X=1 /opt/c | tee /log"],
            ["/opt/a", "/opt/b", "/opt/c"],
        ),
        (["/bin/sh", "-ec", "if /opt/a; then '/opt/b' ; fi"], ["/opt/a", "/opt/b"]),
        (["/bin/sh", "-c", "/usr/bin/python3 /opt/x.py"], ["/usr/bin/python3", "/opt/x.py"]),
        (["/bin/sh", "-c", ". /etc/default/x; $PROGRAM /opt/no"], ["/etc/default/x"]),
        (["/bin/sh", "-c"], []),
        (["/bin/sh", "run.sh"], []),
        (["/usr/bin/python3.11", "-u", "/opt/x.py"], ["/opt/x.py"]),
        (["/usr/bin/python3", "-m", "http.server"], []),
        (["/usr/bin/perl", "-e", "/opt/x"], []),
        (["/usr/bin/java", "-Xmx1g", "-jar", "/opt/app.jar"], ["/opt/app.jar"]),
        (["/usr/bin/java", "-cp", "/opt/a.jar:/opt/lib/*:$X", "Main", "/arg"], ["/opt/a.jar", "/opt/lib"]),
        (["/usr/bin/env", "-i", "A=b", "python3", "/opt/x.py"], ["/opt/x.py"]),
        (["/usr/bin/env", "/opt/x"], ["/opt/x"]),
        (["/usr/bin/env"], []),
        (["/usr/bin/nice", "-n", "5", "/opt/x"], ["/opt/x"]),
        (["/usr/bin/flock", "/run/lock/x", "/bin/sh", "/opt/x"], ["/bin/sh", "/opt/x"]),
        (["/usr/sbin/nginx", "/opt/x"], []),
    ],
)
def test_what_a_command_line_executes(argv: list[str], expected: list[str]) -> None:
    assert scripts(argv[0], argv) == expected


@pytest.mark.parametrize(
    ("argv", "expected"),
    [
        (["/usr/bin/python3", "app.py"], ["/srv/app/app.py"]),
        (["/usr/bin/python3", "-m", "app"], ["/srv/app"]),
        (["/usr/bin/node", "--trace", "./dist/../server.js"], ["/srv/app/server.js"]),
        (["/bin/bash", "run.sh"], ["/srv/app/run.sh"]),
        (["/bin/bash", "-euo", "pipefail", "-c", "./run"], ["/srv/app/run"]),
        (["/bin/sh", "-c", "cd /opt/x && ./run; cd sub; python3 y.py"], ["/opt/x/run", "/opt/x/sub/y.py"]),
        (["/bin/sh", "-c", "cd $HOME && ./run"], []),
        (["/bin/sh", "-c", "run"], []),
        (["/usr/bin/env", "-u", "X", "npm", "start"], ["/srv/app"]),
        (["/usr/bin/gunicorn", "app:app"], ["/srv/app"]),
    ],
)
def test_what_is_relative_is_below_the_working_folder(argv: list[str], expected: list[str]) -> None:
    assert scripts(argv[0], argv, "/srv/app") == expected


def test_without_a_working_folder_what_is_relative_is_left_out() -> None:
    assert scripts("/usr/bin/python3", ["/usr/bin/python3", "app.py"]) == []
    command = Command("ExecStart", "/usr/bin/python3", ("/usr/bin/python3", "app.py"))
    definition = replace(UNIT, commands=(command,), working_directory="-/srv/app")
    assert (Role.SCRIPT, "/srv/app/app.py", True) in found(MemoryHost(), definition)
    definition = replace(definition, working_directory="~")
    assert Role.SCRIPT not in {role for role, _, _ in found(MemoryHost(), definition)}


@given(st.lists(st.text(alphabet="/ab -c;|&\"'$=envsh", max_size=30), max_size=6))
def test_no_command_line_breaks_the_reader(arguments: list[str]) -> None:
    for program in ("/bin/sh", "/usr/bin/env", "/usr/bin/nice", "/usr/bin/python3"):
        assert all(path.startswith("/") for path in scripts(program, [program, *arguments]))


def test_a_command_line_that_nests_without_end_ends() -> None:
    assert set(scripts("/usr/bin/nice", ["/usr/bin/nice"] * 1000)) == {"/usr/bin/nice"}
    assert scripts("/bin/sh", ["/bin/sh", "-c", "env env " * 1000]) == []


def test_where_the_environment_has_code_loaded_from() -> None:
    environment = (
        ("PATH", "/home/joe/bin:/usr/bin:relative:"),
        ("LD_PRELOAD", "/a.so /b.so:/c.so"),
        ("CLASSPATH", "/opt/lib/*:$X/y"),
        ("HOME", "/home/joe"),
        ("ENV", "production"),
    )
    assert list(code_paths(environment)) == [
        "/home/joe/bin",
        "/usr/bin",
        "/a.so",
        "/b.so",
        "/c.so",
        "/opt/lib",
    ]


def found(host: MemoryHost, definition: Definition, *, as_root: bool = True) -> set[tuple[Role, str, bool]]:
    return {
        (place.role, place.path, place.by_root)
        for place in places(host, Tracer(host), definition, starts_as_root=as_root)
    }


def test_everything_that_a_definition_names() -> None:
    host = (
        MemoryHost()
        .file("/opt/run", "#!/usr/bin/perl -w\n")
        .file("/etc/foo.d/a.env")
        .file("/etc/foo.d/b.env")
    )
    definition = replace(
        UNIT,
        drop_ins=("/etc/systemd/system/foo.service.d/x.conf",),
        source_path="/etc/init.d/foo",
        commands=(
            Command("ExecStartPre", "/bin/mkdir", ("/bin/mkdir",), Elevation.FULL),
            Command("ExecStart", "/opt/run", ("/opt/run",)),
        ),
        environment=(("PYTHONPATH", "/srv/py"),),
        environment_files=("-/etc/foo.d/*.env", "/etc/bar.env"),
        directories=(
            ServiceDirectory("state", "/var/lib/foo"),
            ServiceDirectory("logs", "/var/log/foo"),
            ServiceDirectory("runtime", "/run/foo"),
            ServiceDirectory("configuration", "/etc/foo"),
        ),
    )
    assert found(host, definition, as_root=False) == {
        (Role.DEFINITION, "/etc/foo.service", True),
        (Role.DEFINITION, "/etc/init.d/foo", True),
        (Role.DROP_IN, "/etc/systemd/system/foo.service.d/x.conf", True),
        (Role.PROGRAM, "/bin/mkdir", True),
        (Role.PROGRAM, "/opt/run", False),
        (Role.INTERPRETER, "/usr/bin/perl", False),
        (Role.PROGRAM, "/srv/py", False),
        (Role.ENVIRONMENT_FILE, "/etc/foo.d/a.env", False),
        (Role.ENVIRONMENT_FILE, "/etc/foo.d/b.env", False),
        (Role.ENVIRONMENT_FILE, "/etc/bar.env", False),
        (Role.DATA, "/var/lib/foo", False),
        (Role.LOG, "/var/log/foo", False),
        (Role.RUN, "/run/foo", False),
    }


def test_permissions_start_only_raises_all_but_the_start() -> None:
    definition = replace(
        UNIT,
        commands=(Command("ExecStartPre", "/a", ("/a",)), Command("ExecStart", "/b", ("/b",))),
        extra=(("PermissionsStartOnly", "yes"),),
    )
    assert {(Role.PROGRAM, "/a", True), (Role.PROGRAM, "/b", False)} <= found(
        MemoryHost(), definition, as_root=False
    )


def test_folders_that_a_unit_or_drop_ins_could_come_from() -> None:
    host = (
        MemoryHost().dir("/etc/systemd/system/foo-bar@.service.d").dir("/etc/systemd/system/foo-.service.d")
    )
    host.dir("/run/systemd/system/service.d").dir("/etc/systemd/system/other.service.d")
    host.file("/usr/lib/systemd/system/foo-bar@1.service.d")
    definition = replace(
        UNIT, id="foo-bar@1.service", names=("foo-bar@1.service",), template="foo-bar@.service"
    )
    assert drop_in_folders(Tracer(host), definition) == [
        "/etc/systemd/system",
        "/etc/systemd/system/foo-.service.d",
        "/etc/systemd/system/foo-bar@.service.d",
        "/run/systemd/system",
        "/run/systemd/system/service.d",
        "/usr/lib/systemd/system",
    ]


def test_a_folder_that_cannot_be_listed_is_asked_name_by_name() -> None:
    host = MemoryHost().dir("/etc/systemd/system/foo.service.d")
    host.denied.add("/etc/systemd/system")
    assert drop_in_folders(Tracer(host), UNIT) == ["/etc/systemd/system", "/etc/systemd/system/foo.service.d"]


@pytest.mark.parametrize(
    ("first", "found"),
    [
        (b"#!/bin/sh -e", ["/bin/sh"]),
        (b"#! /usr/bin/env python3", ["/usr/bin/env"]),
        (b"#!/usr/bin/env -S /srv/python -u", ["/usr/bin/env", "/srv/python"]),
        (b"#!/bin/sh /srv/no", ["/bin/sh"]),
        (b"#!python", []),
        (b"#!", []),
        (b"\x7fELF", []),
        (b"", []),
    ],
)
def test_the_interpreters_that_a_first_line_names(first: bytes, found: list[str]) -> None:
    assert interpreters(first) == found


def test_what_a_unit_reads_and_what_that_names() -> None:
    host = MemoryHost().file("/etc/x.env", "# LD_PRELOAD=/no\nLD_LIBRARY_PATH='/srv/lib:/usr/lib'\nA=1\n")
    host.file("/etc/init.d/x", "#!/bin/sh\n[ -r /etc/default/x ] && . /etc/default/x\n# . /no\necho ./y\n")
    files = ("-/etc/x.env", "-/srv/none.env")
    definition = replace(UNIT, commands=(Command("ExecStart", "/etc/init.d/x", ()),), environment_files=files)
    found = {
        (place.role, place.path, place.optional)
        for place in places(host, Tracer(host), definition, starts_as_root=True)
    }
    assert {
        (Role.ENVIRONMENT_FILE, "/etc/x.env", False),
        (Role.ENVIRONMENT_FILE, "/srv/none.env", False),
        (Role.PROGRAM, "/srv/lib", False),
        (Role.ENVIRONMENT_FILE, "/etc/default/x", True),
    } <= found
    assert not {path for _, path, _ in found} & {"/no", "/etc/y"}


def test_programs_lie_inside_the_root_folder_of_a_unit() -> None:
    lines = (Command("ExecStart", "/bin/x", ()), Command("ExecStartPre", "/bin/y", (), Elevation.FULL))
    definition = replace(UNIT, commands=lines, root_directory="/srv/jail")
    found = {
        place.path for place in places(MemoryHost(), Tracer(MemoryHost()), definition, starts_as_root=True)
    }
    assert {"/srv/jail/bin/x", "/bin/y"} <= found


def test_what_runs_now_counts_whatever_the_definition_says() -> None:
    host = MemoryHost()
    host.process(5, "/usr/sbin/x", uid=105)
    host.process(6, "/usr/sbin/x", uid=0)
    host.process(7, None)
    assert list(programs(processes(host).own.values())) == [Place(Role.PROGRAM, "/usr/sbin/x", by_root=True)]


def test_what_a_profile_says_a_service_owns() -> None:
    host = (
        MemoryHost()
        .dir("/var/lib/x/1")
        .dir("/var/lib/x/2")
        .dir("/var/lib/x/.hidden")
        .file("/brew/etc/x.conf")
    )
    profile = Profile(
        "x",
        (),
        Matches(),
        Model.DEDICATED,
        {},
        owns=(
            OwnedPath("/var/lib/x/*", Role.DATA, tree=True, on=("debian",)),
            OwnedPath("/etc/x", Role.CONFIGURATION),
            OwnedPath("/etc/x/key", Role.SECRET, owner="account"),
            OwnedPath("/rhel", Role.DATA, on=("rhel",)),
            OwnedPath("{prefix}/etc/x.conf", Role.CONFIGURATION),
        ),
    )
    listed, limits = owned(host, profile, ("debian",), None, by_root=True)
    assert limits == []
    assert listed == [
        Place(Role.DATA, "/var/lib/x/1", by_root=False, owner="account", tree=True),
        Place(Role.DATA, "/var/lib/x/2", by_root=False, owner="account", tree=True),
        Place(Role.CONFIGURATION, "/etc/x", by_root=True, owner="root"),
        Place(Role.SECRET, "/etc/x/key", by_root=True, owner="account"),
    ]
    assert owned(host, profile, (), "/brew", by_root=False)[0][-1].path == "/brew/etc/x.conf"
    host.denied.add("/var/lib/x")
    assert [limit.what for limit in owned(host, profile, ("debian",), None, by_root=True)[1]] == [
        "/var/lib/x"
    ]


def test_patterns_expand_like_glob() -> None:
    host = MemoryHost()
    for name in ("a/x.conf", "a/y.conf", "b/x.conf", ".c/x.conf", "a/.z.conf"):
        host.file(f"/etc/{name}")
    assert expand(host, "/etc/*/x.conf") == ["/etc/a/x.conf", "/etc/b/x.conf"]
    assert expand(host, "/etc/a/*.conf") == ["/etc/a/x.conf", "/etc/a/y.conf"]
    assert expand(host, "/etc/a/.*") == ["/etc/a/.z.conf"]
    assert expand(host, "/etc/none/*") == []
    assert expand(host, "/etc/whatever") == ["/etc/whatever"]
    for number in range(1001):
        host.file(f"/many/{number}")
    with pytest.raises(HostError, match="more than 1000"):
        expand(host, "/many/*")


@pytest.mark.parametrize(
    ("kind", "line", "drop_in", "expected"),
    [
        ("append", "StandardOutput=append:/srv/out", "", ["/srv/out"]),
        ("truncate", "StandardOutput=truncate:/srv/%N-%p.log", "", ["/srv/foo-foo.log"]),
        ("file", "StandardOutput=file:/srv/a", "StandardOutput=file:/srv/b", ["/srv/b"]),
        ("append", "StandardOutput=append:/srv/%H", "", []),
        ("append", "StandardError=append:/srv/out", "", []),
        ("journal", "StandardOutput=append:/srv/out", "", []),
    ],
)
def test_files_that_the_manager_opens_for_output(
    kind: str, line: str, drop_in: str, expected: list[str]
) -> None:
    host = MemoryHost().file("/etc/foo.service", f"[Service]\n{line}\n")
    host.file("/etc/d.conf", f"[Service]\n{drop_in}\n")
    unit = replace(UNIT, extra=(("StandardOutput", kind),), drop_ins=("/etc/d.conf",))
    found = [place for place in places(host, Tracer(host), unit, starts_as_root=False) if place.followed]
    assert [(place.role, place.path) for place in found] == [(Role.LOG, path) for path in expected]


def test_a_person_s_manager_opens_nothing_as_root() -> None:
    host = MemoryHost().file("/etc/foo.service", "[Service]\nStandardError=append:/srv/out\n")
    unit = replace(UNIT, domain=Domain.USER_MANAGER, owner=1000, extra=(("StandardError", "append"),))
    found = [
        place for place in places(host, Tracer(host), unit, starts_as_root=False) if place.path == "/srv/out"
    ]
    assert [place.followed for place in found] == [False]
