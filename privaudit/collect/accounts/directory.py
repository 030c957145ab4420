"""All accounts and groups of a Mac, wherever they are read from, and who is in which group."""

from dataclasses import dataclass, field

from privaudit.collect.accounts import dscl, dslocal
from privaudit.collect.accounts.records import GroupRecord, UserRecord
from privaudit.host import Host
from privaudit.model.unknown import Limit

_MAX_NESTING = 16


@dataclass(frozen=True, slots=True)
class MacDirectory:
    """The local node of one machine."""

    users: tuple[UserRecord, ...]
    groups: tuple[GroupRecord, ...]
    users_unread: tuple[Limit, ...] = ()
    """Why accounts may be missing."""
    groups_unread: tuple[Limit, ...] = ()
    """Why groups, and so memberships, may be missing."""
    _by_guid: dict[str, GroupRecord] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        """Index groups by their GeneratedUID."""
        self._by_guid.update({group.generated_uid: group for group in self.groups if group.generated_uid})

    def members(self, group: GroupRecord) -> frozenset[int]:
        """Return uids of everyone in a group: by primary group, name, GeneratedUID or a nested group."""
        found: set[int] = set()
        waiting, seen = [(group, 0)], {group.gid}
        while waiting:
            current, depth = waiting.pop()
            names, guids = set(current.users), set(current.members)
            for user in self.users:
                if user.gid == current.gid or user.generated_uid in guids or not names.isdisjoint(user.names):
                    found.add(user.uid)
            for guid in current.nested:
                inner = self._by_guid.get(guid)
                if inner is not None and inner.gid not in seen and depth < _MAX_NESTING:
                    seen.add(inner.gid)
                    waiting.append((inner, depth + 1))
        return frozenset(found)

    def whole(self, group: GroupRecord) -> bool:
        """Whether everyone in a group is known here; members and groups of another directory are not."""
        users = {user.generated_uid for user in self.users}
        names = {name for user in self.users for name in user.names}
        return (
            users.issuperset(group.members)
            and names.issuperset(group.users)
            and self._by_guid.keys() >= set(group.nested)
        )


def of(host: Host) -> MacDirectory:
    """Read the directory: of a running machine from its daemon, of a disk from its files."""
    without_users: list[Limit] = []
    without_groups: list[Limit] = []
    source = dscl if host.live else dslocal
    users, groups = source.users(host, without_users), source.groups(host, without_groups)
    return MacDirectory(users, groups, tuple(without_users), tuple(without_groups))
