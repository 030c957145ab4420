"""Whether a daemon of launchd is who it should be and stays up; nothing changes here."""

from privaudit.fix.launchd import launchctl
from privaudit.fix.launchd.launchctl import Job
from privaudit.fix.steps import Before, Failed, Site
from privaudit.fix.steps.looking import Looking
from privaudit.fix.steps.proof import run_as
from privaudit.host.act import RunAs
from privaudit.model.plan_launchd import ProveJob

_POLL = 1.0
_PATIENCE = 15
"""Seconds until a process must be there: launchd lets 10 s pass between two starts."""
_EX_CONFIG = "78"


class ProofDoer(Looking):
    """What launchd loaded, who its processes are, staying up, and a new scan."""

    def do(self, step: ProveJob, before: Before, site: Site) -> None:
        """Failed with the first thing that is not as it should be."""
        del before
        account = run_as(step.account, site)
        first = _started(step, site)
        ends = site.hands.now() + step.seconds
        while True:
            now = _held(step, site)
            _loaded_right(step, now)
            if not step.once and (now.pid is None or now.pid != first.pid or now.runs != first.runs):
                raise Failed(f"{step.label} did not stay up: {_ended(now)}")
            if site.hands.now() >= ends:
                break
            site.check()
            site.hands.wait(_POLL)
        if now.pid is not None:
            _identities(step, now.pid, account, site)
        for path in step.paths:
            if not site.hands.can_use(path, account):
                raise Failed(f"{step.account} cannot read and write {path}")
        failing = site.rescan().failing
        if failing:
            raise Failed(f"a new scan still says: {'; '.join(failing)}")


def _held(step: ProveJob, site: Site) -> Job:
    found = launchctl.job(site, f"system/{step.label}")
    if found is None:
        raise Failed(f"launchd does not hold system/{step.label} any more")
    return found


def _started(step: ProveJob, site: Site) -> Job:
    """Wait until it has a process."""
    ends = site.hands.now() + _PATIENCE
    while True:
        found = _held(step, site)
        if found.pid is not None or step.once:
            return found
        if site.hands.now() > ends:
            raise Failed(f"{step.label} has no process: {_ended(found)}")
        site.check()
        site.hands.wait(_POLL)


def _loaded_right(step: ProveJob, job: Job) -> None:
    """Launchd keeps what it read when the job was loaded: ask it, not the file."""
    if job.user != step.account or (step.group and job.group != step.group):
        raise Failed(f"launchd has {step.label} as {job.user or 'root'}:{job.group or 'wheel'}")
    if job.path is not None and job.path.removeprefix("/private") != step.path:
        raise Failed(f"launchd read {step.label} from {job.path}, not from {step.path}")


def _ended(job: Job) -> str:
    last = job.last_exit or "no exit code"
    why = f" ({launchctl.MEANINGS[78]})" if last.startswith(_EX_CONFIG) else ""
    return f"{job.state or 'not running'}, last exit: {last}{why}"


def _identities(step: ProveJob, pid: int, account: RunAs, site: Site) -> None:
    """Every process of the job's tree is the account in real, effective and saved id."""
    crew = launchctl.tree(site, pid)
    if not crew:
        raise Failed(f"process {pid} of {step.label} is gone")
    for row in crew:
        if {row.uids.real, row.uids.effective, row.uids.saved} != {account.uid}:
            ids = f"{row.uids.real}, {row.uids.effective}, {row.uids.saved}"
            raise Failed(f"process {row.pid} ({row.name}) runs as uid {ids} (real, effective, saved)")
