"""Take a unit out of a person's own manager, with that person's rights: root follows nothing in a home."""

from privaudit.fix import systemctl
from privaudit.fix.steps import Before, Failed, NotBack, Site
from privaudit.fix.steps.files import as_record, from_record
from privaudit.fix.systemctl import SYSTEMCTL, said
from privaudit.host import CommandResult
from privaudit.host.act import Kept, RunAs, beside
from privaudit.model.path import FileKind
from privaudit.model.steps import RetirePersonUnit

_ASK = 60
_POLL = 0.2
_BACK = 120
_PATIENCE = "zz-privaudit-stop.conf"
_PATIENT = b"[Service]\nTimeoutStopSec=infinity\nSendSIGKILL=no\n"
"""As in `privaudit.fix.systemctl`, for every person's manager: nobody else reads a unit of that name."""


class RetireDoer:
    """Stop, disable, remove; taken back, in the other order."""

    reverts = True

    def needed(self, step: RetirePersonUnit, site: Site) -> bool:
        """Whether the file is there."""
        return site.hands.look(step.path) is not None

    def before(self, step: RetirePersonUnit, site: Site) -> Before:
        """The file, whether it is enabled, and whether it runs."""
        kept = site.hands.look(step.path)
        if kept is None or kept.kind not in {FileKind.FILE, FileKind.LINK} or kept.uid != step.uid:
            raise Failed(f"{step.path} is no file of {step.account}'s")
        found = _show(step, site)
        return {
            "was": as_record(kept),
            "active": found.get("ActiveState") in {"active", "activating", "reloading"},
            "enabled": found.get("UnitFileState") == "enabled",
        }

    def do(self, step: RetirePersonUnit, before: Before, site: Site) -> None:
        """Failed if it does not stop in time."""
        if before["active"]:
            _stop(step, site)
        if before["enabled"]:
            _user(step, site, "disable", "--", step.unit)
        _as_person(step, site, ["/usr/bin/rm", "--", step.path])
        _user(step, site, "daemon-reload")

    def undo(self, step: RetirePersonUnit, before: Before, site: Site) -> tuple[str, ...]:
        """Write the file, enable and start it again as it was."""
        if site.hands.look(step.path) is None:
            _write(step, from_record(before["was"]), site)
        site.hands.remove(beside(_patience(step)))
        site.hands.remove(_patience(step))
        site.hands.remove_folder(_patience(step).rpartition("/")[0])
        if not site.host.live:
            return ()
        try:
            systemctl.reload(site)  # the unit that took its place is gone
            _user(step, site, "daemon-reload")
            if before["enabled"]:
                _user(step, site, "enable", "--", step.unit)
            if before["active"]:
                _user(step, site, "reset-failed", "--", step.unit)
                _user(step, site, "start", "--no-block", "--", step.unit)
                _await(step, site, "active", _BACK)
        except Failed as problem:
            raise NotBack(str(problem)) from None
        return ()


def _stop(step: RetirePersonUnit, site: Site) -> None:
    """Stop it without its manager's own limit, which would end in SIGKILL."""
    site.hands.make_folders(_patience(step).rpartition("/")[0])
    site.hands.write(_patience(step), Kept(FileKind.FILE, 0, 0, 0o644, _PATIENT))
    _user(step, site, "daemon-reload")
    _user(step, site, "stop", "--no-block", "--", step.unit)
    _await(step, site, "inactive", step.limit)
    site.hands.remove(_patience(step))
    site.hands.remove_folder(_patience(step).rpartition("/")[0])


def _await(step: RetirePersonUnit, site: Site, wanted: str, limit: float) -> None:
    ends = site.hands.now() + limit
    while (found := _show(step, site)).get("ActiveState") != wanted or found.get("Job", "0") not in {"", "0"}:
        if wanted == "inactive" and found.get("ActiveState") == "failed":
            return
        if site.hands.now() > ends:
            state = found.get("ActiveState")
            raise Failed(f"{step.unit} of {step.account} is {state}, not {wanted}, after {limit:g} s")
        site.check()
        site.hands.wait(_POLL)


def _show(step: RetirePersonUnit, site: Site) -> dict[str, str]:
    answer = _user(step, site, "show", "--property=ActiveState,UnitFileState,Job", "--", step.unit)
    lines = answer.stdout.decode("utf-8", "replace").splitlines()
    return {key: value for key, sign, value in (line.partition("=") for line in lines) if sign}


def _user(step: RetirePersonUnit, site: Site, *words: str) -> CommandResult:
    """Ask the person's manager, over its own bus."""
    return _as_person(step, site, [SYSTEMCTL, "--user", *words])


def _as_person(step: RetirePersonUnit, site: Site, argv: list[str], stdin: bytes = b"") -> CommandResult:
    entry = site.host.passwd(step.uid)
    if entry is None:
        raise Failed(f"{step.account} has no account any more")
    runtime = f"/run/user/{step.uid}"
    where = (("XDG_RUNTIME_DIR", runtime), ("DBUS_SESSION_BUS_ADDRESS", f"unix:path={runtime}/bus"))
    groups = site.host.group_list(entry.name, entry.gid)
    account = RunAs(entry.uid, entry.gid, groups, entry.home, entry.name, where)
    answer = site.hands.run(argv, limit=_ASK, account=account, stdin=stdin)
    if answer.status:
        raise Failed(f"`{' '.join(argv)}` as {step.account}: {said(answer.stderr)}")
    return answer


def _write(step: RetirePersonUnit, kept: Kept, site: Site) -> None:
    if kept.kind is FileKind.LINK:
        text = kept.data.decode("utf-8", "surrogateescape")
        _as_person(step, site, ["/usr/bin/ln", "-s", "--", text, step.path])
        return
    folder = step.path.rpartition("/")[0]
    _as_person(step, site, ["/usr/bin/mkdir", "-p", "--", folder])
    _as_person(step, site, ["/usr/bin/tee", "--", step.path], kept.data)
    _as_person(step, site, ["/usr/bin/chmod", f"{kept.mode:04o}", "--", step.path])


def _patience(step: RetirePersonUnit) -> str:
    return f"/run/systemd/user/{step.unit}.d/{_PATIENCE}"
