"""Configuration formats in which one keyword names the user on a line of its own."""

import re
from collections.abc import Iterable, Iterator, Mapping

from privaudit.collect.directives.reading import Includes, Reading, Request
from privaudit.host import HostError
from privaudit.model.frozen import frozen
from privaudit.model.path import FileKind
from privaudit.model.service import Declared

_VALUE = r"""(?:["']?([A-Za-z0-9_][A-Za-z0-9_.-]*)|(?=["']{2}))"""
"""A name, or quotes with nothing in them."""


@frozen
class Keyword:
    """How one program writes its user."""

    before: str
    """A pattern of what stands before the name on its line."""
    option: tuple[str, ...] = ()
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
    parts: tuple[str, ...] = ()
    """Options that name a folder of more files: `-7`."""
    comma: str | None = None
    """A pattern of a line that includes a folder as such an option does; group 1 is the value."""
    first: bool = False
    """The first that is named counts, not the last; `files` may be given again, and name folders of *.cfg."""

    @property
    def includes(self) -> bool:
        """Whether one file may include others."""
        return any((self.include, self.folder, self.comma))


KEYWORDS: Mapping[str, Keyword] = {
    "memcached": Keyword(r"(?:-u\s*|USER\s*=\s*)", ("-u",)),  # memcached(1); Red Hat's sysconfig
    "mosquitto": Keyword(  # mosquitto.conf(5)
        r"user\s+", default="mosquitto", files=("-c", "--config-file"), folder=r"\s*include_dir\s+(\S+)"
    ),
    "chrony": Keyword(  # chrony.conf(5)
        r"user\s+", ("-u",), files=("-f",), include=r"\s*include\s+(\S+)", folder=r"\s*confdir\s+(\S+)"
    ),
    "squid": Keyword(  # squid.conf.documented
        r"cache_effective_user\s+", files=("-f",), include=r"\s*include\s+(\S+)"
    ),
    "proftpd": Keyword(  # mod_core
        r"(?i:User)\s+", files=("-c", "--config"), include=r"\s*(?i:Include)\s+(\S+)"
    ),
    "rspamd": Keyword(r"user\s*=\s*", ("-u",)),  # rspamd(8)
    "bird": Keyword(r"BIRD_RUN_USER\s*=\s*", ("-u",)),  # bird(8); Debian's envvars
    "unbound": Keyword(  # unbound.conf(5)
        r"username\s*:\s*",
        default="unbound",
        files=("-c",),
        include=r"""\s*include(?:-toplevel)?\s*:\s*["']?([^"'\s]+)""",
    ),
    "dnsmasq": Keyword(  # dnsmasq(8)
        r"user\s*=\s*",
        ("-u", "--user"),
        files=("-C", "--conf-file"),
        include=r"\s*conf-file\s*=\s*(\S+)",
        parts=("-7", "--conf-dir"),
        comma=r"\s*conf-dir\s*=\s*(\S+)",
    ),
    "clamav": Keyword(r"(?:User|DatabaseOwner)\s+", files=("--config-file", "-c")),  # clamd.conf(5)
    "opendkim": Keyword(r"(?i:UserID)\s+", ("-u",), files=("-x",)),  # opendkim.conf(5)
    "haproxy": Keyword(  # Configuration Manual 3.1, global section; in a userlist a password or groups follow
        r"user\s+(?!\S+\s+[^\s#])", default="root", files=("-f",), first=True
    ),
    "tor": Keyword(  # tor(1)
        r"(?i:User)\s+",
        ("--User",),
        files=("-f",),
        below=("--defaults-torrc",),
        include=r"\s*%include\s+(\S+)",
    ),
    "lighttpd": Keyword(r"server\.username\s*=\s*", files=("-f",)),  # lighttpd.conf
    "postfix": Keyword(r"mail_owner\s*=\s*", default="postfix"),  # postconf(5)
    "rsyslog": Keyword(  # rsyslog.conf(5); RainerScript, global configuration object
        r"(?:(?i:\$PrivDropToUser(?:ID)?)\s+|(?:.*?[\s(])?(?i:privdrop\.user\.(?:name|id))\s*=\s*)",
        files=("-f",),
        include=r"""\s*(?:(?i:\$IncludeConfig)\s+|(?i:include)\s*\(.*?(?i:file)\s*=\s*)["']?([^"'\s)]+)""",
    ),
    "spamd": Keyword(  # spamd(1), its defaults file
        r"""(?:SPAMD)?OPTIONS\s*=.*?(?<![^\s"'=])(?:-u\s*|--username[\s=]\s*)""", ("-u", "--username")
    ),
    "arguments": Keyword(  # named(8), its defaults file
        r"""OPTIONS\s*=.*?(?<![^\s"'=])-u\s*""", ("-u",), default="root"
    ),
}


def lines(text: str) -> Iterator[str]:
    """Lines without comments: `#` at the start, or after a blank."""
    for line in text.splitlines():
        start = line.lstrip()
        if not start or start.startswith("#"):
            continue
        kept = re.split(r"\s#", line, maxsplit=1)[0] if "#" in line else line
        if kept.strip():
            yield kept


def find(keyword: Keyword, kept: Iterable[str]) -> str | None:
    """The user that lines name: the last line counts, or the first; empty: it names nobody."""
    found = None
    named = re.compile(rf"\s*{keyword.before}{_VALUE}")
    for line in kept:
        match = named.match(line)
        if match is not None:
            found = match[1] or ""
            if keyword.first:
                break
    return found


def read(request: Request, name: str) -> Reading:
    """Read the command line first, then the file with all it includes, then what it overrides."""
    keyword = KEYWORDS[name]
    user = request.option(*keyword.option)
    if user is not None:
        return Reading(Declared(user, source=request.definition.path or ""))
    includes = Includes(request.host)
    top = request.top(*keyword.files)
    user = None
    further = request.options(*keyword.files)[1:] if keyword.first else ()
    tops = [
        file for named in (top, *further) if named is not None for file in _tops(keyword, includes, named)
    ]
    for file in (*tops, request.option(*keyword.below) if keyword.below else None):
        if user is None and file is not None and file.startswith("/"):
            user, top = _visit(keyword, includes, file), file
    for value in request.options(*keyword.parts):
        for file in _parts(includes, value):
            inner = _visit(keyword, includes, file)
            user, top = (user, top) if inner is None else (inner, file)
    if top is None:
        return Reading()
    if user is None and not includes.limits:
        user = keyword.default
    return includes.reading(Declared(user, source=top) if user else None)


def _visit(keyword: Keyword, includes: Includes, path: str) -> str | None:
    with includes.text(path) as text:
        kept = list(lines(text))
        found = find(keyword, kept)
        for line in kept if keyword.includes else ():
            for pattern in _included(keyword, line):
                for file in includes.matching(pattern):
                    inner = _visit(keyword, includes, file)
                    found = found if inner is None else inner
            if keyword.comma is not None and (match := re.match(keyword.comma, line)) is not None:
                for file in _parts(includes, match[1]):
                    inner = _visit(keyword, includes, file)
                    found = found if inner is None else inner
    return found


def _tops(keyword: Keyword, includes: Includes, path: str) -> list[str]:
    """A configuration file by itself; where it may be a folder, the files that count in it."""
    try:
        folder = keyword.first and includes.host.lstat(path).kind is FileKind.DIRECTORY
    except HostError:
        return [path]  # let its reading say what is wrong with it
    return includes.matching(f"{path.rstrip('/')}/*.cfg") if folder else [path]


def _parts(includes: Includes, value: str) -> list[str]:
    """Files of a folder as dnsmasq(8) takes them: `DIR,.bak` leaves an ending out, `DIR,*.x` asks for one."""
    folder, *endings = value.split(",")
    wanted = tuple(ending[1:] for ending in endings if ending.startswith("*"))
    other = tuple(ending for ending in endings if ending and not ending.startswith("*"))
    return [
        file
        for file in (includes.matching(f"{folder.rstrip('/')}/*") if folder.startswith("/") else [])
        if not file.endswith(("~", *other))
        and (not wanted or file.endswith(wanted))
        and not (file.rpartition("/")[2].startswith("#") and file.endswith("#"))
    ]


def _included(keyword: Keyword, line: str) -> Iterator[str]:
    if keyword.include is not None and (match := re.match(keyword.include, line)) is not None:
        yield f"{match[1]}*" if match[1].endswith("/") else match[1]
    if keyword.folder is not None and (match := re.match(keyword.folder, line)) is not None:
        yield f"{match[1].rstrip('/')}/*.conf"
