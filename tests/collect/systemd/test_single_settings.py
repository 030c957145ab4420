"""Settings one by one: what is passed over, what resets, and values that only other machines have."""

import pytest
from memory_host import MemoryHost

from privaudit.collect.systemd.managed import definitions
from privaudit.collect.systemd.specifiers import Machine
from privaudit.host import Missing
from privaudit.model.definition import Definition

ETC = "/etc/systemd/system"


def image() -> MemoryHost:
    return MemoryHost(live=False).account("root", 0, home="/root", shell="/bin/bash").members("root", 0)


def one(*lines: str, host: MemoryHost | None = None) -> Definition:
    machine = host or image()
    machine.file(f"{ETC}/a.service", "\n".join(("[Service]", "ExecStart=/x", *lines, "")))
    (made,) = definitions(machine).definitions
    return made


@pytest.mark.parametrize(
    "line",
    [
        "PrivateDevices=perhaps",
        "PrivateUsers=",
        "PrivateUsers=off",
        "Type=",
        "BusName=",
        "BusName=%z",
        'Environment=A=1 "B=2',
        "Environment=%z",
        "EnvironmentFile=/a/../b",
        "PrivateUsers=maybe",
        "StateDirectory=a:%z",
        "StateDirectory=a\\q",
        "EnvironmentFile=relative",
        "EnvironmentFile=%z",
        "PIDFile=%z",
        'StateDirectory="a',
        "StateDirectory=%z",
        "WorkingDirectory=-relative",
        "WorkingDirectory=-%z",
        "CapabilityBoundingSet=~",
        "AmbientCapabilities=none",
        "ExecSearchPath=relative:%z",
        "ExecStartPre=-%z",
        "ExecReload=",
    ],
)
def test_passed_over(line: str) -> None:
    expected = one()
    if line.startswith("Environment=A=1"):
        assert one(line).environment == (("A", "1"),)
    else:
        assert one(line) == expected


@pytest.mark.parametrize(
    "lines",
    [
        ("BusName=a", "BusName="),
        ("Environment=A=1", "Environment="),
        ("EnvironmentFile=/a", "EnvironmentFile="),
        ("PIDFile=a", "PIDFile="),
        ("RootDirectory=/a", "RootDirectory="),
        ("WorkingDirectory=/a", "WorkingDirectory="),
        ("WorkingDirectory=~", "WorkingDirectory="),
        ("SupplementaryGroups=a", "SupplementaryGroups="),
        ("StateDirectory=a", "StateDirectory="),
        ("ExecSearchPath=/a", "ExecSearchPath="),
        ("ExecStop=/a", "ExecStop="),
        ("Sockets=a.socket", "Sockets="),
        ("DynamicUser=yes", "DynamicUser=no"),
    ],
)
def test_reset(lines: tuple[str, ...]) -> None:
    assert one(*lines) == one()


@pytest.mark.parametrize("line", [f"SupplementaryGroups={'g ' * 10_001}", f"ExecStop={'/a ; ' * 10_001}"])
def test_more_values_than_are_looked_at_refuse_the_unit(line: str) -> None:
    host = image().file(f"{ETC}/a.service", f"[Service]\nExecStart=/x\n{line}\n")
    result = definitions(host)
    assert result.definitions == ()
    assert "more than 10000 values" in result.limits[0].why


@pytest.mark.parametrize(
    ("header", "name"),
    [
        (b"\x7fELF\2\1" + bytes(12) + b"\x3e\0", "x86-64"),
        (b"\x7fELF\2\1" + bytes(12) + b"\xb7\0", "arm64"),
        (b"\x7fELF\2\1" + bytes(12) + b"\x15\0", "ppc64-le"),
        (b"\x7fELF\2\2" + bytes(12) + b"\0\x15", "ppc64"),
        (b"\x7fELF\2\1" + bytes(12) + b"\xff\xff", "%a"),
        (b"#!/bin/sh", "%a"),
    ],
)
def test_the_architecture_is_that_of_systemds_program(header: bytes, name: str) -> None:
    host = image().file("/usr/lib/systemd/systemd", header + bytes(8))
    assert Machine(host).value("a") == name


def test_what_an_image_cannot_know_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    host = image()
    monkeypatch.setattr(MemoryHost, "kernel", lambda _: "")
    assert [Machine(host).value(sign) for sign in "bvmo"] == ["%b", "%v", "%m", "%o"]


def test_what_a_running_machine_knows() -> None:
    host = image()
    host.live = True
    host.file("/proc/sys/kernel/random/boot_id", "0-1-2\n").file(
        "/etc/machine-info", "PRETTY_HOSTNAME='Big One'\n"
    )
    host.file(
        "/etc/os-release",
        "ID=debian\nVERSION_ID='12'\nVARIANT_ID=v\nIMAGE_ID=i\nIMAGE_VERSION=j\nBUILD_ID=b\n",
    )
    assert [Machine(host).value(sign) for sign in "bvqowWMAB"] == [
        *("012", "6.1.0", "Big One", "debian", "12", "v", "i", "j", "b")
    ]


def test_a_home_of_nobody_is_none() -> None:
    assert one("User=gone", "WorkingDirectory=~").working_directory is None
    assert one("User=0", "WorkingDirectory=~").working_directory == "/root"


def test_folders_that_cannot_be_listed_are_limits() -> None:
    host = image().file(f"{ETC}/a.service.d/x.conf").file("/usr/lib/systemd/system/x.wants/b.service")
    host.denied |= {f"{ETC}/a.service.d", "/usr/lib/systemd/system/x.wants"}
    one(host=host)
    assert {(limit.what, limit.service) for limit in definitions(host).limits} == {
        (f"{ETC}/a.service.d", "a.service"),
        ("/usr/lib/systemd/system/x.wants", None),
    }


def test_what_vanishes_while_it_is_read_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    host = (
        image()
        .file(f"{ETC}/a.service", "[Service]\nExecStart=/x\n")
        .dir(f"{ETC}/x.wants")
        .dir(f"{ETC}/a.service.d")
    )
    names = host.listdir

    def gone(_: MemoryHost, path: str, limit: int = 100_000) -> list[str]:
        if path in {f"{ETC}/x.wants", f"{ETC}/a.service.d"}:
            raise Missing(path, "no such file or folder")
        return names(path, limit)

    def lost(_: MemoryHost, path: str, limit: int = 0) -> bytes:
        del limit
        raise Missing(path, "no such file or folder")

    monkeypatch.setattr(MemoryHost, "listdir", gone)
    assert [each.id for each in definitions(host).definitions] == ["a.service"]
    monkeypatch.setattr(MemoryHost, "read", lost)
    assert [limit.what for limit in definitions(host).limits] == ["/etc/passwd"]
    assert definitions(host).definitions == ()


def test_links_to_nothing_are_nothing() -> None:
    host = (
        image().link(f"{ETC}/gone.service", "/opt/gone.service").link(f"{ETC}/a.service.d/x.conf", "/opt/x")
    )
    made = one(host=host)
    assert (made.id, made.drop_ins) == ("a.service", (f"{ETC}/a.service.d/x.conf",))
    assert definitions(host).limits == ()


@pytest.mark.parametrize(
    ("lines", "kinds"),
    [
        (("StandardOutput=append:/a",), {"StandardOutput": "append"}),
        (
            ("StandardOutput=file:/a", "StandardError=truncate:/b"),
            {"StandardOutput": "file", "StandardError": "truncate"},
        ),
        (("StandardOutput=file:/a", "StandardOutput=journal"), {}),
        (("StandardOutput=file:/a", "StandardOutput="), {}),
        (("StandardError=inherit", "StandardOutput=fd:x"), {}),
    ],
)
def test_output_to_files(lines: tuple[str, ...], kinds: dict[str, str]) -> None:
    assert dict(one(*lines).extra) == kinds


@pytest.mark.parametrize(
    ("value", "folders"),
    [
        ("/opt/a:b:/opt/c", "/opt/a"),
        ("//opt/./a/:/b", "/opt/a:/b"),
        ("/opt/a:/opt/../b:/c", "/opt/a"),
        ("/opt/a::/c", "/opt/a"),
        ("/opt/a:%z:/c", "/opt/a"),
    ],
)
def test_folders_of_programs_count_up_to_the_first_that_is_wrong(value: str, folders: str) -> None:
    assert dict(one(f"ExecSearchPath={value}").extra) == {"ExecSearchPath": folders}
