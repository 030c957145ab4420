"""Rule and fixer files mangled at random load, or are refused with a place; nothing else comes of them."""

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privaudit.engine.catalogue import profile_file
from privaudit.engine.data import files_in, folder
from privaudit.engine.document import Document
from privaudit.engine.fault import BadData
from privaudit.engine.lint import lint
from privaudit.engine.rules import rule

TEXTS = {
    name: [(path, Path(path).read_text()) for path in files_in(folder(name))] for name in ("rules", "fixers")
}
PIECES = st.sampled_from(
    (
        *("", "null", "unknown", "~", "0755", "true", "on", "!!int 1", "é\u202e", "\x00", "\ufeff"),
        *("[]", "{}", "[[]]", "{a: b}", "*x", "&x a", "<<: *x", "not: ", "any: ", "- ", "? "),
        *("'", '"', "{", "}", "[", ":", "\t", "|", "> ", "#", "%", "@"),
    )
)


def mangled(data: st.DataObject, text: str) -> str:
    """Put pieces in, cut words out, or swap two of them."""
    for _ in range(data.draw(st.integers(1, 3))):
        words = text.split(" ")
        place = data.draw(st.integers(0, len(words) - 1))
        other = data.draw(st.integers(0, len(words) - 1))
        match data.draw(st.sampled_from(["put", "cut", "swap", "instead"])):
            case "put":
                words.insert(place, data.draw(PIECES))
            case "cut":
                del words[place]
            case "swap":
                words[place], words[other] = words[other], words[place]
            case _:
                words[place] = data.draw(PIECES)
        text = " ".join(words)
    return text


@pytest.mark.parametrize("kind", ["rules", "fixers"])
@given(data=st.data())
def test_a_mangled_file_loads_or_is_refused(kind: str, data: st.DataObject) -> None:
    path, text = data.draw(st.sampled_from(TEXTS[kind]))
    with suppress(BadData):
        document = Document(path, mangled(data, text).encode())
        if kind == "fixers":
            profile_file(document)
        else:
            lint(rule(document))
