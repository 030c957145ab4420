"""What a plan is made from: the scan, the service, its profile, and whom it is to become."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from privaudit.collect.accounts import Accounts
from privaudit.fix.launchd.ids import free_id
from privaudit.host import Host, Platform
from privaudit.host.changes import Changes
from privaudit.model.account import NOBODY, AccountKind
from privaudit.model.definition import Domain
from privaudit.model.finding import Finding, Status
from privaudit.model.ownership import Refusal
from privaudit.model.profile import Profile
from privaudit.model.remedy import Remedy
from privaudit.model.service import Identity, Model, Service
from privaudit.model.snapshot import Snapshot

_SYSTEM_IDS = range(999, 99, -1)
"""Ids for accounts that are made at run time; SYS_UID_MIN and SYS_UID_MAX of login.defs(5)."""


_NAME = re.compile(r"[a-z_][a-z0-9_-]{0,31}")
"""useradd(8), CAVEATS; macOS takes these too."""


class Refuse(Exception):
    """No plan can be made; the reasons are values."""

    def __init__(self, what: str, why: str, todo: str, *more: Refusal) -> None:
        super().__init__(f"{what}: {why}")
        self.refusals = (Refusal(what, why, todo), *more)


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody asked for on the command line."""

    service: str
    """A unit, a label, a short name, or a name that the catalogue knows."""
    user: str | None = None
    owns: tuple[str, ...] = ()
    """Folders that belong to the service, beyond those of its profile."""


@dataclass(frozen=True, slots=True)
class Target:
    """The account that the service is to run as."""

    name: str
    uid: int
    gid: int
    group: str
    groups: tuple[int, ...]
    exists: bool
    """False: uid and gid are free and the plan makes it."""


@dataclass(frozen=True, slots=True)
class Case:
    """One service to be fixed, and everything that may be asked about it; nothing here changes anything."""

    host: Host
    changes: Changes
    snapshot: Snapshot
    findings: tuple[Finding, ...]
    """Of the whole machine."""
    catalogue: tuple[Profile, ...]
    service: Service
    profile: Profile | None
    target: Target
    wish: Wish

    @property
    def name(self) -> str:
        """What the fix is called after."""
        return self.profile.service if self.profile is not None else self.service.name

    @property
    def failing(self) -> tuple[Finding, ...]:
        """What is wrong with the service and would be mended by another account."""
        mine = (each for each in self.findings if each.service == self.service.id)
        return tuple(
            each
            for each in mine
            if each.status is Status.FAIL and each.remedy == Remedy.DEDICATED_ACCOUNT.value
        )

    @property
    def root_master(self) -> bool:
        """Whether it starts as root by design, and its workers are to be the account."""
        return self.service.model is Model.ROOT_MASTER

    @property
    def former(self) -> Identity:
        """Who does its work now."""
        others = [each for each in self.service.workers if each.uid != self.target.uid]
        return others[0] if self.root_master and others else self.service.runs_as


def target_for(host: Host, name: str) -> Target:
    """Look the account up, or find ids for it; Refuse if it is nobody that a service should be."""
    accounts = Accounts(host)
    account = accounts.named(name)
    if account is None or account.gid is None:
        if not _NAME.fullmatch(name):
            raise Refuse(name, "is no name that an account can be made with", "use a to z, 0 to 9, _ and -")
        number = _free_id(host)
        return Target(name, number, number, name, (number,), exists=False)
    if account.kind in {AccountKind.ROOT, AccountKind.PERSON}:
        what = "root" if account.kind is AccountKind.ROOT else "an account that people log in with"
        raise Refuse(name, f"is {what}", "name a system account with --user")
    if account.uid == NOBODY or account.name == "nobody":
        raise Refuse(
            name, "is whoever has no account: others run as it too", "name one of its own with --user"
        )
    return Target(
        account.name or name,
        account.uid,
        account.gid,
        accounts.group(account.gid).name or str(account.gid),
        account.groups,
        exists=True,
    )


def _free_id(host: Host) -> int:
    if host.platform is Platform.DARWIN and (found := free_id(host)) is not None:
        return found
    for number in _SYSTEM_IDS if host.platform is Platform.LINUX else ():
        if host.passwd(number) is None and host.group(number) is None:
            return number
    raise Refuse("accounts", "no system id is free", "make the account by hand and name it with --user")


def candidates(
    snapshot: Snapshot, catalogue: Sequence[Profile], name: str
) -> tuple[tuple[Service, Profile | None], ...]:
    """Services that go by the name, with their profiles.

    Of several the one that came back beside the daemon that took its place, else the running ones.
    """
    profiles = {profile.service: profile for profile in catalogue}
    found = []
    for service in snapshot.services:
        profile = profiles.get(service.profile or "")
        if name in _names(service, profile):
            found.append((service, profile))
    exact = [pair for pair in found if name == pair[0].id]
    came_back = [pair for pair in found if pair[0].twins and pair[0].domain is not Domain.SYSTEM]
    running = [pair for pair in found if pair[0].running]
    return _one_each(exact or came_back or running or found)


def _one_each(found: Sequence[tuple[Service, Profile | None]]) -> tuple[tuple[Service, Profile | None], ...]:
    """Take a job that launchd holds in both domains of a person, from one file, for one: the running one."""
    chosen: dict[tuple[object, ...], tuple[Service, Profile | None]] = {}
    for service, profile in sorted(found, key=lambda pair: not pair[0].running):
        definition = service.definition
        key = (service.id, definition.owner, definition.path) if definition is not None else (id(service),)
        chosen.setdefault(key, (service, profile))
    return tuple(chosen.values())


def _names(service: Service, profile: Profile | None) -> set[str]:
    names = {service.id, service.name}
    if service.definition is not None:
        names |= {*service.definition.names}
        names |= {each.removesuffix(".service") for each in service.definition.names}
    if profile is not None:
        names |= {profile.service, *profile.names}
    return names
