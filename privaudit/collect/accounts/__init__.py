"""Accounts of a machine: looked up by the ids that are seen, each with a verdict and its reasons.

Directories (LDAP, systemd-homed) cannot be listed whole, so nothing here starts from a list of everybody.
"""

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


class Accounts:
    """The accounts of one machine, each looked up once."""

    def __init__(self, host: Host) -> None:
        self._source = _source(host)
        self._accounts: dict[int, Account] = {}
        self._names: dict[str, int | None] = {}
        self._groups: dict[int, Group] = {}

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
        seen = {uid for uid, account in self._accounts.items() if uid and gid in account.groups}
        return tuple(sorted(seen.union(self.group(gid).members)))

    def listed(self) -> tuple[Account, ...]:
        """List every account that was asked for, and those who may become root, sorted by uid."""
        for uid in self._source.notable():
            self.account(uid)
        return tuple(self._accounts[uid] for uid in sorted(self._accounts))

    @property
    def limits(self) -> tuple[Limit, ...]:
        """What could not be read."""
        return self._source.limits()


def _source(host: Host) -> Source:
    """Choose the platform's; the other one's reader is not even imported."""
    if host.platform is Platform.DARWIN:
        from privaudit.collect.accounts.mac import MacAccounts

        return MacAccounts(host)
    from privaudit.collect.accounts.linux import LinuxAccounts

    return LinuxAccounts(host)
