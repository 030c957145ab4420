"""Which folders change hands: what the service owns and somebody else's files lie in."""

import posixpath
import shlex
from collections.abc import Iterable
from fnmatch import fnmatchcase

from privaudit.fix.case import Case, Refuse
from privaudit.fix.ownership.places import inside, system_places
from privaudit.host import HostError
from privaudit.model.account import AccountKind
from privaudit.model.ownership import Claim, OwnershipPlan, Tree
from privaudit.model.path import FileKind, Role
from privaudit.model.profile import OwnedPath
from privaudit.model.service import Service

_KEPT = frozenset({Role.DATA, Role.LOG, Role.RUN})
_CLAIMED = _KEPT | {Role.CONFIGURATION, Role.SECRET}
_VOLATILE = "/run/"


def plan_trees(case: Case) -> tuple[OwnershipPlan, OwnershipPlan]:
    """(on disks, in /run): each tree with something that belongs to another non-root account."""
    found: dict[str, Tree] = {}
    for path, mode in _owned(case):
        owners = _owners(case, path) - {0, case.target.uid}
        if owners:
            found[path] = Tree(
                path,
                from_uid=_former(case, owners),
                to_uid=case.target.uid,
                to_gid=case.target.gid,
                top_mode=mode,
                groups=case.target.groups,
            )
    trees = [tree for path, tree in found.items() if not _held_by_another(path, found)]
    claims, homes = _claims(case, [tree.path for tree in trees]), _homes(case)
    disks = tuple(tree for tree in trees if not tree.path.startswith(_VOLATILE))
    volatile = tuple(tree for tree in trees if tree.path.startswith(_VOLATILE))
    return OwnershipPlan(disks, claims, homes), OwnershipPlan(volatile, claims, homes)


def roots_files(case: Case) -> list[str]:
    """What a service that ran as root left as root's: it stays so, and the account may need to write it."""
    notes = []
    for path, _ in _owned(case) if case.former.uid == 0 else ():
        files = [row for row in case.host.census(path).rows if row.uid == 0 and row.kind is FileKind.FILE]
        if files:
            count = sum(row.count for row in files)
            command = shlex.join(["chown", case.target.name, files[0].example])
            todo = f"if {case.target.name} has to write them: {command}"
            notes.append(f"{count} files of root in {path} stay root's; {todo}")
    return notes


def leftovers(case: Case, trees: Iterable[str]) -> tuple[str, ...]:
    """Sockets and pid file of the former account outside of its trees: in /tmp nobody may replace one."""
    definition = case.service.definition
    found = {each.address for each in case.service.listeners if each.protocol == "unix"}
    found |= {definition.pid_file} if definition is not None and definition.pid_file is not None else set()
    given = (*trees, *_made_at_start(case.service))
    return tuple(
        path
        for path in sorted(found)
        if path.startswith("/") and not any(inside(path, tree) for tree in given) and _is_formers(case, path)
    )


def _is_formers(case: Case, path: str) -> bool:
    try:
        return case.host.lstat(path).uid == case.former.uid != 0
    except HostError:
        return False  # it is not there: nothing to remove


def _owned(case: Case) -> Iterable[tuple[str, int | None]]:
    """(resolved path, mode of the top) of the folders that the account should own."""
    made = _made_at_start(case.service)
    for path in case.service.paths:
        entry = _entry(case, path.path)
        owner = entry.owner if entry is not None else None
        its_own = (path.role in _KEPT and owner != "root") or owner == "account"
        if not its_own or path.kind is not FileKind.DIRECTORY:
            continue
        if path.target not in made:
            mode = int(entry.mode, 8) if entry is not None and entry.mode is not None else None
            yield path.target, mode
    for folder in case.wish.owns:
        if not folder.startswith("/") or ".." in folder.split("/"):
            raise Refuse(folder, "is not an absolute path without ..", "give the path from / on")
        tree = posixpath.normpath(folder)
        if not _owners(case, tree) - {0}:
            why = "belongs to root, whose files cannot be told from what others planted"
            raise Refuse(tree, why, f"look through it, then: chown -R {case.target.name} {tree}")
        yield tree, None


def _made_at_start(service: Service) -> set[str]:
    """Runtime folders that the manager removes at a stop and makes anew, the account's own, at a start."""
    directories = service.definition.directories if service.definition is not None else ()
    return {each.path for each in directories if each.kind == "runtime"}


def _entry(case: Case, path: str) -> OwnedPath | None:
    """The profile's line about a path."""
    for entry in case.profile.owns if case.profile is not None else ():
        pattern = entry.path.replace("{prefix}", "*")
        if fnmatchcase(path, pattern) and path.count("/") >= entry.path.count("/"):
            return entry
    return None


def _owners(case: Case, path: str) -> set[int]:
    try:
        return {row.uid for row in case.host.census(path).rows}
    except HostError as problem:
        raise Refuse(path, problem.why, "see that it is a folder that root can read") from None


def _former(case: Case, owners: set[int]) -> int:
    """Whose files change hands: the service's former account, else a person; the engine refuses a third."""
    former = case.former.uid
    if former in owners:
        return int(former)
    persons = {a.uid for a in case.snapshot.accounts if a.kind is AccountKind.PERSON}
    return min(owners & persons or owners)


def _held_by_another(path: str, trees: Iterable[str]) -> bool:
    return any(path != other and inside(path, other) for other in trees)


def _claims(case: Case, paths: list[str]) -> tuple[Claim, ...]:
    """What other services own; a shared folder of the system above a tree is nobody's claim."""
    shared = system_places()
    found = {}
    for service in case.snapshot.services:
        if service.id == case.service.id or (service.profile and service.profile == case.service.profile):
            continue
        for path in service.paths:
            above = any(inside(mine, path.target) for mine in paths) and path.target in shared
            if path.role in _CLAIMED and path.exists is True and not above:
                found[path.target] = Claim(path.target, service.name)
    return tuple(claim for _, claim in sorted(found.items()))


def _homes(case: Case) -> tuple[str, ...]:
    return tuple(sorted({a.home for a in case.snapshot.accounts if a.kind is AccountKind.PERSON}))
