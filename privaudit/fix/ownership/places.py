"""Paths that no fix may ever give away: the system's own, shared roots, homes, and what others claim."""

from privaudit.model.ownership import OwnershipPlan, Refusal, Tree

_SYSTEM = frozenset(  # hier(7), and Apple's layout
    """
    / /bin /boot /dev /efi /etc /home /lib /lib32 /lib64 /libx32 /lost+found /media /mnt /nix /opt /proc /root
    /run /sbin /snap /srv /sys /tmp /usr /var
    /usr/bin /usr/games /usr/include /usr/lib /usr/lib32 /usr/lib64 /usr/libexec /usr/local /usr/sbin
    /usr/share /usr/src /run/lock /run/user /run/systemd /dev/shm
    /var/backups /var/cache /var/crash /var/db /var/empty /var/lib /var/local /var/lock /var/log /var/mail
    /var/opt /var/root /var/run /var/spool /var/tmp /var/www
    /Applications /Library /Network /System /Users /Users/Shared /Volumes /cores /private
    /private/etc /private/tmp /private/var /private/var/db /private/var/empty /private/var/folders
    /private/var/lib /private/var/log /private/var/root /private/var/run /private/var/spool /private/var/tmp
    """.split()  # noqa: SIM905 - a list of a hundred paths is read in rows
)
_WHOLLY = ("/bin", "/boot", "/dev", "/etc/ssh", "/etc/pam.d", "/etc/sudoers.d", "/lib", "/lib64", "/proc")
_WHOLLY_SYSTEM = (*_WHOLLY, "/sbin", "/sys", "/usr/bin", "/usr/lib", "/usr/sbin", "/root", "/System")
"""Nothing inside these is a service's to own either."""

_PREFIXES = ("/opt/homebrew", "/usr/local", "/home/linuxbrew/.linuxbrew", "/opt/local", "/opt/sw")
_PREFIX_PARTS = (
    *("Caskroom", "Cellar", "Frameworks", "Homebrew", "Library", "bin", "etc", "include", "lib", "libexec"),
    *("opt", "sbin", "share", "var", "var/db", "var/homebrew", "var/lib", "var/log", "var/run", "var/spool"),
)
_SHARED = frozenset(_PREFIXES) | {f"{prefix}/{part}" for prefix in _PREFIXES for part in _PREFIX_PARTS}
_HOMES = ("/home", "/Users")


def system_places() -> frozenset[str]:
    """Every path that belongs to the system or to several services, for a comparison by inode."""
    return _SYSTEM | _SHARED


def refuse_place(plan: OwnershipPlan, tree: Tree, path: str) -> list[Refusal]:
    """Reasons not to touch path (the tree's, links resolved) for where it is; pure."""
    found = []
    if path in _SYSTEM or any(inside(path, place) for place in _WHOLLY_SYSTEM):
        found.append(Refusal(path, "belongs to the system", "name the service's own folder"))
    if path in _SHARED:
        found.append(Refusal(path, "is shared by many services", "name the service's own folder in it"))
    if path.rpartition("/")[0] in _HOMES:
        found.append(Refusal(path, "is a home folder", "name the service's own folder"))
    found.extend(
        Refusal(path, f"is or holds the home folder {home}", "name the service's own folder")
        for home in plan.homes
        if inside(home, path)
    )
    for claim in plan.claims:
        if inside(claim.path, path) or inside(path, claim.path):
            todo = "fix that service first, or give each a folder of its own"
            found.append(Refusal(path, f"shares {claim.path} with {claim.who}", todo))
    found.extend(
        Refusal(path, f"overlaps {other.path} of the same plan", "name each tree once")
        for other in plan.trees
        if other is not tree and (inside(other.path, path) or inside(path, other.path))
    )
    return found


def refuse_ids(tree: Tree) -> list[Refusal]:
    """Reasons not to touch a tree for whom it goes from and to; pure."""
    if tree.from_uid == 0:
        why = "what root owns cannot be told from what others planted"
        return [Refusal(tree.path, why, "give the files to an account by hand first")]
    if tree.from_uid == tree.to_uid:
        return [Refusal(tree.path, "the former and the new owner are the same", "name another account")]
    return []


def inside(path: str, folder: str) -> bool:
    """Whether path is folder or below it."""
    return path == folder or path.startswith("/" if folder == "/" else f"{folder}/")
