"""Take secrets out of what a recording keeps: each becomes a placeholder that means the same to a scan.

A locked password stays locked and a usable one usable, a key stays a key, `password=` keeps a value. Rather
too much is taken than too little; paths, names of accounts and words that say where things are stay.
"""

import os
import re
from collections.abc import Sequence

from privaudit.host.secrets.comments import kept_comments, without_comments
from privaudit.host.secrets.names import is_secret, is_spaced_secret
from privaudit.host.secrets.patterns import (
    CRYPT,
    DIGEST,
    ELEMENT,
    HEADER,
    KNOWN,
    LONG,
    OPTIONS,
    PEM,
    PLIST_PAIR,
    SCHEME,
    SSH_KEY,
    URL,
)
from privaudit.host.secrets.plists import BINARY, rewritten
from privaudit.host.secrets.values import HASH, KEY, NAMED, PLACEHOLDER, WORD, is_random, kept, span

_EQUALS_ONLY = re.compile(r"/(?:pam\.d/|pam\.conf$|nsswitch\.conf$|sudoers)")
"""Where `passwd:`, `password`, `NOPASSWD:` are the format's: nsswitch.conf(5), pam.d(5), sudoers(5)."""
_HIDE = str.maketrans(" \t\n\r", "\x1c\x1d\x1e\x1f")
_SHOW = str.maketrans("\x1c\x1d\x1e\x1f", " \t\n\r")
_INNER = re.compile(r"[\x1c-\x1f\v\f]")
_SECRET_FILE = re.compile(
    r"(?:^|[._-])(?:htpasswd|htdigest|pgpass|netrc|cookie|secrets?|credentials?|sasl_passwd|keytab|jks|p12|pfx|key|pem"
    r"|ppk|gpg|kdbx|keys)$|^id_(?:rsa|dsa|ecdsa|ed25519)|^passwd\.client$",
    re.IGNORECASE,
)
"""Names of files that hold nothing but secrets."""
_SHADOW = frozenset(
    {"shadow", "shadow-", "gshadow", "gshadow-", "master.passwd", "passwd", "passwd-", "group"}
)
_USABLE = re.compile(r"\$[0-9a-zA-Z_-]+\$.+|_[./0-9A-Za-z]{19}|[./0-9A-Za-z]{13}")
_PROGRAM = (b"\x7fELF", b"\xca\xfe\xba\xbe", b"\xcf\xfa\xed\xfe", b"\xce\xfa\xed\xfe", b"\xfe\xed\xfa")
_PACKAGES = ("/var/lib/dpkg/", "/lib/apk/", "/usr/lib/apk/", "/var/lib/pacman/", "/usr/share/")


class Secrets:
    """One recording's placeholders: the same secret becomes the same word, which tells nothing of it."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}

    def file(self, path: str, data: bytes) -> bytes:
        """Contents of a file as a recording may keep them."""
        folder, _, name = path.rpartition("/")
        if data.startswith(_PROGRAM) or path.startswith(_PACKAGES):
            return data  # lists of files and packages are the package manager's own
        if folder in {"/etc", "/private/etc"} and name in _SHADOW:
            return _bytes("\n".join(map(_account_line, _text(data).split("\n"))))
        if data.startswith(BINARY) or "/dslocal/" in path:
            return self._plist(data)
        if b"\0" in data:
            return _nothing(data)
        if _SECRET_FILE.search(name) and "authorized_keys" not in name:
            return _bytes(self.word(_text(data).strip()) + "\n") if data.strip() else data
        text = without_comments(_text(data), keep=kept_comments(path))
        return _bytes(self._clean(text, equals_only=_EQUALS_ONLY.search(path) is not None))

    def beginning(self, data: bytes) -> bytes:
        """The first bytes of a file: its magic number or its interpreter, and nothing else."""
        if data.startswith(_PROGRAM):
            return data
        line, end, _ = data.partition(b"\n")
        return _bytes(self._clean(_text(line), lines=False)) + end if line.startswith(b"#!") else b""

    def output(self, data: bytes) -> bytes:
        """What a command printed."""
        return self._plist(data) if data.startswith(BINARY) else _bytes(self._clean(_text(data)))

    def words(self, argv: Sequence[str]) -> tuple[str, ...]:
        """A command line: each word by itself, and with what stands before it."""
        words = [os.fsencode(word).decode("latin-1") for word in argv]
        if not any(_INNER.search(word) for word in words):
            line = " ".join(word.translate(_HIDE) for word in words)
            cleaned = self._clean(line, lines=False).split(" ")
            if len(cleaned) == len(words):
                return tuple(os.fsdecode(_bytes(word.translate(_SHOW))) for word in cleaned)
        return tuple(os.fsdecode(_bytes(self._clean(word, lines=False))) for word in words)

    def word(self, secret: str) -> str:
        """What stands for a secret."""
        if PLACEHOLDER.fullmatch(secret):
            return secret
        if secret.isdigit():
            return "0"  # where a format wants a number, it gets one
        return self._known.setdefault(secret, f"{WORD}{len(self._known) + 1}")

    def _plist(self, data: bytes) -> bytes:
        """Clean a property list; `passwd` of Open Directory is asterisks, ShadowHashData is a blob."""

        def text(value: str, key: str) -> str:
            keep = not is_secret(key) or not value.strip("*") or kept(value)
            return self._clean(value, lines=False) if keep else self.word(value)

        cleaned = rewritten(data, text, lambda _: b"recorded")
        return _nothing(data) if cleaned is None else cleaned

    def _clean(self, text: str, *, equals_only: bool = False, lines: bool = True) -> str:
        """Take everything out that looks like a secret; lines: a value may go on to the end of its line."""
        text = PEM.sub(_pem, text)
        if lines:
            text = SSH_KEY.sub(rf"\1\2{KEY}", text)
        text = CRYPT.sub(HASH, text)
        text = SCHEME.sub(lambda m: m[1] + self.word(m[2]), text)
        text = DIGEST.sub(lambda m: self.word(m[0]), text)
        text = URL.sub(lambda m: m[1] + self.word(m[2]), text)
        text = HEADER.sub(lambda m: m[0] if _is_word(m[2]) else m[1] + self.word(m[2]), text)
        for option in OPTIONS:
            text = option.sub(lambda m: m[1] + m[2] + (m[3] if kept(m[3]) else self.word(m[3])), text)
        text = self._elements(self._named(text, equals_only=equals_only, lines=lines))
        text = KNOWN.sub(lambda m: self.word(m[0]), text)
        return LONG.sub(lambda m: self.word(m[0]) if is_random(m[0]) else m[0], text)

    def _elements(self, text: str) -> str:
        if "<" not in text:
            return text

        def element(m: re.Match[str]) -> str:
            secret = m["tag"] != "key" and is_secret(m["tag"]) and not kept(m["value"])
            return m["open"] + (self.word(m["value"]) if secret else m["value"])

        def pair(m: re.Match[str]) -> str:
            secret = is_secret(m["name"]) and not kept(m["value"])
            return m["before"] + (self.word(m["value"]) if secret else m["value"])

        return PLIST_PAIR.sub(pair, ELEMENT.sub(element, text))

    def _named(self, text: str, *, equals_only: bool, lines: bool) -> str:
        """Replace the values of secret names."""
        parts = []
        done = at = 0
        xml = text.lstrip("\xef\xbb\xbf \t\r\n").startswith("<")
        while (m := NAMED.search(text, at)) is not None:
            at = m.end()
            spaced = not m["sign"].strip()
            if equals_only and m["sign"] != "=":
                continue
            if not (is_spaced_secret(m["name"]) if spaced else is_secret(m["name"])):
                continue
            start, end = span(text, m, lines=lines and not spaced, xml=xml)
            value = text[start:end]
            if not value or kept(value) or (spaced and value.startswith("-")):
                continue
            parts += [text[done:start], self.word(value)]
            done = at = end
        return "".join([*parts, text[done:]])


def _nothing(data: bytes) -> bytes:
    """What is neither text nor a program: nothing of it is kept but that."""
    return b"\0" * min(len(data), 64)


def _text(data: bytes) -> str:
    return data.decode("latin-1")


def _bytes(text: str) -> bytes:
    return text.encode("latin-1")


def _pem(m: re.Match[str]) -> str:
    line = "\n" if "\n" in m[0] else "\\n"
    return f"{m[1]}{line}recorded{line}{m[2] or '-----END RECORDED-----'}"


def _is_word(text: str) -> bool:
    """Whether it is a word of a language, as behind `auth_param basic`."""
    return text.isalpha() and text.islower()


def _account_line(line: str) -> str:
    """Keep what the password field of passwd(5), shadow(5) or group(5) means, and not the field."""
    fields = line.split(":")
    if len(fields) < 2:  # noqa: PLR2004 - a name and a password
        return "" if line.strip() and line[:1] not in "+-" else line
    body = fields[1].lstrip("!")
    locks = fields[1][: len(fields[1]) - len(body)]
    if _USABLE.fullmatch(body):
        fields[1] = locks + HASH
    elif body not in {"", "*", "x", "********"}:
        fields[1] = f"{locks}*"
    return ":".join(fields)
