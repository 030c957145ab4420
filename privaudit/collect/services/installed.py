"""Who laid a service's files out: the package manager or vendor, and the prefix below which they lie.

Homebrew: docs.brew.sh/Installation (/opt/homebrew, /usr/local, /home/linuxbrew/.linuxbrew, or anywhere else).
MacPorts: guide.macports.org (/opt/local). Fink: /opt/sw, /sw. Oracle's MySQL and EDB's PostgreSQL: their
installers' folders.
"""

import re
from collections.abc import Iterable

from privaudit.collect.files.trace import Tracer
from privaudit.model.frozen import frozen

_HOMEBREW = re.compile(r"(/.*?)/(?:opt|Cellar|Caskroom)/[^/]+/.+")
_PREFIXES = ("/opt/homebrew", "/home/linuxbrew/.linuxbrew", "/usr/local")
_FIXED = (
    (re.compile(r"(/opt/local)/.+"), "macports"),
    (re.compile(r"(/opt/sw|/sw)/.+"), "fink"),
    (re.compile(r"(/usr/local/mysql[^/]*)/.+"), "oracle"),
    (re.compile(r"(/Library/PostgreSQL/[^/]+)/.+"), "edb"),
)
_BREW_LABEL = ("homebrew.", "privaudit.")


@frozen
class Installation:
    """Where a service was installed to."""

    layout: str
    """As the catalogue calls it: `homebrew`, `macports`, `fink`, `oracle`, `edb`."""
    prefix: str
    """`/opt/homebrew`, `/opt/local`, `/usr/local/mysql`."""


def installation(tracer: Tracer, label: str, programs: Iterable[str]) -> Installation | None:
    """Find the first program that one of them installed; None: the system's own, or made by hand.

    label: the unit's or job's id; Homebrew's own name tells its prefix wherever that is.
    """
    for program in programs:
        for path in dict.fromkeys((program, tracer.trace(program).target)):
            for pattern, layout in _FIXED:
                match = pattern.fullmatch(path)
                if match is not None:
                    return Installation(layout, match[1])
            prefix = _homebrew(path, label)
            if prefix is not None:
                return Installation("homebrew", prefix)
    return None


def _homebrew(path: str, label: str) -> str | None:
    for prefix in _PREFIXES[:2]:
        if path.startswith(f"{prefix}/"):
            return prefix
    match = _HOMEBREW.fullmatch(path)
    if match is None:
        return None
    prefix = match[1]
    return prefix if prefix in _PREFIXES or "/Cellar/" in path or label.startswith(_BREW_LABEL) else None
