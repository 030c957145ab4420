"""What sudoers(5) says, as values, and whom it lets become root."""

from collections.abc import Iterable
from dataclasses import field
from enum import StrEnum

from privaudit.collect.accounts.sudoers.escapes import reaches_root
from privaudit.collect.accounts.who import Who
from privaudit.model.account import Password
from privaudit.model.frozen import frozen, slotted
from privaudit.model.unknown import Limit


class Kind(StrEnum):
    """What one item of a list names."""

    ALL = "ALL"
    NAME = "name"
    ID = "id"
    GROUP = "group"
    GROUP_ID = "group id"
    COMMAND = "command"
    HOST = "host"
    OPAQUE = "opaque"
    """A netgroup, a group of a plugin: nobody here can say who is in it."""


@frozen
class Item:
    """One item of a list; the last that matches decides."""

    kind: Kind
    value: str = ""
    negated: bool = False


@frozen
class Grant:
    """Commands that some users may run as somebody, in the order of the file."""

    users: tuple[Item, ...]
    hosts: tuple[Item, ...]
    commands: tuple[Item, ...]
    runas: tuple[Item, ...] | None = None
    """Users; None: none is named."""
    runas_groups: tuple[Item, ...] | None = None
    authenticate: bool | None = None
    """False: NOPASSWD; None: as the defaults say."""


@frozen
class Default:
    """A `Defaults` line; binding: the users (or hosts) that it is for, empty: everybody."""

    options: dict[str, bool | str]
    users: tuple[Item, ...] = ()
    bound: bool = False
    """It holds for some users, hosts, commands or targets only."""


@slotted
class Policy:
    """All of sudoers."""

    grants: list[Grant] = field(default_factory=list)
    defaults: list[Default] = field(default_factory=list)
    gaps: list[Limit] = field(default_factory=list)
    """What is missing from it, since it could not be read."""


@frozen
class Held:
    """A command that somebody may run as root, or as good."""

    command: Item
    how: str
    """`/bin/sh as root without a password, as member of group ops`."""


def held_by(policy: Policy, who: Who, hostname: str) -> list[Held]:
    """List what somebody may run as root, in the order of the file, without what later rules take away."""
    held: dict[str, Held] = {}
    for grant in policy.grants:
        item = _match(grant.users, who)
        if item is None or not _here(grant.hosts, hostname):
            continue
        target = _target(grant, policy)
        free = _free(grant, policy, who)
        for command in grant.commands:
            if command.negated:
                if command.kind is Kind.ALL:
                    held.clear()
                else:
                    held.pop(command.value, None)
            elif target and (free or _can_authenticate(policy, who, item)):
                by = f", as {_named(item)}" if item.kind is not Kind.NAME else ""
                how = f"{command.value} as {target}{' without a password' if free else ''}{by}"
                held[command.value] = Held(command, how)
    return list(held.values())


def root_by(policy: Policy, who: Who, hostname: str) -> list[str]:
    """Say each way in which the policy lets somebody become root: `ALL as root without a password`."""
    return [each.how for each in held_by(policy, who, hostname) if _reaches_root(each.command)]


def limited_by(policy: Policy, who: Who, hostname: str) -> list[Held]:
    """List what somebody may run as root that does not give all of root by itself."""
    return [each for each in held_by(policy, who, hostname) if not _reaches_root(each.command)]


def _reaches_root(command: Item) -> bool:
    return command.kind is Kind.ALL or reaches_root(command.value)


def _named(item: Item) -> str:
    if item.kind is Kind.ALL:
        return "everybody"
    return (
        f"member of group {item.value}" if item.kind in {Kind.GROUP, Kind.GROUP_ID} else f"uid {item.value}"
    )


def _match(items: Iterable[Item], who: Who) -> Item | None:
    """Find the item that lets somebody in; None: nothing matches, or what matches last is negated."""
    found: Item | None = None
    for item in items:
        if _is(item, who):
            found = None if item.negated else item
    return found


def _is(item: Item, who: Who) -> bool:
    match item.kind:
        case Kind.ALL:
            return True
        case Kind.NAME:
            return item.value in who.names
        case Kind.ID:
            return item.value == str(who.uid)
        case Kind.GROUP:
            return item.value in who.groups
        case Kind.GROUP_ID:
            return item.value in {str(gid) for gid in who.gids}
        case _:
            return False


def _here(hosts: Iterable[Item], hostname: str) -> bool:
    """Whether a rule holds on this machine; addresses and netgroups may mean it, so they count."""
    names = {hostname, hostname.partition(".")[0]}
    found = False
    for item in hosts:
        plain = (
            item.kind is Kind.HOST
            and not any(sign in item.value for sign in "*?[/:")
            and (not item.value.replace(".", "").isdigit())
        )
        if not plain or item.value in names or item.value.partition(".")[0] in names:
            found = not item.negated
    return found


def _target(grant: Grant, policy: Policy) -> str:
    """Whom the commands run as, if that is root or as good; empty: somebody else."""
    if grant.runas is None and grant.runas_groups is not None:
        strong = [g.value for g in grant.runas_groups if not g.negated and g.value in _STRONG_GROUPS]
        return f"itself with group {strong[0]}" if strong else ""
    if grant.runas is None:
        return "root" if _option(policy, "runas_default") in {None, "root", "#0"} else ""
    found = ""
    for item in grant.runas:
        if item.kind is Kind.ALL:
            found = "" if item.negated else "root"
        elif item.value in {"root", "0"} and item.kind in {Kind.NAME, Kind.ID, Kind.GROUP, Kind.GROUP_ID}:
            everyone = any(other.kind is Kind.ALL and not other.negated for other in grant.runas)
            found = ("anybody but root" if everyone else "") if item.negated else "root"
    return found


_STRONG_GROUPS = frozenset({"ALL", "disk", "shadow", "docker", "lxd", "sudo", "wheel", "root"})


def _free(grant: Grant, policy: Policy, who: Who) -> bool:
    """Whether no password is asked for."""
    if grant.authenticate is not None:
        return not grant.authenticate
    asked: bool | str = True
    for default in policy.defaults:
        if "authenticate" in default.options and (not default.bound or _match(default.users, who)):
            asked = default.options["authenticate"]
    return asked is False


def _can_authenticate(policy: Policy, who: Who, item: Item) -> bool:
    """Whether the password asked for can be its own.

    SUSE lets everybody run everything with root's password (targetpw): that gives nobody anything. A rule for
    everybody means nothing to an account that has no password to give.
    """
    if any(_option(policy, option) for option in ("targetpw", "rootpw", "runaspw")):
        return False
    return item.kind is not Kind.ALL or who.password is not Password.LOCKED


def _option(policy: Policy, name: str) -> bool | str | None:
    found: bool | str | None = None
    for default in policy.defaults:
        if not default.bound and name in default.options:
            found = default.options[name]
    return found
