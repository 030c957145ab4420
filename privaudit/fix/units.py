"""What must stop with a service and start again with it, and how long systemd lets it take."""

import re
from dataclasses import dataclass

from privaudit.fix.case import Case, Refuse
from privaudit.fix.systemctl import SYSTEMCTL
from privaudit.host import Host, HostError
from privaudit.model.profile import Profile

_DEPTH = 200
"""Units that may hang on one service."""
_PULLING = ("RequiredBy", "BoundBy", "ConsistsOf")
"""Whoever needs it stops with it: systemd.unit(5), Requires=, BindsTo=, PartOf=."""
_SPAN = re.compile(r"([0-9.]+)(us|ms|min|s|h|d|w|month|y)")
_SECONDS = {"us": 1e-6, "ms": 1e-3, "s": 1, "min": 60, "h": 3600, "d": 86400, "w": 604800}
_LONG = 900
"""Seconds where systemd has no limit."""


@dataclass(frozen=True, slots=True)
class Around:
    """Units around a service."""

    triggers: tuple[str, ...]
    """Sockets, timers and paths that start it; those that exist."""
    followers: tuple[str, ...]
    """Active units that stop when it does, the outermost first."""
    active: tuple[str, ...]
    """Of the triggers, the active ones."""
    stop_limit: int
    start_limit: int

    def stopping(self, unit: str) -> tuple[str, ...]:
        """The order of the stop."""
        return (*self.triggers, *self.followers, unit)

    def starting(self, unit: str) -> tuple[str, ...]:
        """The order of the start: a socket cannot start once its service runs."""
        return (*self.active, unit, *reversed(self.followers))


def around(host: Host, unit: str, profile: Profile | None) -> Around:
    """Ask the manager; HostError if it does not answer, Refuse if the unit could not come up again."""
    first = _show(
        host, unit, "TriggeredBy", "TimeoutStopUSec", "TimeoutStartUSec", "Transient", "CanStart", "CanStop"
    )
    if first.get("Transient") == "yes":
        why = "was started by a command and has no file: once it stops it is gone"
        raise Refuse(unit, why, "write a unit for it with User=, and start it by that")
    for key, verb in (("CanStop", "stopped"), ("CanStart", "started")):
        if first.get(key) == "no":
            raise Refuse(unit, f"may not be {verb} by hand", f"see RefuseManual{key[3:]}= of the unit")
    named = [*first.get("TriggeredBy", "").split(), *(profile.stops_with if profile is not None else ())]
    states = {name: _show(host, name, "LoadState", "ActiveState") for name in dict.fromkeys(named)}
    triggers = [name for name, found in states.items() if found.get("LoadState") == "loaded"]
    active = [name for name in triggers if states[name].get("ActiveState") == "active"]
    limit = profile.stop_timeout if profile is not None else _LONG
    return Around(
        tuple(triggers),
        _followers(host, unit, frozenset(triggers)),
        tuple(active),
        stop_limit=min(limit, seconds(first.get("TimeoutStopUSec", "")) or _LONG),
        start_limit=(seconds(first.get("TimeoutStartUSec", "")) or _LONG) + 30,
    )


def _followers(host: Host, unit: str, known: frozenset[str]) -> tuple[str, ...]:
    found: list[str] = []
    waiting = [unit]
    while waiting and len(found) < _DEPTH:
        answer = _show(host, waiting.pop(0), *_PULLING)
        for name in " ".join(answer.values()).split():
            if name in {unit, *known, *found}:
                continue
            if _show(host, name, "ActiveState").get("ActiveState") == "active":
                found.append(name)
                waiting.append(name)
    return tuple(reversed(found))


def seconds_of(case: Case) -> int:
    """Seconds that a service may take to stop, as its profile says."""
    return case.profile.stop_timeout if case.profile is not None else _LONG


def seconds(text: str) -> int | None:
    """A time span as systemctl(1) show prints it: `1min 30s`; None: without limit, or not understood."""
    parts = _SPAN.findall(text)
    if not parts or any(unit not in _SECONDS for _, unit in parts):
        return None
    return max(1, round(sum(float(number) * _SECONDS[unit] for number, unit in parts)))


def _show(host: Host, unit: str, *names: str) -> dict[str, str]:
    answer = host.run([SYSTEMCTL, "show", f"--property={','.join(names)}", "--", unit], timeout=60)
    if answer.status:
        said = answer.stderr.decode("utf-8", "replace").strip().splitlines()
        raise HostError(f"systemctl show {unit}", said[0] if said else f"exit status {answer.status}")
    found = {}
    for line in answer.stdout.decode("utf-8", "replace").splitlines():
        key, sign, value = line.partition("=")
        if sign:
            found[key] = value
    return found
