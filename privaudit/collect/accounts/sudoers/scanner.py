"""Words and signs of a line of sudoers(5), with its quotes and backslashes."""

import re

_WORD = re.compile(r'(?:%:?)?(?:"[^"]*"|\\.|[^\s,:=()!"\\])+')
_ADDRESS = re.compile(r"[0-9a-fA-F]{0,4}(?::[0-9a-fA-F]{0,4}){2,7}(?:\.[0-9.]+)?(?:/[0-9]+)?")
"""An IPv6 address: the one word whose colons end nothing."""
_COMMAND = re.compile(r'(?:"[^"]*"|\\.|[^,:="\\]|(?<=[^\s])=(?=[^\s]))+')
_SPACE = re.compile(r"\s*")


class SudoersError(Exception):
    """A line is not understood; the text says what was expected, never what stands there."""


class Scanner:
    """Reads one line from left to right."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    def found(self, pattern: re.Pattern[str]) -> str | None:
        """Take what the pattern matches here; None: it does not."""
        self._skip()
        match = pattern.match(self._text, self._at)
        if match is None or not match.group():
            return None
        self._at = match.end()
        return match.group()

    def take(self, pattern: re.Pattern[str], what: str) -> str:
        """Take what the pattern matches here, or SudoersError."""
        match = self.found(pattern)
        if match is None:
            raise SudoersError(f"{what} is missing")
        return match

    def word(self) -> str:
        """Take a name, without its quotes and backslashes."""
        return _plain(self.take(_WORD, "a name").replace('"', ""))

    def host(self) -> str:
        """Take a host: a name or an address."""
        return self.found(_ADDRESS) or self.word()

    def command(self) -> str:
        """Take a command with its arguments, whose quotes stay."""
        return _plain(self.take(_COMMAND, "a command")).strip()

    def negated(self) -> bool:
        """Take any number of `!`."""
        count = 0
        while self.optional("!"):
            count += 1
        return count % 2 == 1

    def at(self, sign: str) -> bool:
        """Whether a sign comes next."""
        self._skip()
        return self._text.startswith(sign, self._at)

    def optional(self, sign: str) -> bool:
        """Take a sign if it comes next."""
        found = self.at(sign)
        self._at += len(sign) if found else 0
        return found

    def sign(self, sign: str) -> None:
        """Take a sign, or SudoersError."""
        if not self.optional(sign):
            raise SudoersError(f"`{sign}` is missing")

    def rest(self) -> str:
        """Take everything that is left."""
        left = self._text[self._at :]
        self._at = len(self._text)
        return left

    def end(self) -> None:
        """Nothing is left, or SudoersError."""
        self._skip()
        if self._at < len(self._text):
            raise SudoersError("something follows the end of the rule")

    def _skip(self) -> None:
        match = _SPACE.match(self._text, self._at)
        self._at = match.end() if match is not None else self._at


def _plain(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text)
