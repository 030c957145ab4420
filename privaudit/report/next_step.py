"""What an administrator can do next about a finding: in words, with a command where one is safe to copy."""

import posixpath
import shlex
from collections.abc import Iterable, Iterator, Sequence

from privaudit.model.account import Account, AccountKind
from privaudit.model.definition import Manager
from privaudit.model.finding import Finding, Status
from privaudit.model.frozen import frozen
from privaudit.model.path import Exposure, Role, ServicePath
from privaudit.model.profile import Profile
from privaudit.model.remedy import Remedy
from privaudit.model.service import Service
from privaudit.report.content import Report
from privaudit.report.plain import plain

_ACCOUNTS_OWN = frozenset({Role.DATA, Role.LOG, Role.RUN, Role.SECRET})
"""Roles whose paths belong to the account of the service; all others are root's."""
_HOMEBREW = ("/opt/homebrew", "/home/linuxbrew", "/usr/local/Cellar", "/usr/local/Homebrew", "/usr/local/opt")
"""Its prefixes, and what is its own below /usr/local (docs.brew.sh/Installation); given to root it breaks."""
_SHARED = frozenset({"/tmp", "/var/tmp", "/dev/shm", "/private/tmp", "/private/var/tmp"})  # noqa: S108 - named only
"""Folders that everybody writes, file-hierarchy(7)."""


@frozen
class Step:
    """One thing to do."""

    words: str
    command: str = ""
    """To copy as it is; empty: there is none."""


def next_steps(findings: Iterable[Finding], report: Report) -> list[Step]:
    """What to do about these failures, each step once.

    Where nothing more concrete can be said, the rule's own advice is given.
    """
    failed = [finding for finding in findings if finding.status is Status.FAIL]
    wanted = {finding.service for finding in failed}
    services = {each.id: each for each in report.snapshot.services if each.id in wanted}
    found: dict[Step, None] = {}
    for finding in failed:
        steps = list(_steps(finding, services.get(finding.service or ""), report))
        found |= dict.fromkeys(steps or [_advice(finding, report)])
    return list(found) if report.snapshot.machine.root == "/" else [_elsewhere(step) for step in found]


def _advice(finding: Finding, report: Report) -> Step:
    advice = report.advice.get(finding.rule)
    return Step(advice) if advice else Step("see what the rule says:", f"privaudit rules show {finding.rule}")


def _elsewhere(step: Step) -> Step:
    """A command would change the machine that it is typed on, which is not the one that was looked at."""
    kept = step.command if step.command.startswith("privaudit rules") else ""
    return Step(step.words if kept else step.words.removesuffix(":"), kept)


def _steps(finding: Finding, service: Service | None, report: Report) -> Iterator[Step]:
    if service is None:
        return
    if finding.remedy == Remedy.DEDICATED_ACCOUNT:
        yield _own_account(service, report)
    path = _judged_path(finding, service)
    if path is None or finding.remedy != Remedy.RESTORE_OWNERSHIP:
        return
    for way in (*path.exposed_to, *path.tree_exposures):
        if way.how.startswith("owns") and path.role in _ACCOUNTS_OWN:
            yield _own_account(service, report)
        else:
            yield _closing(path, way, report.snapshot.accounts)
    for reader in path.readers:
        yield _hiding(path, reader)


def _judged_path(finding: Finding, service: Service) -> ServicePath | None:
    alike = [path for path in service.paths if path.path == finding.path]
    exact = [path for path in alike if finding.subject == f"{path.role} {path.path}"]
    return next(iter(exact or alike), None)


def _own_account(service: Service, report: Report) -> Step:
    profile = next((each for each in report.catalogue if each.service == service.profile), None)
    if profile is not None and profile.move.get(service.manager) == "never":
        return Step(f"by hand: {profile.move_reason}")
    if service.manager is Manager.NONE:
        return Step("have a service manager start it, under an account of its own")
    if not _copies(service.id):
        return Step("give it an account of its own")
    if profile is None:
        words = "give it an account of its own, and its data to that account:"
        return Step(words, f"sudo privaudit fix {shlex.quote(service.id)} --user ACCOUNT --owns FOLDER")
    should = service.should_run_as or "its own account"
    right = service.runs_as.name == service.should_run_as
    words = f"give its data back to {should}:" if right else f"let it run as {should}, with its data:"
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
    if way.via.startswith(_HOMEBREW):
        return Step(f"have {path.used_by} run what root installed: Homebrew's files are a person's by design")
    if "may create" in way.how:
        return Step(f"make {path.path}, or move it out of {way.via}, where {way.who} may create it")
    if not _copies(way.via):
        return Step(f"take the right to change {way.via} from {way.who}")
    return _command(way)


def _command(way: Exposure) -> Step:
    where = shlex.quote(way.via)
    if way.how.startswith("owns"):
        return Step(f"give {way.via} back to root:", f"sudo chown -h root {where}")
    if way.uid is not None and "access list" in way.how:
        return Step(f"take {way.who} off the access list:", f"sudo setfacl -x u:{way.uid} {where}")
    if way.via in _SHARED:
        return Step(f"let {way.via} be everybody's, and each entry its owner's:", f"sudo chmod +t {where}")
    alike = " (and others like it)" if "like it" in way.how else ""
    return Step(f"let nobody but the owner write {way.via}{alike}:", f"sudo chmod go-w {where}")


def _hiding(path: ServicePath, reader: Exposure) -> Step:
    """How to keep a secret from those who can read it."""
    if reader.uid is None and _copies(path.target):
        words = f"let nobody but its owner and group read {path.target}, and change what it holds:"
        return Step(words, f"sudo chmod o-rwx {shlex.quote(path.target)}")
    return Step(f"take the right to read {path.target} from {reader.who}, and change what it holds")


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
