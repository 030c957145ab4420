"""Whether an account is a person's or a service's: a verdict from several signs, never from a uid alone.

Service accounts lie above 1000 and have shells (postgres, git); people lie below it (`useradd -r`, old
installations) and above 60000 (systemd-homed, LDAP). Ranges: systemd's UIDS-GIDS, login.defs(5).
"""

import posixpath
from enum import StrEnum

from privaudit.model.account import NOBODY, AccountKind, Password
from privaudit.model.frozen import frozen
from privaudit.model.unknown import Unknown

Verdict = tuple[AccountKind, tuple[str, ...]]

_FIXED: dict[int, Verdict] = {
    0: (AccountKind.ROOT, ("uid 0",)),
    NOBODY: (AccountKind.SERVICE, ("nobody, the overflow uid",)),
}

_DYNAMIC = range(61184, 65520)
"""uids of DynamicUser=, systemd.exec(5)."""
_DYNAMIC_GECOS = "Dynamic User"
"""What nss-systemd(8) says of them."""
_HOMED = range(60001, 60514)
"""uids of systemd-homed's people."""

_CLOSED_SHELLS = frozenset({"nologin", "false", "true", "sync", "halt", "shutdown", "reboot", "poweroff"})
_CLOSED_SHELLS |= {"null", "uucico", "git-shell", "noshell"}
"""Programs in the place of a shell that give nobody a prompt."""

_HOMES = frozenset({"home", "homes", "Users"})
_MACHINE = ("/var/", "/usr/", "/opt/", "/etc/", "/run/", "/bin", "/sbin", "/dev/", "/proc/", "/nonexistent")
_KNOWN_SERVICES = frozenset(
    {"git", "gitea", "forgejo", "gitlab-runner", "postgres", "mysql", "oracle", "jenkins", "tomcat", "vmail"}
    | {"redis", "mongodb", "nginx", "www", "www-data", "apache", "elasticsearch", "kafka", "zookeeper"}
    | {"prometheus", "grafana", "minio-user", "nagios", "zabbix", "rabbitmq", "solr", "named", "minecraft"}
)
"""Names that a program's own manual gives to an account made by hand, with a regular uid and a home."""


class Home(StrEnum):
    """What an account's home says about it."""

    PERSONAL = "personal"
    """Among people's homes, and a real folder (or a directory's account, whose home may come later)."""
    ABSENT = "absent"
    """Among people's homes by name, but there is no such folder."""
    MACHINE = "machine"
    """A folder of the system or of a program."""
    ELSEWHERE = "elsewhere"


@frozen
class Evidence:
    """Every sign there is about one account that has an entry."""

    uid: int
    name: str
    gecos: str
    home: str
    shell: str
    uid_min: int = 1000
    """First uid of people by login.defs(5)."""
    listed: bool = True
    """Stands in /etc/passwd; else a directory knows it."""
    home_exists: bool = False
    password: Password = Password.UNKNOWN
    was_hashed: bool = False
    keys: bool | Unknown = False
    """Holds a key that gives a shell."""
    forced_keys: bool = False
    """Holds keys, each with a forced command."""
    lingering: bool = False
    logged_in: bool = False
    declared_by: str = ""
    """The file of sysusers.d(5) that declares it; empty: none."""
    admin_groups: tuple[str, ...] = ()
    """Groups of administrators that it is in."""


def gives_shell(shell: str) -> bool:
    """Whether a login shell lets somebody in; an empty field means /bin/sh (passwd(5))."""
    return posixpath.basename(shell) not in _CLOSED_SHELLS


def home_of(home: str, *, exists: bool, listed: bool) -> Home:
    """Place a home folder."""
    parts = [part for part in home.split("/") if part]
    if any(part in _HOMES for part in parts[:-1]):
        return Home.PERSONAL if exists or not listed else Home.ABSENT
    if not parts or f"{home}/".startswith(_MACHINE):
        return Home.MACHINE
    return Home.ELSEWHERE


def kind_without_entry(uid: int, owner: tuple[str, AccountKind] | None) -> Verdict:
    """Judge a uid that has no name; owner: (name, kind) of whom subuid(5) gives it to."""
    if uid in _FIXED:
        return _FIXED[uid]
    if owner is not None:
        return owner[1], (f"subordinate uid of {owner[0]} (/etc/subuid)",)
    if uid in _DYNAMIC:
        return AccountKind.SERVICE, ("in the range of DynamicUser=",)
    if uid in _HOMED:
        return AccountKind.UNKNOWN, ("in the range of systemd-homed, but no account has this uid",)
    return AccountKind.UNKNOWN, ("no account has this uid",)


def kind_of(found: Evidence) -> Verdict:
    """Judge an account; the reasons are strongest first."""
    if found.uid in _FIXED:
        return _FIXED[found.uid]
    home = home_of(found.home, exists=found.home_exists, listed=found.listed)
    if found.declared_by:
        person = gives_shell(found.shell) and home is Home.PERSONAL and _comes_in(found)
        return _person(found) if person else _service(found)
    if found.uid < found.uid_min:
        return _system(found, home)
    if gives_shell(found.shell) and found.gecos != _DYNAMIC_GECOS:
        return _regular(found, home)
    if home is Home.PERSONAL and found.password is Password.USABLE:
        return _person(found)
    return _service(found)


def _system(found: Evidence, home: Home) -> Verdict:
    """Judge an account below UID_MIN: a service's, unless somebody lives and logs in there."""
    if not gives_shell(found.shell) or home is not Home.PERSONAL:
        return _service(found)
    if _comes_in(found) or found.admin_groups:
        return _person(found)
    if found.password is Password.UNKNOWN:
        what = f"a system uid ({found.uid}) with a login shell and {found.home}"
        return AccountKind.UNKNOWN, (f"{what}; its password is not known",)
    return _service(found)


def _regular(found: Evidence, home: Home) -> Verdict:
    """Judge an account with a regular uid and a login shell."""
    entered = _comes_in(found) or bool(found.admin_groups)
    if home is Home.PERSONAL:
        for_program = found.forced_keys or found.name in _KNOWN_SERVICES
        return _service(found) if for_program and not entered else _person(found)
    if home is Home.MACHINE:
        return _service(found)
    if entered or not found.listed or found.uid in _HOMED:
        return _person(found)
    if home is Home.ELSEWHERE and found.password is not Password.UNKNOWN:
        return _service(found)
    lacks = "does not exist" if home is Home.ABSENT else "says nothing"
    return AccountKind.UNKNOWN, (f"a regular uid with a login shell, but home {found.home} {lacks}",)


def _comes_in(found: Evidence) -> bool:
    """Whether somebody logs in as it, did, or could now."""
    return (
        found.password in {Password.USABLE, Password.EMPTY}
        or found.keys is True
        or found.was_hashed
        or found.lingering
        or found.logged_in
    )


def _person(found: Evidence) -> Verdict:
    reasons = []
    if found.password is Password.USABLE:
        reasons.append("has a usable password")
    if found.password is Password.EMPTY:
        reasons.append("needs no password")
    if found.keys is True:
        reasons.append("has authorized keys")
    if found.logged_in:
        reasons.append("is logged in")
    if found.lingering:
        reasons.append("its manager runs without a login (lingering)")
    if found.was_hashed:
        reasons.append("had a password before it was locked")
    reasons += [f"member of group {name}" for name in found.admin_groups]
    if not found.listed:
        reasons.append("known to a directory, not to /etc/passwd")
    if found.home:
        reasons.append(f"home {found.home}")
    if gives_shell(found.shell):
        reasons.append(f"login shell {found.shell or '/bin/sh'}")
    return AccountKind.PERSON, tuple(reasons)


def _service(found: Evidence) -> Verdict:
    reasons = []
    if found.declared_by:
        reasons.append(f"declared by {found.declared_by}")
    if found.uid in _DYNAMIC and found.gecos == _DYNAMIC_GECOS:
        reasons.append("made for DynamicUser=")
    if not gives_shell(found.shell):
        reasons.append(f"no login shell ({found.shell})")
    if found.uid < found.uid_min:
        reasons.append(f"system uid {found.uid}")
    if home_of(found.home, exists=found.home_exists, listed=found.listed) is Home.MACHINE:
        reasons.append(f"home {found.home}" if found.home else "no home")
    if found.forced_keys:
        reasons.append("its keys only run a fixed command")
    if found.password is Password.LOCKED and found.keys is False:
        reasons.append("nobody can log in: password locked, no keys")
    if found.name in _KNOWN_SERVICES and found.uid >= found.uid_min:
        reasons.append(f"{found.name} is the name of a service")
    return AccountKind.SERVICE, tuple(reasons)
