"""Sets of capabilities as units name them; capabilities(7), systemd.exec(5)."""

from collections.abc import Iterable

from privaudit.collect.systemd.words import BadWord, unquoted

NAMES = (
    "chown",
    "dac_override",
    "dac_read_search",
    "fowner",
    "fsetid",
    "kill",
    "setgid",
    "setuid",
    "setpcap",
    "linux_immutable",
    "net_bind_service",
    "net_broadcast",
    "net_admin",
    "net_raw",
    "ipc_lock",
    "ipc_owner",
    "sys_module",
    "sys_rawio",
    "sys_chroot",
    "sys_ptrace",
    "sys_pacct",
    "sys_admin",
    "sys_boot",
    "sys_nice",
    "sys_resource",
    "sys_time",
    "sys_tty_config",
    "mknod",
    "lease",
    "audit_write",
    "audit_control",
    "setfcap",
    "mac_override",
    "mac_admin",
    "syslog",
    "wake_alarm",
    "block_suspend",
    "audit_read",
    "perfmon",
    "bpf",
    "checkpoint_restore",
)
"""In the order of their numbers, without `cap_`."""
LAST = len(NAMES) - 1
ALL = frozenset(f"cap_{name}" for name in NAMES)


def restricted(names: Iterable[str], last: int = LAST) -> tuple[str, ...] | None:
    """Sort a bounding set; None: it holds every capability up to number last, so it bounds nothing."""
    found = {name.lower() for name in names}
    if found.issuperset(f"cap_{name}" for name in NAMES[: last + 1]):
        return None
    return tuple(sorted(found))


def merged(before: frozenset[str] | None, value: str) -> frozenset[str]:
    """Apply one assignment to a set; before: None, nothing was assigned yet.

    Names that are unknown are dropped. A list adds and `~` with a list takes away. The first assignment and
    one with an empty list replace.
    """
    invert = value.startswith("~")
    texts = _words(value.removeprefix("~"))
    named = frozenset(name for text in texts if (name := _name(text)) is not None)
    if not named or before is None:
        return ALL - named if invert else named
    return before - named if invert else before | named


def _words(text: str) -> list[str]:
    """Split; a quote that nothing closes goes to the end here."""
    for end in ("", '"', "'"):
        try:
            return list(unquoted(text + end))
        except BadWord:
            continue
    return []


def _name(text: str) -> str | None:
    number = text.lstrip(" \t")
    if number.isascii() and number.isdigit():
        return f"cap_{NAMES[int(number)]}" if int(number) <= LAST else None
    return text.lower() if text.lower() in ALL else None
