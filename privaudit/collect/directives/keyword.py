"""Configuration formats in which one keyword names the user on a line of its own."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from privaudit.collect.directives.reading import Reading, Request
from privaudit.model.service import Declared

_VALUE = r"""["']?([A-Za-z0-9_][A-Za-z0-9_.-]*)"""


@dataclass(frozen=True, slots=True)
class Keyword:
    """How one program writes its user."""

    pattern: re.Pattern[str]
    """Matches the whole line up to the name, which is group 1."""
    option: str | None = None
    """The same on the command line: `-u`."""
    default: str | None = None
    """Whom it takes if nothing is said, where that is compiled in."""
    files: tuple[str, ...] = ()
    """Options that name another configuration file: `-c`."""


def _line(before: str, flags: int = 0) -> re.Pattern[str]:
    return re.compile(rf"\s*{before}{_VALUE}", flags)


KEYWORDS: Mapping[str, Keyword] = {
    "memcached": Keyword(_line(r"(?:-u\s*|USER\s*=\s*)"), "-u"),  # memcached(1); Red Hat's sysconfig
    "mosquitto": Keyword(
        _line(r"user\s+"), default="mosquitto", files=("-c", "--config-file")
    ),  # mosquitto.conf(5)
    "unbound": Keyword(_line(r"username\s*:\s*"), files=("-c",)),  # unbound.conf(5)
    "dnsmasq": Keyword(_line(r"user\s*=\s*"), "-u", files=("-C", "--conf-file")),  # dnsmasq(8)
    "clamav": Keyword(_line(r"(?:User|DatabaseOwner)\s+"), files=("--config-file", "-c")),  # clamd.conf(5)
    "opendkim": Keyword(_line(r"UserID\s+", re.IGNORECASE), "-u", files=("-x",)),  # opendkim.conf(5)
    "haproxy": Keyword(_line(r"user\s+"), files=("-f",)),  # Configuration Manual 3.1, global section
    "tor": Keyword(_line(r"User\s+", re.IGNORECASE), "--User", files=("-f",)),  # tor(1)
    "lighttpd": Keyword(_line(r"server\.username\s*=\s*"), files=("-f",)),  # lighttpd.conf
    "postfix": Keyword(_line(r"mail_owner\s*=\s*"), default="postfix"),  # postconf(5)
    "arguments": Keyword(_line(r"OPTIONS\s*=.*?(?<!\S)[\"']?-u\s*"), "-u"),  # named(8), its defaults file
}


def lines(text: str) -> Iterator[str]:
    """Lines without comments: `#` at the start, or after a blank."""
    for line in text.splitlines():
        kept = re.split(r"(?:^|\s)#", line, maxsplit=1)[0]
        if kept.strip():
            yield kept


def find(keyword: Keyword, text: str) -> str | None:
    """The user that a file names; the last line counts, as later settings win in these formats."""
    found = None
    for line in lines(text):
        match = keyword.pattern.match(line)
        if match:
            found = match[1]
    return found


def read(request: Request, name: str) -> Reading:
    """Read the command line first, then the file."""
    keyword = KEYWORDS[name]
    user = request.option(keyword.option) if keyword.option is not None else None
    if user is not None:
        return Reading(Declared(user, source=request.definition.path or ""))
    top = request.top(*keyword.files)
    if top is None:
        return Reading()
    text = request.host.read(top).decode("utf-8", "surrogateescape")
    user = find(keyword, text) or keyword.default
    return Reading(Declared(user, source=top) if user is not None else None)
