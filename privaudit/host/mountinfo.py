"""A pure parser of proc_pid_mountinfo(5)."""

import os
import re

from privaudit.host.changes import Mount

_OCTAL = re.compile(rb"\\([0-7]{3})")
_FIELDS_BEFORE_TAGS = 6


def parse_mountinfo(text: bytes) -> tuple[Mount, ...]:
    """Every mount, in the order of the table; ValueError for a line that is none."""
    return tuple(_line(line) for line in text.splitlines() if line)


def _line(line: bytes) -> Mount:
    """`36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue`."""
    fields = line.split(b" ")
    try:
        dash = fields.index(b"-", _FIELDS_BEFORE_TAGS)
        number, device, root, point, options = fields[0], fields[2], fields[3], fields[4], fields[5]
        kind, super_options = fields[dash + 1], fields[dash + 3]
    except (ValueError, IndexError):
        raise ValueError(f"not a line of mountinfo: {line!r}") from None
    return Mount(
        id=int(number),
        point=_text(point),
        device=device.decode("ascii"),
        root=_text(root),
        kind=kind.decode("ascii", "replace"),
        read_only=b"ro" in options.split(b",") or b"ro" in super_options.split(b","),
        ownerless=b"idmapped" in options.split(b","),
    )


def _text(field: bytes) -> str:
    r"""Blanks, tabs, newlines and backslashes are written as `\040`."""
    return os.fsdecode(_OCTAL.sub(lambda found: bytes([int(found[1], 8)]), field))
