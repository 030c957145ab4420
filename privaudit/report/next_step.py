"""What an administrator can do next about a finding: one concrete line, safe to copy."""

import posixpath
import shlex
from collections.abc import Iterable, Sequence

from privaudit.model.account import Account, AccountKind
from privaudit.model.definition import Domain, Manager
from privaudit.model.finding import Finding, Status
from privaudit.model.path import Exposure, ServicePath
from privaudit.model.profile import Profile
from privaudit.model.remedy import Remedy
from privaudit.model.service import Service
from privaudit.report import Report
from privaudit.report.plain import plain


def next_steps(findings: Iterable[Finding], service: Service | None, report: Report) -> list[str]:
    """What to do about these failures of one service (or of none), each line once."""
    steps: dict[str, None] = {}
    for finding in findings:
        if finding.status is not Status.FAIL:
            continue
        for step in _steps(finding, service, report):
            steps.setdefault(step)
    return list(steps)


def _steps(finding: Finding, service: Service | None, report: Report) -> list[str]:
    if service is not None and finding.remedy == Remedy.DEDICATED_ACCOUNT:
        return [_own_account(service, report)]
    if service is not None and finding.remedy == Remedy.RESTORE_OWNERSHIP:
        path = next((path for path in service.paths if path.path == finding.path), None)
        if path is not None and (steps := _closing(path, report.snapshot.accounts)):
            return steps
    return [f"see what the rule advises: privaudit rules show {finding.rule}"]


def _own_account(service: Service, report: Report) -> str:
    profile = next((each for each in report.catalogue if each.service == service.profile), None)
    if profile is not None and profile.move.get(service.manager) == "never":
        return f"by hand: {profile.move_reason}"
    if service.manager is Manager.NONE:
        return "have a service manager start it, under an account of its own"
    if service.domain is Domain.USER_MANAGER:
        return "make it a system service with an account of its own: a person's manager has none to give"
    if not _copies(service.id):
        return "give it an account of its own"
    if profile is None:
        return f"sudo privaudit fix {shlex.quote(service.id)} --user ACCOUNT --owns FOLDER"
    return f"sudo privaudit fix {_called(service, profile, report.snapshot.services)}"


def _called(service: Service, profile: Profile, services: Sequence[Service]) -> str:
    """By its short name where that means one service only."""
    alone = sum(other.profile == profile.service for other in services) == 1
    return profile.service if alone else shlex.quote(service.id)


def _closing(path: ServicePath, accounts: Sequence[Account]) -> list[str]:
    """How to take each way in from those who have one."""
    steps: list[str] = []
    for exposure in path.exposed_to:
        home = _home_around(exposure.via, accounts)
        if home is not None:
            step = f"move {path.path} out of {home}: whoever owns a folder on the way can replace it"
        elif not _copies(exposure.via):
            step = f"take the right to change {exposure.via} from {exposure.who}"
        else:
            step = _command(exposure)
        if step not in steps:
            steps.append(step)
    return steps


def _command(exposure: Exposure) -> str:
    where = shlex.quote(exposure.via)
    if exposure.how.startswith("owns"):
        return f"give it back to root: sudo chown -h root {where}"
    if "access list" in exposure.how:
        return f"take the entry off its access list: sudo setfacl -x u:{exposure.uid} {where}"
    return f"take write from others: sudo chmod go-w {where}"


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
