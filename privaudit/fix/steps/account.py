"""Make an account for a service, and take it away again if nothing is its own."""

from privaudit.fix.steps import Before, Failed, Site
from privaudit.host import HostError
from privaudit.model.path import FileKind
from privaudit.model.steps import MakeAccount

_USERADD = "/usr/sbin/useradd"
_USERDEL = "/usr/sbin/userdel"
_USERMOD = "/usr/sbin/usermod"
_LIMIT = 120


class AccountDoer:
    """useradd(8) and userdel(8)."""

    reverts = True

    def needed(self, step: MakeAccount, site: Site) -> bool:
        """Whether no account has the name."""
        return site.host.passwd(step.name) is None

    def before(self, step: MakeAccount, site: Site) -> Before:
        """Only an account that did not exist is made, so undo may take it away."""
        if site.host.passwd(step.uid) is not None or site.host.group(step.uid) is not None:
            raise Failed(f"uid or gid {step.uid} was given to somebody meanwhile")
        if site.host.group(step.name) is not None:
            raise Failed(f"a group {step.name} exists, but no account of that name: make one by hand")
        return {"made": step.name}

    def do(self, step: MakeAccount, before: Before, site: Site) -> None:
        """Make account and group."""
        del before
        argv = [_USERADD, "--system", "--uid", str(step.uid), "--user-group", "--no-create-home"]
        argv += ["--home-dir", step.home, "--shell", step.shell, "--comment", step.comment, "--", step.name]
        answer = site.hands.run(argv, limit=_LIMIT)
        made = site.host.passwd(step.name)
        if answer.status or made is None or made.uid != step.uid:
            said = answer.stderr.decode("utf-8", "replace").strip().splitlines()
            raise Failed(f"the account {step.name} could not be made: {said[-1] if said else answer.status}")

    def undo(self, step: MakeAccount, before: Before, site: Site) -> tuple[str, ...]:
        """Delete it if nothing is owned or run by it; lock it otherwise."""
        del before
        entry = site.host.passwd(step.name)
        if entry is None or entry.uid != step.uid:
            return ()
        why = in_use(step.uid, site)
        if why:
            site.hands.run([_USERMOD, "--lock", "--expiredate", "1", "--", step.name], limit=_LIMIT)
            return (f"the account {step.name} stays, locked: {why}",)
        answer = site.hands.run([_USERDEL, "--", step.name], limit=_LIMIT)
        if answer.status:
            said = answer.stderr.decode("utf-8", "replace").strip()
            return (f"the account {step.name} stays: userdel says {said or answer.status}",)
        return ()


def in_use(uid: int, site: Site) -> str:
    """Why the account must stay; empty: nothing is its own."""
    for process in site.host.processes():
        if uid in (process.uids.real, process.uids.effective, process.uids.saved):
            return f"process {process.pid} runs as it"
    mounts = site.changes.mounts()
    points = {mount.point for mount in mounts}
    for mount in mounts:
        if mount.kind not in site.changes.owner_kinds or mount.read_only:
            continue
        try:
            if site.host.lstat(mount.point).kind is not FileKind.DIRECTORY:
                continue  # a file of a file system that is looked through as well
            census = site.host.census(mount.point)
        except HostError as problem:
            return f"whether it owns files could not be seen: {problem}"
        for row in census.rows:
            if row.uid == uid:
                return f"it owns {row.example}"
        hidden = [limit for limit in census.limits if limit.what not in points]
        if hidden:
            return f"whether it owns files could not be seen: {hidden[0].what}: {hidden[0].why}"
    return ""
