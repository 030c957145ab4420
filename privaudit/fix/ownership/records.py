"""What one journal record says of an inode, as text that a person can read and act upon."""

import base64
import stat
import struct
from collections.abc import Mapping
from dataclasses import dataclass

from privaudit.fix.ownership.failure import JournalDamaged
from privaudit.host.changes import Attributes
from privaudit.model.ownership import Tree
from privaudit.model.path import FileKind

FROZEN = (0, 0, 0o700)
"""Owner, group and mode of a frozen folder."""
SET_ID = stat.S_ISUID | stat.S_ISGID

_KINDS = {
    stat.S_IFREG: FileKind.FILE,
    stat.S_IFDIR: FileKind.DIRECTORY,
    stat.S_IFLNK: FileKind.LINK,
    stat.S_IFSOCK: FileKind.SOCKET,
    stat.S_IFIFO: FileKind.FIFO,
}
_ACCESS_ACL = "system.posix_acl_access"
_ACL_HEADER, _ACL_ENTRY = struct.Struct("<I"), struct.Struct("<HHI")
_ACL_GROUP_OBJ, _ACL_MASK = 0x04, 0x10  # linux/posix_acl.h


@dataclass(frozen=True, slots=True)
class Was:
    """An inode before the change: what undo makes of it again."""

    kind: FileKind
    uid: int
    gid: int
    mode: int
    """0 to 0o7777."""
    links: int = 1
    attributes: tuple[tuple[str, bytes], ...] = ()
    """ACLs and capabilities, by name."""
    sha256: str = ""
    """Of the contents, where the file has set-id bits or capabilities: they come back only to these."""

    @property
    def plain(self) -> bool:
        """Only owner and group change: no set-id bits, no attributes, one name."""
        return not self.attributes and self.links == 1 and not self.drops_set_id

    @property
    def drops_set_id(self) -> bool:
        """Has set-id bits that a change of owner drops; on folders they mean something else and stay."""
        return self.kind is not FileKind.DIRECTORY and bool(self.mode & SET_ID)


def kind_of(mode: int) -> FileKind:
    """Type bits of st_mode."""
    return _KINDS.get(stat.S_IFMT(mode), FileKind.DEVICE)


def mode_left(was: Was, acl_names: frozenset[str]) -> int:
    """Mode that the change leaves: no set-id bits on files, and no more for the group than the ACL gave it.

    With an ACL the group bits of the mode are its mask (acl(5)); dropping it alone could widen.
    """
    mode = was.mode & ~SET_ID if was.drops_set_id else was.mode
    for key, value in was.attributes:
        if key == _ACCESS_ACL and key in acl_names:
            mode = mode & ~0o070 | _group_rights(value) << 3
    return mode


def _group_rights(acl: bytes) -> int:
    """Rights of the owning group in a posix_acl_access attribute, mask applied."""
    group, mask = 0, 7
    for tag, rights, _id in _ACL_ENTRY.iter_unpack(acl[_ACL_HEADER.size :]):
        if tag == _ACL_GROUP_OBJ:
            group = rights
        elif tag == _ACL_MASK:
            mask = rights
    return group & mask & 7


def released(was: Was, tree: Tree, acl_names: frozenset[str], *, top: bool) -> tuple[int, int, int]:
    """(owner, group, mode) that the change leaves on a folder."""
    if was.uid != tree.from_uid:
        changed = (was.uid, was.gid, was.mode)
    else:
        changed = (tree.to_uid, tree.to_gid, mode_left(was, acl_names))
    if top and tree.top_mode is not None:
        return (*changed[:2], tree.top_mode)
    return changed


def ids_text(uid: int, gid: int, mode: int) -> str:
    """`501:20 0644`."""
    return f"{uid}:{gid} {mode:04o}"


def extras(was: Was) -> dict[str, object]:
    """The rarer parts of a record."""
    found: dict[str, object] = {}
    if was.links != 1 and was.kind is not FileKind.DIRECTORY:
        found["links"] = was.links
    if was.attributes:
        found["attributes"] = {key: base64.b64encode(value).decode() for key, value in was.attributes}
    if was.sha256:
        found["sha256"] = was.sha256
    return found


def parse_was(record: Mapping[str, object], kind: FileKind) -> Was:
    """Read what `ids_text` and `extras` wrote; JournalDamaged if it is not that."""
    try:
        text = record["was"]
        owner, mode = str(text).split(" ")
        uid, gid = owner.split(":")
        return Was(
            kind,
            int(uid),
            int(gid),
            int(mode, 8),
            links=_number(record.get("links", 1)),
            attributes=tuple(sorted(_attributes(record.get("attributes", {})).items())),
            sha256=str(record.get("sha256", "")),
        )
    except (KeyError, ValueError) as problem:
        raise JournalDamaged(f"a record without a readable owner and mode: {problem}") from None


def _number(value: object) -> int:
    if isinstance(value, int):
        return value
    raise ValueError(f"not a number: {value!r}")


def _attributes(value: object) -> Attributes:
    if not isinstance(value, dict):
        raise JournalDamaged(f"not attributes: {value!r}")
    return {str(key): base64.b64decode(str(text), validate=True) for key, text in value.items()}
