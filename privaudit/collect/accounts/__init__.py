"""Accounts of a machine: looked up by the ids that are seen, each with a verdict and its reasons.

Directories (LDAP, systemd-homed) cannot be listed whole, so nothing here starts from a list of everybody.
"""

from collections.abc import Iterable, Mapping
from typing import Protocol

from privaudit.host import Host, Platform
from privaudit.model.account import Account, Group
from privaudit.model.unknown import Limit


class Source(Protocol):
    """What one platform knows of its accounts; `Accounts` asks each question once."""

    def account(self, uid: int) -> Account:
        """Everything about one uid, whether it has a name or not."""
        ...

    def uid_of(self, name: str) -> int | None:
        """The uid of a name; None: no such account."""
        ...

    def group(self, gid: int) -> Group:
        """A group with the members that are known."""
        ...

    def notable(self) -> tuple[int, ...]:
        """List uids worth a look even if nothing is seen of them: root, and those who may become it."""
        ...

    def limits(self) -> tuple[Limit, ...]:
        """What could not be read so far."""
        ...

    def prepare(self) -> None:
        """Read what every account is judged by."""
        ...

    def elsewhere(self, uid: int) -> bool:
        """Whether a directory may know an account, or memberships of its, that nobody can list."""
        ...


class Accounts:
    """The accounts of one machine, each looked up once."""

    def __init__(self, host: Host) -> None:
        self._source = _source(host)
        self._accounts: dict[int, Account] = {}
        self._names: dict[str, int | None] = {}
        self._groups: dict[int, Group] = {}
        self._met: tuple[Account, ...] = ()
        self._learnt: tuple[Limit, ...] = ()

    def meet(self, uids: Iterable[int]) -> None:
        """Look those up who run processes: they may be members of groups that do not list them.

        From then on what is answered depends on nothing that was asked before, in this process or another.
        """
        self._source.prepare()
        self._met = tuple(self.account(uid) for uid in sorted(set(uids)) if self._source.elsewhere(uid))

    @property
    def known(self) -> dict[int, Account]:
        """Every account that was asked for, by uid."""
        return self._accounts

    def learn(self, accounts: Mapping[int, Account], limits: Iterable[Limit]) -> None:
        """Take over what another process looked up, and what it could not read."""
        self._accounts = {**accounts, **self._accounts}
        self._learnt = (*self._learnt, *limits)

    def account(self, uid: int) -> Account:
        """Look an account up by uid; one without an entry is an account of unknown kind."""
        known = self._accounts.get(uid)
        if known is None:
            known = self._accounts[uid] = self._source.account(uid)
        return known

    def named(self, name: str) -> Account | None:
        """Look an account up by name; None: there is none."""
        if name not in self._names:
            self._names[name] = self._source.uid_of(name)
        uid = self._names[name]
        return None if uid is None else self.account(uid)

    def group(self, gid: int) -> Group:
        """Look a group up by gid."""
        known = self._groups.get(gid)
        if known is None:
            known = self._groups[gid] = self._source.group(gid)
        return known

    def members(self, gid: int) -> tuple[int, ...]:
        """List uids of everyone known to be in a group, by primary group too."""
        seen = {account.uid for account in self._met if account.uid and gid in account.groups}
        return tuple(sorted(seen.union(self.group(gid).members)))

    def listed(self) -> tuple[Account, ...]:
        """List every account that was asked for, and those who may become root, sorted by uid."""
        for uid in self._source.notable():
            self.account(uid)
        return tuple(self._accounts[uid] for uid in sorted(self._accounts))

    @property
    def limits(self) -> tuple[Limit, ...]:
        """What could not be read."""
        return tuple(dict.fromkeys((*self._source.limits(), *self._learnt)))


def _source(host: Host) -> Source:
    """Choose the platform's; the other one's reader is not even imported."""
    if host.platform is Platform.DARWIN:
        from privaudit.collect.accounts.mac import MacAccounts

        return MacAccounts(host)
    from privaudit.collect.accounts.linux import LinuxAccounts

    return LinuxAccounts(host)
