"""POSIX access control lists as Linux stores them (system.posix_acl_access, linux/posix_acl_xattr.h)."""

import struct

from privaudit.model.path import AclEntry

ACCESS = "system.posix_acl_access"
_VERSION = 2
_USER, _OWNING_GROUP, _GROUP, _MASK = 0x02, 0x04, 0x08, 0x10
_TAGS = {_USER: "user", _OWNING_GROUP: "owning-group", _GROUP: "group"}


def hidden_entries(raw: bytes) -> tuple[AclEntry, ...]:
    """Entries that the mode does not show, mask applied. ValueError if the bytes are no ACL of version 2."""
    if len(raw) < 4 or (len(raw) - 4) % 8 or struct.unpack_from("<I", raw)[0] != _VERSION:  # noqa: PLR2004
        raise ValueError("not a POSIX ACL of version 2")
    entries = [struct.unpack_from("<HHI", raw, offset) for offset in range(4, len(raw), 8)]
    mask = next((bits for tag, bits, _ in entries if tag == _MASK), 7)
    return tuple(
        AclEntry(_TAGS[tag], -1 if tag == _OWNING_GROUP else identity, bits & mask)
        for tag, bits, identity in entries
        if tag in _TAGS
    )
