"""Make an account on macOS with dscl(1), and take it away again if nothing is its own.

The tools may exit 0 and have done nothing, and macOS keeps even root from changing accounts without Full Disk
Access: the right is tried first by writing nobody's home as it is, and id(1) says at the end what was made.
"""

from privaudit.fix.steps import Before, Failed, Site
from privaudit.fix.steps.account import in_use
from privaudit.host import HostError
from privaudit.model.plan_launchd import MakeMacAccount

DSCL = "/usr/bin/dscl"
ID = "/usr/bin/id"
_LIMIT = 60
_KNOWN = 10
"""Seconds until the directory must know a new account."""
_BY_ITSELF = (
    "AuthenticationAuthority",
    "PasswordPolicyOptions",
    "dsAttrTypeNative:KerberosKeys",
    "dsAttrTypeNative:ShadowHashData",
)
"""What the system adds to a new user, and what would let somebody log in."""
_REFUSED = (
    "macOS does not let this session change accounts (SystemPolicySysAdminFiles): over ssh, switch on System "
    "Settings > General > Sharing > Remote Login > Allow full disk access for remote users; in a terminal, "
    "give it Full Disk Access under Privacy & Security"
)


class MacAccountDoer:
    """dscl(1) of the local node."""

    reverts = True

    def needed(self, step: MakeMacAccount, site: Site) -> bool:
        """Whether no account has the name."""
        return site.host.passwd(step.name) is None

    def before(self, step: MakeMacAccount, site: Site) -> Before:
        """Only what did not exist is made, so undo may take it away. Failed if macOS would not let us."""
        if site.host.passwd(step.uid) is not None or site.host.group(step.uid) is not None:
            raise Failed(f"uid or gid {step.uid} was given to somebody meanwhile")
        if site.host.group(step.name) is not None:
            raise Failed(f"a group {step.name} exists, but no account of that name: make one by hand")
        nobody = site.host.passwd("nobody")
        if nobody is None:
            raise Failed("the local directory does not answer: it knows no nobody")
        _dscl(site, "-create", "/Users/nobody", "NFSHomeDirectory", nobody.home)
        return {"made": step.name}

    def do(self, step: MakeMacAccount, before: Before, site: Site) -> None:
        """Make group and user; Failed if id(1) does not know them afterwards."""
        del before
        group, user, number = f"/Groups/{step.name}", f"/Users/{step.name}", str(step.uid)
        _dscl(site, "-create", group)
        for key, value in (("PrimaryGroupID", number), ("RealName", step.comment), ("Password", "*")):
            _dscl(site, "-create", group, key, value)
        _dscl(site, "-create", user)
        for key, value in (
            ("UniqueID", number),
            ("PrimaryGroupID", number),
            ("NFSHomeDirectory", step.home),
            ("UserShell", step.shell),
            ("RealName", step.comment),
            ("IsHidden", "1"),
            ("Password", "*"),
        ):
            _dscl(site, "-create", user, key, value)
        for key in _BY_ITSELF:
            site.hands.run([DSCL, ".", "-delete", user, key], limit=_LIMIT)  # fails where it is not there
        _verify(step, site)

    def undo(self, step: MakeMacAccount, before: Before, site: Site) -> tuple[str, ...]:
        """Delete both if nothing is owned or run by the account; it has no password in any case."""
        del before
        entry = site.host.passwd(step.name)
        if entry is not None and entry.uid == step.uid:
            why = in_use(step.uid, site)
            if why:
                return (f"the account {step.name} stays, without a password: {why}",)
        notes = []
        if entry is None or entry.uid == step.uid:
            notes += _delete(site, f"/Users/{step.name}")
        group = site.host.group(step.name)
        if group is None or group.gid == step.uid:
            notes += _delete(site, f"/Groups/{step.name}")
        return tuple(notes)


def _dscl(site: Site, *words: str) -> None:
    answer = site.hands.run([DSCL, ".", *words], limit=_LIMIT)
    said = (answer.stdout + answer.stderr).decode("utf-8", "replace")
    if "-14120" in said or "eDSPermissionError" in said:
        raise Failed(_REFUSED)
    if answer.status:
        lines = said.strip().splitlines()
        raise Failed(f"`dscl . {' '.join(words)}`: {lines[-1] if lines else answer.status}")


def _verify(step: MakeMacAccount, site: Site) -> None:
    """Ask id(1) until the directory knows both ids; it may take a moment."""
    ends = site.hands.now() + _KNOWN
    while not (_is(site, "-u", step) and _is(site, "-g", step)):
        if site.hands.now() > ends:
            raise Failed(f"the account {step.name} was not made: `id {step.name}` does not know it so")
        site.check()
        site.hands.wait(1)


def _is(site: Site, option: str, step: MakeMacAccount) -> bool:
    try:
        answer = site.host.run([ID, option, step.name])
    except HostError as problem:
        raise Failed(str(problem)) from None
    return answer.status == 0 and answer.stdout.decode("ascii", "replace").strip() == str(step.uid)


def _delete(site: Site, record: str) -> list[str]:
    """Delete a record that may be half made or not at all."""
    if site.host.run([DSCL, ".", "-read", record, "RecordName"]).status:
        return []
    answer = site.hands.run([DSCL, ".", "-delete", record], limit=_LIMIT)
    if answer.status:
        said = (answer.stdout + answer.stderr).decode("utf-8", "replace").strip().splitlines()
        return [f"{record} stays: dscl says {said[-1] if said else answer.status}"]
    return []
