"""Who, beyond those who should, can replace, write or read a path: judged per principal, as the kernel does.

Owner first, then named ACL users, then groups, then others (acl(5), path_resolution(7)). An owner counts
whatever the bits say, since he can change them. A link's own mode never counts; its folder does.
"""

from collections.abc import Iterable, Iterator

from privaudit.collect.accounts import Accounts
from privaudit.collect.files.trace import Node, Trace
from privaudit.model.account import AccountKind
from privaudit.model.frozen import frozen
from privaudit.model.path import AclEntry, Exposure, FileKind, FileStat

READ, WRITE, SEARCH = 4, 2, 1
STICKY = 0o1000
_SHIFT_OWNER, _SHIFT_GROUP = 6, 3

_RANK = {AccountKind.SERVICE: 0, AccountKind.UNKNOWN: 1, AccountKind.PERSON: 2, AccountKind.ROOT: 3}


@frozen
class Principal:
    """Somebody whose reach is asked for; uid None is everyone: an account with nothing but `others`."""

    uid: int | None
    gids: frozenset[int]
    who: str
    kind: AccountKind


def may(principal: Principal, stat: FileStat, acl: Iterable[AclEntry], wanted: int) -> bool:
    """Whether the bits (and ACL entries) give the principal all of `wanted` (READ | WRITE | SEARCH)."""
    if principal.uid is not None and principal.uid == stat.uid:
        return (stat.mode >> _SHIFT_OWNER) & wanted == wanted
    named = list(acl)
    for entry in named:
        if entry.tag == "user" and entry.id == principal.uid:
            return entry.permissions & wanted == wanted
    groups = [entry.permissions for entry in named if entry.tag == "group" and entry.id in principal.gids]
    if stat.gid in principal.gids:
        groups.append(_of_owning_group(stat, named))
    if groups:
        return any(bits & wanted == wanted for bits in groups)
    return stat.mode & wanted == wanted


def _of_owning_group(stat: FileStat, acl: Iterable[AclEntry]) -> int:
    """What the owning group may: its own entry says so where there is a list, and the bits are the mask."""
    own = next((entry.permissions for entry in acl if entry.tag == "owning-group"), None)
    return (stat.mode >> _SHIFT_GROUP) & 7 if own is None else own


def strongest(exposures: Iterable[Exposure]) -> AccountKind:
    """The kind that matters most among them; SERVICE if there are none."""
    return max((exposure.kind for exposure in exposures), key=_RANK.__getitem__, default=AccountKind.SERVICE)


class Reach:
    """Answers who can replace, write or read, for one machine's accounts."""

    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts
        self._principals: dict[int, Principal] = {}
        self.unlisted: dict[int, str] = {}
        """gid -> why, for groups whose members decide a verdict and cannot all be listed."""

    def principal(self, uid: int) -> Principal:
        """Everything about one uid that decides its reach."""
        known = self._principals.get(uid)
        if known is None:
            account = self._accounts.account(uid)
            known = Principal(uid, frozenset(account.groups), account.label, account.kind)
            self._principals[uid] = known
        return known

    def others(self) -> Principal:
        """Anybody at all; as strong as a person, since every person is in it."""
        return Principal(None, frozenset(), "everyone", AccountKind.PERSON)

    def candidates(
        self, nodes: Iterable[tuple[FileStat, tuple[AclEntry, ...]]], allowed: frozenset[int], wanted: int
    ) -> Iterator[Principal]:
        """Principals that could have `wanted` on one of the nodes: owners, members, named ones, everyone."""
        uids: set[int] = set()
        everyone = False
        for stat, acl in nodes:
            uids.add(stat.uid)
            everyone = everyone or bool(stat.mode & wanted)
            if _of_owning_group(stat, acl) & wanted:
                uids.update(self._members(stat.gid))
            for entry in acl if (stat.mode >> _SHIFT_GROUP) & wanted else ():
                if entry.permissions & wanted and entry.tag != "owning-group":
                    uids.update({entry.id} if entry.tag == "user" else self._members(entry.id))
        for uid in sorted(uids - allowed - {0}):
            yield self.principal(uid)
        if everyone:
            yield self.others()

    def _members(self, gid: int) -> tuple[int, ...]:
        group = self._accounts.group(gid)
        if not group.complete:
            self.unlisted[gid] = f"not every member of group {group.name or gid} can be listed"
        return self._accounts.members(gid)

    def replacers(self, trace: Trace, allowed: frozenset[int]) -> tuple[Exposure, ...]:
        """Who can change what the path leads to: the end itself, a link to it, or a folder on the way."""
        ends = [] if trace.end is None else [trace.end]
        nodes = [(node.stat, node.acl) for node in (*trace.folders, *ends)]
        found: list[Exposure] = []
        for principal in self.candidates(nodes, allowed, WRITE):
            step = replaces(principal, trace)
            if step is not None:
                found.append(_exposure(principal, *step))
        return _folded(found)

    def readers(self, trace: Trace, allowed: frozenset[int]) -> tuple[Exposure, ...]:
        """Who can read the end of the path."""
        end = trace.end
        if end is None:
            return ()
        found: list[Exposure] = []
        for principal in self.candidates([(end.stat, end.acl)], allowed, READ):
            if not _arrives(principal, [n for n in trace.folders if n.path != end.path]):
                continue
            if end.stat.uid == principal.uid:
                found.append(_exposure(principal, end.path, "owns the file"))
            elif may(principal, end.stat, end.acl, READ):
                found.append(_exposure(principal, end.path, f"may read{_by_group(principal, end)}"))
        return _folded(found)


def replaces(principal: Principal, trace: Trace) -> tuple[str, str] | None:
    """Say where and how somebody can change what a path leads to; None: nowhere."""
    for hop in trace.hops:
        folder = trace.folders[hop.folder]
        if _arrives(principal, [trace.folders[i] for i in trace.ways[hop.folder]]):
            how = _changes_entry(principal, folder, hop.entry)
            if how is not None:
                return how
    if trace.end is None:
        return _creates(principal, trace)
    before = [node for node in trace.folders if node.path != trace.end.path]
    return _changes_end(principal, trace.end) if _arrives(principal, before) else None


def _creates(principal: Principal, trace: Trace) -> tuple[str, str] | None:
    """Whoever can write the last folder that exists can make what is missing, sticky or not."""
    if trace.error is not None or not trace.folders:
        return None
    last = trace.folders[-1]
    if not _arrives(principal, list(trace.folders[:-1])):
        return None
    if last.stat.uid == principal.uid or may(principal, last.stat, last.acl, WRITE | SEARCH):
        return last.path, "may create it in the folder"
    return None


def _arrives(principal: Principal, folders: list[Node]) -> bool:
    """Whether it may search every folder before; an owner gives himself the right."""
    return all(
        node.stat.uid == principal.uid or may(principal, node.stat, node.acl, SEARCH) for node in folders
    )


def _changes_entry(principal: Principal, folder: Node, entry: Node) -> tuple[str, str] | None:
    """How the principal can put something else under a name in a folder that it can get to."""
    if folder.stat.uid == principal.uid:
        return folder.path, "owns the folder"
    if not may(principal, folder.stat, folder.acl, WRITE | SEARCH):
        return None
    if not folder.stat.mode & STICKY:
        return folder.path, f"may write the folder{_by_group(principal, folder)}"
    if entry.stat.uid == principal.uid:
        return entry.path, "owns the entry in a sticky folder"
    return None


def _changes_end(principal: Principal, end: Node) -> tuple[str, str] | None:
    """How the principal can write the file or folder that a path leads to."""
    if end.stat.kind not in {FileKind.FILE, FileKind.DIRECTORY}:
        return None
    folder = end.stat.kind is FileKind.DIRECTORY
    noun = "folder" if folder else "file"
    if end.stat.uid == principal.uid:
        return end.path, f"owns the {noun}"
    if folder and end.stat.mode & STICKY:
        return None
    if may(principal, end.stat, end.acl, WRITE | SEARCH if folder else WRITE):
        return end.path, f"may write the {noun}{_by_group(principal, end)}"
    return None


def _by_group(principal: Principal, node: Node) -> str:
    if principal.uid is None:
        return ""
    if any(entry.tag == "user" and entry.id == principal.uid for entry in node.acl):
        return " (access list)"
    return " (group)" if node.stat.gid in principal.gids else ""


def _exposure(principal: Principal, via: str, how: str) -> Exposure:
    return Exposure(principal.who, principal.uid, principal.kind, via, how)


def _folded(found: list[Exposure]) -> tuple[Exposure, ...]:
    """If everyone can, name nobody else for the same place."""
    open_to_all = {exposure.via for exposure in found if exposure.uid is None}
    kept = [e for e in found if e.uid is None or e.via not in open_to_all]
    return tuple(sorted(kept, key=_order))


def _order(exposure: Exposure) -> tuple[int, str, str]:
    return (-_RANK[exposure.kind], exposure.who, exposure.via)
