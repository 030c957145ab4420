"""Make a plan of a fresh scan and the catalogue, or say why there is none; reads, and changes nothing."""

from collections.abc import Callable, Mapping, Sequence

from privaudit.fix import plan_launchd, plan_person, plan_systemd
from privaudit.fix.case import Case, Refuse, Wish, candidates, target_for
from privaudit.host import Host, HostError
from privaudit.host.changes import Changes
from privaudit.model.definition import Domain, Manager
from privaudit.model.finding import Finding
from privaudit.model.ownership import Refusal
from privaudit.model.plan import NoPlan, Plan
from privaudit.model.profile import Profile
from privaudit.model.service import Service
from privaudit.model.snapshot import Snapshot


def _systemd(case: Case) -> Plan | None:
    definition = case.service.definition
    if definition is not None and definition.domain is not Domain.SYSTEM:
        return plan_person.compose(case, definition)
    return plan_systemd.compose(case)


_COMPOSERS: Mapping[Manager, Callable[[Case], Plan | None]] = {
    Manager.SYSTEMD: _systemd,
    Manager.LAUNCHD: plan_launchd.compose,
}
"""How a plan is put together for each manager; None: there is nothing to do."""


def make_plan(
    host: Host,
    changes: Changes,
    snapshot: Snapshot,
    findings: Sequence[Finding],
    catalogue: Sequence[Profile],
    wish: Wish,
) -> Plan | NoPlan:
    """Plan the fix of one service; snapshot and findings are of the whole machine."""
    found = candidates(snapshot, catalogue, wish.service)
    if len(found) != 1:
        return _not_one(wish.service, [service for service, _ in found])
    service, profile = found[0]
    try:
        case = _case(host, changes, snapshot, tuple(findings), tuple(catalogue), service, profile, wish)
        composed = _COMPOSERS[service.manager](case) if service.manager in _COMPOSERS else _unmanaged(service)
    except Refuse as refused:
        return NoPlan(service.id, refused.refusals)
    except HostError as problem:
        todo = "run it as root, on the machine itself"
        return NoPlan(service.id, (Refusal(problem.what, problem.why, todo),))
    return composed if composed is not None else NoPlan(service.id)


def _case(
    host: Host,
    changes: Changes,
    snapshot: Snapshot,
    findings: tuple[Finding, ...],
    catalogue: tuple[Profile, ...],
    service: Service,
    profile: Profile | None,
    wish: Wish,
) -> Case:
    """Everything that is known of it; Refuse if nobody says whom it should be."""
    if profile is not None and profile.move.get(service.manager.value) == "never":
        why = f"never moves to another account. {profile.move_reason}"
        raise Refuse(service.id, why, f"see `privaudit services show {profile.service}`")
    name = wish.user or service.should_run_as
    if name is None:
        why = "is not in the catalogue, so nobody says which account it should have"
        todo = f"privaudit fix {service.id} --user ACCOUNT --owns FOLDER…"
        raise Refuse(service.id, why, todo)
    target = target_for(host, name)
    return Case(host, changes, snapshot, findings, catalogue, service, profile, target, wish)


def _unmanaged(service: Service) -> Plan | None:
    raise Refuse(
        service.id,
        "was started by hand: no unit defines it, so nothing would start it as another account",
        "write a unit for it with User=, and start it by that",
    )


def _not_one(name: str, found: Sequence[Service]) -> NoPlan:
    if found:
        why, todo = "several services go by this name", "name one of them exactly"
    else:
        why, todo = "there is no such service", "every service that is here: privaudit scan --show all"
    ids = tuple(service.id for service in found)
    return NoPlan(name, (Refusal(name, why, todo),), ids)
