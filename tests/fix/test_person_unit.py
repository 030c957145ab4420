"""A person's unit becomes root's: nothing that the person wrote may be carried out with root's rights."""

from dataclasses import replace

import pytest
from memory_host import MemoryHost

from privaudit.fix.case import Case, Refuse, Target, Wish
from privaudit.fix.moves import person_unit
from privaudit.fix.plan_person import compose
from privaudit.host.changes_linux import LinuxChanges
from privaudit.model.definition import Definition, Domain, Manager
from privaudit.model.service import Declared, Identity, IdentityKind, Model, Purpose, Service
from privaudit.model.snapshot import Machine, Snapshot

PATH = "/home/joe/.config/systemd/user/shop.service"
TEXT = """\
# joe's shop
[Unit]
Description=joe's shop
[Service]
Type=simple
ExecStart="/home/joe/shop/shopd" --port 8085 ; -@/bin/true true
Environment="A=b" 'C=100%%'
User=joe
Restart=on-failure
WorkingDirectory=/home/joe/shop
LimitNOFILE=4096
{}
"""


def case(host: MemoryHost, unit: str = "shop.service", path: str = PATH) -> Case:
    definition = Definition(Manager.SYSTEMD, Domain.USER_MANAGER, unit, (unit,), owner=1000, path=path)
    service = Service(
        id=unit,
        name="shop",
        manager=Manager.SYSTEMD,
        domain=Domain.USER_MANAGER,
        running=True,
        purpose=Purpose.SERVER,
        purpose_reason="",
        profile=None,
        model=Model.DEDICATED,
        declared=Declared(None),
        runs_as=Identity(1000, "joe", IdentityKind.PERSON),
        should_run_as="shop",
        definition=definition,
    )
    return Case(
        host=host,
        changes=LinuxChanges(),
        snapshot=Snapshot(Machine("lab", "linux", ""), (service,), (), (), (), 0, 0),
        findings=(),
        catalogue=(),
        service=service,
        profile=None,
        target=Target("shop", 500, 500, "shop", (500,), exists=True),
        wish=Wish("shop"),
    )


def machine(line: str = "") -> MemoryHost:
    return MemoryHost().account("joe", 1000, home="/home/joe").file(PATH, TEXT.format(line), uid=1000)


def test_what_means_the_same_is_taken_over() -> None:
    text = person_unit.unit_text(case(machine("StandardError=journal")), PATH)
    service = text.partition("[Service]\n")[2].partition("[Install]")[0]
    assert service.splitlines() == [
        "User=shop",
        "Group=shop",
        "Type=simple",
        'ExecStart="/home/joe/shop/shopd" --port 8085 ; -@/bin/true true',
        "Environment=\"A=b\" 'C=100%%'",
        "Restart=on-failure",
        "WorkingDirectory=/home/joe/shop",
        "LimitNOFILE=4096",
        "StandardError=journal",
        "",
    ]


@pytest.mark.parametrize("kind", ["append", "file", "truncate"])
def test_root_opens_no_log_for_joe(kind: str) -> None:
    host = machine(f"StandardOutput={kind}:/home/joe/shop.log")
    assert "shop.log" not in person_unit.unit_text(case(host), PATH)
    assert "goes to the journal" in person_unit.logs(case(host), PATH)[0]


@pytest.mark.parametrize(
    "line",
    [
        "ExecStartPre=+/home/joe/evil",
        "ExecStartPre = -+/home/joe/evil",
        'ExecStartPre="+/home/joe/evil"',
        "ExecStartPre=@-'!'/home/joe/evil evil",
        r"ExecStartPre=\x2b/home/joe/evil",
        "ExecStartPre=/bin/true ; +/home/joe/evil",
        "ExecStartPre=/bin/true x \\\n +/home/joe/evil",
        "User\\\n=root",
        "Environment=A=b\0ExecStartPre=+/home/joe/evil",
        "Environment=A=b\rExecStartPre=+/home/joe/evil",
        "PermissionsStartOnly=yes",
        "EnvironmentFile=/root/secret",
        "LoadCredential=key:/etc/shadow",
        "StandardInput=file:/etc/shadow",
        "BindPaths=/etc:/srv/etc",
        "AmbientCapabilities=CAP_SYS_ADMIN",
        "RootDirectory=/home/joe/root",
        "PAMName=login",
        "ExecStart=/bin/echo %h",
        ".include /home/joe/evil",
    ],
)
def test_what_root_would_carry_out_is_refused(line: str) -> None:
    with pytest.raises(Refuse):
        person_unit.unit_text(case(machine(line)), PATH)


def test_no_line_is_made_of_a_name() -> None:
    evil = "/home/joe/x\n[Service]\nExecStartPre=+/home/joe/evil\nx/shop.service"
    host = machine().file(evil, TEXT.format(""), uid=1000)
    with pytest.raises(Refuse):
        person_unit.unit_text(case(host, path=evil), evil)
    described = machine().file(PATH, "[Unit]\nDescription=x\0ExecStartPre=+/x\n[Service]\nExecStart=/x\n")
    with pytest.raises(Refuse):
        person_unit.unit_text(case(described), PATH)


@pytest.mark.parametrize("unit", ["../../cron.d/x.service", "x\n.service", "a/b.service"])
def test_a_manager_of_joes_that_lies_about_a_name_is_refused(unit: str) -> None:
    made = case(machine(), unit)
    assert made.service.definition is not None
    with pytest.raises(Refuse):
        compose(made, replace(made.service.definition, id=unit))
