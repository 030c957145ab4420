"""What a scan says of fixes: whether one still holds, and which was cut short."""

import json

import pytest
from memory_host import MemoryHost

from privaudit.collect.fixes import Fixes, parse, read_fixes, with_cut_short, with_fixes
from privaudit.model.definition import Domain, Manager
from privaudit.model.path import FileKind, Role, ServicePath
from privaudit.model.service import Declared, Identity, IdentityKind, Purpose, Service
from privaudit.model.snapshot import Machine
from privaudit.model.unknown import Unknown

TREES = {"kind": "GiveTrees", "ownership": {"trees": [{"path": "/var/lib/mysql"}]}}


def record(fix: str, *states: str, at: float = 1, service: str = "mariadb.service") -> str:
    first = {"privaudit": "fix", "version": 1, "id": fix, "service": service, "account": "mysql", "at": at}
    lines = [{"synced": 0}, {**first, "steps": [{"kind": "Reload"}, TREES]}, *({"state": s} for s in states)]
    return "".join(json.dumps(line) + "\n" for line in lines)


def fixed(*records: tuple[str, str]) -> Fixes:
    host = MemoryHost()
    for name, text in records:
        host.file(f"/var/lib/privaudit/{name}", text, 0o600)
    return read_fixes(host)


def mariadb(user: str = "mysql", kind: IdentityKind = IdentityKind.SERVICE, owner: str = "mysql") -> Service:
    return Service(
        id="mariadb.service",
        name="mariadb",
        manager=Manager.SYSTEMD,
        domain=Domain.SYSTEM,
        running=True,
        purpose=Purpose.SERVER,
        purpose_reason="",
        profile="mysql",
        model=None,
        declared=Declared(user, source="/etc/systemd/system/mariadb.service.d/joe.conf"),
        runs_as=Identity(1, user, kind),
        should_run_as="mysql",
        paths=(
            ServicePath(
                Role.DATA,
                "/var/lib/mysql",
                "/var/lib/mysql",
                exists=True,
                owner=owner,
                kind=FileKind.DIRECTORY,
            ),
        ),
    )


DONE = fixed(("mysql-1.fix", record("mysql-1", "doing", "done")))


def test_a_fix_that_holds() -> None:
    (service,) = with_fixes([mariadb()], DONE)
    assert (service.fix, service.fix_undone, service.fix_change) == ("mysql-1", False, "")


def test_what_was_taken_back_is_named() -> None:
    (service,) = with_fixes([mariadb("joe", IdentityKind.PERSON, owner="joe")], DONE)
    assert service.fix_undone is True
    assert service.fix_change == (
        "it runs as joe again, not as mysql, as /etc/systemd/system/mariadb.service.d/joe.conf says; "
        "/var/lib/mysql belongs to joe again"
    )


def test_a_service_whose_identity_is_not_known_is_not_accused() -> None:
    (service,) = with_fixes([mariadb("unknown", IdentityKind.UNKNOWN)], DONE)
    assert service.fix_undone is False


@pytest.mark.parametrize(
    "states", [("doing", "done", "undoing", "undone"), ("doing", "undoing", "undone"), ()]
)
def test_a_fix_that_was_taken_back_or_never_began_says_nothing(states: tuple[str, ...]) -> None:
    fixes = fixed(("mysql-1.fix", record("mysql-1", *states)))
    assert with_fixes([mariadb("joe", IdentityKind.PERSON)], fixes)[0].fix is None
    assert with_cut_short(Machine("lab", "linux", ""), fixes).fix_cut_short is False


def test_an_older_fix_holds_again_when_the_newer_was_undone() -> None:
    fixes = fixed(
        ("mysql-10.fix", record("mysql-10", "doing", "done", "undoing", "undone")),
        ("mysql-9.fix", record("mysql-9", "doing", "done")),
        ("redis-1.fix", record("redis-1", "doing", "done", service="redis.service")),
    )
    assert with_fixes([mariadb()], fixes)[0].fix == "mysql-9"
    assert [each.id for each in fixes.found] == ["redis-1", "mysql-9", "mysql-10"]


@pytest.mark.parametrize("state", [("doing",), ("doing", "done", "undoing")])
def test_one_that_was_cut_short_is_the_machines(state: tuple[str, ...]) -> None:
    fixes = fixed(("mysql-1.fix", record("mysql-1", *state)))
    machine = with_cut_short(Machine("lab", "linux", ""), fixes)
    assert (machine.fix_cut_short, machine.cut_short) == (True, ("mysql-1 of mariadb.service",))
    assert with_fixes([mariadb("joe", IdentityKind.PERSON)], fixes)[0].fix is None


def test_without_root_it_is_not_known() -> None:
    host = MemoryHost().dir("/var/lib/privaudit", 0o700)
    host.denied.add("/var/lib/privaudit")
    fixes = read_fixes(host)
    assert with_fixes([mariadb()], fixes)[0].fix_undone == Unknown("needs root to read /var/lib/privaudit")
    assert isinstance(with_cut_short(Machine("lab", "linux", ""), fixes).fix_cut_short, Unknown)


def test_a_top_that_was_roots_all_along_is_not_held_against_it() -> None:
    before = {"step": 0, "before": {"tops": {"/var/lib/mysql": [0, 4, 1517]}}}
    fixes = fixed(("mysql-1.fix", record("mysql-1", "doing") + json.dumps(before) + '\n{"state": "done"}\n'))
    assert with_fixes([mariadb(owner="root")], fixes)[0].fix_undone is False


def test_nothing_was_ever_fixed() -> None:
    assert read_fixes(MemoryHost()) == Fixes()


def test_a_torn_end_is_left_out_and_strangers_are_named() -> None:
    whole = record("mysql-1", "doing", "done")
    torn = parse(whole.encode()[:-4])
    assert torn is not None
    assert torn.state == "doing"
    assert torn.folders == ("/var/lib/mysql",)
    fixes = fixed(
        ("x.fix", '{"state": "done"}\n'), ("y.fix", "[]\n"), ("z.fix", '{"privaudit": "fix", "state": ""}\n')
    )
    assert [limit.what.rpartition("/")[2] for limit in fixes.limits] == ["x.fix", "y.fix"]
