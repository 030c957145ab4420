"""Jobs of launchd taken out, stopped, enabled and loaded; each taken back in the other order."""

from typing import Any

from privaudit.fix.launchd import launchctl
from privaudit.fix.steps import Before, Failed, NotBack, Site
from privaudit.fix.steps.files import as_record, from_record
from privaudit.model.path import FileKind
from privaudit.model.plan_launchd import BootstrapJob, EnableJob, RetireJob, StopJob

_SYSTEM = "system"


class RetireDoer:
    """Stop, boot out, remove the file, disable the label. On a disk only the file goes."""

    reverts = True

    def needed(self, step: RetireJob, site: Site) -> bool:
        """Whether its file is there, or launchd holds the label."""
        return site.hands.look(step.path) is not None or bool(_loaded(step, site))

    def before(self, step: RetireJob, site: Site) -> Before:
        """The file, where it is loaded, and whether its label was disabled."""
        kept = site.hands.look(step.path)
        if kept is not None and (kept.kind not in {FileKind.FILE, FileKind.LINK} or kept.uid != step.uid):
            raise Failed(f"{step.path} is no file of {step.account}'s")
        return {
            "was": None if kept is None else as_record(kept),
            "loaded": _loaded(step, site),
            "off": _is_off(step, site),
        }

    def do(self, step: RetireJob, before: Before, site: Site) -> None:
        """Failed if it does not stop in time; nothing is killed."""
        for domain in before["loaded"]:
            launchctl.end(site, f"{domain}/{step.label}", step.programs, step.limit)
        site.hands.remove(step.path)
        if site.host.live:
            _disable(step, site)

    def undo(self, step: RetireJob, before: Before, site: Site) -> tuple[str, ...]:
        """Put the file back, and load it where it was loaded."""
        if before["was"] is not None and site.hands.look(step.path) is None:
            site.hands.write(step.path, from_record(before["was"]))
        if not site.host.live:
            return ()
        notes = []
        try:
            notes += _enabled_again(step, site) if before["off"] is False else []
            for domain in before["loaded"]:
                if launchctl.job(site, f"{domain}/{step.label}") is None:
                    notes += _load_again(step, domain, site)
        except Failed as problem:
            raise NotBack(str(problem)) from None
        return tuple(notes)


def _loaded(step: RetireJob, site: Site) -> list[str]:
    if not site.host.live:
        return []
    found = [domain for domain in step.domains if launchctl.job(site, f"{domain}/{step.label}") is not None]
    return list(found)


def _is_off(step: RetireJob, site: Site) -> bool | None:
    """None: nobody is logged in, so that it can neither be asked nor changed."""
    try:
        return site.host.live and launchctl.disabled(site, step.disable).get(step.label, False)
    except launchctl.NoDomain:
        return None


def _disable(step: RetireJob, site: Site) -> None:
    """One bar more against a start; brew takes it away by itself, so that its lack is no failure."""
    try:
        launchctl.switch(site, "disable", f"{step.disable}/{step.label}")
    except Failed as problem:
        site.tell(f"{step.label} was not disabled for {step.account}: {problem}")


def _enabled_again(step: RetireJob, site: Site) -> list[str]:
    target = f"{step.disable}/{step.label}"
    try:
        if launchctl.disabled(site, step.disable).get(step.label, False):
            launchctl.switch(site, "enable", target)
    except launchctl.NoDomain:
        return [f"{step.account} is not logged in now: once they are, `launchctl enable {target}`"]
    return []


def _load_again(step: RetireJob, domain: str, site: Site) -> list[str]:
    try:
        launchctl.load(site, domain, step.label, step.path, step.limit)
    except launchctl.NoDomain:
        return [f"{step.account} is not logged in now: {step.label} starts when they log in"]
    return []


class StopDoer:
    """Boot a daemon out; taken back, it is loaded again."""

    reverts = True

    def needed(self, step: StopJob, site: Site) -> bool:
        """Whether launchd holds it."""
        return launchctl.job(site, f"{_SYSTEM}/{step.label}") is not None

    def before(self, step: StopJob, site: Site) -> Before:
        """Nothing more: it is done only where it was loaded."""
        del step, site
        return {}

    def do(self, step: StopJob, before: Before, site: Site) -> None:
        """Failed if it does not stop in time; nothing is killed."""
        del before
        launchctl.end(site, f"{_SYSTEM}/{step.label}", step.programs, step.limit)

    def undo(self, step: StopJob, before: Before, site: Site) -> tuple[str, ...]:
        """Load it again."""
        del before
        return _back(lambda: _load(step, site), site)


class BootstrapDoer:
    """Load a daemon; taken back, it is stopped and booted out."""

    reverts = True

    def needed(self, step: BootstrapJob, site: Site) -> bool:
        """Whether launchd does not hold it."""
        return launchctl.job(site, f"{_SYSTEM}/{step.label}") is None

    def before(self, step: BootstrapJob, site: Site) -> Before:
        """Nothing more: it is done only where it was not loaded."""
        del step, site
        return {}

    def do(self, step: BootstrapJob, before: Before, site: Site) -> None:
        """Failed with what launchd's status means."""
        del before
        _load(step, site)

    def undo(self, step: BootstrapJob, before: Before, site: Site) -> tuple[str, ...]:
        """Stop it, and have launchd forget it before its file goes."""
        del before
        target = f"{_SYSTEM}/{step.label}"
        return _back(lambda: launchctl.end(site, target, step.programs, step.limit), site)


class EnableDoer:
    """`enable` takes a bar away and leaves an entry for ever; taken back, a bar that was there is put up."""

    reverts = True

    def needed(self, step: EnableJob, site: Site) -> bool:
        """Whether the label is disabled, or nobody decided: a `Disabled` key in the file counts then."""
        return launchctl.disabled(site, _SYSTEM).get(step.label) is not False

    def before(self, step: EnableJob, site: Site) -> Before:
        """Whether it was disabled."""
        return {"off": launchctl.disabled(site, _SYSTEM).get(step.label, False)}

    def do(self, step: EnableJob, before: Before, site: Site) -> None:
        """Failed if launchd does not."""
        del before
        launchctl.switch(site, "enable", f"{_SYSTEM}/{step.label}")

    def undo(self, step: EnableJob, before: Before, site: Site) -> tuple[str, ...]:
        """Disable it again if it was."""
        if not before["off"]:
            return ()
        return _back(lambda: launchctl.switch(site, "disable", f"{_SYSTEM}/{step.label}"), site)


def _load(step: StopJob | BootstrapJob, site: Site) -> None:
    if launchctl.job(site, f"{_SYSTEM}/{step.label}") is None or isinstance(step, BootstrapJob):
        launchctl.load(site, _SYSTEM, step.label, step.path, step.limit)


def _back(act: Any, site: Site) -> tuple[str, ...]:  # noqa: ANN401 - what it returns is not looked at
    """Taking back fails otherwise than doing: what is left is said, and nothing more is taken back."""
    if not site.host.live:
        return ()
    try:
        act()
    except Failed as problem:
        raise NotBack(str(problem)) from None
    return ()
