"""What is wrong with a file of data: where, and what to do about it."""

from collections.abc import Iterable

from privaudit.model.frozen import frozen

_FEW = 12
"""Known words that a message still lists."""


@frozen
class Fault:
    """One fault."""

    path: str
    line: int
    """From 1; 0: the file as a whole."""
    column: int
    """From 1; 0: the file as a whole."""
    text: str
    todo: str = ""

    def __lt__(self, other: "Fault") -> bool:
        return (self.path, self.line, self.column, self.text) < (
            other.path,
            other.line,
            other.column,
            other.text,
        )

    def __str__(self) -> str:
        place = f"{self.path}:{self.line}:{self.column}" if self.line else self.path
        return f"{place}: {self.text}" + (f" ({self.todo})" if self.todo else "")


class BadData(Exception):
    """Rule or fixer files that cannot be used."""

    def __init__(self, *faults: Fault) -> None:
        self.faults = tuple(sorted(faults))
        """Sorted by place; at least one."""
        super().__init__("\n".join(str(fault) for fault in self.faults))


def meant(word: str, known: Iterable[str]) -> str:
    """Say which known word was probably meant, or, where they are few, which there are."""
    import difflib

    words = sorted(known)
    near = difflib.get_close_matches(word, words, n=1)
    if near:
        return f"did you mean {near[0]}?"
    return f"known: {', '.join(words)}" if len(words) <= _FEW else ""
