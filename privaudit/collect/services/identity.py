"""Who a service runs as: what was declared, what runs, and whether they agree."""

from collections.abc import Iterable

from privaudit.collect.accounts import Accounts
from privaudit.collect.systemd.syntax import SyntaxFailure, assignments
from privaudit.host import Host, HostError
from privaudit.model.account import NOBODY, Account, AccountKind
from privaudit.model.definition import Definition, Domain, Elevation, Manager
from privaudit.model.process import Process
from privaudit.model.profile import Profile
from privaudit.model.service import Declared, Identity, IdentityKind, Model
from privaudit.model.unknown import Unknown

_ROOTS = frozenset({"root", "0"})
_NOBODIES = frozenset({NOBODY, 0xFFFFFFFE})
"""nobody of Linux, and of macOS (-2 as an unsigned uid_t)."""


def identity_of(account: Account) -> Identity:
    """An account as somebody a process can be."""
    nobody = account.uid in _NOBODIES
    kind = IdentityKind.NOBODY if nobody else IdentityKind(account.kind.value)
    admin: bool | Unknown
    if account.kind is AccountKind.ROOT:
        admin = True
    elif isinstance(account.becomes_root, Unknown):
        admin = account.becomes_root
    else:
        admin = bool(account.becomes_root)
    return Identity(
        account.uid, account.label, kind, admin, account.can_log_in, "; ".join(account.reasons[:2])
    )


def named(accounts: Accounts, user: str, manager: Manager = Manager.SYSTEMD) -> Identity:
    """Who a declared user is: a name or a number; launchd takes `74` for a name (launchd.plist(5))."""
    number = user.isascii() and user.isdigit() and manager is not Manager.LAUNCHD
    account = accounts.account(int(user)) if number else accounts.named(user)
    if account is None:
        return Identity(
            None,
            user,
            IdentityKind.UNKNOWN,
            Unknown("no such account", unread=False),
            Unknown("no such account", unread=False),
            "no account of that name",
        )
    return identity_of(account)


def declared(host: Host, definition: Definition) -> Declared:
    """What the definition asks for; a user's own manager can give nothing but that user."""
    if definition.domain is not Domain.SYSTEM:
        return Declared(None, None, source=definition.path or "")
    if definition.user is None and not definition.dynamic_user:
        return Declared(None, definition.group, source=definition.path or "")
    return Declared(definition.user, definition.group, definition.dynamic_user, _source(host, definition))


def _source(host: Host, definition: Definition) -> str:
    """The file that decides: the last one that says something of the user (systemd.unit(5))."""
    for path in reversed(definition.drop_ins):
        if _names_user(host, path):
            return path
    return definition.path or ""


def _names_user(host: Host, path: str) -> bool:
    try:
        return any(
            (each.section == "Service" and each.key in {"User", "DynamicUser"} and each.value != "")
            for each in assignments(host.read(path))
        )
    except (HostError, SyntaxFailure):
        return (
            False  # the manager took its settings from it, or not; whoever judges the path says what is wrong
        )


def would_run_as(
    accounts: Accounts,
    definition: Definition,
    wish: Declared,
    directive: Declared | None,
    profile: Profile | None,
    switched: str | None = None,
) -> Identity:
    """Who the work would be done as if it were started now; switched: whom a sudo on the way changes to."""
    if definition.domain is not Domain.SYSTEM:
        return identity_of(accounts.account(definition.owner))
    if wish.dynamic and switched is None:
        name = wish.user or definition.id.removesuffix(".service")
        return Identity(None, name, IdentityKind.SERVICE, reason="DynamicUser=")
    dedicated = profile is not None and profile.model is Model.DEDICATED
    drops = dedicated or (profile is not None and profile.model is Model.ROOT_REQUIRED)
    own = directive.user if directive is not None and drops else None
    elevated = any(
        command.stage == "ExecStart" and command.elevation in {Elevation.FULL, Elevation.IDENTITY}
        for command in definition.commands
    )
    wishes = (switched, own, wish.user) if elevated else (switched, wish.user)
    user = next((each for each in wishes if each is not None and each not in _ROOTS), own)
    if user is not None:
        return named(accounts, user, definition.manager)
    if profile is not None and dedicated and not profile.stays_root and wish.user is None:
        why = Unknown("it starts as root and may drop that by itself; it does not run now", unread=False)
        return Identity(None, "unknown", IdentityKind.UNKNOWN, why, why, why.reason)
    return identity_of(accounts.account(0))


def distinct(accounts: Accounts, processes: Iterable[Process]) -> tuple[Identity, ...]:
    """Every identity among the real, effective and saved ids of the processes, by uid."""
    uids = {uid for p in processes for uid in (p.uids.real, p.uids.effective, p.uids.saved)}
    return tuple(identity_of(accounts.account(uid)) for uid in sorted(uids))


def holds_root(process: Process, *, saved: bool = True) -> bool:
    """Whether it is root, did not drop all of it, or (saved) can come back to it."""
    return 0 in (process.uids.real, process.uids.effective) or (saved and process.uids.saved == 0)


def difference(wished: Identity, processes: Iterable[Process], accounts: Accounts) -> str:
    """Say which process is not who was declared; empty: all are."""
    if wished.uid is None:
        return ""
    for process in processes:
        for uid in (process.uids.effective, process.uids.real, process.uids.saved):
            if uid != wished.uid:
                label = accounts.account(uid).label
                return f"declared {wished.name}, running {label} (pid {process.pid})"
    return ""
