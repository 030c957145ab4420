"""POSIX access control lists as Linux stores them (system.posix_acl_access, linux/posix_acl_xattr.h)."""

import struct

from privaudit.model.path import AclEntry

ACCESS = "system.posix_acl_access"
_VERSION = 2
_USER, _GROUP, _MASK = 0x02, 0x08, 0x10


def named_entries(raw: bytes) -> tuple[AclEntry, ...]:
    """Named entries with the mask applied. Raises ValueError if the bytes are no ACL of version 2."""
    if len(raw) < 4 or (len(raw) - 4) % 8 or struct.unpack_from("<I", raw)[0] != _VERSION:  # noqa: PLR2004
        raise ValueError("not a POSIX ACL of version 2")
    entries = [struct.unpack_from("<HHI", raw, offset) for offset in range(4, len(raw), 8)]
    mask = next((bits for tag, bits, _ in entries if tag == _MASK), 7)
    names = {_USER: "user", _GROUP: "group"}
    return tuple(
        AclEntry(names[tag], identity, bits & mask) for tag, bits, identity in entries if tag in names
    )
