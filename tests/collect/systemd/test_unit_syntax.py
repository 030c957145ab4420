"""Lines, words and escapes of unit files, on what was seen of a running systemd and on hostile bytes."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privaudit.collect.systemd.escapes import unescape
from privaudit.collect.systemd.syntax import Assignment, SyntaxFailure, assignments
from privaudit.collect.systemd.words import BadWord, plain, word, words


def read(text: str | bytes) -> list[tuple[str, str]]:
    data = text.encode() if isinstance(text, str) else text
    return [(item.key, item.value) for item in assignments(b"[Service]\n" + data)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("User=joe", [("User", "joe")]),
        ("  User \t=  joe \t", [("User", "joe")]),
        ("Exec=a \\\n  b", [("Exec", "a    b")]),
        ("Exec=a \\\n# comment\n ; another\nb", [("Exec", "a  b")]),
        ("Exec=a \\\n\nUser=joe", [("Exec", "a"), ("User", "joe")]),
        ("Exec=a \\\\\nUser=joe", [("Exec", "a \\\\"), ("User", "joe")]),
        ("Exec=a\\", [("Exec", "a")]),
        ("# comment \\\nUser=joe", [("User", "joe")]),
        ("nonsense\n=x\nUser=joe", [("User", "joe")]),
        ("Exec=a=b", [("Exec", "a=b")]),
        (
            "User=joe\r\nGroup=a\rType=b\0Other=c",
            [("User", "joe"), ("Group", "a"), ("Type", "b"), ("Other", "c")],
        ),
        ("User=", [("User", "")]),
        ("A=grüße", [("A", "grüße")]),
        ("A=\u00a0b", [("A", "\u00a0b")]),
    ],
)
def test_lines(text: str, expected: list[tuple[str, str]]) -> None:
    assert read(text) == expected


def test_sections_and_a_byte_order_mark() -> None:
    data = b"\xef\xbb\xbfA=outside\n[Unit]\nB=1\n[X-Own]\nC=2\n"
    assert list(assignments(data)) == [Assignment("Unit", "B", "1"), Assignment("X-Own", "C", "2")]


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"A=1\n[Service\nB=2", "not a section header at line 3"),
        (b'A=1\n[Ser"vice]\n', "not a section header at line 3"),
        (b"A=1\nB=\xff\n", "not valid UTF-8 at line 3"),
        ("A=1\nB=\ufffe\n".encode(), "not valid UTF-8 at line 3"),
        (b"A=1\nB=" + b"x" * (1 << 20), "line too long at line 3"),
    ],
)
def test_where_systemd_gives_up_so_does_this_and_what_came_before_is_there(data: bytes, why: str) -> None:
    found = assignments(b"[Service]\n" + data)
    assert next(found).key == "A"
    with pytest.raises(SyntaxFailure, match=why):
        next(found)


def test_bytes_that_are_not_text_do_no_harm_in_a_comment() -> None:
    assert read(b"# \xff\nUser=joe") == [("User", "joe")]


@given(st.binary(max_size=300))
def test_hostile_bytes_give_assignments_or_a_failure_of_ours(data: bytes) -> None:
    with suppress(SyntaxFailure):
        for item in assignments(b"[Service]\n" + data):
            assert item.key == item.key.strip(" \t\n\r")
            assert "\n" not in item.value
            assert "\0" not in item.value


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('a "b c" d', ["a", "b c", "d"]),
        ("\"a b\"'c d'e", ["a bc de"]),
        ("'a \"b\" c'", ['a "b" c']),
        (r"a\x41\101\u263a\U0001F600\s\n", ["aAA☺😀 \n"]),
        (r"\xe2\x98\xba", ["☺"]),
        (r"\xff", ["\udcff"]),
        (r"a\qb \d+", [r"a\qb", r"\d+"]),
        (r"a\x00b \u12", [r"a\x00b", r"\u12"]),
        ("a\\", ["a\\"]),
        ("\"\" ''", ["", ""]),
        (" \t ", []),
        ("a\u00a0b", ["a\u00a0b"]),
    ],
)
def test_words(text: str, expected: list[str]) -> None:
    assert list(words(text)) == expected


@pytest.mark.parametrize("text", ['a "b', "a 'b\\", '"\\'])
def test_a_quote_that_nothing_closes_is_an_error(text: str) -> None:
    with pytest.raises(BadWord):
        list(words(text))


def test_strictly_an_unknown_escape_is_an_error() -> None:
    with pytest.raises(BadWord):
        list(words(r"a\qb", strict=True))


def test_only_systemds_blanks_part_words() -> None:
    assert plain("a\u2003b c\td") == ["a\u2003b", "c", "d"]


@given(st.text(max_size=200))
def test_words_come_to_an_end(text: str) -> None:
    position, count = 0, 0
    try:
        while True:
            found, after = word(text, position)
            if found is None:
                break
            assert after > position
            position, count = after, count + 1
    except BadWord:
        pass
    assert count <= len(text)


@given(st.text(max_size=100))
def test_what_needs_no_unescaping_stays(text: str) -> None:
    plainly = text.replace("\\", "").encode("utf-8", "surrogatepass").decode("utf-8", "replace")
    assert unescape(plainly) == plainly
    assert unescape(plainly.replace("\n", r"\n")) == plainly
