"""Names of units, systemd.unit(5): which are valid, and what a template and an instance are."""

import re

NAME_MAX = 255
"""UNIT_NAME_MAX: characters that a unit name may have, suffix included."""
SERVICE = ".service"
SUFFIXES = (SERVICE, ".socket", ".timer", ".path", ".target")
"""Types of unit that are services or start them."""

_NAME = re.compile(r"[A-Za-z0-9:_.\\-]+(@[A-Za-z0-9:_.\\@-]*)?\.(service|socket|timer|path|target)")
_BAD_ESCAPE = re.compile(r"\\(?!x[0-9a-fA-F]{2})")
_ESCAPED = re.compile(rb"\\x([0-9a-fA-F]{2})")


def is_unit(name: str) -> bool:
    """Whether a name is one that systemd would load, of a type that matters here; templates are."""
    return len(name) <= NAME_MAX and _NAME.fullmatch(name) is not None


def is_service(name: str) -> bool:
    """Whether a name is that of a service."""
    return name.endswith(SERVICE) and is_unit(name)


def stem(name: str) -> str:
    """Drop the type: `getty@tty1.service` is `getty@tty1`."""
    return name.rpartition(".")[0]


def suffix(name: str) -> str:
    """Give the type with its dot."""
    return "." + name.rpartition(".")[2]


def prefix(name: str) -> str:
    """Give what stands before the `@`, or the whole stem: %p."""
    return stem(name).partition("@")[0]


def instance(name: str) -> str | None:
    """Give what stands behind the `@`; empty for a template, None for a plain unit."""
    _, sign, found = stem(name).partition("@")
    return found if sign else None


def is_template(name: str) -> bool:
    """Whether it is a template: `getty@.service`."""
    return instance(name) == ""


def template(name: str) -> str | None:
    """Give the template of an instance: `getty@.service` of `getty@tty1.service`; None: it is none."""
    return f"{prefix(name)}@{suffix(name)}" if instance(name) else None


def with_instance(name: str, value: str) -> str:
    """Put an instance into a template's name."""
    return f"{prefix(name)}@{value}{suffix(name)}"


def unescaped(text: str) -> str | None:
    r"""Undo the escaping of unit names: `-` is a slash and `\x2d` a dash; None: it is no such text."""
    if _BAD_ESCAPE.search(text):
        return None
    raw = text.replace("-", "/").encode("utf-8", "surrogateescape")
    return _ESCAPED.sub(lambda found: bytes([int(found[1], 16)]), raw).decode("utf-8", "surrogateescape")


def as_path(text: str) -> str | None:
    """Undo the escaping of a path, systemd-escape(1) --path; None: it is no such text."""
    if text == "-":
        return "/"
    found = unescaped(text)
    if found is None or not {"", ".", ".."}.isdisjoint(found.split("/")):
        return None
    return f"/{found}"
