"""Judge the paths of a service: who owns each, who could replace it, and what that would give them."""

from collections.abc import Iterable
from dataclasses import field, replace

from privaudit.collect.accounts import Accounts
from privaudit.collect.files.exposure import STICKY, Reach, strongest
from privaudit.collect.files.trace import Trace, Tracer
from privaudit.collect.files.tree import TreeJudgement, judge
from privaudit.collect.services.footprint import Place
from privaudit.host import Census, Host, HostError
from privaudit.model.account import AccountKind
from privaudit.model.frozen import frozen, slotted
from privaudit.model.path import Exposure, FileKind, Role, ServicePath
from privaudit.model.service import Identity, IdentityKind
from privaudit.model.severity import Severity
from privaudit.model.unknown import Limit, Unknown

_DEFINING = frozenset({Role.DEFINITION, Role.DROP_IN, Role.DEFINITION_FOLDER})
_KEPT = frozenset({Role.DATA, Role.LOG, Role.RUN})
"""Roles that the account of the service may own and write."""

_GAIN = {
    IdentityKind.ROOT: Severity.CRITICAL,
    IdentityKind.PERSON: Severity.HIGH,
    IdentityKind.UNKNOWN: Severity.HIGH,
    IdentityKind.SERVICE: Severity.MEDIUM,
    IdentityKind.NOBODY: Severity.MEDIUM,
}


@frozen
class Users:
    """Who uses the paths of one service."""

    manager: Identity
    """Who reads its definition: root, or the person whose manager it is."""
    runs_as: Identity
    """Who executes its programs where root does not."""
    own: frozenset[int]
    """uids that may own and write its data: its account, its workers, the profile's account."""
    known: bool
    """A profile says which account owns what; without one other service accounts are not judged."""


@slotted
class Surveyor:
    """Judges paths of one machine; traces, censuses and verdicts are made once each."""

    host: Host
    accounts: Accounts
    tracer: Tracer
    reach: Reach
    _censuses: dict[str, Census | HostError] = field(default_factory=dict)
    _made: dict[tuple[Place, frozenset[int], str], tuple[ServicePath, tuple[Limit, ...]] | None] = field(
        default_factory=dict
    )

    def survey(
        self, places: Iterable[Place], users: Users, service: str
    ) -> tuple[tuple[ServicePath, ...], tuple[Limit, ...]]:
        """Judge each place once: root's use of it decides, and whose it is the profile."""
        merged: dict[tuple[Role, str], Place] = {}
        for place in places:
            known = merged.setdefault((place.role, place.path), place)
            if known is not place:
                by_root, tree = known.by_root or place.by_root, known.tree or place.tree
                owner = known.owner or place.owner
                optional = known.optional and place.optional
                followed = known.followed or place.followed
                merged[place.role, place.path] = replace(
                    known, by_root=by_root, tree=tree, owner=owner, optional=optional, followed=followed
                )
        found: list[ServicePath] = []
        limits: list[Limit] = []
        for place in merged.values():
            made = self._place(place, users)
            if made is not None:
                found.append(made[0])
                limits += [Limit(limit.what, limit.why, service) for limit in made[1]]
        return tuple(sorted(found, key=lambda fact: (fact.role, fact.path))), tuple(limits)

    def _place(self, place: Place, users: Users) -> tuple[ServicePath, tuple[Limit, ...]] | None:
        user = self._user(place, users)
        allowed = self._allowed(place, user, users)
        key = (place, allowed, f"{user.name} {users.known}")
        if key not in self._made:
            self._made[key] = self._judge(place, user, allowed, known=users.known)
        return self._made[key]

    def _user(self, place: Place, users: Users) -> Identity:
        if place.role in _DEFINING:
            return users.manager
        return users.manager if place.by_root and users.manager.kind is IdentityKind.ROOT else users.runs_as

    def _allowed(self, place: Place, user: Identity, users: Users) -> frozenset[int]:
        if place.role in _DEFINING:
            return frozenset({user.uid}) if user.uid is not None else frozenset()
        if place.owner == "account" or place.role in _KEPT | {Role.SECRET}:
            return users.own | ({users.runs_as.uid} if users.runs_as.uid is not None else frozenset())
        return frozenset({user.uid}) if user.uid is not None else frozenset()

    def _judge(
        self, place: Place, user: Identity, allowed: frozenset[int], *, known: bool
    ) -> tuple[ServicePath, tuple[Limit, ...]] | None:
        trace = self.tracer.trace(place.path)
        if trace.end is None and trace.error is None and place.optional:
            return None
        exposures = self.reach.replacers(trace, allowed)
        tree: TreeJudgement | None = None
        limits: list[Limit] = [] if trace.error is None else [trace.error.limit()]
        if place.tree and trace.end is not None and trace.end.stat.kind is FileKind.DIRECTORY:
            counted = self._census(trace.target)
            if isinstance(counted, HostError):
                limits.append(counted.limit())
            else:
                tree = judge(self.host, self.reach, trace, counted, allowed)
                limits += tree.limits
        if place.role in _KEPT and not known:
            exposures = _beyond_services(exposures)
        fact = self._fact(place, trace, user, allowed, exposures)
        lured = _lures(trace, self.reach.replacers(trace, frozenset()), allowed) if place.followed else ()
        if lured:
            fact = replace(
                fact,
                exposed=True,
                exposed_to=lured,
                exposed_to_kind=strongest(lured),
                gain=Severity.CRITICAL,
                used_by="root",
            )
        return self._with_tree(fact, place, tree, limits, known=known), tuple(limits)

    def _census(self, path: str) -> Census | HostError:
        if path not in self._censuses:
            try:
                self._censuses[path] = self.host.census(path)
            except HostError as error:
                self._censuses[path] = error
        return self._censuses[path]

    def _fact(
        self,
        place: Place,
        trace: Trace,
        user: Identity,
        allowed: frozenset[int],
        exposures: tuple[Exposure, ...],
    ) -> ServicePath:
        unread = None if trace.error is None else Unknown(str(trace.error))
        readers = self._readers(trace, allowed) if place.role is Role.SECRET else ()
        gain = _GAIN[user.kind]
        if place.role in _KEPT and gain is Severity.CRITICAL:
            gain = Severity.HIGH  # data of a root service: what it leads to depends on the program
        end = trace.end
        base = ServicePath(
            role=place.role,
            path=place.path,
            target=trace.target,
            exists=unread if unread is not None else end is not None,
            exposed=bool(exposures) or (unread if unread is not None else False),
            exposed_to=exposures,
            exposed_to_kind=strongest(exposures),
            gain=gain,
            readable_by_others=bool(readers) or (unread if unread is not None else False),
            readers=readers,
            used_by=user.name,
        )
        if end is None:
            return base
        owner = self.accounts.account(end.stat.uid)
        group = self.accounts.group(end.stat.gid)
        return replace(
            base,
            owner=owner.label,
            owner_uid=owner.uid,
            owner_kind=owner.kind,
            owner_expected=owner.uid == 0 or owner.uid in allowed,
            group=group.name or f"gid {group.gid}",
            mode=f"{end.stat.mode:04o}",
            kind=end.stat.kind,
            entries=1,
        )

    def _readers(self, trace: Trace, allowed: frozenset[int]) -> tuple[Exposure, ...]:
        """Service accounts that a group lets in (ssl-cert and its like) are meant to be there."""
        return _beyond_services(self.reach.readers(trace, allowed))

    def _with_tree(
        self,
        fact: ServicePath,
        place: Place,
        tree: TreeJudgement | None,
        limits: list[Limit],
        *,
        known: bool,
    ) -> ServicePath:
        person = fact.owner_kind is AccountKind.PERSON
        if not place.tree:
            return replace(fact, tree_owned_by_persons=True) if person else fact
        gap: Unknown | None = None
        if limits:
            gap = Unknown(f"{limits[0].what}: {limits[0].why}")
        if tree is None:
            return replace(
                fact,
                tree_owned_by_persons=person or gap or False,
                tree_writable=gap or False,
            )
        exposures = tree.exposures
        if place.role in _KEPT and not known:
            exposures = _beyond_services(exposures)
        return replace(
            fact,
            tree_owned_by_persons=bool(tree.persons) or gap or False,
            tree_persons=tree.persons,
            tree_writable=bool(exposures) or gap or False,
            tree_exposures=exposures,
            entries=tree.entries,
        )


def _lures(trace: Trace, exposures: tuple[Exposure, ...], allowed: frozenset[int]) -> tuple[Exposure, ...]:
    """Those who can put a link in the place of the file and so have root write where it leads.

    The service's own account is left out where it is no person: packages (RabbitMQ's of Debian) keep such
    logs in a folder of the account's.

    Not those who may only write the file itself, nor in a sticky folder of somebody else's: there the kernel
    follows no link of theirs (proc_sys_fs(5), protected_symlinks).
    """
    folders = {node.path: node.stat for node in trace.folders}
    return tuple(
        each
        for each in exposures
        if not (each.uid in allowed and each.kind is AccountKind.SERVICE)
        and each.via in folders
        and (not folders[each.via].mode & STICKY or folders[each.via].uid == each.uid)
    )


def _beyond_services(exposures: tuple[Exposure, ...]) -> tuple[Exposure, ...]:
    return tuple(e for e in exposures if e.uid is None or e.kind is not AccountKind.SERVICE)
