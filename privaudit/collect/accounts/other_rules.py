"""Rules besides sudoers that let somebody become root: polkit's administrators, doas, su by group."""

import re
from collections.abc import Callable

from privaudit.collect.accounts.who import Who
from privaudit.host import Host, HostError, Missing
from privaudit.model.frozen import frozen
from privaudit.model.unknown import Limit

_POLKIT = ("/etc/polkit-1/rules.d", "/run/polkit-1/rules.d", "/usr/share/polkit-1/rules.d")
"""polkit(8), AUTHORIZATION RULES."""
_IDENTITY = r"unix-(user|group):([A-Za-z0-9_.-]+)"
_ADMIN_RULE = r"(?s)addAdminRule\s*\((.*?)\}\s*\)"
_COMMENTS = r"(?s)/\*.*?\*/|(?<![:\"'])//[^\n]*"
_DOAS = ("/etc/doas.conf", "/etc/doas.d")
_SU = ("/etc/pam.d/su", "/etc/pam.d/su-l")


@frozen
class Rule:
    """Somebody, by name or by group, and how that makes him root."""

    way: str
    user: str = ""
    """A name, or a uid as digits."""
    group: str = ""
    """A name, or a gid as digits."""

    def holds(self, who: Who) -> bool:
        """Whether it means an account."""
        if self.user:
            return self.user in {*who.names, str(who.uid)}
        return self.group in {*who.groups, *(str(gid) for gid in who.gids)}


def read(host: Host, limits: list[Limit]) -> tuple[Rule, ...]:
    """Read all of them; what cannot be read stands in limits."""
    found: list[Rule] = []
    for folder in _POLKIT:
        for name in _names(host, folder, limits):
            if name.endswith(".rules"):
                found += _parsed(host, f"{folder}/{name}", polkit, limits)
    limits += _unevaluated(host)
    found += _parsed(host, _DOAS[0], doas, limits)
    for name in _names(host, _DOAS[1], limits):
        if name.endswith(".conf"):
            found += _parsed(host, f"{_DOAS[1]}/{name}", doas, limits)
    for path in _SU:
        found += _parsed(host, path, su, limits)
    return tuple(dict.fromkeys(found))


def polkit(text: str) -> list[Rule]:
    """Read polkit's administrators: they act as root after giving their own password (pkexec(1))."""
    found = []
    for rule in re.findall(_ADMIN_RULE, re.sub(_COMMENTS, "", text)):
        for kind, name in re.findall(_IDENTITY, rule):
            if (kind, name) not in {("user", "root"), ("user", "0")}:
                way = f"polkit: administrator{'' if kind == 'user' else f', as member of group {name}'}"
                found.append(Rule(way, **{kind: name}))
    return found


def _unevaluated(host: Host) -> list[Limit]:
    """Name the machine's own polkit rules that are programs: what they grant, and to whom, is not worked out.

    Those of a package grant what its distribution means to.
    """
    names = [name for name in _names(host, _POLKIT[0], []) if name.endswith(".rules")]
    own = [path for path in (f"{_POLKIT[0]}/{name}" for name in names) if _grants(host, path)]
    if not own:
        return []
    from privaudit.collect.packages import Packages  # asked only on a machine with rules of its own

    packaged = Packages(host).owners(own)
    why = "polkit rules in it are not evaluated: whom they let act as root is not known"
    return [Limit(path, why) for path in own if path not in packaged]


def _grants(host: Host, path: str) -> bool:
    """Whether rules besides those of administrators stand there."""
    try:
        text = host.read(path).decode("utf-8", "replace")
    except HostError:
        return False  # the reading for administrators has said why
    return re.search(r"\baddRule\s*\(", re.sub(_COMMENTS, "", text)) is not None


def doas(text: str) -> list[Rule]:
    """Read doas.conf(5): `permit [options] identity [as target] [cmd …]`; later rules are not weighed."""
    found = []
    for line in text.splitlines():
        words = re.sub(r"#.*|setenv\s*\{[^}]*\}", " ", line).split()
        if not words or words[0] != "permit" or "cmd" in words:
            continue
        rest = [word for word in words[1:] if word not in {"nopass", "persist", "keepenv", "nolog"}]
        if rest and ("as" not in rest or rest[rest.index("as") + 1 :][:1] in (["root"], ["0"])):
            free = " without a password" if "nopass" in words else ""
            group = rest[0].startswith(":")
            by = f", as member of group {rest[0][1:]}" if group else ""
            found.append(
                Rule(f"doas: as root{free}{by}", **{"group" if group else "user": rest[0].lstrip(":")})
            )
    return found


def su(text: str) -> list[Rule]:
    """Read what PAM asks of the callers of su: with `pam_wheel.so trust`, nothing of a group."""
    found = []
    for line in text.splitlines():
        words = line.partition("#")[0].split()
        if "pam_wheel.so" in line and words[:1] == ["auth"] and "trust" in words and "deny" not in words:
            group = next((w.partition("=")[2] for w in words if w.startswith("group=")), "wheel")
            found.append(Rule(f"su: without a password, as member of group {group}", group=group))
    return found


def _parsed(host: Host, path: str, parse: Callable[[str], list[Rule]], limits: list[Limit]) -> list[Rule]:
    try:
        return parse(host.read(path).decode("utf-8", "replace"))
    except Missing:
        return []
    except HostError as error:
        limits.append(error.limit())
        return []


def _names(host: Host, folder: str, limits: list[Limit]) -> list[str]:
    try:
        return host.listdir(folder)
    except Missing:
        return []
    except HostError as error:
        limits.append(error.limit())
        return []
