"""Configuration formats in which one keyword names the user on a line of its own."""

import re
from collections.abc import Iterator, Mapping

from privaudit.collect.directives.reading import Includes, Reading, Request
from privaudit.model.frozen import frozen
from privaudit.model.service import Declared

_VALUE = r"""(?:["']?([A-Za-z0-9_][A-Za-z0-9_.-]*)|(?=["']{2}))"""
"""A name, or quotes with nothing in them."""


@frozen
class Keyword:
    """How one program writes its user."""

    before: str
    """A pattern of what stands before the name on its line."""
    option: str | None = None
    """The same on the command line: `-u`."""
    default: str | None = None
    """Whom it takes if nothing is said, where that is compiled in."""
    files: tuple[str, ...] = ()
    """Options that name another configuration file: `-c`."""
    below: tuple[str, ...] = ()
    """Options that name a file of defaults, which the configuration overrides."""
    include: str | None = None
    """A pattern of a line that includes others; group 1 is what."""
    folder: str | None = None
    """A pattern of a line that includes the *.conf of a folder; group 1 is which."""


KEYWORDS: Mapping[str, Keyword] = {
    "memcached": Keyword(r"(?:-u\s*|USER\s*=\s*)", "-u"),  # memcached(1); Red Hat's sysconfig
    "mosquitto": Keyword(  # mosquitto.conf(5)
        r"user\s+", default="mosquitto", files=("-c", "--config-file"), folder=r"\s*include_dir\s+(\S+)"
    ),
    "chrony": Keyword(  # chrony.conf(5)
        r"user\s+", "-u", files=("-f",), include=r"\s*include\s+(\S+)", folder=r"\s*confdir\s+(\S+)"
    ),
    "squid": Keyword(  # squid.conf.documented
        r"cache_effective_user\s+", files=("-f",), include=r"\s*include\s+(\S+)"
    ),
    "proftpd": Keyword(  # mod_core
        r"(?i:User)\s+", files=("-c", "--config"), include=r"\s*(?i:Include)\s+(\S+)"
    ),
    "rspamd": Keyword(r"user\s*=\s*", "-u"),  # rspamd(8)
    "bird": Keyword(r"BIRD_RUN_USER\s*=\s*", "-u"),  # bird(8); Debian's envvars
    "unbound": Keyword(  # unbound.conf(5)
        r"username\s*:\s*",
        default="unbound",
        files=("-c",),
        include=r"""\s*include(?:-toplevel)?\s*:\s*["']?([^"'\s]+)""",
    ),
    "dnsmasq": Keyword(r"user\s*=\s*", "-u", files=("-C", "--conf-file")),  # dnsmasq(8)
    "clamav": Keyword(r"(?:User|DatabaseOwner)\s+", files=("--config-file", "-c")),  # clamd.conf(5)
    "opendkim": Keyword(r"(?i:UserID)\s+", "-u", files=("-x",)),  # opendkim.conf(5)
    "haproxy": Keyword(r"user\s+", default="root", files=("-f",)),  # Configuration Manual 3.1, global section
    "tor": Keyword(  # tor(1)
        r"(?i:User)\s+", "--User", files=("-f",), below=("--defaults-torrc",), include=r"\s*%include\s+(\S+)"
    ),
    "lighttpd": Keyword(r"server\.username\s*=\s*", files=("-f",)),  # lighttpd.conf
    "postfix": Keyword(r"mail_owner\s*=\s*", default="postfix"),  # postconf(5)
    "arguments": Keyword(  # named(8), its defaults file
        r"""OPTIONS\s*=.*?(?<![^\s"'=])-u\s*""", "-u", default="root"
    ),
}


def lines(text: str) -> Iterator[str]:
    """Lines without comments: `#` at the start, or after a blank."""
    for line in text.splitlines():
        if line.lstrip().startswith("#"):
            continue
        kept = re.split(r"\s#", line, maxsplit=1)[0] if "#" in line else line
        if kept.strip():
            yield kept


def find(keyword: Keyword, text: str) -> str | None:
    """The user that a text names: the last line counts, as later settings win; empty: it names nobody."""
    found = None
    for line in lines(text):
        match = re.match(rf"\s*{keyword.before}{_VALUE}", line)
        if match is not None:
            found = match[1] or ""
    return found


def read(request: Request, name: str) -> Reading:
    """Read the command line first, then the file with all it includes, then what it overrides."""
    keyword = KEYWORDS[name]
    user = request.option(keyword.option) if keyword.option is not None else None
    if user is not None:
        return Reading(Declared(user, source=request.definition.path or ""))
    includes = Includes(request.host)
    top = request.top(*keyword.files)
    user = None
    for file in (top, request.option(*keyword.below) if keyword.below else None):
        if user is None and file is not None:
            user, top = _visit(keyword, includes, file), file
    if top is None:
        return Reading()
    if user is None and not includes.limits:
        user = keyword.default
    return includes.reading(Declared(user, source=top) if user else None)


def _visit(keyword: Keyword, includes: Includes, path: str) -> str | None:
    with includes.text(path) as text:
        found = find(keyword, text)
        for line in lines(text):
            for pattern in _included(keyword, line):
                for file in includes.matching(pattern):
                    inner = _visit(keyword, includes, file)
                    found = found if inner is None else inner
    return found


def _included(keyword: Keyword, line: str) -> Iterator[str]:
    if keyword.include is not None and (match := re.match(keyword.include, line)) is not None:
        yield f"{match[1]}*" if match[1].endswith("/") else match[1]
    if keyword.folder is not None and (match := re.match(keyword.folder, line)) is not None:
        yield f"{match[1].rstrip('/')}/*.conf"
