"""The accounts of a Linux system, from its account files and, where it is asked live, its directories."""

from collections.abc import Iterable
from dataclasses import replace
from itertools import zip_longest

from privaudit.collect.accounts.databases import LocalAccount, Secret
from privaudit.collect.accounts.keys import Held, KeyFiles
from privaudit.collect.accounts.kind import Evidence, gives_shell, kind_of, kind_without_entry
from privaudit.collect.accounts.local_files import LocalFiles
from privaudit.collect.accounts.power import Power
from privaudit.collect.accounts.who import Who
from privaudit.host import Host, HostError, PasswdEntry
from privaudit.model.account import Account, AccountKind, Group, Password
from privaudit.model.path import FileKind
from privaudit.model.unknown import Limit, Unknown

_RANK = {AccountKind.SERVICE: 0, AccountKind.UNKNOWN: 1, AccountKind.PERSON: 2, AccountKind.ROOT: 3}
_USERS_GID = 100
"""Group `users`, the primary group of many directories' people."""
_MAX_MEMBERS = 2_000
_SUDO_ELSEWHERE = Limit(
    "/etc/nsswitch.conf", "a directory may hold further rules of sudo, which are not known"
)


class LinuxAccounts:
    """See `privaudit.collect.accounts.Source`."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._files = LocalFiles(host)
        self._keys = KeyFiles(host)
        self._power = Power(host)

    def account(self, uid: int) -> Account:
        """Everything about one uid; where several names share it, whatever any of them can do."""
        locals_ = self._files.by_uid.get(uid, [])
        entries = [each.entry for each in locals_]
        if not entries:
            asked = self._host.passwd(uid)
            entries = [] if asked is None else [asked]
        if not entries:
            kind, reasons = kind_without_entry(uid, self._subordinate(uid))
            return Account(uid, None, None, "", "", kind, reasons)
        first = entries[0]
        names = tuple(dict.fromkeys(entry.name for entry in entries))
        groups = self._groups(names, first.gid)
        seen = [self._name(entry, groups, local) for entry, local in zip_longest(entries, locals_)]
        strongest = max(seen, key=lambda each: _RANK[each.kind])
        password = next((each.password for each in seen if each.can_log_in is True), seen[0].password)
        who = Who(uid, names, groups, self._group_names(groups), password)
        return replace(
            seen[0],
            kind=strongest.kind,
            reasons=strongest.reasons,
            keys=_any(each.keys for each in seen),
            lingering=any(each.lingering for each in seen),
            can_log_in=_any(each.can_log_in for each in seen),
            becomes_root=self._power.ways(who) if uid else (),
            also_named=names[1:],
        )

    def _name(self, entry: PasswdEntry, groups: tuple[int, ...], local: LocalAccount | None) -> Account:
        """What one name of a uid is by itself."""
        secret, why = self._secret(local)
        held = self._keys.of(entry)
        evidence = self._evidence(entry, secret, held, groups, listed=local is not None)
        kind, reasons = kind_of(evidence)
        return Account(
            uid=entry.uid,
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
        )

    def uid_of(self, name: str) -> int | None:
        """The uid of a name."""
        local = self._files.by_name.get(name)
        if local is not None:
            return local.entry.uid
        entry = self._host.passwd(name)
        return None if entry is None else entry.uid

    def group(self, gid: int) -> Group:
        """A group with the members that are known."""
        lines = self._files.by_gid.get(gid, [])
        asked = self._host.group(gid)
        name = lines[0].name if lines else (asked.name if asked is not None else None)
        names = {member for line in lines for member in line.members}
        names.update(asked.members if asked is not None else ())
        uids = {each.entry.uid for each in self._files.passwd if each.entry.gid == gid}
        complete = len(names) <= _MAX_MEMBERS and not (
            self._files.directory and (not lines or gid >= self._files.uid_min or gid == _USERS_GID)
        )
        for member in sorted(names)[:_MAX_MEMBERS]:
            uid = self.uid_of(member)
            if uid is not None:
                uids.add(uid)
        return Group(gid, name, tuple(sorted(uids - {0})), complete)

    def notable(self) -> tuple[int, ...]:
        """Root, and everybody who may become it."""
        uids = {0}
        uids.update(uid for name in self._power.named_users() if (uid := self.uid_of(name)) is not None)
        for name in self._power.strong_groups():
            for line in self._files.group:
                if line.name == name:
                    uids.update(self.group(line.gid).members)
        return tuple(sorted(uids))

    def limits(self) -> tuple[Limit, ...]:
        """What could not be read so far."""
        more = (_SUDO_ELSEWHERE,) if self._files.directory_of_sudo else ()
        return (*self._files.limits, *self._keys.limits, *self._power.limits, *more)

    def prepare(self) -> None:
        """Read every rule that may give root."""
        self._power.prepare()

    def elsewhere(self, uid: int) -> bool:
        """Whether nsswitch.conf(5) names a directory, or the account stands in no file."""
        return self._files.directory or uid not in self._files.by_uid

    def _evidence(
        self, entry: PasswdEntry, secret: Secret, held: Held, groups: tuple[int, ...], *, listed: bool
    ) -> Evidence:
        return Evidence(
            uid=entry.uid,
            name=entry.name,
            gecos=entry.gecos,
            home=entry.home,
            shell=entry.shell,
            uid_min=self._files.uid_min,
            listed=listed,
            home_exists=self._is_folder(entry.home),
            password=secret.password,
            was_hashed=secret.was_hashed,
            keys=held.shell,
            forced_keys=held.forced,
            lingering=entry.name in self._files.lingering,
            logged_in=str(entry.uid) in self._files.logged_in,
            declared_by=self._files.sysusers.get(entry.name, ""),
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
        shadow = self._files.shadow
        if isinstance(shadow, str):
            return Secret(Password.UNKNOWN), shadow
        return shadow.get(local.entry.name, Secret(Password.LOCKED)), ""

    def _groups(self, names: Iterable[str], gid: int) -> tuple[int, ...]:
        found: set[int] = set()
        for name in names:
            found.update(self._host.group_list(name, gid))
            found.update(line.gid for line in self._files.group if name in line.members)
        return (gid, *sorted(found - {gid}))

    def _group_names(self, gids: Iterable[int]) -> tuple[str, ...]:
        found = []
        for gid in gids:
            lines = self._files.by_gid.get(gid, [])
            if lines:
                found += [line.name for line in lines]
            else:
                asked = self._host.group(gid)
                found += [asked.name] if asked is not None else []
        return tuple(found)

    def _subordinate(self, uid: int) -> tuple[str, AccountKind] | None:
        for each in self._files.subuids:
            if each.first <= uid < each.first + each.count:
                owner = int(each.owner) if each.owner.isdigit() else self.uid_of(each.owner)
                if owner is None or self._host.passwd(owner) is None:
                    continue
                account = self.account(owner)
                if account.kind is not AccountKind.ROOT:
                    return account.label, account.kind
        return None


def _any(facts: Iterable[bool | Unknown]) -> bool | Unknown:
    """Whether one of them holds; unknown if none does and one cannot be told."""
    found = list(facts)
    unknown = next((fact for fact in found if isinstance(fact, Unknown)), False)
    return True if True in found else unknown


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
