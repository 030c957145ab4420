"""A Mac's accounts: Open Directory's local node, and getpwuid(3) for those that another directory knows.

What tells a person from a service here: Apple's own accounts have GeneratedUIDs of a fixed form; people have
a password, a home in /Users and a shell. A uid says little: MacPorts makes service accounts from 501 up.
"""

from functools import cached_property

from privaudit.collect.accounts import directory
from privaudit.collect.accounts.keys import Held, KeyFiles
from privaudit.collect.accounts.kind import Verdict, gives_shell
from privaudit.collect.accounts.power import Power
from privaudit.collect.accounts.records import ADMIN, NOBODY, UserRecord
from privaudit.collect.accounts.who import Who
from privaudit.host import Host, HostError, PasswdEntry
from privaudit.model.account import Account, AccountKind, Group, Password
from privaudit.model.unknown import Limit, Unknown

_EVERYONE, _LOCAL = 12, 61
"""Groups whose membership is computed, not listed: `everyone`, `localaccounts`."""
_WHEEL = 0
_GUEST = 201
_PEOPLE_FROM = 501


class MacAccounts:
    """The accounts of one Mac; see `privaudit.collect.accounts.Source`."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._directory = directory.of(host)
        self._keys = KeyFiles(host)
        self._power = Power(host)
        self._more: list[Limit] = []
        self._by_uid: dict[int, list[UserRecord]] = {}
        self._by_name: dict[str, int] = {}
        for record in self._directory.users:
            self._by_uid.setdefault(record.uid, []).append(record)
            for name in record.names:
                self._by_name.setdefault(name, record.uid)
        self._groups = {group.gid: group for group in reversed(self._directory.groups)}
        self._members = {gid: self._directory.members(group) for gid, group in self._groups.items()}

    def account(self, uid: int) -> Account:
        """Everything about one uid."""
        records = self._by_uid.get(uid) or self._elsewhere(uid)
        if not records:
            return self._nameless(uid)
        record = records[0]
        local = uid in self._by_uid
        held = self._held(record)
        gids = self._gids(record, local=local)
        admin = ADMIN in gids
        kind, reasons = kind_of(record, local=local, admin=admin, keys=held.shell)
        return Account(
            uid=uid,
            name=record.names[0],
            gid=record.gid,
            home=record.home,
            shell=record.shell,
            kind=kind,
            reasons=reasons,
            groups=gids,
            password=password_of(record),
            keys=held.shell,
            can_log_in=_can_log_in(record, held),
            becomes_root=self._ways(record, gids),
            also_named=tuple(each.names[0] for each in records[1:]),
        )

    def _nameless(self, uid: int) -> Account:
        if uid == 0:
            return Account(uid, None, None, "", "", AccountKind.ROOT, ("uid 0",))
        gap = _gap(self._directory.users_unread)
        home = self._homes.get(uid, "") if uid >= _PEOPLE_FROM else ""
        kind = AccountKind.PERSON if home else AccountKind.UNKNOWN
        reasons = [f"owns the home {home}; its account is a network directory's, or gone"] if home else []
        if gap is None:
            reasons = reasons or ["no account has this uid"]
            return Account(uid, None, None, home, "", kind, tuple(reasons))
        reasons.append(f"accounts could not be read: {gap.reason}")
        return Account(
            *(uid, None, None, home, "", kind, tuple(reasons)), keys=gap, can_log_in=gap, becomes_root=gap
        )

    @cached_property
    def _homes(self) -> dict[int, str]:
        """Owner -> folder in /Users."""
        found: dict[int, str] = {}
        try:
            for name in self._host.listdir("/Users"):
                found.setdefault(self._host.lstat(f"/Users/{name}").uid, f"/Users/{name}")
        except HostError as error:
            self._more.append(error.limit())
        return found

    def _ways(self, record: UserRecord, gids: tuple[int, ...]) -> tuple[str, ...] | Unknown:
        """How it may become root; group wheel gives nothing on macOS (its sudoers names admin alone)."""
        if record.uid == 0:
            return ()
        groups = tuple(self._groups[gid].names[0] for gid in gids if gid in self._groups and gid != _WHEEL)
        ways = self._power.ways(Who(record.uid, record.names, gids, groups, password_of(record)))
        return ways or _gap(self._directory.groups_unread) or ()

    def _elsewhere(self, uid: int) -> list[UserRecord]:
        """Ask the running system, which knows network directories too."""
        entry = self._host.passwd(uid) if self._host.live else None
        return [] if entry is None else [_of_entry(entry)]

    def _held(self, record: UserRecord) -> Held:
        if record.apples or record.uid == NOBODY or not gives_shell(record.shell):
            return Held()
        entry = PasswdEntry(record.names[0], record.uid, record.gid or 0, "", record.home, record.shell)
        try:
            return self._keys.of(entry)
        except HostError as error:
            return Held(Unknown(str(error)))

    def _gids(self, record: UserRecord, *, local: bool) -> tuple[int, ...]:
        found = {gid for gid, members in self._members.items() if record.uid in members}
        if not local:
            primary = record.gid if record.gid is not None else -1
            found |= set(self._host.group_list(record.names[0], primary)) - {-1}
        found |= {gid for gid in (_EVERYONE, *((_LOCAL,) if local else ())) if gid in self._groups}
        first = () if record.gid is None else (record.gid,)
        return (*first, *sorted(found - set(first)))

    def uid_of(self, name: str) -> int | None:
        """The uid of a name or an alias."""
        found = self._by_name.get(name)
        if found is None and self._host.live:
            entry = self._host.passwd(name)
            return None if entry is None else entry.uid
        return found

    def group(self, gid: int) -> Group:
        """A group with everyone that the local node knows in it."""
        known = self._groups.get(gid)
        if known is None:
            entry = self._host.group(gid) if self._host.live else None
            if entry is None:
                return Group(gid, None)
            uids = (self.uid_of(name) for name in entry.members)
            return Group(gid, entry.name, tuple(sorted(uid for uid in uids if uid)), complete=False)
        members = set(self._by_uid) if gid in {_EVERYONE, _LOCAL} else set(self._members[gid])
        whole = self._directory.whole(known)
        return Group(gid, known.names[0], tuple(sorted(members - {0})), complete=whole)

    def notable(self) -> tuple[int, ...]:
        """Root, administrators, and whom sudoers names."""
        named = {uid for name in self._power.named_users() if (uid := self.uid_of(name)) is not None}
        return tuple(sorted({0, *self._members.get(ADMIN, frozenset()), *named}))

    def limits(self) -> tuple[Limit, ...]:
        """What could not be read."""
        unread = (*self._directory.users_unread, *self._directory.groups_unread)
        return (*unread, *self._more, *self._keys.limits, *self._power.limits)

    def prepare(self) -> None:
        """Read every rule that may give root."""
        self._power.prepare()

    def elsewhere(self, uid: int) -> bool:  # noqa: ARG002 - of every account
        """Any Mac may be bound to a directory."""
        return True


def _gap(limits: tuple[Limit, ...]) -> Unknown | None:
    return Unknown(f"{limits[0].what}: {limits[0].why}") if limits else None


def _of_entry(entry: PasswdEntry) -> UserRecord:
    return UserRecord((entry.name,), entry.uid, entry.gid, entry.home, entry.shell)


def password_of(record: UserRecord) -> Password:
    """What is known of its password."""
    if record.disabled or record.shadow is False:
        return Password.LOCKED
    return Password.USABLE if record.shadow else Password.UNKNOWN


def _can_log_in(record: UserRecord, held: Held) -> bool | Unknown:
    keys = held.shell
    if not gives_shell(record.shell) or record.disabled:
        return False
    password = password_of(record)
    if password is Password.USABLE or keys is True:
        return True
    if password is Password.UNKNOWN:
        return Unknown(f"whether {record.names[0]} has a password is not known")
    return keys


def kind_of(record: UserRecord, *, local: bool, admin: bool, keys: bool | Unknown) -> Verdict:
    """Judge an account, the strongest reasons first."""
    fixed = _fixed(record)
    if fixed is not None:
        return fixed
    if _is_person(record, local=local, admin=admin, keys=keys is True):
        return AccountKind.PERSON, _reasons(record, local=local, admin=admin, keys=keys is True)
    password = password_of(record)
    if gives_shell(record.shell) and not _machine(record.home) and password is Password.UNKNOWN:
        return AccountKind.UNKNOWN, ("a login shell; whether it has a password is not known",)
    return AccountKind.SERVICE, _service(record)


def _fixed(record: UserRecord) -> Verdict | None:
    """Judge what macOS itself brings."""
    if record.uid == 0:
        return AccountKind.ROOT, ("uid 0",)
    if record.uid == NOBODY:
        return AccountKind.SERVICE, ("nobody, macOS's account without rights",)
    if record.uid == _GUEST and record.names[0].lower() == "guest":
        return AccountKind.PERSON, ("the guest account, which people log in with where it is allowed",)
    if record.apples:
        return AccountKind.SERVICE, ("macOS's own account (GeneratedUID of Apple's form)",)
    return None


def _is_person(record: UserRecord, *, local: bool, admin: bool, keys: bool) -> bool:
    if not gives_shell(record.shell):
        return False
    password = password_of(record)
    enters = password is Password.USABLE or keys
    regular = record.uid >= _PEOPLE_FROM
    if not local or (admin and (enters or password is Password.UNKNOWN)):
        return True
    if record.home.startswith("/Users/"):
        named = regular and not record.names[0].startswith("_")
        return enters or admin or named or password is Password.UNKNOWN
    return enters and regular and not _machine(record.home)


def _machine(home: str) -> bool:
    return not home.startswith(("/Users/", "/Volumes/", "/home/"))


def _reasons(record: UserRecord, *, local: bool, admin: bool, keys: bool) -> tuple[str, ...]:
    found = [] if local else ["known to a directory"]
    if record.shadow and not record.disabled:
        found.append("has a usable password")
    if keys:
        found.append("has authorized keys")
    if admin:
        found.append("member of group admin")
    if record.home:
        found.append(f"home {record.home}")
    found.append(f"login shell {record.shell or '/bin/sh'}")
    return tuple(found)


def _service(record: UserRecord) -> tuple[str, ...]:
    found = []
    if not gives_shell(record.shell):
        found.append(f"no login shell ({record.shell})")
    if record.shadow is False:
        found.append("has no password")
    if _machine(record.home):
        found.append(f"home {record.home}" if record.home else "no home")
    if record.names[0].startswith("_"):
        found.append("a name as services have (_)")
    return tuple(found or ["nothing says that people log in with it"])
