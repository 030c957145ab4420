"""The places of a service, gathered from all that names one, and who uses them."""

from collections.abc import Sequence
from dataclasses import replace

from privaudit.collect.accounts import Accounts
from privaudit.collect.directives.reading import Reading
from privaudit.collect.services import footprint
from privaudit.collect.services.footprint import Place
from privaudit.collect.services.identity import distinct, identity_of, named
from privaudit.collect.services.job_places import argument_places, job_places
from privaudit.collect.services.standing import Surveyor, Users
from privaudit.model.account import AccountKind
from privaudit.model.definition import Definition, Domain, Manager
from privaudit.model.path import Role
from privaudit.model.process import Process
from privaudit.model.profile import Profile
from privaudit.model.service import Identity, IdentityKind
from privaudit.model.unknown import Limit


def places_of(
    surveyor: Surveyor,
    definition: Definition,
    profile: Profile | None,
    processes: Sequence[Process],
    reading: Reading,
    layouts: tuple[str, ...],
    prefix: str | None,
) -> tuple[list[Place], list[Limit]]:
    """Gather what its definition, its processes, the catalogue and its configuration name; and the gaps.

    layouts, prefix: as `installation` found them.
    """
    unprivileged = definition.user not in {None, "root", "0"} or definition.dynamic_user
    as_root = _by_system(definition) and not unprivileged
    found = list(footprint.places(surveyor.host, surveyor.tracer, definition, starts_as_root=as_root))
    found += footprint.programs(processes)
    if definition.manager is Manager.LAUNCHD:
        found += job_places(definition, profile, by_root=as_root)
    else:
        found += [p for c in definition.commands for p in argument_places(c, by_root=as_root)]
    if profile is None:
        return found, []
    more, limits = footprint.owned(surveyor.host, profile, layouts, prefix, by_root=as_root)
    found += more
    trees = tuple(f"{place.path}/" for place in more if place.tree)
    found += [replace(place, by_root=place.by_root and as_root) for place in reading.places]
    found += [
        Place(Role.CONFIGURATION, file, as_root, owner="account")
        for file in reading.files
        if not file.startswith(trees)
    ]
    return found, limits


def users_of(
    accounts: Accounts,
    definition: Definition,
    profile: Profile | None,
    processes: Sequence[Process],
    runs_as: Identity,
    should: str | None,
) -> Users:
    """Say who reads its definition, who executes its programs, and who may own its data.

    should: the account that the profile gives it on this machine.
    """
    own = {i.uid for i in distinct(accounts, processes) if i.kind is not IdentityKind.PERSON}
    if profile is not None:
        for name in (should, *(w.account for w in profile.workers if "{" not in w.account)):
            account = accounts.named(name) if name is not None else None
            if account is not None:
                own.add(account.uid)
    system = _by_system(definition)
    if definition.user is not None and system:
        own.add(named(accounts, definition.user, definition.manager).uid)
    theirs = frozenset(uid for uid in own if uid and accounts.account(uid).kind is not AccountKind.PERSON)
    manager = identity_of(accounts.account(0 if system else definition.owner))
    return Users(manager, runs_as, theirs, known=profile is not None)


def _by_system(definition: Definition) -> bool:
    return definition.domain is Domain.SYSTEM or _before_login(definition)


def _before_login(definition: Definition) -> bool:
    """Whether root's login window runs it, before anybody is logged in (launchd.plist(5), LoginWindow)."""
    extra = dict(definition.extra)
    return "runs-for" in extra and "LoginWindow" in extra.get("sessions", "").split()
