"""The system's manager as a fix uses it: asked and told by absolute path, waited for with limits of our own.

Jobs are queued with --no-block and watched, so that a signal or a limit never leaves us waiting for systemd.
A stop must never end in SIGKILL: systemd's own limit is lifted for the stop by a drop-in in /run
(`TimeoutStopSec=infinity`, `SendSIGKILL=no`; systemd.service(5), systemd.kill(5)) and ours holds instead.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from privaudit.fix.steps import Failed, Site
from privaudit.host.act import Kept, beside
from privaudit.model.path import FileKind

SYSTEMCTL = "/usr/bin/systemctl"
JOURNALCTL = "/usr/bin/journalctl"
_ASK = 60
"""Seconds for an answer of the manager itself: it may be busy reading hundreds of units."""
_POLL = 0.2
_LOG_LINES = 12
_KIND = ".service"
_ALONE = "--job-mode=ignore-dependencies"
"""For a target that went down with its service: what else it wants, somebody may have stopped on purpose."""
_PATIENCE = "zz-privaudit-stop.conf"
_PATIENT = """\
# Written by privaudit while it stops {unit}: nothing is killed, however long that takes.
# Removed when the unit has stopped; gone with the next boot at the latest.
[Service]
TimeoutStopSec=infinity
SendSIGKILL=no
"""
_UP = frozenset({"active", "reloading", "activating", "refreshing"})
_DOWN = frozenset({"inactive", "failed"})


@dataclass(frozen=True, slots=True)
class UnitState:
    """What the manager says of one unit."""

    active: str
    sub: str
    main_pid: int
    busy: bool
    """A job for it is queued or runs."""
    result: str
    restarts: str

    @property
    def up(self) -> bool:
        """Active, or on its way to it."""
        return self.active in _UP

    @property
    def down(self) -> bool:
        """Inactive or failed, with nothing left to do."""
        return self.active in _DOWN and not self.busy


def properties(site: Site, unit: str, names: Sequence[str]) -> dict[str, str]:
    """See systemctl(1) show; Failed if the manager does not answer."""
    argv = [SYSTEMCTL, "show", f"--property={','.join(names)}", "--", unit]
    answer = site.hands.run(argv, limit=_ASK)
    if answer.status:
        raise Failed(f"systemd does not answer about {unit}: {said(answer.stderr)}")
    lines = answer.stdout.decode("utf-8", "replace").splitlines()
    return dict(_pair(line) for line in lines if "=" in line)


def state(site: Site, unit: str) -> UnitState:
    """How the unit stands now."""
    names = ("ActiveState", "SubState", "MainPID", "Job", "Result", "NRestarts")
    found = properties(site, unit, names)
    return UnitState(
        active=found.get("ActiveState", ""),
        sub=found.get("SubState", ""),
        main_pid=int(found.get("MainPID") or 0),
        busy=found.get("Job", "0") not in {"", "0"},
        result=found.get("Result", ""),
        restarts=found.get("NRestarts", ""),
    )


def gone(site: Site, unit: str) -> bool:
    """Whether it cannot be started since its package was removed, or since somebody masked it."""
    return properties(site, unit, ["LoadState"]).get("LoadState") in {"not-found", "masked"}


def reload(site: Site) -> None:
    """Have it read all definitions anew."""
    answer = site.hands.run([SYSTEMCTL, "daemon-reload"], limit=_ASK * 3)
    if answer.status:
        raise Failed(f"systemd could not read its files anew: {said(answer.stderr)}")


def stop(site: Site, units: Sequence[str], limit: float) -> None:
    """Stop the units in this order; Failed if one takes longer than limit, and then it is still stopping."""
    running = [unit for unit in units if not state(site, unit).down]
    if not running:
        return
    _be_patient(site, running)
    for unit in running:
        _tell(site, "stop", unit)
        ends = site.hands.now() + limit
        while not (found := state(site, unit)).down:
            if site.hands.now() > ends:
                how = f"({found.active}, {found.sub}); nothing was killed"
                raise Failed(f"{unit} did not stop within {limit:g} s {how}", log(site, unit))
            _pause(site)
    be_impatient(site, units)


def start(site: Site, units: Sequence[str], limit: float) -> None:
    """Start the units in this order and wait until each is active; Failed with its log if one is not."""
    for unit in units:
        if state(site, unit).active == "failed":
            site.hands.run([SYSTEMCTL, "reset-failed", "--", unit], limit=_ASK)  # else: start limit hit
        began = site.hands.now()
        _tell(site, "start", unit)
        restarts = ""
        while (found := state(site, unit)).active != "active" or found.busy:
            again = restarts not in {"", found.restarts} and found.restarts != "0"
            restarts = found.restarts
            if again or (found.down and site.hands.now() > began + 1):
                why = f"{unit} did not start ({found.active}, {found.result})"
                raise Failed(why, log(site, unit, began))
            if site.hands.now() > began + limit:
                raise Failed(f"{unit} did not start within {limit:g} s ({found.sub})", log(site, unit, began))
            _pause(site)


def enabled(site: Site, unit: str) -> bool:
    """Whether it starts at boot."""
    return properties(site, unit, ["UnitFileState"]).get("UnitFileState") == "enabled"


def tell(site: Site, verb: str, unit: str) -> None:
    """Have it enabled or disabled."""
    answer = site.hands.run([SYSTEMCTL, verb, "--", unit], limit=_ASK * 2)
    if answer.status:
        raise Failed(f"systemd would not {verb} {unit}: {said(answer.stderr)}")


def queue_start(site: Site, unit: str) -> None:
    """Have it started as soon as it has stopped."""
    _tell(site, "start", unit)


def be_impatient(site: Site, units: Sequence[str]) -> None:
    """Take the drop-ins for the stop away, and reload; only for units that are not stopping any more."""
    for unit in units:
        if unit.endswith(_KIND):
            site.hands.remove(beside(patience(unit)))
            site.hands.remove(patience(unit))
            site.hands.remove_folder(patience(unit).rpartition("/")[0])
    reload(site)


def log(site: Site, unit: str, since: float | None = None) -> tuple[str, ...]:
    """The last lines that the unit logged, for a person; empty if there is no journal."""
    argv = [JOURNALCTL, "--quiet", "--no-pager", "--output=cat", f"--unit={unit}"]
    # Up to systemd 252, `--lines` beside `--since` gives the first lines since then, not the last.
    argv.append(f"--lines={_LOG_LINES}" if since is None else f"--since=@{int(since)}")
    try:
        site.hands.run([JOURNALCTL, "--sync"], limit=_ASK)  # what it said last is the reason, often
        answer = site.hands.run(argv, limit=_ASK)
    except Exception as problem:  # noqa: BLE001 - the failure that is being told matters more than its log
        return (f"(no log: {problem})",)
    return tuple(answer.stdout.decode("utf-8", "replace").splitlines()[-_LOG_LINES:])


def drop_in(unit: str, name: str, base: str = "/etc/systemd/system") -> str:
    """Path of a drop-in of the unit; see systemd.unit(5)."""
    return f"{base}/{unit}.d/{name}"


def patience(unit: str) -> str:
    """Path of the drop-in that keeps systemd from killing a unit that stops."""
    return drop_in(unit, _PATIENCE, "/run/systemd/system")


def _be_patient(site: Site, units: Sequence[str]) -> None:
    services = [unit for unit in units if unit.endswith(_KIND)]
    for unit in services:
        path = patience(unit)
        site.hands.make_folders(path.rpartition("/")[0])
        text = _PATIENT.format(unit=unit).encode()
        site.hands.write(path, Kept(FileKind.FILE, 0, 0, 0o644, text))
    if services:
        reload(site)


def _tell(site: Site, verb: str, unit: str) -> None:
    mode = [_ALONE] if unit.endswith(".target") else []
    answer = site.hands.run([SYSTEMCTL, verb, "--no-block", *mode, "--", unit], limit=_ASK)
    if answer.status:
        raise Failed(f"systemd would not {verb} {unit}: {said(answer.stderr)}", log(site, unit))


def _pause(site: Site) -> None:
    site.check()
    site.hands.wait(_POLL)


def _pair(line: str) -> tuple[str, str]:
    key, _, value = line.partition("=")
    return key, value


def said(stderr: bytes) -> str:
    """The last line of what a program complained."""
    lines = stderr.decode("utf-8", "replace").strip().splitlines()
    reasons = [line for line in lines if not line.startswith("See ")]  # where to look is no reason
    return reasons[-1] if reasons else "no reason given"
