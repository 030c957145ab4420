"""A data tree as a whole: whose it is, and who could write in it."""

from privaudit.collect.files.exposure import SEARCH, STICKY, WRITE, Principal, Reach, may
from privaudit.collect.files.trace import Trace
from privaudit.host import Census, CensusRow, Host, HostError
from privaudit.model.account import AccountKind
from privaudit.model.frozen import frozen
from privaudit.model.path import AclEntry, Exposure, FileKind, FileStat, TreeEntry
from privaudit.model.unknown import Limit

EXAMPLES = 20
"""Kinds of entries named in a finding; the rest is counted."""


@frozen
class TreeJudgement:
    """What a census shows about a tree."""

    persons: tuple[TreeEntry, ...]
    """Entries that people own, most first."""
    exposures: tuple[Exposure, ...]
    """Who can write something in it, beyond those allowed."""
    entries: int
    limits: tuple[Limit, ...]


def judge(host: Host, reach: Reach, trace: Trace, census: Census, allowed: frozenset[int]) -> TreeJudgement:
    """Judge every row of a census of `trace`'s end; allowed: uids that may own and write."""
    persons: list[TreeEntry] = []
    exposures: dict[tuple[int | None, str], Exposure] = {}
    limits = list(census.limits)
    for row in census.rows:
        if row.kind is FileKind.LINK:
            continue  # a link's target is another path; who can change the link is its folder's matter
        principal = reach.principal(row.uid)
        if row.uid and principal.kind is AccountKind.PERSON:
            kind = (row.kind, row.mode, row.uid, row.gid)
            persons.append(TreeEntry(*kind, row.count, row.example, principal.who))
        if row.kind not in {FileKind.FILE, FileKind.DIRECTORY}:
            continue
        try:
            acl = host.acl(row.example) if row.acl else ()
            for exposure in _writers(host, reach, trace, row, acl, allowed):
                exposures.setdefault((exposure.uid, exposure.how), exposure)
        except HostError as error:
            limits.append(error.limit())
    persons.sort(key=lambda entry: (-entry.count, entry.example))
    return TreeJudgement(tuple(persons[:EXAMPLES]), tuple(exposures.values()), census.entries, tuple(limits))


def _writers(
    host: Host,
    reach: Reach,
    trace: Trace,
    row: CensusRow,
    acl: tuple[AclEntry, ...],
    allowed: frozenset[int],
) -> list[Exposure]:
    stat = FileStat(row.kind, row.mode, row.uid, row.gid)
    folder = row.kind is FileKind.DIRECTORY
    found = []
    for principal in reach.candidates([(stat, acl)], allowed, WRITE):
        if not _arrives(host, principal, trace, row):
            continue
        what = "folder" if folder else "file"
        times = f" ({row.count} entries like it)" if row.count > 1 else ""
        if stat.uid == principal.uid:
            how = f"owns the {what}{times}"
        elif may(principal, stat, acl, WRITE | SEARCH if folder else WRITE) and not (
            folder and row.mode & STICKY
        ):
            how = f"may write the {what}{times}"
        else:
            continue
        found.append(Exposure(principal.who, principal.uid, principal.kind, row.example, how))
    return found


def _arrives(host: Host, principal: Principal, trace: Trace, row: CensusRow) -> bool:
    """Whether the principal can get to the row: through the folders above the tree, then inside it.

    HostError where that is for an access list to say, and it cannot be read.
    """
    top = trace.target
    above = [node for node in trace.folders if node.path != top]
    names = row.example[len(top.rstrip("/")) :].strip("/").split("/")
    inside = [
        ("/".join([top.rstrip("/"), *names[:depth]]) or "/", FileStat(FileKind.DIRECTORY, mode, uid, gid))
        for depth, (uid, gid, mode) in enumerate(row.chain)
    ]
    return all(
        node.stat.uid == principal.uid or may(principal, node.stat, node.acl, SEARCH) for node in above
    ) and all(_enters(host, principal, path, stat) for path, stat in inside)


def _enters(host: Host, principal: Principal, path: str, stat: FileStat) -> bool:
    """Whether it may search a folder; its access list is asked for only where the bits leave it to that."""
    if stat.uid == principal.uid or (stat.gid not in principal.gids and may(principal, stat, (), SEARCH)):
        return True
    masked = (stat.mode >> 3) & SEARCH  # where it is clear, no entry of a list counts (acl(5))
    return bool(masked) and principal.uid is not None and may(principal, stat, host.acl(path), SEARCH)
