"""Command lines of units: prefixes, several in a value, and what makes systemd refuse one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privaudit.collect.systemd.execline import commands
from privaudit.model.definition import Command, Elevation


def one(value: str) -> Command:
    found, bad = commands("ExecStart", value, str)
    assert bad is None
    assert len(found) == 1
    return found[0]


@pytest.mark.parametrize(
    ("value", "elevation", "ignored", "unexpanded"),
    [
        ("/bin/x", Elevation.NONE, False, False),
        ("+/bin/x", Elevation.FULL, False, False),
        ("!/bin/x", Elevation.IDENTITY, False, False),
        ("!!/bin/x", Elevation.AMBIENT, False, False),
        ("-:!/bin/x", Elevation.IDENTITY, True, True),
        ("!-!:/bin/x", Elevation.AMBIENT, True, True),
        ('"+/bin/x"', Elevation.FULL, False, False),
    ],
)
def test_prefixes(value: str, elevation: Elevation, *, ignored: bool, unexpanded: bool) -> None:
    assert one(value) == Command("ExecStart", "/bin/x", ("/bin/x",), elevation, ignored, unexpanded)


def test_a_program_under_another_name() -> None:
    assert one("@/bin/x other a").argv == ("other", "a")


def test_paths_are_simplified_and_arguments_are_not() -> None:
    found = one("//bin/./x //a/./b")
    assert (found.path, found.argv) == ("/bin/x", ("//bin/./x", "//a/./b"))


def test_several_in_one_value() -> None:
    found, bad = commands("ExecStart", r"; /a 1 ; -/b \; ';' x; ; /c", str)
    assert bad is None
    assert [c.argv for c in found] == [("/a", "1"), ("/b", ";", ";", "x;"), ("/c",)]
    assert [c.ignore_failure for c in found] == [False, True, False]


@pytest.mark.parametrize(
    "value", ["--/x", "-", "bin/x", "/bin/", "..", '"/a\'b"', "@/bin/x", "/" + "x" * 300, '/bin/x "a', "+!/x"]
)
def test_what_systemd_refuses(value: str) -> None:
    found, bad = commands("ExecStart", f"/first ; {value}", str)
    ignoring = value.startswith("-")
    assert [c.path for c in found] == ["/first"]
    assert (bad is None) == ignoring


def test_an_open_quote_in_the_first_word_ends_the_value_quietly() -> None:
    assert commands("ExecStart", '"/bin/x', str) == ([], None)


@given(st.text(alphabet="-@:+!;\\'\"/ab \t%$\x01é", max_size=60))
def test_any_text_gives_absolute_or_bare_programs(value: str) -> None:
    found, _ = commands("ExecStart", value, str)
    for command in found:
        assert command.argv
        assert command.path.startswith("/") or "/" not in command.path
        assert "\x01" not in command.path
