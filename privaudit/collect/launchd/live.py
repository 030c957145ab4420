"""What the running launchd holds, laid over what its files say: loaded or not, pids, jobs without a file.

`launchctl print user/UID` would make a domain that does not exist, so only uids are asked for of which
launchd runs a part of a session: every domain of a person has its preferences and notification daemons.
What a person's domain answers is that person's claim: a pid in it counts only if the process is theirs.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from privaudit.collect.launchd import printed, wrappers
from privaudit.collect.launchd.job import STAGE
from privaudit.host import Host, HostError, RawProcess
from privaudit.model.definition import Command, Definition, Domain, Manager
from privaudit.model.frozen import frozen
from privaudit.model.unknown import Limit

LAUNCHCTL = "/bin/launchctl"
_NO_SESSION = frozenset({3, 36, 64, 112, 113, 124, 125})
"""Exit statuses for a domain that is not there (launchctl error N)."""
_FIRST_PERSON = 500
_SESSION = (
    *("/usr/sbin/cfprefsd", "/usr/sbin/distnoted", "/usr/libexec/UserEventAgent"),
    "/System/Library/CoreServices/",
)
_MAX_ASKED = 1000
"""Services of one machine that are looked at one by one."""
_APPLE = "/System/"
_OTHER_PROGRAM = "loaded-program"


@frozen
class _Live:
    """One domain as launchd knows it."""

    name: str
    domain: Domain
    owner: int
    rows: dict[str, printed.Row]
    disabled: dict[str, bool]


def merged(host: Host, files: list[Definition], limits: list[Limit]) -> list[Definition]:
    """Lay the running launchd over the definitions that were read from files."""
    processes = list(host.processes())
    uids = {process.pid: process.uids.real for process in processes}
    domains = list(_domains(host, _sessions(processes), limits))
    if not domains:
        return files
    asked = _Asked(host, limits)
    found: list[Definition] = []
    seen: set[tuple[str, str]] = set()
    for definition in files:
        places = [live for live in domains if definition.id in live.rows and _fits(definition, live)]
        if not places:
            found.append(_not_loaded(_switched(definition, domains)))
        for live in places:
            made = _loaded(definition, live, asked, uids)
            if made is not None:
                seen.add((live.name, definition.id))
                found.append(made)
            elif len(places) == 1:
                found.append(_not_loaded(definition))
    for live in domains:
        for row in live.rows.values():
            if (live.name, row.label) not in seen and not _is_app(live, row):
                alone = _without_file(live, row, asked, uids)
                if alone is not None:
                    found.append(wrappers.followed(host, alone))
    return found


def _not_loaded(definition: Definition) -> Definition:
    return replace(definition, active_state="inactive", sub_state="not loaded")


def _sessions(processes: Iterable[RawProcess]) -> set[int]:
    """List uids that have a domain already."""
    return {
        process.uids.real
        for process in processes
        if process.ppid == 1
        and process.uids.real >= _FIRST_PERSON
        and (process.program or "").startswith(_SESSION)
    }


def _domains(host: Host, sessions: Iterable[int], limits: list[Limit]) -> Iterator[_Live]:
    wanted = [("system", Domain.SYSTEM, 0)]
    for uid in sorted(sessions):
        wanted += [(f"gui/{uid}", Domain.GUI, uid), (f"user/{uid}", Domain.USER_MANAGER, uid)]
    for name, domain, owner in wanted:
        try:
            answer = host.run([LAUNCHCTL, "print", name])
        except HostError as error:
            limits.append(Limit(f"launchctl print {name}", error.why))
            if domain is Domain.SYSTEM:
                return
            continue
        if answer.status != 0 and domain is Domain.SYSTEM and (rows := _listed(host)):
            yield _Live(name, domain, owner, rows, {})
            return
        if answer.status != 0:
            if domain is Domain.SYSTEM or answer.status not in _NO_SESSION:
                limits.append(Limit(f"launchctl print {name}", f"failed with status {answer.status}"))
            continue
        read = printed.domain(answer.stdout.decode("utf-8", "replace"))
        yield _Live(name, domain, owner, {row.label: row for row in read.rows}, dict(read.disabled))


def _listed(host: Host) -> dict[str, printed.Row]:
    """Ask as OS X 10.9 and before are asked: only as root, and only for the system's domain."""
    try:
        answer = host.run([LAUNCHCTL, "list"]) if host.privileged else None
    except HostError:
        return {}
    if answer is None or answer.status != 0:
        return {}
    return {row.label: row for row in printed.listed(answer.stdout.decode("utf-8", "replace"))}


def _fits(definition: Definition, live: _Live) -> bool:
    """Whether a file of this folder may be what a domain loaded under its label."""
    if definition.domain is Domain.SYSTEM or live.domain is Domain.SYSTEM:
        return definition.domain is live.domain
    apples = (definition.path or "").startswith(_APPLE)  # read once for all sessions
    return apples or definition.owner == live.owner


def _switched(definition: Definition, domains: Iterable[_Live]) -> Definition:
    """Take the override that the running launchd reports; gui/UID and user/UID share one list."""
    for live in domains:
        if definition.id in live.disabled and _fits(definition, live):
            return replace(definition, enabled="disabled" if live.disabled[definition.id] else "enabled")
    return definition


class _Asked:
    """Looks services up one by one, as many as are allowed."""

    def __init__(self, host: Host, limits: list[Limit]) -> None:
        self._host = host
        self._limits = limits
        self._count = 0

    def service(self, live: _Live, label: str) -> printed.PrintedService | None:
        """Print one service; None: it went away, or it cannot be asked for."""
        self._count += 1
        if self._count > _MAX_ASKED:
            if self._count == _MAX_ASKED + 1:
                self._limits.append(
                    Limit("launchctl", f"more than {_MAX_ASKED} services; the rest was not asked for")
                )
            return None
        try:
            answer = self._host.run([LAUNCHCTL, "print", f"{live.name}/{label}"])
        except HostError as error:
            self._limits.append(Limit(f"launchctl print {live.name}/{label}", error.why))
            return None
        return printed.service(answer.stdout.decode("utf-8", "replace")) if answer.status == 0 else None


def _loaded(definition: Definition, live: _Live, asked: _Asked, uids: dict[int, int]) -> Definition | None:
    """Make the loaded definition; None: what is loaded under this label came from another file."""
    row = live.rows[definition.id]
    made = replace(
        _switched(definition, (live,)),
        domain=live.domain,
        owner=live.owner,
        main_pid=_pid(row.pid, live, uids),
        active_state="active" if row.pid is not None else "inactive",
        sub_state="running" if row.pid is not None else f"last status {row.status}",
    )
    if (definition.path or "").startswith(_APPLE):
        return made  # on the sealed volume: what is loaded is what is there
    shown = asked.service(live, definition.id)
    if shown is None:
        return made
    if shown.path is not None and definition.path is not None and not _same(shown.path, definition.path):
        return None
    changes = tuple(_changes(definition, shown, live))
    commands = made.commands
    if changes and changes[0][0] == _OTHER_PROGRAM:  # what runs until somebody reloads it is judged as well
        program = changes[0][1]
        commands = (*commands, Command(STAGE, program, shown.argv or (program,)))
    return replace(
        made,
        commands=commands,
        sub_state=shown.state or made.sub_state,
        needs_reload=bool(changes),
        extra=tuple(sorted({*made.extra, *changes, *_ended(shown)})),
    )


def _same(one: str, other: str) -> bool:
    return one.removeprefix("/private") == other.removeprefix("/private")


def _changes(definition: Definition, shown: printed.PrintedService, live: _Live) -> Iterator[tuple[str, str]]:
    """What launchd loaded otherwise than the file says now."""
    program = definition.commands[0].path if definition.commands else None
    loaded = shown.program or ""
    if loaded.startswith("/") and program is not None and not _same(loaded, program):
        yield _OTHER_PROGRAM, loaded
    if live.domain is Domain.SYSTEM and shown.user != _unless(definition.user, "root"):
        yield "loaded-user", shown.user or "root"


def _unless(name: str | None, default: str) -> str | None:
    return None if name == default else name


def _ended(shown: printed.PrintedService) -> Iterator[tuple[str, str]]:
    if shown.last_exit is not None:
        yield "last-exit", shown.last_exit


def _streams(shown: printed.PrintedService) -> Iterator[tuple[str, str]]:
    for name, path in (("stdout", shown.stdout), ("stderr", shown.stderr)):
        if path is not None:
            yield name, path


def _pid(pid: int | None, live: _Live, uids: dict[int, int]) -> int | None:
    if pid is None or live.domain is Domain.SYSTEM:
        return pid
    return pid if uids.get(pid) == live.owner else None


def _is_app(live: _Live, row: printed.Row) -> bool:
    """Programs that a person opened, and Apple's parts of the session that have no process."""
    if live.domain is Domain.SYSTEM:
        return row.label.startswith("com.apple.") and row.pid is None
    return row.label.startswith(("application.", "com.apple."))


def _without_file(live: _Live, row: printed.Row, asked: _Asked, uids: dict[int, int]) -> Definition | None:
    """Make a definition of a job that no folder holds: bootstrapped from elsewhere, or submitted."""
    shown = asked.service(live, row.label)
    if shown is None or shown.type == "XPCService":
        return None
    program = shown.program
    commands = (Command(STAGE, program, shown.argv or (program,)),) if program is not None else ()
    system = live.domain is Domain.SYSTEM
    return Definition(
        manager=Manager.LAUNCHD,
        domain=live.domain,
        id=row.label,
        names=(row.label,),
        owner=live.owner,
        path=shown.path,
        user=shown.user if system else None,
        group=shown.group if system else None,
        commands=commands,
        working_directory=shown.working_directory,
        active_state="active" if row.pid is not None else "inactive",
        sub_state=shown.state or "",
        enabled="disabled" if live.disabled.get(row.label) else "enabled",
        main_pid=_pid(row.pid, live, uids),
        extra=tuple(sorted((*_ended(shown), *_streams(shown)))),
    )
