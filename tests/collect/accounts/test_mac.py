"""A Mac's accounts: records of every source, who is in which group, and who is a person."""

import plistlib
from pathlib import Path

import pytest
from memory_host import MemoryHost

from privaudit.collect.accounts import Accounts, dscl, records
from privaudit.collect.accounts.dslocal import NODE
from privaudit.collect.accounts.mac import kind_of, password_of
from privaudit.collect.accounts.records import NOBODY, UserRecord
from privaudit.host import HostError, PasswdEntry, Platform
from privaudit.model.account import AccountKind, Password
from privaudit.model.unknown import Unknown

USERS = [*("/usr/bin/dscl", "-plist", ".", "-readall", "/Users"), *dscl._USER_KEYS]
GROUPS = [*("/usr/bin/dscl", "-plist", ".", "-readall", "/Groups"), *dscl._GROUP_KEYS]
LONG = {short: long for long, short in records._LONG.items()}
HASH = ";ShadowHash;HASHLIST:<SALTED-SHA512-PBKDF2>"
JOE, ANN = "11111111-0000-0000-0000-000000000501", "11111111-0000-0000-0000-000000000502"
STAFF, ADMIN, OPS = (f"22222222-0000-0000-0000-0000000000{gid}" for gid in (20, 80, 99))

JOES = {
    "name": ["joe"],
    "uid": ["501"],
    "gid": ["20"],
    "home": ["/Users/joe"],
    "shell": ["/bin/zsh"],
    "generateduid": [JOE.lower()],
    "authentication_authority": [HASH],
}
ANNS = {**JOES, "name": ["ann"], "uid": ["502"], "home": ["/Users/ann"], "generateduid": [ANN]}
MYSQLS = {
    "name": ["_mysql", "mysql"],
    "uid": ["74"],
    "gid": ["74"],
    "home": ["/var/empty"],
    "shell": ["/usr/bin/false"],
    "passwd": ["*"],
    "generateduid": ["FFFFEEEE-DDDD-CCCC-BBBB-AAAA0000004A"],
}
POSTGRES = {
    "name": ["postgres"],
    "uid": ["503"],
    "gid": ["503"],
    "home": ["/opt/local/var/db"],
    "shell": ["/usr/bin/false"],
    "passwd": ["*"],
    "generateduid": [JOE.replace("501", "503")],
}
ROOTS = {"name": ["root"], "uid": ["0"], "gid": ["0"], "home": ["/var/root"], "shell": ["/bin/sh"]}
NOBODYS = {"name": ["nobody"], "uid": ["-2"], "gid": ["-2"], "home": ["/var/empty"], "passwd": ["*"]}
ALL_USERS = [ROOTS, NOBODYS, MYSQLS, POSTGRES, JOES, ANNS]
ALL_GROUPS: list[dict[str, list[str]]] = [
    {"name": ["wheel"], "gid": ["0"], "users": ["root"]},
    {"name": ["everyone"], "gid": ["12"]},
    {"name": ["staff"], "gid": ["20"], "generateduid": [STAFF], "users": ["root"]},
    {"name": ["admin"], "gid": ["80"], "generateduid": [ADMIN], "users": ["root"], "nestedgroups": [OPS]},
    {"name": ["ops"], "gid": ["99"], "generateduid": [OPS], "groupmembers": [JOE], "nestedgroups": [ADMIN]},
]


def long(rows: list[dict[str, list[str]]]) -> bytes:
    return plistlib.dumps(
        [{f"dsAttrTypeStandard:{LONG[key]}": value for key, value in row.items()} for row in rows]
    )


def on_disk(form: plistlib.PlistFormat) -> MemoryHost:
    host = MemoryHost(platform=Platform.DARWIN, live=False)
    for kind, rows in (("users", ALL_USERS), ("groups", ALL_GROUPS)):
        for row in rows:
            name = row["name"][0]
            host.file(f"{NODE}/{kind}/{name}.plist", plistlib.dumps(row, fmt=form), mode=0o600)
    return host


def running() -> MemoryHost:
    host = MemoryHost(platform=Platform.DARWIN)
    host.command(USERS, long(ALL_USERS))
    host.command(GROUPS, long(ALL_GROUPS))
    return host


@pytest.fixture(params=["xml", "binary", "dscl"])
def accounts(request: pytest.FixtureRequest) -> Accounts:
    if request.param == "dscl":
        return Accounts(running())
    form = plistlib.FMT_XML if request.param == "xml" else plistlib.FMT_BINARY
    return Accounts(on_disk(form))


def test_every_source_tells_the_same(accounts: Accounts) -> None:
    kinds = {name: accounts.named(name) for name in ("root", "nobody", "_mysql", "postgres", "joe", "ann")}
    assert {name: account.kind.value for name, account in kinds.items() if account} == {
        "root": "root",
        "nobody": "service",
        "_mysql": "service",
        "postgres": "service",
        "joe": "person",
        "ann": "person",
    }
    assert accounts.limits == ()


def test_nested_groups_make_an_administrator(accounts: Accounts) -> None:
    joe, ann = accounts.account(501), accounts.account(502)
    assert joe.becomes_root == ("member of group admin",)
    assert ann.becomes_root == ()
    assert accounts.group(80).members == (501,)
    assert 80 in joe.groups
    assert "member of group admin" in joe.reasons


def test_staff_holds_every_person(accounts: Accounts) -> None:
    assert accounts.group(20).members == (501, 502)
    assert set(accounts.group(12).members) == {74, 501, 502, 503, NOBODY}


def test_an_alias_is_the_same_account(accounts: Accounts) -> None:
    account = accounts.named("mysql")
    assert account is not None
    assert (account.uid, account.name) == (74, "_mysql")
    assert accounts.named("74") is None


def test_nobody_is_an_unsigned_uid(accounts: Accounts) -> None:
    assert (accounts.account(NOBODY).name, accounts.account(NOBODY).gid) == ("nobody", NOBODY)


def test_administrators_are_worth_a_look(accounts: Accounts) -> None:
    assert {account.name for account in accounts.listed()} == {"root", "joe"}


def test_an_account_of_a_network_directory_is_asked_for_by_its_uid() -> None:
    host = running()
    host.accounts.append(PasswdEntry("eve", 592148721, 20, "", "/Users/eve", "/bin/zsh"))
    eve = Accounts(host).account(592148721)
    assert (eve.name, eve.kind, eve.reasons[0]) == ("eve", AccountKind.PERSON, "known to a directory")
    assert eve.password is Password.UNKNOWN
    assert isinstance(eve.can_log_in, Unknown)


def test_a_network_account_is_an_administrator_by_its_groups() -> None:
    host = running()
    host.accounts.append(PasswdEntry("eve", 592148721, 20, "", "/Users/eve", "/bin/zsh"))
    host.members("admin", 80, "eve", listed=False)
    eve = Accounts(host).account(592148721)
    assert eve.becomes_root == ("member of group admin",)
    assert "member of group admin" in eve.reasons


@pytest.mark.parametrize("more", [{"nestedgroups": [JOE]}, {"groupmembers": [OPS]}, {"users": ["eve"]}])
def test_a_group_with_members_of_another_directory_is_not_whole(more: dict[str, list[str]]) -> None:
    host = on_disk(plistlib.FMT_XML)
    row = {"name": ["ops"], "gid": ["99"], "generateduid": [OPS], **more}
    host.file(f"{NODE}/groups/ops.plist", plistlib.dumps(row))
    accounts = Accounts(host)
    assert (accounts.group(99).complete, accounts.group(80).complete) == (False, True)


def test_a_disk_is_never_asked_through_this_machine() -> None:
    host = on_disk(plistlib.FMT_XML)
    host.accounts.append(PasswdEntry("eve", 1000, 20, "", "/Users/eve", "/bin/zsh"))
    assert Accounts(host).account(1000).kind is AccountKind.UNKNOWN


def test_without_dscl_the_cache_is_asked() -> None:
    host = MemoryHost(platform=Platform.DARWIN)
    joe = "name: joe\npassword: ********\nuid: 501\ngid: 20\ndir: /Users/joe\nshell: /bin/zsh\ngecos: Joe\n\n"
    host.command(["/usr/bin/dscacheutil", "-q", "user"], joe)
    host.command(
        ["/usr/bin/dscacheutil", "-q", "group"], "name: admin\npassword: *\ngid: 80\nusers: root joe\n"
    )
    account = Accounts(host).account(501)
    assert (account.kind, account.becomes_root) == (AccountKind.PERSON, ("member of group admin",))


def test_what_dscl_says_between_records_is_left_out() -> None:
    host = running()
    complaint = b"No such key: Password\n"
    alone = [plistlib.dumps(plistlib.loads(long([row]))[0]) for row in ALL_USERS]
    host.command(USERS, complaint + complaint.join(alone), status=181)
    assert Accounts(host).account(501).name == "joe"
    assert Accounts(host).limits == ()


@pytest.mark.parametrize("data", [b"", b"SECRET", b"<?xml SECRET </plist>", b"</plist><?xml"])
def test_an_answer_without_a_plist_is_an_error(data: bytes) -> None:
    with pytest.raises(HostError) as error:
        dscl.records(data)
    assert "SECRET" not in str(error.value)


def test_what_cannot_be_read_is_said() -> None:
    host = on_disk(plistlib.FMT_XML)
    host.file(f"{NODE}/users/broken.plist", b"SECRET")
    host.file(f"{NODE}/users/nameless.plist", plistlib.dumps({"uid": ["7"]}))
    host.denied.add(f"{NODE}/groups")
    limits = {(limit.what.removeprefix(NODE), limit.why) for limit in Accounts(host).limits}
    assert limits == {
        ("/groups", "permission denied"),
        ("/users/broken.plist", "not a property list: plain text"),
        ("/users/nameless.plist", "no record: a name or an id is missing"),
    }


def record(**given: object) -> UserRecord:
    values: dict[str, object] = {
        "names": ("x",),
        "uid": 503,
        "gid": 20,
        "home": "/Users/x",
        "shell": "/bin/zsh",
    }
    return UserRecord(**{**values, **given})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("found", "admin", "keys", "kind"),
    [
        (record(shadow=True), False, False, "person"),
        (record(shadow=None), False, False, "person"),
        (record(shadow=False), False, False, "person"),
        (record(shadow=False, names=("_x",)), False, False, "service"),
        (record(shadow=False, names=("_x",)), False, True, "person"),
        (record(shadow=True, shell="/usr/bin/false"), True, False, "service"),
        (record(shadow=True, home="/var/helpdesk", uid=499), True, False, "person"),
        (record(shadow=True, home="/var/helpdesk", uid=499), False, False, "service"),
        (record(shadow=False, home="/Library/PostgreSQL/16", names=("postgres",)), False, False, "service"),
        (record(shadow=True, home="/Volumes/Data/joe"), False, False, "person"),
        (record(shadow=None, home="/Volumes/Data/joe"), False, False, "unknown"),
        (record(shadow=True, uid=201, names=("Guest",), home="/Users/Guest"), False, False, "person"),
        (record(shadow=False, uid=248, home="/var/setup", shell="/bin/bash"), False, False, "service"),
        (record(uid=0), True, False, "root"),
    ],
)
def test_signs_of_a_person(found: UserRecord, admin: bool, keys: bool, kind: str) -> None:  # noqa: FBT001
    assert kind_of(found, local=True, admin=admin, keys=keys)[0].value == kind


def test_apples_own_accounts_are_known_by_their_guid() -> None:
    guid = "FFFFEEEE-DDDD-CCCC-BBBB-AAAA000000F8"
    found = record(uid=248, names=("_mbsetupuser",), shell="/bin/bash", generated_uid=guid)
    assert kind_of(found, local=True, admin=False, keys=False)[0] is AccountKind.SERVICE
    assert not record(generated_uid=f"{guid}0").apples


@pytest.mark.parametrize(
    ("found", "password"),
    [
        (record(shadow=True), Password.USABLE),
        (record(shadow=True, disabled=True), Password.LOCKED),
        (record(shadow=False), Password.LOCKED),
        (record(), Password.UNKNOWN),
    ],
)
def test_passwords(found: UserRecord, password: Password) -> None:
    assert password_of(found) is password


@pytest.mark.parametrize(
    ("text", "number"),
    [("-2", NOBODY), ("0", 0), ("4294967294", NOBODY), ("", None), ("x", None), ("99999999999", None)],
)
def test_ids(text: str, number: int | None) -> None:
    assert records.number(text) == number


@pytest.mark.corpus
def test_apples_records_are_services_and_root(corpus: Path) -> None:
    kinds = {}
    for path in sorted((corpus / "dslocal" / "users").glob("*.plist")):
        found = records.user(plistlib.loads(path.read_bytes()))
        assert found is not None
        kinds[found.names[0]] = kind_of(found, local=True, admin=False, keys=False)[0]
    assert len(kinds) == 132
    assert {name for name, kind in kinds.items() if kind is not AccountKind.SERVICE} == {"root"}


@pytest.mark.corpus
def test_a_persons_record(corpus: Path) -> None:
    (path,) = (corpus / "dslocal" / "samples").glob("*.plist")
    found = records.user(plistlib.loads(path.read_bytes()))
    assert found is not None
    assert (found.names, found.uid, found.gid, found.shadow) == (("vagrant",), 501, 80, True)
    assert kind_of(found, local=True, admin=True, keys=False)[0] is AccountKind.PERSON


def capture(corpus: Path, name: str) -> str:
    path = corpus / "launchctl" / name
    if not path.exists():
        pytest.skip(f"the corpus has no {name}")
    return path.read_text("utf-8")


def columns(corpus: Path, name: str) -> dict[str, str]:
    """Read `dscl . -list /Users KEY`; the first line is the command."""
    rows = (line.split(None, 1) for line in capture(corpus, name).splitlines()[1:])
    return {row[0]: row[1].strip() for row in rows if len(row) > 1}


@pytest.mark.corpus
def test_the_shape_of_dscls_plist(corpus: Path) -> None:
    (row,) = dscl.records(capture(corpus, "dscl-plist.shape.xml").encode())
    found = records.user(row)
    assert found is not None
    assert (found.names, found.uid, found.gid) == (("nonexistent_user",), 1000, 22)
    assert found.home == "/Users/nonexistent_user"


@pytest.mark.corpus
@pytest.mark.parametrize(
    ("name", "groups"),
    [
        (
            "macos10.15.dscacheutil-q-group.txt",
            {
                ("com.apple.access_ftp", 395, ()),
                ("procmod", 9, ("root",)),
                ("_postgres", 216, ("_devicemgr", "_calendar", "_teamsserver", "_xserverdocs")),
            },
        ),
        ("inspec.dscacheutil-query-group.txt", {("humans", 81, ("bob", "sue", "joe")), ("root", 0, ())}),
    ],
)
def test_what_dscacheutil_prints(
    corpus: Path, name: str, groups: set[tuple[str, int, tuple[str, ...]]]
) -> None:
    found = [records.group(row) for row in dscl.cache_entries(capture(corpus, name))]
    assert {(each.names[0], each.gid, each.users) for each in found if each} == groups


@pytest.mark.corpus
def test_shells_and_groups_of_catalina(corpus: Path) -> None:
    shells = columns(corpus, "macos10.15.dscl-list-Users-UserShell.txt")
    groups = columns(corpus, "macos10.15.dscl-list-Users-PrimaryGroupID.txt")
    assert (shells["Guest"], shells["_www"], shells["root"]) == ("/bin/bash", "/usr/bin/false", "/bin/sh")
    assert (records.number(groups["nobody"]), groups["_www"]) == (NOBODY, "70")


@pytest.mark.corpus
def test_leopards_mysql(corpus: Path) -> None:
    text = capture(corpus, "dscl-read.mysql.leopard.txt")
    (row,) = dscl.cache_entries(text)
    names = row["RecordName"]
    assert isinstance(names, list)
    assert names[0].split() == ["_mysql", "mysql"]
    found = records.user(row)
    assert found is not None
    assert (found.uid, found.gid, found.shell, found.shadow) == (74, 74, "/usr/bin/false", False)
