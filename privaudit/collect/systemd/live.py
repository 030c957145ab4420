"""Ask running managers what they loaded: one `systemctl show` each."""

from collections.abc import Callable

from privaudit.collect.systemd import capabilities
from privaudit.collect.systemd.properties import units
from privaudit.collect.systemd.query import BEFORE_243, OF_SYSTEM, OF_USER, SYSTEMCTL, TELLING
from privaudit.collect.systemd.scope import Scope
from privaudit.collect.systemd.show import definition
from privaudit.host import CommandResult, Host, HostError
from privaudit.model.definition import Definition
from privaudit.model.frozen import frozen
from privaudit.model.unknown import Limit

SYSTEM_TIMEOUT = 30.0
USER_TIMEOUT = 5.0
"""Seconds that a person's manager may take to answer; it may be stopped, swapped out or hostile."""
MAX_OUTPUT = 32 << 20
"""Bytes that one manager may say: ten times what two thousand services take."""
MAX_COMPLAINT = 200
"""Characters of an error message that are passed on."""
MAX_UNITS = 20_000
"""Services of one manager that are looked at."""


@frozen
class Answer:
    """What a manager said."""

    definitions: tuple[Definition, ...]
    known: frozenset[str]
    """Every name that it has a file for, those of units that it could not load too."""
    limits: tuple[Limit, ...] = ()


def ask_system(host: Host, scope: Scope) -> Answer:
    """Ask the system's manager; HostError if it does not answer."""
    found = _asked(OF_SYSTEM, lambda command: host.run(command, timeout=SYSTEM_TIMEOUT))
    answer = _read(found, scope, _last_capability(host))
    if not answer.known:
        raise HostError(SYSTEMCTL, "named no service")
    return answer


def ask_user(host: Host, scope: Scope) -> Answer:
    """Ask a person's own manager over its bus, as that person: what comes back is that person's claim.

    Opens no session. HostError if it does not answer in time.
    """
    runtime = scope.bases.runtime
    env = {"XDG_RUNTIME_DIR": runtime, "DBUS_SESSION_BUS_ADDRESS": f"unix:path={runtime}/bus"}
    answer = _asked(
        OF_USER, lambda command: host.run(command, timeout=USER_TIMEOUT, uid=scope.owner.uid, env=env)
    )
    return _read(answer, scope, _last_capability(host))


def _asked(command: tuple[str, ...], ask: Callable[[tuple[str, ...]], CommandResult]) -> CommandResult:
    """Ask, and once more for the older keys if it has services and not one of the newer."""
    answer = ask(command)
    if b"Id=" in answer.stdout and f"\n{TELLING}=".encode() not in answer.stdout:
        return ask(BEFORE_243[command])
    return answer


def _read(answer: CommandResult, scope: Scope, last: int) -> Answer:
    """Read what was printed.

    systemctl stops at the first unit with text that is not UTF-8: what came before that counts.
    """
    if len(answer.stdout) > MAX_OUTPUT:
        raise HostError(SYSTEMCTL, f"printed more than {MAX_OUTPUT} bytes")
    found: list[Definition] = []
    known: set[str] = set()
    for count, unit in enumerate(units(answer.stdout.decode("utf-8", "surrogateescape"))):
        if count >= MAX_UNITS:
            raise HostError(SYSTEMCTL, f"more than {MAX_UNITS} services")
        made = definition(unit, scope, last)
        if unit.get("LoadState") != ["not-found"]:  # a file that came since would be found when it is started
            known.update(unit.get("Id", ()))
        if made is not None:
            found.append(made)
            known.update(made.names)
    said = _complaint(answer)
    if said and not known:
        raise HostError(SYSTEMCTL, said)
    limits = (Limit(SYSTEMCTL, f"{said}: further units were read from files"),) if said else ()
    return Answer(tuple(found), frozenset(known), limits)


def _complaint(answer: CommandResult) -> str:
    """Say what systemctl said when it failed; empty: it did not."""
    if answer.status == 0:
        return ""
    lines = answer.stderr.decode("utf-8", "replace").strip().splitlines()
    return lines[0][:MAX_COMPLAINT] if lines else f"exit status {answer.status}"


def _last_capability(host: Host) -> int:
    try:
        text = host.read("/proc/sys/kernel/cap_last_cap", 16).strip()
    except HostError:
        return capabilities.LAST
    return min(int(text), capabilities.LAST) if text.isdigit() else capabilities.LAST
