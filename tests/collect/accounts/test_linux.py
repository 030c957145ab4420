"""Accounts of a Linux machine, looked up by uid, as the rest of privaudit sees them."""

import pytest
from memory_host import MemoryHost

from privaudit.collect.accounts import Accounts
from privaudit.host import Denied
from privaudit.model.account import AccountKind, Group, Password
from privaudit.model.unknown import Unknown

HASH = "$y$j9T$salt$hash"


@pytest.fixture
def host() -> MemoryHost:
    machine = MemoryHost().account("root", 0, home="/root", shell="/bin/bash", shadow="*")
    machine.account("joe", 1000, home="/home/joe", shell="/bin/bash", shadow=HASH).dir("/home/joe", uid=1000)
    machine.account("mysql", 105, home="/nonexistent", shell="/bin/false")
    machine.members("root", 0).members("joe", 1000).members("mysql", 105)
    return machine.members("sudo", 27, "joe")


def test_a_person_who_may_become_root(host: MemoryHost) -> None:
    joe = Accounts(host).account(1000)
    assert (joe.name, joe.kind, joe.password) == ("joe", AccountKind.PERSON, Password.USABLE)
    assert joe.can_log_in is True
    assert joe.groups == (1000, 27)
    assert joe.becomes_root == ("member of group sudo",)
    assert joe.reasons[0] == "has a usable password"


def test_a_service(host: MemoryHost) -> None:
    mysql = Accounts(host).named("mysql")
    assert mysql is not None
    assert (mysql.kind, mysql.can_log_in, mysql.becomes_root) == (AccountKind.SERVICE, False, ())


def test_names_and_uids_that_nobody_has(host: MemoryHost) -> None:
    accounts = Accounts(host)
    assert accounts.named("nobody-here") is None
    assert accounts.account(4242).name is None
    assert accounts.account(4242).label == "uid 4242"
    assert accounts.account(4242).kind is AccountKind.UNKNOWN
    assert accounts.account(61200).kind is AccountKind.SERVICE
    assert accounts.group(4242) == Group(4242, None)


def test_root_s_other_names(host: MemoryHost) -> None:
    host.account("toor", 0, home="/root", shell="/bin/sh", shadow=HASH)
    accounts = Accounts(host)
    assert accounts.account(0).also_named == ("toor",)
    toor = accounts.named("toor")
    assert toor is not None
    assert (toor.uid, toor.kind) == (0, AccountKind.ROOT)
    assert [account.uid for account in accounts.listed()] == [0, 1000]


def test_a_second_name_adds_its_groups(host: MemoryHost) -> None:
    host.account("joe2", 1000).members("docker", 999, "joe2")
    joe = Accounts(host).account(1000)
    assert joe.also_named == ("joe2",)
    assert 999 in joe.groups
    assert any("docker" in way for way in joe.becomes_root or ())  # type: ignore[union-attr]


def test_without_root_what_shadow_says_is_unknown(host: MemoryHost) -> None:
    host.denied |= {"/etc/shadow"}
    accounts = Accounts(host)
    joe = accounts.account(1000)
    assert (joe.kind, joe.password) == (AccountKind.PERSON, Password.UNKNOWN)
    assert joe.can_log_in == Unknown("needs root to read /etc/shadow")
    assert accounts.account(105).can_log_in is False  # no shell, whatever its password
    assert [limit.what for limit in accounts.limits] == ["/etc/shadow"]


def test_a_locked_account_with_keys_lets_somebody_in(host: MemoryHost) -> None:
    host.account("ubuntu", 1001, home="/home/ubuntu", shell="/bin/bash")
    host.file("/home/ubuntu/.ssh/authorized_keys", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIB x")
    ubuntu = Accounts(host).account(1001)
    assert (ubuntu.password, ubuntu.keys, ubuntu.can_log_in) == (Password.LOCKED, True, True)
    assert ubuntu.kind is AccountKind.PERSON


def test_an_expired_account_lets_nobody_in(host: MemoryHost) -> None:
    host.account("old", 1002, home="/home/old", shell="/bin/bash", shadow=None)
    host.file("/etc/shadow", f"old:{HASH}:1:0:99999:7::1:\n")
    assert Accounts(host).account(1002).can_log_in is False


def test_a_password_in_passwd_itself_counts() -> None:
    host = MemoryHost().file("/etc/passwd", "a::1000:1000::/home/a:/bin/sh\nb:*:1001:1001::/home/b:/bin/sh\n")
    accounts = Accounts(host)
    assert accounts.account(1000).password is Password.EMPTY
    assert accounts.account(1000).can_log_in is True
    assert accounts.account(1001).password is Password.LOCKED


def test_people_of_a_directory_are_found_by_uid(host: MemoryHost) -> None:
    host.account("ann", 1_200_005, home="/home/ann", shell="/bin/bash", listed=False)
    ann = Accounts(host).account(1_200_005)
    assert (ann.kind, ann.password) == (AccountKind.PERSON, Password.UNKNOWN)
    assert ann.can_log_in == Unknown("a directory holds its password")


def test_sysusers_declares_a_service(host: MemoryHost) -> None:
    host.account("app", 1003, home="/srv/app", shell="/bin/bash")
    host.file("/usr/lib/sysusers.d/app.conf", "u app - - /srv/app\n").link(
        "/etc/sysusers.d/x.conf", "/dev/null"
    )
    app = Accounts(host).account(1003)
    assert app.kind is AccountKind.SERVICE
    assert app.reasons[0] == "declared by /usr/lib/sysusers.d/app.conf"


def test_a_masked_file_of_sysusers_declares_nothing(host: MemoryHost) -> None:
    host.file("/usr/lib/sysusers.d/app.conf", "u joe 1000\n").file("/etc/sysusers.d/app.conf", "")
    assert "declared" not in " ".join(Accounts(host).account(1000).reasons)


def test_lingering(host: MemoryHost) -> None:
    host.file("/var/lib/systemd/linger/joe")
    assert Accounts(host).account(1000).lingering


def test_subordinate_uids_are_their_owner_s(host: MemoryHost) -> None:
    host.file("/etc/subuid", "joe:100000:65536\nroot:400000:10\nghost:500000:10\n")
    accounts = Accounts(host)
    assert accounts.account(100_998).kind is AccountKind.PERSON
    assert accounts.account(100_998).reasons == ("subordinate uid of joe (/etc/subuid)",)
    assert accounts.account(400_001).kind is AccountKind.UNKNOWN
    assert accounts.account(500_001).kind is AccountKind.UNKNOWN


def test_subordinate_uids_of_each_other_end(host: MemoryHost) -> None:
    host.file("/etc/subuid", "100000:100000:10\n")
    assert Accounts(host).account(100_001).kind is AccountKind.UNKNOWN


def test_a_group_s_members_by_name_and_by_primary_group(host: MemoryHost) -> None:
    host.account("ann", 1001, gid=27, home="/home/ann", shell="/bin/bash").members(
        "web", 33, "joe", "ghost", "root"
    )
    accounts = Accounts(host)
    assert accounts.group(27) == Group(27, "sudo", (1000, 1001))
    assert accounts.group(33) == Group(33, "web", (1000,))
    assert accounts.members(105) == (105,)


def test_lines_of_one_gid_are_one_group(host: MemoryHost) -> None:
    host.members("webadmins", 33, "joe").members("www", 33, "mysql")
    assert Accounts(host).group(33).members == (105, 1000)


def test_members_seen_through_a_directory_count(host: MemoryHost) -> None:
    host.account("ann", 70000, gid=500_000, home="/home/ann", shell="/bin/bash", listed=False)
    host.members("staff", 500_000, listed=False)
    accounts = Accounts(host)
    assert accounts.members(500_000) == ()
    accounts.account(70000)
    assert accounts.members(500_000) == ()  # whatever was asked for before, in whichever order
    accounts.meet([0, 70000])
    assert accounts.members(500_000) == (70000,)


@pytest.mark.parametrize(("sign", "complete"), [(None, True), ("/var/lib/sss/pipes/nss", False)])
def test_a_group_is_complete_unless_a_directory_is_set_up(
    host: MemoryHost,
    sign: str | None,
    complete: bool,  # noqa: FBT001
) -> None:
    host.file("/etc/nsswitch.conf", "passwd: files sss\ngroup: files sss\n")
    if sign is not None:
        host.file(sign)
    accounts = Accounts(host)
    assert accounts.group(1000).complete is complete
    assert accounts.group(27).complete  # people of a directory are in no group of the system


def test_each_account_is_looked_up_once(host: MemoryHost) -> None:
    accounts = Accounts(host)
    assert accounts.account(1000) is accounts.account(1000)
    assert accounts.named("joe") is accounts.account(1000)
    assert accounts.group(27) is accounts.group(27)
    assert host.reads.count("/etc/passwd") == 1


def test_an_unreadable_file_is_a_limit(host: MemoryHost) -> None:
    host.fifo("/etc/group")
    accounts = Accounts(host)
    accounts.group(27)
    assert [limit.what for limit in accounts.limits] == ["/etc/group"]


def test_sudoers_that_cannot_be_read_leave_it_unknown(host: MemoryHost) -> None:
    host.file("/etc/sudoers", "%sudo ALL=(ALL:ALL) ALL\n")
    host.denied.add("/etc/sudoers")
    accounts = Accounts(host)
    assert accounts.account(105).becomes_root == Unknown("needs root to read /etc/sudoers")
    assert accounts.account(1000).becomes_root == ("member of group sudo",)
    assert isinstance(next(iter(accounts.limits)).why, str)


def test_those_whom_sudoers_names_are_listed(host: MemoryHost) -> None:
    host.file("/etc/sudoers", "mysql ALL=(ALL) NOPASSWD: ALL\n%web ALL=ALL\n").account("ann", 1001)
    host.members("web", 33, "ann")
    host.live = False
    assert [account.uid for account in Accounts(host).listed()] == [0, 105, 1000, 1001]


def test_a_command_that_fails_is_no_failure(host: MemoryHost) -> None:
    host.file("/etc/sudoers", "mysql ALL=(ALL) NOPASSWD: ALL\n")
    host.commands[("/usr/bin/cvtsudoers",)] = Denied("/usr/bin/cvtsudoers", "permission denied")
    assert Accounts(host).account(105).becomes_root == ("sudoers: ALL as root without a password",)


def test_sudoers_of_a_directory_are_a_limit(host: MemoryHost) -> None:
    host.file("/etc/nsswitch.conf", "sudoers: files sss # stock\npasswd: files\n")
    assert Accounts(host).limits == ()
    host.file("/etc/sssd/sssd.conf")
    accounts = Accounts(host)
    assert ["rules of sudo" in limit.why for limit in accounts.limits] == [True]
    assert accounts.group(1000).complete


@pytest.mark.parametrize(
    ("owner", "folder", "replaceable"),
    [(105, 0, True), (0, 105, True), (0, 0, False), (1000, 0, False)],
)
def test_a_program_of_sudoers_that_it_can_replace(
    host: MemoryHost,
    owner: int,
    folder: int,
    replaceable: bool,  # noqa: FBT001
) -> None:
    host.live = False
    host.file("/etc/sudoers", "mysql ALL=(root) NOPASSWD: /opt/db/backup.sh --all, /opt/gone/*, list\n")
    host.dir("/opt/db", uid=folder).file("/opt/db/backup.sh", mode=0o755, uid=owner)
    ways = Accounts(host).account(105).becomes_root
    assert isinstance(ways, tuple)
    assert len(ways) == replaceable
    assert all(
        "/opt/db/backup.sh --all as root without a password, and it can replace it" in way for way in ways
    )


def test_a_second_name_of_a_service_through_which_somebody_comes_in(host: MemoryHost) -> None:
    host.account("helper", 105, home="/opt/helper", shell="/bin/bash", shadow=HASH)
    mysql = Accounts(host).account(105)
    assert (mysql.name, mysql.also_named, mysql.kind) == ("mysql", ("helper",), AccountKind.SERVICE)
    assert mysql.can_log_in is True
    host.account("bob", 105, home="/home/joe", shell="/bin/bash", shadow=HASH)
    assert Accounts(host).account(105).kind is AccountKind.PERSON
