"""What an administrator can do next about a finding: in words, with a command where one is safe to copy."""

import posixpath
import shlex
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from privaudit.model.account import Account, AccountKind
from privaudit.model.definition import Domain, Manager
from privaudit.model.finding import Finding, Status
from privaudit.model.path import Exposure, Role, ServicePath
from privaudit.model.profile import Profile
from privaudit.model.remedy import Remedy
from privaudit.model.service import Service
from privaudit.report.content import Report
from privaudit.report.plain import plain

_ACCOUNTS_OWN = frozenset({Role.DATA, Role.LOG, Role.RUN, Role.SECRET})
"""Roles whose paths belong to the account of the service; all others are root's."""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do."""

    words: str
    command: str = ""
    """To copy as it is; empty: there is none."""


def next_steps(findings: Iterable[Finding], service: Service | None, report: Report) -> list[Step]:
    """What to do about these failures of one service (None: about none), each step once."""
    failed = [finding for finding in findings if finding.status is Status.FAIL]
    steps = dict.fromkeys(step for finding in failed for step in _steps(finding, service, report))
    advice = (Step("see what the rule advises:", f"privaudit rules show {f.rule}") for f in failed)
    return list(steps or dict.fromkeys(advice))


def _steps(finding: Finding, service: Service | None, report: Report) -> Iterator[Step]:
    if service is not None and finding.remedy == Remedy.DEDICATED_ACCOUNT:
        yield _own_account(service, report)
        return
    path = _judged_path(finding, service)
    if service is not None and path is not None and finding.remedy == Remedy.RESTORE_OWNERSHIP:
        if path.role in _ACCOUNTS_OWN:
            yield _own_account(service, report)
        else:
            yield from (_closing(path, way, report.snapshot.accounts) for way in path.exposed_to)


def _judged_path(finding: Finding, service: Service | None) -> ServicePath | None:
    paths = () if service is None else service.paths
    alike = [path for path in paths if path.path == finding.path]
    exact = [path for path in alike if finding.subject == f"{path.role} {path.path}"]
    return next(iter(exact or alike), None)


def _own_account(service: Service, report: Report) -> Step:
    profile = next((each for each in report.catalogue if each.service == service.profile), None)
    if profile is not None and profile.move.get(service.manager) == "never":
        return Step(f"by hand: {profile.move_reason}")
    if service.manager is Manager.NONE:
        return Step("have a service manager start it, under an account of its own")
    if service.domain is Domain.USER_MANAGER:
        return Step("make it a system service: a person's own manager has no other account to give")
    if not _copies(service.id):
        return Step("give it an account of its own")
    if profile is None:
        words = "give it an account of its own, and its data to that account:"
        return Step(words, f"sudo privaudit fix {shlex.quote(service.id)} --user ACCOUNT --owns FOLDER")
    words = f"let it run as {service.should_run_as or 'its own account'}, with its data:"
    return Step(words, f"sudo privaudit fix {_called(service, profile, report.snapshot.services)}")


def _called(service: Service, profile: Profile, services: Sequence[Service]) -> str:
    """By its short name where that means one service only."""
    alone = sum(other.profile == profile.service for other in services) == 1
    return profile.service if alone else shlex.quote(service.id)


def _closing(path: ServicePath, way: Exposure, accounts: Sequence[Account]) -> Step:
    """How to take a way in from those who have it."""
    home = _home_around(way.via, accounts)
    if home is not None:
        return Step(f"move {path.path} out of {home}: whoever owns a folder on the way can replace it")
    if not _copies(way.via):
        return Step(f"take the right to change {way.via} from {way.who}")
    where = shlex.quote(way.via)
    if way.how.startswith("owns"):
        return Step(f"give {way.via} back to root:", f"sudo chown -h root {where}")
    if way.uid is not None and "access list" in way.how:
        return Step(f"take {way.who} off the access list:", f"sudo setfacl -x u:{way.uid} {where}")
    return Step(f"let nobody but the owner write {way.via}:", f"sudo chmod go-w {where}")


def _home_around(path: str, accounts: Sequence[Account]) -> str | None:
    for account in accounts:
        if account.kind is AccountKind.PERSON and account.home not in {"", "/"}:
            home = posixpath.normpath(account.home)
            if path == home or path.startswith(f"{home}/"):
                return home
    return None


def _copies(text: str) -> bool:
    """Whether what is shown is what there is, so that it can be copied into a command."""
    return plain(text) == text
