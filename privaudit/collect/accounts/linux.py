"""The accounts of a Linux system, from its account files and, where it is asked live, its directories."""

from collections.abc import Callable, Iterable
from functools import cached_property
from typing import TypeVar

from privaudit.collect.accounts import databases
from privaudit.collect.accounts.databases import LocalAccount, Secret
from privaudit.collect.accounts.keys import Held, KeyFiles
from privaudit.collect.accounts.kind import Evidence, gives_shell, kind_of, kind_without_entry
from privaudit.collect.accounts.power import Power, Who
from privaudit.host import TEXT_LIMIT, Denied, GroupEntry, Host, HostError, Missing, PasswdEntry
from privaudit.model.account import Account, AccountKind, Group, Password
from privaudit.model.path import FileKind
from privaudit.model.unknown import Limit, Unknown

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
_USERS_GID = 100
"""Group `users`, the primary group of many directories' people."""
_MAX_MEMBERS = 2_000


class LinuxAccounts:
    """See `privaudit.collect.accounts.Source`."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._limits: list[Limit] = []
        self._keys = KeyFiles(host)
        self._power = Power(host)

    # Look-ups.

    def account(self, uid: int) -> Account:
        """Everything about one uid."""
        locals_ = self._by_uid.get(uid, [])
        entry = locals_[0].entry if locals_ else self._host.passwd(uid)
        if entry is None:
            kind, reasons = kind_without_entry(uid, self._subordinate(uid))
            return Account(uid, None, None, "", "", kind, reasons)
        names = tuple(dict.fromkeys(each.entry.name for each in locals_)) or (entry.name,)
        groups = self._groups(names, entry.gid)
        secret, why = self._secret(locals_[0] if locals_ else None)
        held = self._keys.of(entry)
        evidence = self._evidence(entry, secret, held, groups, listed=bool(locals_))
        kind, reasons = kind_of(evidence)
        who = Who(uid, names, groups, self._group_names(groups), secret.password)
        return Account(
            uid=uid,
            name=entry.name,
            gid=entry.gid,
            home=entry.home,
            shell=entry.shell,
            kind=kind,
            reasons=reasons,
            groups=groups,
            password=secret.password,
            keys=held.shell,
            lingering=evidence.lingering,
            can_log_in=_can_log_in(entry, secret, held, why, self._host.now()),
            becomes_root=self._power.ways(who) if uid else (),
            also_named=names[1:],
        )

    def uid_of(self, name: str) -> int | None:
        """The uid of a name."""
        local = self._by_name.get(name)
        if local is not None:
            return local.entry.uid
        entry = self._host.passwd(name)
        return None if entry is None else entry.uid

    def group(self, gid: int) -> Group:
        """A group with the members that are known."""
        lines = self._by_gid.get(gid, [])
        asked = self._host.group(gid)
        name = lines[0].name if lines else (asked.name if asked is not None else None)
        names = {member for line in lines for member in line.members}
        names.update(asked.members if asked is not None else ())
        uids = {each.entry.uid for each in self._passwd if each.entry.gid == gid}
        complete = len(names) <= _MAX_MEMBERS and not (
            self._directory and (not lines or gid >= self._uid_min or gid == _USERS_GID)
        )
        for member in sorted(names)[:_MAX_MEMBERS]:
            uid = self.uid_of(member)
            if uid is not None:
                uids.add(uid)
        return Group(gid, name, tuple(sorted(uids - {0})), complete)

    def notable(self) -> tuple[int, ...]:
        """Root, and everybody who may become it."""
        uids = {0}
        for name in self._power.strong_groups():
            for line in self._group:
                if line.name == name:
                    uids.update(self.group(line.gid).members)
        return tuple(sorted(uids))

    def limits(self) -> tuple[Limit, ...]:
        """What could not be read so far."""
        return (*self._limits, *self._keys.limits, *self._power.limits)

    # Evidence.

    def _evidence(
        self, entry: PasswdEntry, secret: Secret, held: Held, groups: tuple[int, ...], *, listed: bool
    ) -> Evidence:
        return Evidence(
            uid=entry.uid,
            name=entry.name,
            gecos=entry.gecos,
            home=entry.home,
            shell=entry.shell,
            uid_min=self._uid_min,
            listed=listed,
            home_exists=self._is_folder(entry.home),
            password=secret.password,
            was_hashed=secret.was_hashed,
            keys=held.shell,
            forced_keys=held.forced,
            lingering=entry.name in self._lingering,
            logged_in=str(entry.uid) in self._logged_in,
            declared_by=self._sysusers.get(entry.name, ""),
            admin_groups=self._power.admin_groups(self._group_names(groups)),
        )

    def _is_folder(self, path: str) -> bool:
        if not path.startswith("/"):
            return False
        try:
            found = self._host.lstat(path)
        except HostError:
            return False
        return found.kind in {FileKind.DIRECTORY, FileKind.LINK}

    def _secret(self, local: LocalAccount | None) -> tuple[Secret, str]:
        """What is known of the password, and why it is not known."""
        if local is None:
            return Secret(Password.UNKNOWN), "a directory holds its password"
        if not local.secret.in_shadow:
            return local.secret, ""
        shadow = self._shadow
        if isinstance(shadow, str):
            return Secret(Password.UNKNOWN), shadow
        return shadow.get(local.entry.name, Secret(Password.LOCKED)), ""

    def _groups(self, names: Iterable[str], gid: int) -> tuple[int, ...]:
        found: set[int] = set()
        for name in names:
            found.update(self._host.group_list(name, gid))
            found.update(line.gid for line in self._group if name in line.members)
        return (gid, *sorted(found - {gid}))

    def _group_names(self, gids: Iterable[int]) -> tuple[str, ...]:
        found = []
        for gid in gids:
            lines = self._by_gid.get(gid, [])
            if lines:
                found += [line.name for line in lines]
            else:
                asked = self._host.group(gid)
                found += [asked.name] if asked is not None else []
        return tuple(found)

    def _subordinate(self, uid: int) -> tuple[str, AccountKind] | None:
        for each in self._subuids:
            if each.first <= uid < each.first + each.count:
                owner = int(each.owner) if each.owner.isdigit() else self.uid_of(each.owner)
                if owner is None or self._host.passwd(owner) is None:
                    continue
                account = self.account(owner)
                if account.kind is not AccountKind.ROOT:
                    return account.label, account.kind
        return None

    # The files, each read once and only if it is needed.

    @cached_property
    def _passwd(self) -> list[LocalAccount]:
        return self._parsed("/etc/passwd", databases.passwd)

    @cached_property
    def _by_uid(self) -> dict[int, list[LocalAccount]]:
        found: dict[int, list[LocalAccount]] = {}
        for each in self._passwd:
            found.setdefault(each.entry.uid, []).append(each)
        return found

    @cached_property
    def _by_name(self) -> dict[str, LocalAccount]:
        return {each.entry.name: each for each in reversed(self._passwd)}

    @cached_property
    def _group(self) -> list[GroupEntry]:
        return self._parsed("/etc/group", databases.group)

    @cached_property
    def _by_gid(self) -> dict[int, list[GroupEntry]]:
        found: dict[int, list[GroupEntry]] = {}
        for each in self._group:
            found.setdefault(each.gid, []).append(each)
        return found

    @cached_property
    def _shadow(self) -> dict[str, Secret] | str:
        """Password fields by name, or why they cannot be read."""
        try:
            return databases.shadow(self._host.read("/etc/shadow", _DATABASE_LIMIT))
        except Missing:
            return "there is no /etc/shadow"
        except Denied as error:
            self._limits.append(error.limit())
            return "needs root to read /etc/shadow"
        except HostError as error:
            self._limits.append(error.limit())
            return str(error)

    @cached_property
    def _subuids(self) -> list[databases.SubordinateRange]:
        return self._parsed("/etc/subuid", databases.subordinates)

    @cached_property
    def _uid_min(self) -> int:
        return self._parsed("/etc/login.defs", databases.login_defs).get("UID_MIN", 1000)

    @cached_property
    def _sysusers(self) -> dict[str, str]:
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
    def _lingering(self) -> frozenset[str]:
        return frozenset(self._names("/var/lib/systemd/linger"))

    @cached_property
    def _logged_in(self) -> frozenset[str]:
        return frozenset(self._names("/run/systemd/users"))

    @cached_property
    def _directory(self) -> bool:
        """Whether people may come from a directory whose members nobody can list."""
        try:
            text = self._host.read("/etc/nsswitch.conf").decode("utf-8", "replace")
        except HostError:
            return False  # then the C library asks the files alone
        words = {
            w for line in text.splitlines() if line.startswith(("passwd:", "group:")) for w in line.split()
        }
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
            self._limits.append(error.limit())
            return []

    def _parsed(self, path: str, parse: Callable[[bytes], T]) -> T:
        try:
            return parse(self._host.read(path, _DATABASE_LIMIT))
        except Missing:
            return parse(b"")
        except HostError as error:
            self._limits.append(error.limit())
            return parse(b"")


def _can_log_in(entry: PasswdEntry, secret: Secret, held: Held, why: str, now: float) -> bool | Unknown:
    """A usable or empty password or a key, with a shell that lets it in, before it expires (shadow(5))."""
    if not gives_shell(entry.shell):
        return False
    if secret.expires is not None and secret.expires <= now / 86400:
        return False
    if secret.password in {Password.USABLE, Password.EMPTY} or held.shell is True:
        return True
    if secret.password is Password.UNKNOWN:
        return Unknown(why)
    return held.shell
