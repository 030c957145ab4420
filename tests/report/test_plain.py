"""Nothing that a name may hold reaches a terminal as it is."""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privaudit.report.plain import plain


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("mariadb.service", "mariadb.service"),
        ("dev-disk-by\\x2duuid.swap", "dev-disk-by\\x2duuid.swap"),
        ("größe", "größe"),
        ("数据库", "数据库"),
        ("a\nb\tc\rd", "a\\nb\\tc\\rd"),
        ("\x1b[31mred\x1b]0;title\x07", "\\x1b[31mred\\x1b]0;title\\x07"),
        ("\x7f\x85\x9b", "\\x7f\\u0085\\u009b"),
        ("evil\u202egpj.exe", "evil\\u202egpj.exe"),
        ("zero\u200bwidth\u2066", "zero\\u200bwidth\\u2066"),
        ("\u3164\ufe0f\U000e0041\U000e0101", "\\u3164\\ufe0f\\U000e0041\\U000e0101"),
        ("\u2028\u00a0", "\\u2028\\u00a0"),
        (os.fsdecode(b"/srv/\xff\xfe"), "/srv/\\xff\\xfe"),
        ("\ud800", "\\ud800"),
        ("", ""),
    ],
)
def test_each_kind_of_character(raw: str, shown: str) -> None:
    assert plain(raw) == shown


@given(st.text(st.characters(exclude_categories=())))
def test_what_is_shown_is_printable_and_encodes(raw: str) -> None:
    shown = plain(raw)
    assert shown.isprintable()
    shown.encode()
    assert plain(shown) == shown


@given(st.binary())
def test_every_byte_string_can_be_shown(raw: bytes) -> None:
    plain(os.fsdecode(raw)).encode()
