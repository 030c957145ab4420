"""Processes: the kernel's rows become values that know their unit, their manager and their container."""

import re
from collections.abc import Iterable

from privaudit.host import Host, RawProcess
from privaudit.model.frozen import frozen
from privaudit.model.process import Process
from privaudit.model.unknown import Unknown

_DELETED = " (deleted)"
_USER_MANAGER = re.compile(r"user@([0-9]{1,10})\.service")


@frozen
class Membership:
    """What a control group says of a process; see systemd.slice(5) and sd_pid_get_unit(3)."""

    unit: str | None
    """The innermost unit that one of our managers made."""
    manager_uid: int | None
    """Whose user manager made it; None: the system's."""
    session: bool
    direct: bool = False
    """In the very group that our manager made for the unit: slices alone above it, and nothing below.

    Else it may be a container's, that a runtime put below its own unit, or whose own systemd named the group.
    """


def membership(control_group: str | None) -> Membership:
    """Read a control group path: `/system.slice/cron.service` is unit cron.service.

    A path below a unit (a delegated subtree) belongs to that unit: whoever it was given to names what is
    in it as he likes. Unknown leading parts, as a machine inside another one has, are skipped.
    """
    manager_uid: int | None = None
    parts = (control_group or "").split("/")
    plain = not parts[0]
    for number, escaped in enumerate(parts, 1):
        part = escaped.removeprefix("_")  # cg_escape: cgroup names of the kernel
        found = _USER_MANAGER.fullmatch(part) if manager_uid is None else None
        if found is not None:
            manager_uid = int(found[1])
        elif part.endswith((".service", ".scope")):
            session = part.startswith("session-") and part.endswith(".scope")
            return Membership(
                part, manager_uid, session and manager_uid is None, direct=plain and number == len(parts)
            )
        else:
            plain = plain and (not part or part.endswith(".slice"))
    if manager_uid is not None:
        return Membership(f"user@{manager_uid}.service", None, session=False)
    return Membership(None, None, session=False)


def process(raw: RawProcess) -> Process:
    """Make the model's value of one row."""
    member = membership(raw.control_group)
    program, deleted = raw.program, False
    if program is not None and program.endswith(_DELETED):
        program, deleted = program[: -len(_DELETED)], True
    return Process(
        pid=raw.pid,
        ppid=raw.ppid,
        uids=raw.uids,
        gids=raw.gids,
        groups=raw.groups,
        name=raw.name,
        program=program if program is not None else Unknown("the program of the process cannot be read"),
        argv=raw.argv,
        started=raw.started,
        unit=member.unit,
        manager_uid=member.manager_uid,
        session=member.session,
        container=_container(raw, member),
        deleted=deleted,
        kernel=raw.kernel,
    )


def _container(raw: RawProcess, member: Membership) -> str | None:
    """Say why a process is a container's; a service with `PrivateUsers=` or `PrivatePIDs=` is none.

    Its unit is ours. A runtime of a person's may be unable to make groups for its containers, but these then
    have a user namespace as well.
    """
    service = (member.unit or "").endswith(".service")
    ours = service and member.direct and not (raw.foreign_user_namespace and member.manager_uid is not None)
    if raw.foreign_pid_namespace and not ours:
        return "foreign pid namespace"
    if raw.foreign_user_namespace and not service:
        return "foreign user namespace in no unit of ours"
    return None


@frozen
class ProcessTable:
    """All processes that are the machine's own, by pid, and how many were left to containers."""

    own: dict[int, Process]
    children: dict[int, tuple[int, ...]]
    """pid -> pids of its children, ascending."""
    contained: int

    def tree(self, pid: int) -> list[Process]:
        """List the process and all below it, parents first."""
        found: list[Process] = []
        waiting = [pid]
        seen: set[int] = set()
        while waiting:
            current = waiting.pop(0)
            if current in self.own and current not in seen:
                seen.add(current)
                found.append(self.own[current])
                waiting.extend(self.children.get(current, ()))
        return found


def table(rows: Iterable[Process]) -> ProcessTable:
    """Index processes; kernel threads are dropped, containers counted."""
    own: dict[int, Process] = {}
    children: dict[int, list[int]] = {}
    contained = 0
    for row in rows:
        if row.container is not None:
            contained += 1
        elif not row.kernel:
            own[row.pid] = row
            children.setdefault(row.ppid, []).append(row.pid)
    return ProcessTable(own, {pid: tuple(sorted(pids)) for pid, pids in children.items()}, contained)


def processes(host: Host) -> ProcessTable:
    """Read all processes of the machine."""
    return table(process(raw) for raw in host.processes())
