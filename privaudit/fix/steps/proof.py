"""Ask the service whether it works, and look whether it is who it should be; nothing changes here."""

from privaudit.collect.processes import processes
from privaudit.collect.services.matching import is_program, is_worker
from privaudit.fix import systemctl
from privaudit.fix.steps import Before, Failed, Site
from privaudit.fix.steps.looking import Looking
from privaudit.host import CommandResult
from privaudit.host.act import ActError, RunAs
from privaudit.model.process import Process
from privaudit.model.profile import Workers
from privaudit.model.steps import AskHealth, Prove, Rescan, WorkerKind

_POLL = 0.5
_ONE_ANSWER = 20
"""Seconds for one answer."""


class HealthDoer(Looking):
    """Runs the profile's question as the account until it is answered well."""

    def do(self, step: AskHealth, before: Before, site: Site) -> None:
        """Ask; Failed with the last answer when the limit has passed."""
        del before
        account = run_as(step.account, site)
        ends = site.hands.now() + step.limit
        while True:
            site.check()
            said = ""
            try:
                answer = site.hands.run(step.command, limit=_ONE_ANSWER, account=account)
                if _well(answer, step.answers):
                    return
                said = _shown(answer)
            except ActError as problem:
                said = str(problem)
            if site.hands.now() > ends:
                raise Failed(f"`{' '.join(step.command)}` as {step.account} says: {said}")
            site.hands.wait(_POLL)


class ProofDoer(Looking):
    """Identity, data, staying up, and a new scan."""

    def do(self, step: Prove, before: Before, site: Site) -> None:
        """Failed with the first thing that is not as it should be."""
        del before
        account = run_as(step.account, site)
        first = systemctl.state(site, step.unit)
        ends = site.hands.now() + step.seconds
        while True:
            now = systemctl.state(site, step.unit)
            if now.active != "active" or now.main_pid != first.main_pid or now.restarts != first.restarts:
                why = f"{step.unit} did not stay up ({now.active}, {now.sub}, {now.result})"
                raise Failed(why, systemctl.log(site, step.unit))
            if site.hands.now() >= ends:
                break
            site.check()
            site.hands.wait(_POLL)
        for path in step.paths:
            if not site.hands.can_use(path, account):
                raise Failed(f"{step.account} cannot read and write {path}")
        _identities(step, account, site)
        failing = site.rescan().failing
        if failing:
            raise Failed(_still(failing), systemctl.log(site, step.unit))


class RescanDoer(Looking):
    """A new scan, all that can be asked of a machine that does not run."""

    def do(self, step: Rescan, before: Before, site: Site) -> None:
        """Failed with what it still finds."""
        del step, before
        failing = site.rescan().failing
        if failing:
            raise Failed(_still(failing))


def _still(failing: tuple[str, ...]) -> str:
    return f"a new scan still says: {'; '.join(failing)}"


def _identities(step: Prove, account: RunAs, site: Site) -> None:
    """Everyone who must be the account is it in all three ids; the profile's exceptions are the scan's."""
    members = [p for p in processes(site.host).own.values() if p.unit == step.unit and p.manager_uid is None]
    if not members:
        raise Failed(f"{step.unit} has no process", systemctl.log(site, step.unit))
    main = systemctl.state(site, step.unit).main_pid
    bound = [process for process in members if _must_be_it(step, process, main)]
    for process in bound:
        saved = process.uids.saved if _saved_counts(step, process) else account.uid
        if {process.uids.real, process.uids.effective, saved} != {account.uid}:
            raise Failed(f"process {process.pid} ({process.name}) of {step.unit} runs as {_said(process)}")
    if not bound and not step.workers:
        raise Failed(f"no process of {step.unit} runs as {step.account}")


def _must_be_it(step: Prove, process: Process, main: int) -> bool:
    if step.everyone:
        return True
    if process.pid != main and any(_is_worker(process, kind) for kind in step.workers):
        return True
    return isinstance(process.program, str) and is_program(process.program, step.programs)


def _saved_counts(step: Prove, process: Process) -> bool:
    return all(kind.saved for kind in step.workers if _is_worker(process, kind))


def _is_worker(process: Process, kind: WorkerKind) -> bool:
    return is_worker(process, Workers("", kind.programs, kind.titles))


def _said(process: Process) -> str:
    return f"uid {process.uids.real}, {process.uids.effective}, {process.uids.saved} (real, effective, saved)"


def run_as(name: str, site: Site) -> RunAs:
    """Everything that running a program as the account takes; Failed if there is no such account."""
    entry = site.host.passwd(name)
    if entry is None:
        raise Failed(f"there is no account {name}")
    groups = site.host.group_list(entry.name, entry.gid)
    return RunAs(entry.uid, entry.gid, groups, entry.home, entry.name)


def _well(answer: CommandResult, wanted: str) -> bool:
    said = (answer.stdout + answer.stderr).decode("utf-8", "replace")
    return any(each in said for each in wanted.split("|")) if wanted else answer.status == 0


def _shown(answer: CommandResult) -> str:
    lines = (answer.stdout + answer.stderr).decode("utf-8", "replace").strip().splitlines()
    return lines[-1] if lines else f"nothing (exit status {answer.status})"
