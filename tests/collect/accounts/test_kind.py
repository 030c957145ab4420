"""Who is a person and who is a service: the accounts of real systems, and those that look like the other."""

from dataclasses import replace

import pytest

from privaudit.collect.accounts.kind import Evidence, Home, gives_shell, home_of, kind_of, kind_without_entry
from privaudit.model.account import AccountKind, Password

PERSON, SERVICE, UNKNOWN = AccountKind.PERSON, AccountKind.SERVICE, AccountKind.UNKNOWN

JOE = Evidence(1000, "joe", "Joe,,,", "/home/joe", "/bin/bash", home_exists=True, password=Password.USABLE)
POSTGRES = Evidence(
    105, "postgres", "", "/var/lib/postgresql", "/bin/bash", home_exists=True, password=Password.LOCKED
)
GIT = Evidence(
    1001, "git", "", "/home/git", "/bin/bash", home_exists=True, password=Password.LOCKED, forced_keys=True
)


@pytest.mark.parametrize(
    ("found", "kind"),
    [
        pytest.param(JOE, PERSON, id="joe"),
        pytest.param(
            replace(JOE, password=Password.LOCKED, keys=True), PERSON, id="a cloud's ubuntu, keys only"
        ),
        pytest.param(replace(JOE, password=Password.LOCKED), PERSON, id="useradd -m joe, no password yet"),
        pytest.param(replace(JOE, password=Password.UNKNOWN), PERSON, id="joe, shadow unread"),
        pytest.param(
            replace(JOE, password=Password.LOCKED, was_hashed=True), PERSON, id="joe locked by usermod -L"
        ),
        pytest.param(replace(JOE, uid=60001, listed=False, home_exists=False), PERSON, id="systemd-homed"),
        pytest.param(
            replace(JOE, uid=1_234_567, listed=False, password=Password.UNKNOWN, home_exists=False),
            PERSON,
            id="LDAP",
        ),
        pytest.param(replace(JOE, uid=500, uid_min=500), PERSON, id="old boundary"),
        pytest.param(replace(JOE, uid=501), PERSON, id="a person of an older release, below the boundary"),
        pytest.param(
            replace(JOE, uid=900, password=Password.LOCKED, keys=True), PERSON, id="vagrant, useradd -r"
        ),
        pytest.param(
            replace(JOE, uid=900, password=Password.LOCKED, admin_groups=("sudo",)),
            PERSON,
            id="system uid in sudo",
        ),
        pytest.param(replace(JOE, home="/data/joe"), PERSON, id="home elsewhere, password"),
        pytest.param(replace(JOE, shell="/usr/sbin/nologin"), PERSON, id="a mail user with a password"),
        pytest.param(replace(JOE, shell=""), PERSON, id="an empty shell is /bin/sh"),
        pytest.param(
            replace(JOE, declared_by="/etc/sysusers.d/joe.conf"), PERSON, id="a person made by sysusers"
        ),
        pytest.param(POSTGRES, SERVICE, id="postgres"),
        pytest.param(replace(POSTGRES, keys=True), SERVICE, id="postgres with replication keys"),
        pytest.param(replace(POSTGRES, password=Password.USABLE), SERVICE, id="postgres with a password"),
        pytest.param(replace(POSTGRES, uid=26, home="/var/lib/pgsql"), SERVICE, id="RHEL's postgres"),
        pytest.param(replace(POSTGRES, uid=1005), SERVICE, id="postgres above the boundary"),
        pytest.param(replace(POSTGRES, logged_in=True), SERVICE, id="su - postgres"),
        pytest.param(GIT, SERVICE, id="git with forced commands"),
        pytest.param(replace(GIT, forced_keys=False), SERVICE, id="git with a home and a shell"),
        pytest.param(replace(GIT, uid=998, forced_keys=False), SERVICE, id="git, adduser --system"),
        pytest.param(
            Evidence(4, "sync", "sync", "/bin", "/bin/sync", home_exists=True, password=Password.LOCKED),
            SERVICE,
            id="sync",
        ),
        pytest.param(
            Evidence(64055, "libvirt-qemu", "", "/var/lib/libvirt", "/usr/sbin/nologin"),
            SERVICE,
            id="Debian's 64055",
        ),
        pytest.param(
            Evidence(61234, "grafana", "Dynamic User", "/", "/usr/sbin/nologin", listed=False),
            SERVICE,
            id="DynamicUser",
        ),
        pytest.param(
            Evidence(
                1001, "app", "", "/home/app", "/usr/sbin/nologin", home_exists=True, password=Password.LOCKED
            ),
            SERVICE,
            id="an application's nologin account in /home",
        ),
        pytest.param(
            Evidence(1001, "named", "", "/etc/bind", "/sbin/nologin", password=Password.LOCKED),
            SERVICE,
            id="Alpine's named",
        ),
        pytest.param(
            replace(JOE, home="/srv/app", password=Password.LOCKED),
            SERVICE,
            id="a shell, but nobody can log in",
        ),
        pytest.param(
            replace(JOE, home_exists=False, password=Password.LOCKED),
            UNKNOWN,
            id="a home that does not exist",
        ),
        pytest.param(
            replace(GIT, uid=998, password=Password.UNKNOWN, forced_keys=False),
            UNKNOWN,
            id="unread, below 1000",
        ),
        pytest.param(
            replace(JOE, home="/srv/app", password=Password.UNKNOWN), UNKNOWN, id="unread, home elsewhere"
        ),
        pytest.param(replace(JOE, uid=0), AccountKind.ROOT, id="toor"),
        pytest.param(replace(JOE, uid=65534, name="nobody"), SERVICE, id="nobody"),
    ],
)
def test_a_verdict_with_reasons(found: Evidence, kind: AccountKind) -> None:
    verdict, reasons = kind_of(found)
    assert verdict is kind
    assert reasons
    assert all(reasons)


@pytest.mark.parametrize(
    ("uid", "owner", "kind"),
    [
        (0, None, AccountKind.ROOT),
        (65534, None, SERVICE),
        (61184, None, SERVICE),
        (60001, None, UNKNOWN),
        (1000, None, UNKNOWN),
        (100998, ("joe", PERSON), PERSON),
        (100998, ("app", SERVICE), SERVICE),
    ],
)
def test_a_uid_without_a_name(uid: int, owner: tuple[str, AccountKind] | None, kind: AccountKind) -> None:
    assert kind_without_entry(uid, owner)[0] is kind


@pytest.mark.parametrize(
    ("home", "exists", "expected"),
    [
        ("/home/joe", True, Home.PERSONAL),
        ("/home/staff/joe", True, Home.PERSONAL),
        ("/var/home/joe", True, Home.PERSONAL),
        ("/export/home/joe", True, Home.PERSONAL),
        ("/home/joe", False, Home.ABSENT),
        ("/home", True, Home.ELSEWHERE),
        ("/", True, Home.MACHINE),
        ("", False, Home.MACHINE),
        ("/nonexistent", False, Home.MACHINE),
        ("/bin", True, Home.MACHINE),
        ("/var/lib/x", True, Home.MACHINE),
        ("/data/joe", True, Home.ELSEWHERE),
    ],
)
def test_where_a_home_is(home: str, exists: bool, expected: Home) -> None:  # noqa: FBT001
    assert home_of(home, exists=exists, listed=True) is expected


def test_a_directory_s_home_may_come_later() -> None:
    assert home_of("/home/ldap", exists=False, listed=False) is Home.PERSONAL


@pytest.mark.parametrize(
    "shell", ["/usr/sbin/nologin", "/bin/false", "/bin/sync", "/dev/null", "/usr/bin/git-shell"]
)
def test_shells_that_let_nobody_in(shell: str) -> None:
    assert not gives_shell(shell)


@pytest.mark.parametrize("shell", ["", "/bin/sh", "/usr/bin/rbash", "/usr/bin/fish"])
def test_shells_that_let_people_in(shell: str) -> None:
    assert gives_shell(shell)
