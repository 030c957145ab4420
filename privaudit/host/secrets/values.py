"""Values that follow a name: where one begins and ends, and whether it is a secret at all."""

import re

from privaudit.host.secrets.names import HINT

HASH = "$6$recorded$recorded"
"""Stands for every password hash (crypt(5))."""
KEY = "AAAArecordedrecorded"
"""Stands for the blob of every public key."""
WORD = "recorded-secret-"
PLACEHOLDER = re.compile(r"recorded-secret-\d+")
_HEX = re.compile(r"[0-9a-f]{32,}|[0-9A-F]{32,}")
NAMED = re.compile(
    rf"(?<![\w.-])(?P<name>(?>[\w.-]*?(?:{HINT}))[\w.-]*+)(?P<close>[\"']?\]?)"
    r"(?P<sign>[ \t]*(?:=>|:=|::|[=:])[ \t]*|[ \t]+)",
    re.IGNORECASE | re.ASCII,
)
_BEFORE_A_NAME = re.compile(
    r"[ \t]*(?:(?:export|set|setenv|local|declare|-|#+|;+|//)[ \t]*){0,4}[\"']?[\w\[$]{0,40}"
)
_CLOSING = {
    "'": re.compile(r"(?:[^'\\]|\\.){0,1024}(?=')", re.DOTALL),
    '"': re.compile(r'(?:[^"\\]|\\.){0,1024}(?=")', re.DOTALL),
}
_ONE_WORD = re.compile(r"(?:\\[^\n]|[^\s\\])+", re.ASCII)
_XML_WORD = re.compile(r"[^\s<]+", re.ASCII)
_QUOTED_ITEMS = re.compile(r"\s*[\"'](.*)[\"']\s*,?\s*", re.DOTALL)
_BLOCK = re.compile(r"[|>][-+0-9]*[ \t\r]*")
_INDENTED = re.compile(r"\n[ \t]+([^\n]*(?:\n[ \t]+[^\n]*)*)")
_ITEMS = re.compile(r"\n[ \t]*-[ \t]+([^\n]*(?:\n[ \t]*-[ \t]+[^\n]*)*)")
"""YAML: a block below its name, a list below its name."""
_RANDOM = 24
"""Characters from which on a mixed word counts as a key."""
_SHORT_LINE = 120
_WORDS = frozenset(
    {
        "yes",
        "no",
        "on",
        "off",
        "true",
        "false",
        "none",
        "null",
        "nil",
        "1",
        "0",
        "default",
        "required",
        "optional",
    }
    | {
        "sufficient",
        "requisite",
        "files",
        "compat",
        "systemd",
        "sss",
        "ldap",
        "plain",
        "login",
        "md5",
        "sha256",
    }
    | {
        "sha512",
        "scram-sha-256",
        "trust",
        "peer",
        "prohibit-password",
        "without-password",
        "|",
        "{",
        "[",
        "\\",
    }
)
_PATH = re.compile(
    r"<?(?:~|\.{1,2}|/(?:bin|boot|dev|etc|home|lib\w*|media|mnt|nix|opt|private|proc|root|run|sbin|snap|srv|sys|tmp"
    r"|usr|var|Applications|Library|System|Users|Volumes))(?:/[\w.+@%*?/-]*)?",
    re.ASCII,
)
_REFERENCE = re.compile(r"\$\{?\w+\}?|%\(\w+\)s|\{\{[^{}]*\}\}|%[a-zA-Z]|@\w+@|\{[a-z_]+\}")


def kept(value: str) -> bool:
    """Whether a value is no secret: a place, a word of its format, a reference to what is elsewhere."""
    plain = value.strip().rstrip(";,").strip("\"'")
    return (
        not plain
        or plain.lower() in _WORDS
        or PLACEHOLDER.fullmatch(plain) is not None
        or plain == HASH
        or _PATH.fullmatch(plain) is not None
        or _REFERENCE.fullmatch(plain) is not None
    )


def is_random(token: str) -> bool:
    """Whether a long word is a key or a digest rather than a name somebody gave."""
    if _HEX.fullmatch(token):
        return True
    segment = max(token.split("/"), key=len)
    kinds = (any(map(str.isupper, segment)), any(map(str.islower, segment)), any(map(str.isdigit, segment)))
    return len(segment) >= _RANDOM and all(kinds) and not PLACEHOLDER.search(token) and KEY not in token


def span(  # noqa: PLR0911 - one way of writing a value each
    text: str, m: re.Match[str], *, lines: bool, xml: bool
) -> tuple[int, int]:
    """Where the value of a name begins and ends."""
    start = m.end()
    first = text[start : start + 1]
    if first in {'"', "'"}:
        if text.startswith(first * 3, start):
            closed = text.find(first * 3, start + 3)
            return start + 3, closed if closed > 0 else len(text)
        closing = _CLOSING[first].match(text, start + 1)
        return start + 1, closing.end() if closing else _line_end(text, start)
    before = text[m.start() - 1 : m.start()]
    if before in {'"', "'"} and not m["close"]:
        closing = _CLOSING[before].match(text, start)
        return start, closing.end() if closing else _line_end(text, start)
    if lines and first in {"", "\n"}:
        block = _ITEMS.match(text, start)
        return (block.start(1), block.end(1)) if block else (start, start)
    if first == "[":
        closed = text.find("]", start, start + 1024)
        inner = _QUOTED_ITEMS.fullmatch(text, start + 1, closed) if closed > start else None
        return inner.span(1) if inner else (start + 1, max(closed, _line_end(text, start)))
    if lines and _starts_line(text, m.start()):
        end = _line_end(text, start)
        if _BLOCK.fullmatch(text, start, end):
            block = _INDENTED.match(text, end)
            return (block.start(1), block.end(1)) if block else (start, start)
        while end > start and text[end - 1] in "; \t\r,":
            end -= 1
        return start, end
    word = (_XML_WORD if xml else _ONE_WORD).match(text, start)
    end = word.end() if word else start
    while end > start and text[end - 1] in ";,)}]>\"'":
        end -= 1
    return start, end


def _starts_line(text: str, at: int) -> bool:
    line = text.rfind("\n", max(0, at - _SHORT_LINE), at) + 1
    return (line > 0 or at < _SHORT_LINE) and _BEFORE_A_NAME.fullmatch(text, line, at) is not None


def _line_end(text: str, start: int) -> int:
    """End of the line, with the lines that a backslash joins to it."""
    end = text.find("\n", start)
    while end > start and text[end - 1] == "\\":
        end = text.find("\n", end + 1)
    return len(text) if end < 0 else end
