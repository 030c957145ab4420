"""The account files of a Linux system, each read once and only if it is needed."""

from collections.abc import Callable
from functools import cached_property
from typing import TypeVar

from privaudit.collect.accounts import databases
from privaudit.collect.accounts.databases import LocalAccount, Secret
from privaudit.host import TEXT_LIMIT, Denied, GroupEntry, Host, HostError, Missing
from privaudit.model.unknown import Limit

T = TypeVar("T")

_DATABASE_LIMIT = 16 * TEXT_LIMIT
_SYSUSERS = ("/etc/sysusers.d", "/run/sysusers.d", "/usr/local/lib/sysusers.d", "/usr/lib/sysusers.d")
"""In order of precedence, sysusers.d(5)."""
_DIRECTORIES = {
    "sss": ("/etc/sssd/sssd.conf", "/etc/sssd/conf.d", "/var/lib/sss/pipes/nss"),
    "ldap": ("/etc/nslcd.conf", "/etc/libnss-ldap.conf", "/etc/ldap.conf"),
    "winbind": ("/var/run/samba/winbindd", "/run/samba/winbindd"),
    "nis": ("/etc/yp.conf",),
}
"""Services of nsswitch.conf(5) that know people of the network, and what shows that one is set up.

Stock systems name `sss` without having it.
"""


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


class LocalFiles:
    """Every file that says something about accounts, parsed; what cannot be read stands in `limits`."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self.limits: list[Limit] = []

    @cached_property
    def passwd(self) -> list[LocalAccount]:
        """Lines of /etc/passwd."""
        return self._parsed("/etc/passwd", databases.passwd)

    @cached_property
    def by_uid(self) -> dict[int, list[LocalAccount]]:
        """The same by uid, in the order of the file."""
        found: dict[int, list[LocalAccount]] = {}
        for each in self.passwd:
            found.setdefault(each.entry.uid, []).append(each)
        return found

    @cached_property
    def by_name(self) -> dict[str, LocalAccount]:
        """The same by name; the first line of a name counts."""
        return {each.entry.name: each for each in reversed(self.passwd)}

    @cached_property
    def group(self) -> list[GroupEntry]:
        """Lines of /etc/group."""
        return self._parsed("/etc/group", databases.group)

    @cached_property
    def by_gid(self) -> dict[int, list[GroupEntry]]:
        """The same by gid, in the order of the file."""
        found: dict[int, list[GroupEntry]] = {}
        for each in self.group:
            found.setdefault(each.gid, []).append(each)
        return found

    @cached_property
    def shadow(self) -> dict[str, Secret] | str:
        """Password fields by name, or why they cannot be read."""
        try:
            return databases.shadow(self._host.read("/etc/shadow", _DATABASE_LIMIT))
        except Missing:
            return "there is no /etc/shadow"
        except Denied as error:
            self.limits.append(error.limit())
            return "needs root to read /etc/shadow"
        except HostError as error:
            self.limits.append(error.limit())
            return str(error)

    @cached_property
    def subuids(self) -> list[databases.SubordinateRange]:
        """Lines of /etc/subuid."""
        return self._parsed("/etc/subuid", databases.subordinates)

    @cached_property
    def uid_min(self) -> int:
        """First uid of people."""
        return self._parsed("/etc/login.defs", databases.uid_min)

    @cached_property
    def sysusers(self) -> dict[str, str]:
        """Name -> the file that declares it; a file in an earlier folder hides its namesake in a later."""
        files: dict[str, str] = {}
        for folder in _SYSUSERS:
            for name in self._names(folder):
                if name.endswith(".conf"):
                    files.setdefault(name, f"{folder}/{name}")
        found: dict[str, str] = {}
        for path in files.values():
            for account in self._parsed(path, databases.sysusers):
                found.setdefault(account, path)
        return found

    @cached_property
    def lingering(self) -> frozenset[str]:
        """Names of accounts whose manager runs without a login."""
        return frozenset(self._names("/var/lib/systemd/linger"))

    @cached_property
    def logged_in(self) -> frozenset[str]:
        """uids, as digits, of everybody who is logged in now (logind)."""
        return frozenset(self._names("/run/systemd/users"))

    @cached_property
    def directory(self) -> bool:
        """Whether people may come from a directory whose members nobody can list."""
        return self._set_up({"passwd", "group"})

    @cached_property
    def directory_of_sudo(self) -> bool:
        """Whether a directory may have rules of sudoers (sudoers.ldap(5), nsswitch.conf)."""
        return self._set_up({"sudoers"})

    def _set_up(self, databases_: set[str]) -> bool:
        """Whether one of nsswitch's databases names a directory that is set up on this machine."""
        words: set[str] = set()
        for line in self._parsed("/etc/nsswitch.conf", _text).splitlines():
            database, _, services = line.partition("#")[0].partition(":")
            if database.strip() in databases_:
                words.update(services.split())
        return any(
            self._exists(path)
            for service, signs in _DIRECTORIES.items()
            if service in words
            for path in signs
        )

    def _exists(self, path: str) -> bool:
        try:
            self._host.lstat(path)
        except HostError:
            return False
        return True

    def _names(self, folder: str) -> list[str]:
        try:
            return self._host.listdir(folder)
        except Missing:
            return []
        except HostError as error:
            self.limits.append(error.limit())
            return []

    def _parsed(self, path: str, parse: Callable[[bytes], T]) -> T:
        try:
            return parse(self._host.read(path, _DATABASE_LIMIT))
        except Missing:
            return parse(b"")
        except HostError as error:
            self.limits.append(error.limit())
            return parse(b"")
