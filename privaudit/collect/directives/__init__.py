"""What a program's own configuration says of its user and its folders: one reader a format.

Debian's MariaDB has no `User=` problem if its unit says nothing and my.cnf says `user=joe`: both are asked.
"""

from collections.abc import Callable, Sequence
from functools import partial

from privaudit.collect.directives import (
    apache,
    cron,
    dovecot,
    keyword,
    mysql,
    nginx,
    phpfpm,
    postgresql,
    redis,
    sshd,
    varnish,
)
from privaudit.collect.directives.reading import Reading, Request
from privaudit.host import Host, HostError
from privaudit.model.definition import Definition
from privaudit.model.process import Process
from privaudit.model.profile import Profile

_READERS: dict[str, Callable[[Request], Reading]] = {
    "apache": apache.read,
    "cron": cron.read,
    "dovecot": dovecot.read,
    "mysql": mysql.read,
    "nginx": nginx.read,
    "php-fpm": phpfpm.read,
    "postgresql": postgresql.read,
    "redis": redis.read,
    "sshd": sshd.read,
    "varnish": varnish.read,
    **{name: partial(keyword.read, name=name) for name in keyword.KEYWORDS},
}
READERS = frozenset(_READERS)
"""Names that a profile's `directive.reader` may use."""


def read_directive(
    host: Host,
    profile: Profile | None,
    definition: Definition,
    processes: Sequence[Process],
    platforms: Sequence[str],
    prefix: str | None = None,
) -> Reading:
    """Read the configuration of a service; what cannot be read stands in the reading's limits."""
    if profile is None or profile.directive is None:
        return Reading()
    reader = _READERS[profile.directive.reader]
    files = tuple(
        file.replace("{prefix}", prefix or "")
        for file in profile.directive.files
        if prefix is not None or "{prefix}" not in file
    )
    try:
        return reader(Request(host, files, definition, tuple(processes), tuple(platforms)))
    except HostError as error:
        return Reading(limits=(error.limit(),))
