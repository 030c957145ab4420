"""The way to a tree: every component from `/` by descriptor, following only links that root alone can set."""

import errno
import os
import stat
import struct
from dataclasses import dataclass

from privaudit.fix.ownership.failure import Refused
from privaudit.host.changes import Changes
from privaudit.model.ownership import Refusal

_LINK_LIMIT = 40  # path_resolution(7): MAXSYMLINKS
_ACCESS_ACL = "system.posix_acl_access"
_ACL_ENTRY = struct.Struct("<HHI")
_USER, _GROUP_OBJ, _GROUP, _MASK, _OTHER = 0x02, 0x04, 0x08, 0x10, 0x20  # linux/posix_acl.h
_SEARCH = 1


@dataclass(frozen=True, slots=True)
class Step:
    """One folder on the way."""

    path: str
    uid: int
    gid: int
    mode: int
    acl: bytes = b""
    """posix_acl_access, if it has one."""

    def lets_pass(self, uid: int, groups: frozenset[int]) -> bool:
        """Whether the account may look names up in it; see acl(5) for the order."""
        if uid == 0:
            return True
        if uid == self.uid:
            return bool(self.mode & 0o100)
        return self._by_acl(uid, groups) if self.acl else self._by_mode(groups)

    def _by_mode(self, groups: frozenset[int]) -> bool:
        return bool(self.mode & (0o010 if self.gid in groups else 0o001))

    def _by_acl(self, uid: int, groups: frozenset[int]) -> bool:
        entries = list(_ACL_ENTRY.iter_unpack(self.acl[4:]))
        mask = next((rights for tag, rights, _id in entries if tag == _MASK), 7)
        for tag, rights, named in entries:
            if tag == _USER and named == uid:
                return bool(rights & mask & _SEARCH)
        of_groups = [
            rights
            for tag, rights, named in entries
            if (tag == _GROUP_OBJ and self.gid in groups) or (tag == _GROUP and named in groups)
        ]
        if of_groups:
            return any(rights & mask & _SEARCH for rights in of_groups)
        return any(rights & _SEARCH for tag, rights, _id in entries if tag == _OTHER)


class Approach:
    """The folder that holds a tree, open, and how it was reached; the tree itself may be missing."""

    def __init__(self, changes: Changes, path: str) -> None:
        """Walk to the folder that holds path; Refused with the reason if the way is not to be trusted."""
        self._changes = changes
        self._stack: list[tuple[int, str]] = []
        self.steps: tuple[Step, ...] = ()
        try:
            self._push(changes.root(), "/")
            self.name = self._walk(path)
            self.steps = tuple(self._step(descriptor, where) for descriptor, where in self._stack)
        except OSError as problem:
            self.close()
            raise _refused(path, problem) from None
        except BaseException:
            self.close()
            raise

    @property
    def folder(self) -> int:
        """Descriptor of the folder that holds the tree."""
        return self._stack[-1][0]

    @property
    def path(self) -> str:
        """The tree's path with root's links resolved."""
        return _join(self._stack[-1][1], self.name)

    def close(self) -> None:
        """Close every folder on the way."""
        while self._stack:
            self._changes.close(self._stack.pop()[0])

    def _push(self, descriptor: int, path: str) -> None:
        self._stack.append((descriptor, path))

    def _walk(self, path: str) -> str:
        """Walk to the last component and return its name; links are replaced by what they say."""
        if not path.startswith("/") or "\0" in path:
            raise Refused((Refusal(path, "not an absolute path", "give the path from / on"),))
        waiting = _components(path)
        links = 0
        while waiting:
            name = waiting.pop()
            if name == "..":
                if len(self._stack) > 1:
                    self._changes.close(self._stack.pop()[0])
                continue
            try:
                found = self._changes.status_at(self.folder, name)
            except FileNotFoundError:
                if waiting:
                    raise
                return name
            if stat.S_ISLNK(found.st_mode):
                links += 1
                if links > _LINK_LIMIT:
                    raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
                text = self._trusted_link(name, found)
                if text.startswith("/"):
                    self._back_to_root()
                waiting.extend(_components(text))
            elif not waiting:
                return name
            else:
                self._push(self._changes.step(self.folder, name), _join(self._stack[-1][1], name))
        raise Refused((Refusal(path, "the root of the whole system", "name the folder of the service"),))

    def _trusted_link(self, name: str, found: os.stat_result) -> str:
        """Text of a link that nobody but root could have put there."""
        where = _join(self._stack[-1][1], name)
        holder = self._changes.status(self.folder)
        if found.st_uid != 0 or holder.st_uid != 0 or holder.st_mode & 0o022:
            raise Refused(
                (
                    Refusal(
                        where,
                        "a link on the way that somebody other than root can replace",
                        "name the folder by its real path (`realpath` shows it)",
                    ),
                )
            )
        return self._changes.link_text(self.folder, name)

    def _back_to_root(self) -> None:
        while len(self._stack) > 1:
            self._changes.close(self._stack.pop()[0])

    def _step(self, descriptor: int, path: str) -> Step:
        found = self._changes.status(descriptor)
        return Step(path, found.st_uid, found.st_gid, stat.S_IMODE(found.st_mode), self._acl(descriptor))

    def _acl(self, descriptor: int) -> bytes:
        if _ACCESS_ACL in self._changes.attribute_names(descriptor):
            return self._changes.attribute(descriptor, "", _ACCESS_ACL)
        return b""


def _components(path: str) -> list[str]:
    """Last component first."""
    return [part for part in reversed(path.split("/")) if part not in {"", "."}]


def _join(folder: str, name: str) -> str:
    return f"/{name}" if folder == "/" else f"{folder}/{name}"


def _refused(path: str, problem: OSError) -> Refused:
    todo = "check the path: every part of it must exist and be a folder"
    return Refused((Refusal(path, problem.strerror or str(problem), todo),))
