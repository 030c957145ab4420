"""Stop, start, reload and read back systemd's units; a stop that fails leaves the service up."""

from collections.abc import Sequence

from privaudit.fix import systemctl
from privaudit.fix.steps import Before, Failed, NotBack, Site
from privaudit.fix.steps.looking import Looking
from privaudit.host.act import ActError
from privaudit.model.steps import EnableUnit, ReadBack, Reload, StartUnits, StopUnits

_BACK = 300
"""Seconds that a service may take to come up again when all is put back: a database may have to recover."""
_STILL = 10
"""Seconds that a stop which hung is given to end after all, before we say that it still stops."""


class StopDoer:
    """Stops what was active; taken back, starts it again."""

    reverts = True

    def needed(self, step: StopUnits, site: Site) -> bool:
        """Whether any of them is not down."""
        return any(not systemctl.state(site, unit).down for unit in step.units)

    def before(self, step: StopUnits, site: Site) -> Before:
        """Remember which were active, which of them did not get that far, and the main process of each."""
        states = {unit: systemctl.state(site, unit) for unit in step.units}
        return {
            "active": [unit for unit in step.again if states[unit].up],
            "starting": [unit for unit in step.again if states[unit].active == "activating"],
            "main": {unit: found.main_pid for unit, found in states.items() if found.main_pid},
        }

    def do(self, step: StopUnits, before: Before, site: Site) -> None:
        """Stop them all."""
        del before
        systemctl.stop(site, step.units, step.limit)

    def undo(self, step: StopUnits, before: Before, site: Site) -> tuple[str, ...]:
        """Start what was active, as the files now say; one that still stops is told to start after that."""
        if not site.host.live:
            return ()  # a disk: nothing runs, and the next boot starts it
        notes = []
        hung = [unit for unit in before["active"] if systemctl.state(site, unit).active == "deactivating"]
        for unit in hung:
            systemctl.queue_start(site, unit)
            note = _awaited(site, unit, before["main"].get(unit, 0))
            if note:
                notes.append(note)
        rest = [unit for unit in before["active"] if systemctl.state(site, unit).active != "active"]
        if notes:
            rest = [unit for unit in rest if unit not in hung]
        else:
            notes += _read_anew(step, rest, site)
        notes += _start_again(rest, before.get("starting", ()), site)
        return tuple(notes)


def _start_again(units: Sequence[str], starting: Sequence[str], site: Site) -> list[str]:
    """Start the units; of those that were only starting before nobody can ask that they come up."""
    gone = [unit for unit in units if systemctl.gone(site, unit)]
    there = [unit for unit in units if unit not in gone]
    try:
        systemctl.start(site, [unit for unit in there if unit not in starting], _BACK)
        for unit in there:
            if unit in starting:
                systemctl.queue_start(site, unit)
    except (Failed, ActError) as problem:
        raise NotBack(f"{problem}; see `journalctl -u {there[-1]}`") from None
    return [f"{unit} is not on this machine any more: it is not started" for unit in gone]


def _read_anew(step: StopUnits, rest: list[str], site: Site) -> list[str]:
    """Have the restored files read; without that nothing may start, since it would start as somebody else."""
    try:
        systemctl.be_impatient(site, step.units)
    except (Failed, ActError) as problem:
        if rest:
            raise NotBack(str(problem)) from None
        return [
            f"{problem}; everything runs as before, but say `systemctl daemon-reload` when that is mended"
        ]
    return []


def _awaited(site: Site, unit: str, former: int) -> str:
    """Wait a little for a stop that hung; what a person must know if it goes on hanging."""
    ends = site.hands.now() + _STILL
    while systemctl.state(site, unit).active == "deactivating":
        if site.hands.now() > ends:
            if systemctl.state(site, unit).main_pid != former:
                raise NotBack(f"{unit} neither runs nor stops; see `systemctl status {unit}`")
            return (
                f"{unit} still runs with process {former}, was told to stop and has not: it will start again "
                f"when it has; until the next boot {systemctl.patience(unit)} keeps systemd from killing it"
            )
        site.hands.wait(1)
    return ""


class StartDoer:
    """Starts what was active before; taken back, stops it."""

    reverts = True

    def needed(self, step: StartUnits, site: Site) -> bool:
        """Whether any of them is not active."""
        return any(systemctl.state(site, unit).active != "active" for unit in step.units)

    def before(self, step: StartUnits, site: Site) -> Before:
        """Nothing: all of them were stopped by the step before."""
        del step, site
        return {}

    def do(self, step: StartUnits, before: Before, site: Site) -> None:
        """Start them all."""
        del before
        systemctl.start(site, step.units, step.limit)

    def undo(self, step: StartUnits, before: Before, site: Site) -> tuple[str, ...]:
        """Stop them in the other order."""
        del before
        if not site.host.live:
            return ()
        try:
            systemctl.stop(site, tuple(reversed(step.units)), step.limit)
        except Failed as problem:
            raise NotBack(str(problem)) from None
        return ()


class EnableDoer:
    """See systemctl(1) enable; taken back, disables what was not enabled before."""

    reverts = True

    def needed(self, step: EnableUnit, site: Site) -> bool:
        """Whether it is not enabled."""
        return not systemctl.enabled(site, step.unit)

    def before(self, step: EnableUnit, site: Site) -> Before:
        """Nothing: it was not enabled."""
        del step, site
        return {}

    def do(self, step: EnableUnit, before: Before, site: Site) -> None:
        """Enable it."""
        del before
        systemctl.tell(site, "enable", step.unit)

    def undo(self, step: EnableUnit, before: Before, site: Site) -> tuple[str, ...]:
        """Disable it, while its file is still there."""
        del before
        if systemctl.enabled(site, step.unit):
            systemctl.tell(site, "disable", step.unit)
        return ()


class ReloadDoer(Looking):
    """Nothing to take back: `StopDoer` has the files read anew before it starts anything."""

    def do(self, step: Reload, before: Before, site: Site) -> None:
        """Reload."""
        del step, before
        systemctl.reload(site)


class ReadBackDoer(Looking):
    """Asks before anything starts: a drop-in that another file overrides must not come up."""

    def do(self, step: ReadBack, before: Before, site: Site) -> None:
        """Compare each property."""
        del before
        found = systemctl.properties(site, step.unit, [key for key, _ in step.properties])
        for key, wanted in step.properties:
            if found.get(key, "") != wanted:
                has = f"{key}={found.get(key, '')}"
                where = systemctl.properties(site, step.unit, ["DropInPaths"]).get("DropInPaths", "")
                raise Failed(f"systemd would start {step.unit} with {has}, not {wanted}; it reads {where}")
