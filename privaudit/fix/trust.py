"""What root acts upon in a fix must be root's alone: definitions that are started, files that are written."""

import posixpath
from collections.abc import Iterable

from privaudit.fix.case import Case, Refuse
from privaudit.host import Host, Missing
from privaudit.model.finding import Status
from privaudit.model.path import FileKind, FileStat, Role
from privaudit.model.severity import Severity
from privaudit.model.steps import Step, WriteFile

_DEFINING = frozenset({Role.DEFINITION, Role.DROP_IN, Role.DEFINITION_FOLDER})
_OTHERS_WRITE = 0o022
_SAID = 5


def refuse_exposed(case: Case) -> None:
    """Refuse to have loaded and started what somebody weaker defines: it would be carried out as root."""
    for path in case.service.paths:
        if path.role in _DEFINING and path.exposed is True:
            who = path.exposed_to[0].who if path.exposed_to else "somebody"
            via = path.exposed_to[0].via if path.exposed_to else path.path
            why = f"can be changed by {who}, and what stands there the manager carries out as root"
            todo = f"chown root:root {via} && chmod go-w {via}"
            if via != path.path and "/systemd/" not in f"{via}/":
                todo = "move it to /etc/systemd/system, root's"  # nobody's home is to become root's
            raise Refuse(path.path, why, f"look through it, then: {todo}")


def refuse_unsafe(case: Case, steps: Iterable[Step]) -> None:
    """Refuse, before anything stops, what could not be written without trusting somebody weaker."""
    for step in steps:
        if isinstance(step, WriteFile):
            _refuse_unsafe(case, step.path)


def _refuse_unsafe(case: Case, path: str) -> None:
    """Refuse a file, or a folder on the way, in which others could undo what is written."""
    found = _status(case.host, path)
    if found is not None and found.kind is not FileKind.FILE:
        raise Refuse(path, f"is a {found.kind}, not a regular file", "put the file itself there")
    where = path
    while True:
        if (found := _status(case.host, where)) is not None and _is_weak(found):
            why = "can be changed by others than root, and it would say whom the service runs as"
            raise Refuse(where, why, f"look through it, then: chown root {where} && chmod go-w {where}")
        if where == "/":
            return
        where = posixpath.dirname(where)


def _is_weak(found: FileStat) -> bool:
    return found.uid != 0 or (found.kind is not FileKind.LINK and bool(found.mode & _OTHERS_WRITE))


def _status(host: Host, path: str) -> FileStat | None:
    try:
        return host.lstat(path)
    except Missing:
        return None


def what_stays(case: Case, mended: Iterable[tuple[str, str]]) -> list[str]:
    """Say who can still change what the service uses: an account alone does not mend that."""
    over = frozenset(mended)
    made_anew = {path.path for path in case.service.paths if path.role is Role.RUN}
    stays = sorted(
        {
            (-each.severity.rank, f"this does not mend ({each.severity}): {each.message}")
            for each in case.findings
            if each.service == case.service.id
            and each.status is Status.FAIL
            and each.severity.rank >= Severity.MEDIUM.rank
            and each.path not in {None, *made_anew}
            and (each.rule, each.fingerprint) not in over
        }
    )
    more = [f"and {len(stays) - _SAID} more: see `privaudit scan --service {case.name}`"]
    return [text for _, text in stays[:_SAID]] + (more if len(stays) > _SAID else [])
