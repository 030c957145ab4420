"""The account files of Linux: what each line says, and that no bytes break the readers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privaudit.collect.accounts import databases
from privaudit.collect.accounts.databases import Secret, SubordinateRange
from privaudit.host import GroupEntry
from privaudit.model.account import Password


def test_passwd_lines_are_read_and_odd_ones_left_out() -> None:
    data = (
        b"root:x:0:0:root:/root:/bin/bash\n"
        b"# joe:x:1:1:::\n"
        b"+nis::::::\n"
        b"short:x:1\n"
        b"minus:x:-1:0::/:/bin/sh\n"
        b"invalid:x:4294967295:0::/:/bin/sh\n"
        b"caf\xe9::1000:1000:,,,:/home/caf\xe9:\n"
    )
    found = databases.passwd(data)
    assert [(each.entry.name, each.entry.uid) for each in found] == [("root", 0), ("caf\udce9", 1000)]
    assert found[0].secret.in_shadow
    assert found[1].secret.password is Password.EMPTY


def test_a_file_without_a_last_newline_is_read_whole() -> None:
    assert databases.group(b"sudo:x:27:joe,,ann") == [GroupEntry("sudo", 27, ("joe", "ann"))]


@pytest.mark.parametrize(
    ("field", "password", "was_hashed"),
    [
        ("", Password.EMPTY, False),
        ("!", Password.LOCKED, False),
        ("!!", Password.LOCKED, False),
        ("*", Password.LOCKED, False),
        ("!*", Password.LOCKED, False),
        ("*LK*", Password.LOCKED, False),
        ("$y$j9T$salt$hash", Password.USABLE, False),
        ("$6$salt$hash/.", Password.USABLE, False),
        ("!$6$salt$hash", Password.LOCKED, True),
        ("abJnggxhB/yWI", Password.USABLE, False),
        ("_J9..rasmBYk8r9AiWNc", Password.USABLE, False),
        ("!abJnggxhB/yWI", Password.LOCKED, True),
    ],
)
def test_a_password_field(field: str, password: Password, was_hashed: bool) -> None:  # noqa: FBT001
    assert databases.secret(field) == Secret(password, was_hashed)


def test_shadow_says_when_an_account_expires() -> None:
    found = databases.shadow(b"joe:$1$a$b:19700:0:99999:7::1:\nann:!:19700:0:99999:7:::\nbob:*\njoe:!:\n")
    assert found["joe"] == Secret(Password.USABLE, expires=1)
    assert found["ann"].expires is None
    assert found["bob"].password is Password.LOCKED


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("UID_MIN 500\n", 500),
        ("  UID_MIN\t\t 0x3E8  \n", 1000),
        ("UID_MIN 01750\n", 1000),
        ("#UID_MIN 500\nSYS_UID_MIN 100\n", 1000),
        ("UID_MIN -5\n", 1000),
        ("", 1000),
    ],
)
def test_the_first_uid_of_people(text: str, expected: int) -> None:
    assert databases.uid_min(text.encode()) == expected


def test_subordinate_ranges() -> None:
    data = b"joe:100000:65536\n1001:165536:65536\nbad:x:1\nempty:5:0\n"
    assert databases.subordinates(data) == [
        SubordinateRange("joe", 100000, 65536),
        SubordinateRange("1001", 165536, 65536),
    ]


def test_sysusers_declares_accounts() -> None:
    data = b'#u no -\nu redis - "Redis" /srv\nu! locked 5\ng group -\nm joe docker\nu %i -\nu "q" -\n'
    assert databases.sysusers(data) == {"redis", "locked", "q"}


@given(st.binary(max_size=300) | st.text(alphabet="a:x0\n!$#+-,", max_size=200).map(str.encode))
def test_no_bytes_break_a_reader(data: bytes) -> None:
    for parse in (databases.passwd, databases.group, databases.shadow, databases.subordinates):
        parse(data)
    databases.sysusers(data)
    assert databases.uid_min(data) >= 0
