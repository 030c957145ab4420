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


def _line(before: str, flags: int = 0) -> re.Pattern[str]:
    return re.compile(rf"\s*{before}{_VALUE}", flags)


KEYWORDS: Mapping[str, Keyword] = {
    "memcached": Keyword(_line(r"-u\s*"), "-u"),  # memcached(1)
    "mosquitto": Keyword(_line(r"user\s+"), default="mosquitto"),  # mosquitto.conf(5)
    "unbound": Keyword(_line(r"username\s*:\s*")),  # unbound.conf(5)
    "dnsmasq": Keyword(_line(r"user\s*=\s*"), "-u"),  # dnsmasq(8)
    "clamav": Keyword(_line(r"(?:User|DatabaseOwner)\s+")),  # clamd.conf(5), freshclam.conf(5)
    "opendkim": Keyword(_line(r"UserID\s+", re.IGNORECASE), "-u"),  # opendkim.conf(5)
    "haproxy": Keyword(_line(r"user\s+")),  # Configuration Manual 3.1, global section
    "tor": Keyword(_line(r"User\s+", re.IGNORECASE), "--User"),  # tor(1)
    "lighttpd": Keyword(_line(r"server\.username\s*=\s*")),  # lighttpd.conf
    "arguments": Keyword(_line(r"(?!)"), "-u"),  # named(8): nowhere but on the command line
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


def on_command_line(keyword: Keyword, argv: tuple[str, ...]) -> str | None:
    """The user that the command line names: `-u name` or `-uname`."""
    option = keyword.option
    if option is None:
        return None
    for index, argument in enumerate(argv[1:], 1):
        if argument == option and index + 1 < len(argv):
            return argv[index + 1]
        if not option.startswith("--") and argument.startswith(option) and argument != option:
            return argument[len(option) :]
    return None


def read(request: Request, name: str) -> Reading:
    """Read the command line first, then the file."""
    keyword = KEYWORDS[name]
    argvs = [c.argv for c in request.definition.commands if c.stage in {"ExecStart", "ProgramArguments"}]
    for argv in (*argvs, *(p.argv for p in request.processes)):
        user = on_command_line(keyword, argv)
        if user is not None:
            return Reading(Declared(user, source=request.definition.path or ""))
    top = request.top()
    if top is None or name == "arguments":
        return Reading()
    text = request.host.read(top).decode("utf-8", "surrogateescape")
    user = find(keyword, text)
    if user is not None:
        return Reading(Declared(user, source=top))
    return Reading(Declared(keyword.default, source=top) if keyword.default is not None else None)
