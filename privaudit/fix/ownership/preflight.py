"""What must hold of a tree's surroundings: the way there, the file system, who holds it."""

import contextlib
import os

from privaudit.fix.ownership.approach import Approach, Step
from privaudit.fix.ownership.places import inside, refuse_ids, refuse_place, system_places
from privaudit.host.changes import Changes, Holder, Mount
from privaudit.model.ownership import OwnershipPlan, Refusal, Tree

_HOLDERS_SHOWN = 5


def refuse_surroundings(
    changes: Changes, plan: OwnershipPlan, tree: Tree, approach: Approach, top: int
) -> list[Refusal]:
    """Every reason outside the tree not to touch it; top is its open top folder."""
    path = approach.path
    found = [*refuse_place(plan, tree, path), *refuse_ids(tree)]
    found.extend(_way(tree, approach.steps))
    found.extend(_same_inode(changes, path, top))
    found.extend(refuse_mounts(changes, path, top))
    if not changes.can_store(tree.to_uid, tree.to_gid) or not changes.can_store(tree.from_uid, 0):
        why = f"{tree.to_uid}:{tree.to_gid} or {tree.from_uid} is no id that can be stored here"
        found.append(Refusal(path, why, "choose an account whose ids exist in this user namespace"))
    return found


def _way(tree: Tree, steps: tuple[Step, ...]) -> list[Refusal]:
    """A folder on the way owned by a third account, or closed to the new one."""
    groups = frozenset({tree.to_gid, *tree.groups})
    found = []
    for step in steps:
        if step.uid not in {0, tree.from_uid, tree.to_uid}:
            why = f"is owned by uid {step.uid}, who could put another folder in the tree's place"
            found.append(Refusal(step.path, why, "give it to root, or move the tree"))
        if not step.lets_pass(tree.to_uid, groups):
            why = f"uid {tree.to_uid} could not get through it (mode {step.mode:04o})"
            found.append(Refusal(step.path, why, "move the data to a folder of the service, or open the way"))
    return found


def _same_inode(changes: Changes, path: str, top: int) -> list[Refusal]:
    """The system's own folders under another name (a bind mount of them)."""
    mine = changes.status(top)
    root = changes.root()
    try:
        for place in sorted(system_places() - {path}):
            with contextlib.suppress(OSError):  # this machine has no such folder
                if os.path.samestat(changes.status_at(root, place.lstrip("/") or "."), mine):
                    why = f"is {place} under another name"
                    return [Refusal(path, why, "name the service's own folder")]
    finally:
        changes.close(root)
    return []


def refuse_mounts(changes: Changes, path: str, top: int) -> list[Refusal]:
    """Mounts at or below path, and a file system that cannot take part."""
    mounts = changes.mounts()
    found = [
        Refusal(mount.point, "something is mounted inside the tree", f"unmount {mount.point} for the fix")
        for mount in mounts
        if mount.point != path and inside(mount.point, path)
    ]
    holding = _holding(mounts, path, changes.marks(top).mount)
    if holding is None:
        why = "the file system it lies on is not in the table of mounts"
        return [*found, Refusal(path, why, "run outside of the chroot")]
    if holding.point == path:
        found.extend(_mounted_top(mounts, holding))
    if holding.kind not in changes.owner_kinds:
        why = f"lies on {holding.kind}, which does not keep owners by itself or is not local"
        found.append(Refusal(path, why, "move the data to a local file system that keeps owners"))
    if holding.ownerless:
        found.append(Refusal(path, "its mount ignores or shifts owners", "mount it without that option"))
    if holding.read_only:
        found.append(Refusal(path, "is read-only", f"mount -o remount,rw {holding.point}"))
    return found


def _holding(mounts: tuple[Mount, ...], path: str, identity: int) -> Mount | None:
    """The mount on which path lies; later lines of the table cover earlier ones."""
    if identity:
        return next((mount for mount in mounts if mount.id == identity), None)
    above = [mount for mount in mounts if inside(path, mount.point)]
    longest = max((len(mount.point) for mount in above), default=0)
    return next((mount for mount in reversed(above) if len(mount.point) == longest), None)


def _mounted_top(mounts: tuple[Mount, ...], mount: Mount) -> list[Refusal]:
    """A volume of the tree's own is fine; a second view of something that is elsewhere too is not."""
    if mount.root == "/" and sum(other.device == mount.device for other in mounts) == 1:
        return []
    why = "is a bind mount: the same files have another path"
    return [Refusal(mount.point, why, "name the folder that is mounted there")]


def refuse_holders(holders: tuple[Holder, ...], path: str) -> list[Refusal]:
    """Processes that could still reach into a frozen tree."""
    found = [holder for holder in holders if not holder.harmless]
    if not found:
        return []
    shown = ", ".join(
        f"{holder.program} (pid {holder.pid}, uid {holder.uid}, {holder.how})"
        for holder in found[:_HOLDERS_SHOWN]
    )
    more = f" and {len(found) - _HOLDERS_SHOWN} more" if len(found) > _HOLDERS_SHOWN else ""
    return [Refusal(path, f"still held by {shown}{more}", "stop these processes first")]
