"""YAML with places: what is read, what is refused, and that nothing is ever built from it."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privaudit.engine.document import Document
from privaudit.engine.fault import BadData, meant


def doc(text: str | bytes) -> Document:
    return Document("f.yaml", text if isinstance(text, bytes) else text.encode())


def walked(text: str | bytes) -> None:
    document = doc(text)
    for _, _, value in document.pairs(document.root):
        document.texts(value)


def refused(text: str | bytes) -> str:
    with pytest.raises(BadData) as caught:
        walked(text)
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (b"", "f.yaml: it is empty"),
        (b"# only a comment\n", "f.yaml: it is empty"),
        (b"a: [b", "f.yaml:2:1: not YAML"),
        (b"a: b\n---\nc: d\n", "f.yaml:2:1: not YAML: but found another document"),
        (b"a: *b\n", "f.yaml:1:4: not YAML: found undefined alias"),
        (b"a: \x01\n", "f.yaml: not YAML: it holds characters that YAML does not allow"),
        (b"a: \xff\n", "f.yaml: not YAML: it holds characters that YAML does not allow"),
        (b"- a\n", "f.yaml:1:1: a mapping is expected here"),
        (b"a: b\na: c\n", "f.yaml:2:1: key a stands here twice"),
        (b"? [a]\n: b\n", "f.yaml:1:3: a key must be a word"),
        (b"a: &x [b]\nc: *x\n", "an alias repeats this"),
        (b"a: &x [*x]\n", "an alias repeats this"),
        (b"a: !!python/object/apply:os.system [id]\n", "text is expected here"),
        (b"a: !!str b\n", "text is expected here"),
        (b"<<: {a: b}\n", "text is expected here"),
    ],
)
def test_what_is_no_plain_data_is_refused(text: bytes, says: str) -> None:
    assert says in refused(text)


def test_the_contents_of_what_does_not_parse_are_not_quoted() -> None:
    assert "secret" not in refused(b"secret: [ 'hunter2\n")
    assert "hunter2" not in refused(b"secret: [ 'hunter2\n")


def test_a_bomb_of_aliases_is_refused_at_once() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 9)]
    assert "an alias repeats this" in refused("\n".join(lines))


@pytest.mark.parametrize("opening", [b"[", b"{a: ", b"- "])
def test_deep_nesting_ends_in_a_refusal(opening: bytes) -> None:
    with pytest.raises(BadData):
        doc(opening * 20_000)


@pytest.mark.parametrize(
    "text",
    [
        "0755",
        "16",
        "-1",
        "1.5",
        ".5",
        "on",
        "No",
        "y",
        "null",
        "~",
        "",
        "2024-01-01",
        "12:30",
        "0x1f",
        "1_000",
    ],
)
def test_what_another_reader_takes_for_no_text_must_be_quoted(text: str) -> None:
    assert "text is expected here (put it in quotes" in refused(f"a: {text}\n")
    document = doc(f'a: "{text}"\n')
    assert [document.text(value) for _, _, value in document.pairs(document.root)] == [text]


@pytest.mark.parametrize(
    "text", ["/etc/my.cnf", "mysqld", "3proxy", "7z", "php8.2-fpm", "-u", "one", "nobody"]
)
def test_words_need_no_quotes(text: str) -> None:
    document = doc(f"a: {text}\n")
    assert [document.text(value) for _, _, value in document.pairs(document.root)] == [text]


def test_on_can_be_a_key() -> None:
    document = doc("on: debian\n")
    assert list(document.keys(document.root, ("on",))) == ["on"]


def test_a_place_counts_from_one() -> None:
    document = doc("a:\n  - b\n  - 'c'\n")
    ((_, _, value),) = document.pairs(document.root)
    _, second = document.items(value)
    fault = document.fault(second, "bad", "do this")
    assert str(fault) == "f.yaml:3:5: bad (do this)"


@pytest.mark.parametrize(("text", "number"), [("0", 0), ("7", 7), ("900", 900)])
def test_numbers_are_decimal(text: str, number: int) -> None:
    assert doc(text).number(doc(text).root) == number


@pytest.mark.parametrize("text", ["'7'", "07", "-7", "7.0", "0x7", "1e3", "99999999999", "[7]"])
def test_other_numbers_are_refused(text: str) -> None:
    document = doc(text)
    with pytest.raises(BadData, match="a whole number is expected here"):
        document.number(document.root)


def test_lines_are_joined() -> None:
    document = doc("why: >\n  one\n  two\n\n  three\n")
    ((_, _, value),) = document.pairs(document.root)
    assert document.line(value) == "one two three"


def test_the_parser_in_python_reads_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    import yaml

    from privaudit.engine import compose

    text = b"a: {b: [c, 'd', 0755]}\non: >\n  folded\n  text\n"
    quick = Document("f.yaml", text)
    monkeypatch.setattr(yaml, "__with_libyaml__", False)
    monkeypatch.setattr(compose, "_LOADER", compose._loader())
    assert Document("f.yaml", text).root == quick.root
    with pytest.raises(BadData, match="nested too deeply"):
        Document("f.yaml", b"[" * 20_000)


def test_a_near_word_is_suggested_and_few_words_are_listed() -> None:
    assert meant("kidn", ("kind", "name")) == "did you mean kind?"
    assert meant("zzz", ("kind", "name")) == "known: kind, name"
    assert meant("zzz", [f"word{n}" for n in range(40)]) == ""


@given(st.binary(max_size=200))
def test_no_bytes_do_anything_but_load_or_be_refused(data: bytes) -> None:
    with suppress(BadData):
        walked(data)
