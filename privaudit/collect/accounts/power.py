"""Ways in which an account may become root: groups that amount to it, sudoers, and what else gives it."""

from collections.abc import Iterable
from functools import cached_property

from privaudit.collect.accounts import other_rules, sudoers
from privaudit.collect.accounts.sudoers.policy import Kind, Policy, limited_by, root_by
from privaudit.collect.accounts.who import Who
from privaudit.host import Host
from privaudit.model.account import AccountKind
from privaudit.model.unknown import Limit, Unknown

_ADMINISTRATORS = ("sudo", "wheel", "admin")
"""Groups that distributions give to administrators, by their sudoers and polkit."""
_EQUIVALENT = {
    "docker": "its members start containers as root",
    "lxd": "its members start containers as root",
    "incus-admin": "its members start containers as root",
    "libvirt": "its members give any disk to a virtual machine",
    "disk": "its members read and write raw disks",
    "shadow": "its members read password hashes",
}
"""Groups whose members can do what root can, by the documentation of each program.

Group `incus` is none: its members are held to a project of their own (Incus, Authorization).
"""
_BY_DESIGN = frozenset({("freerad", "shadow"), ("backup", "disk")})
"""(account, group) that Debian's packages put together: FreeRADIUS checks passwords of the machine's own
accounts, Amanda dumps file systems from their devices."""


def powers_of(groups: Iterable[str]) -> tuple[str, ...]:
    """Say of each group that amounts to root why it does: `docker: its members start containers as root`."""
    said = {**dict.fromkeys(_ADMINISTRATORS, "its members are administrators"), **_EQUIVALENT}
    return tuple(f"{name}: {said[name]}" for name in groups if name in said)


class Power:
    """Answers how an account of one machine may become root."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self.limits: list[Limit] = []

    def admin_groups(self, groups: Iterable[str]) -> tuple[str, ...]:
        """Those of the groups that make an administrator."""
        return tuple(name for name in groups if name in _ADMINISTRATORS)

    def ways(self, who: Who) -> tuple[str, ...] | Unknown:
        """Say each way; empty: there is none. Unknown where sudoers cannot be read and nothing is found."""
        found = [f"member of group {name}" for name in who.groups if name in _ADMINISTRATORS]
        found += [
            f"member of group {name}: {_EQUIVALENT[name]}"
            for name in who.groups
            if name in _EQUIVALENT and not any((known, name) in _BY_DESIGN for known in who.names)
        ]
        policy = self._sudoers
        if isinstance(policy, Policy):
            found += [f"sudoers: {way}" for way in root_by(policy, who, self._hostname)]
            found += self._replaceable(policy, who)
        found += [rule.way for rule in self._rules if rule.holds(who)]
        if not found and isinstance(policy, str):
            return Unknown(policy)
        if not found and isinstance(policy, Policy) and policy.gaps:
            return Unknown(f"{policy.gaps[0].what}: {policy.gaps[0].why}")
        return tuple(_without_repeats(found))

    def _replaceable(self, policy: Policy, who: Who) -> list[str]:
        """Say which programs that it may run as root it can replace first."""
        limited = limited_by(policy, who, self._hostname)
        if not limited:
            return []
        from privaudit.collect.files.exposure import Principal, replaces
        from privaudit.collect.files.trace import Tracer

        tracer = Tracer(self._host)
        principal = Principal(who.uid, frozenset(who.gids), who.names[0], AccountKind.UNKNOWN)
        found = []
        for each in limited:
            program = each.command.value.partition(" ")[0]
            if not program.startswith("/") or any(sign in program for sign in "*?["):
                continue
            step = replaces(principal, tracer.trace(program))
            if step is not None:
                found.append(f"sudoers: {each.how}, and it can replace it ({step[1]} {step[0]})")
        return found

    def prepare(self) -> None:
        """Read all rules now."""
        self.strong_groups()

    def strong_groups(self) -> tuple[str, ...]:
        """Names of every group whose members may become root."""
        named = [rule.group for rule in self._rules if rule.group]
        if isinstance(self._sudoers, Policy):
            named += [i.value for g in self._sudoers.grants for i in g.users if i.kind is Kind.GROUP]
        return tuple(dict.fromkeys((*_ADMINISTRATORS, *_EQUIVALENT, *named)))

    def named_users(self) -> tuple[str, ...]:
        """Names of everybody whom a rule itself names."""
        named = [rule.user for rule in self._rules if rule.user]
        if isinstance(self._sudoers, Policy):
            named += [i.value for g in self._sudoers.grants for i in g.users if i.kind is Kind.NAME]
        return tuple(dict.fromkeys(named))

    @cached_property
    def _sudoers(self) -> Policy | str:
        return sudoers.read(self._host, self.limits)

    @cached_property
    def _rules(self) -> tuple[other_rules.Rule, ...]:
        return other_rules.read(self._host, self.limits)

    @cached_property
    def _hostname(self) -> str:
        return self._host.hostname()


def _without_repeats(ways: list[str]) -> list[str]:
    """Leave out what a group's own line says already: `sudoers: ALL as root, as member of group sudo`."""
    said = {way.partition(":")[0] for way in ways if way.startswith("member of group ")}
    return [
        way
        for way in dict.fromkeys(ways)
        if way.startswith("member of group ")
        or "without a password" in way
        or way.rpartition(", as ")[2] not in said
    ]
