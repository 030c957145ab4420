"""Where jobs are looked for, what launchd holds against a file, and what is switched off."""

import plistlib

import pytest
from memory_host import MemoryHost

from privaudit.collect.accounts.dslocal import NODE
from privaudit.collect.definitions import Managed, definitions
from privaudit.collect.launchd import folders
from privaudit.collect.launchd.store import parse
from privaudit.collect.plists import Unreadable
from privaudit.host import Platform
from privaudit.model.definition import Definition, Domain

JOE, ANN = 501, 502
BOTH = ("owned by uid 501", "mode 0666: others may write it")
STORE = "/private/var/db/com.apple.xpc.launchd"


@pytest.fixture
def disk() -> MemoryHost:
    host = MemoryHost(platform=Platform.DARWIN, live=False)
    host.dir(f"{NODE}/groups")
    for name, uid, home in (
        ("joe", JOE, "/Users/joe"),
        ("ann", ANN, "/Volumes/Data/ann"),
        ("root", 0, "/var/root"),
    ):
        record = {"name": [name], "uid": [str(uid)], "gid": ["20"], "home": [home], "shell": ["/bin/zsh"]}
        host.file(f"{NODE}/users/{name}.plist", plistlib.dumps(record))
        host.dir(home, uid=uid)
    return host


def job(
    host: MemoryHost, path: str, label: str = "db", uid: int = 0, mode: int = 0o644, **keys: object
) -> None:
    data = plistlib.dumps({"Label": label, "ProgramArguments": ["/opt/db/bin/db"], **keys})
    host.file(path, data, uid=uid, mode=mode)


def found(host: MemoryHost) -> Managed:
    return definitions(host)


def only(host: MemoryHost) -> Definition:
    (definition,) = definitions(host).definitions
    return definition


@pytest.mark.parametrize(
    ("path", "domain", "owner"),
    [
        ("/Library/LaunchDaemons/db.plist", Domain.SYSTEM, 0),
        ("/System/Library/LaunchDaemons/db.plist", Domain.SYSTEM, 0),
        ("/System/Library/LaunchAgents/db.plist", Domain.GUI, JOE),
        ("/Users/joe/Library/LaunchAgents/db.plist", Domain.GUI, JOE),
        ("/Volumes/Data/ann/Library/LaunchAgents/db.plist", Domain.GUI, ANN),
        ("/var/root/Library/LaunchAgents/db.plist", Domain.GUI, 0),
    ],
)
def test_every_folder_is_looked_at(disk: MemoryHost, path: str, domain: Domain, owner: int) -> None:
    job(disk, path)
    definition = only(disk)
    assert (definition.domain, definition.owner, definition.path) == (domain, owner, path)


def test_an_agent_for_everyone_is_one_of_each_person(disk: MemoryHost) -> None:
    job(disk, "/Library/LaunchAgents/db.plist", uid=JOE)
    jobs = found(disk).definitions
    assert [(each.owner, each.domain) for each in jobs] == [(JOE, Domain.GUI), (ANN, Domain.GUI)]
    assert {each.refused for each in jobs} == {("owned by uid 501",)}


def test_where_nobody_logs_in_an_agent_for_everyone_is_roots(disk: MemoryHost) -> None:
    for name in ("joe", "ann"):
        del disk.entries[f"{NODE}/users/{name}.plist"]
    for path in ("/Users/joe", "/Volumes/Data/ann"):
        del disk.entries[path]
    job(disk, "/Library/LaunchAgents/db.plist")
    assert only(disk).owner == 0


def test_a_home_whose_account_is_unknown_belongs_to_its_owner(disk: MemoryHost) -> None:
    disk.dir("/Users/eve", uid=592148721)
    job(disk, "/Users/eve/Library/LaunchAgents/db.plist")
    assert only(disk).owner == 592148721


def test_only_plists_are_jobs(disk: MemoryHost) -> None:
    job(disk, "/Library/LaunchDaemons/db.plist.bak")
    assert found(disk) == Managed((), ())


def test_a_folder_that_somebody_filled_is_read_so_far(
    disk: MemoryHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folders, "_MAX_JOBS", 2)
    for name in "abc":
        job(disk, f"/Users/joe/Library/LaunchAgents/{name}.plist", name)
    read = found(disk)
    assert [each.id for each in read.definitions] == ["a", "b"]
    assert [limit.why for limit in read.limits] == ["more than 2 job files; the rest was not read"]


def test_a_link_is_followed_inside_the_disk(disk: MemoryHost) -> None:
    job(disk, "/opt/local/etc/LaunchDaemons/org.macports.db/org.macports.db.plist")
    disk.link(
        "/Library/LaunchDaemons/org.macports.db.plist",
        "/opt/local/etc/LaunchDaemons/org.macports.db/org.macports.db.plist",
    )
    assert only(disk).path == "/Library/LaunchDaemons/org.macports.db.plist"


def test_what_is_no_file_or_no_job_is_named_with_the_reason(disk: MemoryHost) -> None:
    disk.fifo("/Library/LaunchDaemons/a.plist")
    disk.file("/Library/LaunchDaemons/b.plist", b"SECRET")
    disk.link("/Library/LaunchDaemons/c.plist", "/nowhere")
    disk.file("/Library/LaunchDaemons/d.plist", b"x" * ((1 << 20) + 1))
    job(disk, "/Library/LaunchDaemons/e.plist", UserName="{{user}}")
    said = {limit.what.rpartition("/")[2]: limit.why for limit in found(disk).limits}
    assert said.keys() == {"a.plist", "b.plist", "c.plist", "d.plist", "e.plist"}
    assert said["b.plist"] == "not a property list: plain text"
    assert "template" in said["e.plist"]
    assert not any("SECRET" in why for why in said.values())


def test_folders_that_cannot_be_read_are_named(disk: MemoryHost) -> None:
    disk.dir("/Users/joe/Library/LaunchAgents")
    disk.denied.add("/Users/joe/Library/LaunchAgents")
    assert [limit.what for limit in found(disk).limits] == ["/Users/joe/Library/LaunchAgents"]


@pytest.mark.parametrize(
    ("path", "uid", "mode", "refused"),
    [
        ("/Library/LaunchDaemons/db.plist", 0, 0o644, ()),
        ("/Library/LaunchDaemons/db.plist", 0, 0o600, ()),
        ("/Library/LaunchDaemons/db.plist", JOE, 0o644, ("owned by uid 501",)),
        ("/Library/LaunchDaemons/db.plist", 0, 0o664, ("mode 0664: others may write it",)),
        ("/Library/LaunchDaemons/db.plist", JOE, 0o666, BOTH),
        ("/Users/joe/Library/LaunchAgents/db.plist", JOE, 0o644, ()),
        ("/Users/joe/Library/LaunchAgents/db.plist", 0, 0o644, ()),
        ("/Users/joe/Library/LaunchAgents/db.plist", ANN, 0o644, ("owned by uid 502",)),
        ("/System/Library/LaunchDaemons/db.plist", JOE, 0o666, ()),
    ],
)
def test_what_launchd_holds_against_a_file(
    disk: MemoryHost, path: str, uid: int, mode: int, refused: tuple[str, ...]
) -> None:
    job(disk, path, uid=uid, mode=mode)
    assert only(disk).refused == refused


def test_a_link_is_judged_by_what_it_leads_to(disk: MemoryHost) -> None:
    job(disk, "/opt/db.plist", uid=JOE)
    disk.link("/Library/LaunchDaemons/db.plist", "/opt/db.plist")
    assert only(disk).refused == ("owned by uid 501",)


@pytest.mark.parametrize(
    ("keys", "store", "enabled"),
    [
        ({}, None, "enabled"),
        ({"Disabled": True}, None, "disabled"),
        ({"Disabled": True}, {"db": False}, "enabled"),
        ({}, {"db": True}, "disabled"),
        ({}, {"other": True}, "enabled"),
    ],
)
def test_the_store_wins_over_the_file(
    disk: MemoryHost, keys: dict[str, object], store: dict[str, bool] | None, enabled: str
) -> None:
    job(disk, "/Library/LaunchDaemons/db.plist", **keys)  # type: ignore[arg-type]
    if store is not None:
        disk.file(f"{STORE}/disabled.plist", plistlib.dumps(store))
    assert only(disk).enabled == enabled


def test_every_person_has_a_store(disk: MemoryHost) -> None:
    job(disk, "/Users/joe/Library/LaunchAgents/db.plist", uid=JOE)
    disk.file(f"{STORE}/disabled.{JOE}.plist", plistlib.dumps({"db": True}))
    assert only(disk).enabled == "disabled"


def test_a_store_that_cannot_be_read_is_named(disk: MemoryHost) -> None:
    job(disk, "/Library/LaunchDaemons/db.plist")
    disk.file(f"{STORE}/disabled.plist", b"SECRET")
    assert [(limit.what, limit.why) for limit in found(disk).limits] == [
        (f"{STORE}/disabled.plist", "not a property list: plain text")
    ]


def test_stores_of_old_and_new_systems() -> None:
    assert parse(plistlib.dumps({"a": {"Disabled": True}, "b": {"Disabled": False}, "c": {}})) == {
        "a": True,
        "b": False,
    }
    assert parse(plistlib.dumps({"a": True, "b": "yes"})) == {"a": True}
    with pytest.raises(Unreadable, match="not a list of overrides"):
        parse(plistlib.dumps(["a"]))


def test_a_program_without_its_folder_is_found_in_the_standard_path(disk: MemoryHost) -> None:
    disk.file("/usr/sbin/db", mode=0o755)
    job(disk, "/Library/LaunchDaemons/a.plist", "a", ProgramArguments=["db"])
    job(disk, "/Library/LaunchDaemons/b.plist", "b", ProgramArguments=["missing"])
    paths = {each.id: each.commands[0].path for each in found(disk).definitions}
    assert paths == {"a": "/usr/sbin/db", "b": "/usr/bin/missing"}


def test_keys_of_macos_itself_are_as_apple_wants_them(disk: MemoryHost) -> None:
    job(disk, "/System/Library/LaunchAgents/db.plist", UserName="root")
    assert only(disk).ignored == ()
