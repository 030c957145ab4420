"""Property lists in every form that launchd meets, and what is refused without a word of its contents."""

import contextlib
import plistlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privaudit.collect.plists import Keyed, Unreadable, read
from privaudit.collect.plists.lax_xml import parse as parse_xml
from privaudit.collect.plists.old_style import parse as parse_old

HEAD = b'<?xml version="1.0" encoding="UTF-8"?>\n'
TYPE = b'<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">\n'
BARE = TYPE.replace(b'"http', b"http").replace(b'dtd"', b"dtd")
BODY = b'<plist version="1.0"><dict><key>Label</key><string>db</string></dict></plist>'
JOB = {"Label": "db"}


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(HEAD + TYPE + BODY, id="as Apple writes it"),
        pytest.param(plistlib.dumps(JOB, fmt=plistlib.FMT_BINARY), id="binary"),
        pytest.param(b"\n" + HEAD + TYPE + BODY, id="a blank line before the declaration"),
        pytest.param(b"<!-- ours -->\n" + HEAD + BODY, id="a comment before the declaration"),
        pytest.param(b"<!--?xml version=1.0?-->" + TYPE + BODY, id="a declaration in a comment"),
        pytest.param(TYPE + BODY, id="no declaration"),
        pytest.param(BODY, id="neither declaration nor type"),
        pytest.param(
            HEAD + TYPE.replace(b'"http', b"http").replace(b'dtd"', b"dtd") + BODY, id="address bare"
        ),
        pytest.param(HEAD + b"<!-- a -- b -->" + BODY, id="-- in a comment"),
        pytest.param(HEAD + BODY + b"<!-- end -->\ntrailing words", id="text after the end"),
        pytest.param(b"\xef\xbb\xbf" + HEAD + BODY, id="a byte-order mark"),
        pytest.param((HEAD + BODY).decode().encode("utf-16"), id="UTF-16 with a mark"),
        pytest.param((HEAD + BODY).decode().encode("utf-16-le"), id="UTF-16 without a mark"),
        pytest.param((HEAD + BODY).decode().encode("utf-16-be"), id="UTF-16, the other way round"),
        pytest.param(b"<dict><key>Label</key><string>db</string></dict>", id="no plist element"),
        pytest.param(b'{ Label = "db"; }', id="old-style"),
        pytest.param(b"/* ours */ {Label=db;} // end", id="old-style with comments"),
        pytest.param(BODY.replace(b"db", b"<![CDATA[db]]>"), id="a CDATA section"),
        pytest.param(BODY.replace(b"db", b"&#100;&#x62;"), id="characters by number"),
    ],
)
def test_all_forms_are_read(data: bytes) -> None:
    assert read(data) == JOB


def test_an_ampersand_that_macports_did_not_escape_is_itself() -> None:
    assert read(BODY.replace(b"db", b"a && b &amp; c &copy;")) == {"Label": "a && b & c &copy;"}


def test_latin_1_is_read_as_it_says() -> None:
    text = HEAD.replace(b"UTF-8", b"ISO-8859-1") + b"<!-- a -- b -->" + BODY.replace(b"db", b"\xe9")
    assert read(text) == {"Label": "\u00e9"}


def test_all_kinds_of_values() -> None:
    inner = (
        b"<key>s</key><string/><key>i</key><integer>-7</integer><key>x</key><integer>0x1F</integer>"
        b"<key>r</key><real>1.5</real><key>t</key><true/><key>f</key><false></false>"
        b"<key>a</key><array><string>1</string><array/></array><key>d</key><data>AAE=</data><key>e</key><dict/>"
    )
    value = parse_xml(f"<!-- -- --><plist><dict>{inner.decode()}</dict></plist>")
    assert value == {
        "s": "",
        "i": -7,
        "x": 31,
        "r": 1.5,
        "t": True,
        "f": False,
        "a": ["1", []],
        "d": b"\0\1",
        "e": {},
    }


def test_old_style_values() -> None:
    text = r'{ a = (x, "y z", <00 ff>,); "b\"c" = "\U00e9\n\101"; d = {}; e = /usr/bin/true; }'
    assert parse_old(text) == {
        "a": ["x", "y z", b"\0\xff"],
        'b"c': "\u00e9\nA",
        "d": {},
        "e": "/usr/bin/true",
    }


@pytest.mark.parametrize("data", [BODY, b"<!-- -- -->" + BODY, plistlib.dumps(JOB)])
def test_a_key_that_is_given_twice_is_remembered(data: bytes) -> None:
    entry = b"<key>Label</key>"
    once = read(data)
    twice = read(data.replace(b"</dict>", entry + b"<string>two</string></dict>"))
    assert isinstance(once, Keyed)
    assert isinstance(twice, Keyed)
    assert (once.repeated, twice.repeated, twice["Label"]) == (set(), {"Label"}, "two")


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "the file is empty"),
        (b" \n", "the file is empty"),
        (b"SECRET words", "neither XML, binary nor old-style property list: more than one value at line 1"),
        (b"SECRET", "not a property list: plain text"),
        (b'{"Label": "SECRET"}', "not an old-style property list (JSON is none): no = after a key at line 1"),
        (b"bplist00SECRET", "a damaged binary property list"),
        (BODY[:-20], "a string that is not closed at line 1"),
        (BODY[:50], "not the beginning of a value at line 1"),
        (BODY[: BODY.index(b"db") + 1], "a string that never ends at line 1"),
        (BODY.replace(b"db", b"d\0b"), "holds a NUL"),
        (BODY.replace(b"string", b"secret"), "a tag that nobody knows at line 1"),
        (BODY.replace(b"<key>Label</key>", b""), "no key where one is expected at line 1"),
        (b"<!-- -- --><plist><integer>SECRET</integer></plist>", "a value that is not of its kind at line 1"),
        (b"<!-- never", "a comment that never ends at line 1"),
        (b"<plist/>", "an empty property list"),
        (HEAD + b"\xff\xfe" + BODY, "not text in the encoding that it declares"),
        (
            HEAD.replace(b"UTF-8", b"SECRET") + b"<!-- -- -->" + BODY,
            "declares an encoding that nobody knows",
        ),
        (
            b'<!DOCTYPE plist [<!ENTITY a "SECRET"><!ENTITY b "&a;&a;">]>' + BODY,
            "a document type of its own at line 1",
        ),
        (
            b"{{ SECRET }}",
            "a template, not a job: not a property list: no value where one is expected at line 1",
        ),
    ],
)
def test_what_is_no_property_list_is_refused_without_quoting_it(data: bytes, why: str) -> None:
    with pytest.raises(Unreadable) as fault:
        read(data)
    assert str(fault.value) == why


def test_a_plist_that_holds_itself_is_refused() -> None:
    # An array whose only element is the array: offset table, then a trailer of 32 bytes.
    data = b"bplist00\xa1\x00\x08" + bytes(6) + b"\x01\x01" + bytes(7) + b"\x01" + bytes(15) + b"\x0a"
    with pytest.raises(Unreadable, match="nested more than 64 levels deep"):
        read(data)


@pytest.mark.parametrize("depth", [65, 20_000])
def test_deep_nesting_is_refused(depth: int) -> None:
    for text in (b"<array>" * depth + b"</array>" * depth, b"<!-- -- -->" + b"<array>" * depth, b"(" * depth):
        with pytest.raises(Unreadable):
            read(text)


def test_a_key_that_is_no_text_is_refused() -> None:
    # One dictionary with the key 5: {5: "x"}.
    objects = b"\xd1\x01\x02" + b"\x10\x05" + b"\x51x"
    trailer = bytes(6) + b"\x01\x01" + bytes(7) + b"\x03" + bytes(8) + bytes(7) + b"\x0f"
    with pytest.raises(Unreadable, match="a key that is no text"):
        read(b"bplist00" + objects + b"\x08\x0b\x0d" + trailer)


@pytest.mark.parametrize("text", ["&#xD800;", "&#0;", "&#x110000;"])
def test_numbers_of_no_character_leave_a_mark(text: str) -> None:
    value = parse_xml(f"<!-- -- --><string>{text}</string>")
    assert value == "\ufffd"
    assert parse_old(r'("\Ud800", "\000")') == ["\ufffd", "\ufffd"]


def test_many_values_are_refused() -> None:
    with pytest.raises(Unreadable, match="holds more than 100000 values"):
        read(b"<plist><array>" + b"<true/>" * 100_001 + b"</array></plist>")


@pytest.mark.parametrize(
    "piece", [b"<", b"&", b"<!--", b"<key>", b"<a ", b"/*", b"\\", b"'", b"<!DOCTYPE", b"["]
)
def test_hostile_repetition_ends_quickly(piece: bytes) -> None:
    for start in (b"", b"<plist><dict>", b"<!-- -- --><plist><string>", b"{a="):
        with pytest.raises(Unreadable):
            read(start + piece * (300_000 // len(piece)))


scalars = (
    st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.text(st.characters(codec="utf-8", min_codepoint=32))
)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abc"), inner, max_size=4)
)


@given(st.dictionaries(st.text("abc "), values, max_size=5))
def test_the_tolerant_reader_agrees_with_plistlib(value: dict[str, Any]) -> None:
    written = plistlib.dumps(value)
    assert parse_xml(written.decode()) == read(written) == plistlib.loads(written)


@given(st.binary(max_size=300) | st.text("<>/!-?&;{}()=\"'\\abc key dict").map(str.encode))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    with contextlib.suppress(Unreadable):
        read(data)
