"""Giving trees of files to another account: what is asked, what was seen, and how it ended."""

from enum import StrEnum

from privaudit.model.frozen import frozen
from privaudit.model.path import TreeEntry


@frozen
class Tree:
    """One folder and everything below it that changes hands."""

    path: str
    """Absolute, as the administrator knows it; links on the way are followed only if root owns them."""
    from_uid: int
    """The former owner: only this account's inodes change. Never 0."""
    to_uid: int
    to_gid: int
    top_mode: int | None = None
    """Mode of the top folder afterwards, 0 to 0o7777; None: as it is."""
    groups: tuple[int, ...] = ()
    """Further groups of the new account: whether it can get to the tree is judged with them."""


@frozen
class Claim:
    """A path that belongs to somebody else: no tree may be, hold or lie in it."""

    path: str
    who: str
    """`postgresql`, `the home of joe`."""


@frozen
class OwnershipPlan:
    """What is to change hands; pure data, shown before anything is done."""

    trees: tuple[Tree, ...]
    claims: tuple[Claim, ...] = ()
    """Paths of the other services."""
    homes: tuple[str, ...] = ()
    """Home folders of people: no tree may be one or hold one (a tree inside one is possible)."""


_VERBS = frozenset(
    (
        *("belongs", "can", "cannot", "carries", "does", "exists", "has", "holds", "is"),
        *("lies", "may", "names", "never", "opens", "overlaps", "runs", "sets", "shares", "was"),
    )
)
"""What a `Refusal.why` begins with that goes on from its `what`."""


@frozen
class Refusal:
    """Why a tree is not touched, and what an administrator can do about it."""

    what: str
    """The path or the service it is about."""
    why: str
    """What is wrong with it: `is masked`; or what happened there: `Permission denied`."""
    todo: str

    @property
    def says(self) -> str:
        """What and why as one sentence."""
        verb = self.why.partition(" ")[0] in _VERBS
        return f"{self.what} {self.why}" if verb else f"{self.what}: {self.why}"


@frozen
class TreeCensus:
    """What one tree holds."""

    tree: Tree
    path: str
    """The tree's path with root's links resolved."""
    entries: int = 0
    """Everything in the tree, its top among it."""
    folders: int = 0
    to_change: int = 0
    """Inodes of the former owner."""
    rows: tuple[TreeEntry, ...] = ()
    """Counted by kind, mode, owner and group; sorted by example."""
    set_id: int = 0
    """Regular files with set-id bits that the change drops (undo brings them back)."""
    capabilities: int = 0
    """Files with capabilities that the change drops."""
    acls: int = 0
    """Files and folders with an access control list that the change drops."""
    attributes: int = 0
    """Files and folders with other extended attributes: they stay."""
    links_out: tuple[str, ...] = ()
    """The first symbolic links that lead out of the tree, with their targets; targets stay untouched."""
    listed: tuple[str, ...] = ()
    """The first sockets and FIFOs: left by a stopped service; they change hands too."""
    journal_bytes: int = 0
    """Upper estimate of the journal."""
    top_differs: bool = False
    """The top folder has another mode than the plan gives it."""


@frozen
class Census:
    """The preview: what would change, and every reason not to."""

    plan: OwnershipPlan
    trees: tuple[TreeCensus, ...]
    refusals: tuple[Refusal, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def to_change(self) -> int:
        """Inodes that would change hands, all trees together."""
        return sum(tree.to_change for tree in self.trees)

    @property
    def needed(self) -> bool:
        """Whether there is anything to do."""
        return self.to_change > 0 or any(tree.top_differs for tree in self.trees)


class Status(StrEnum):
    """How a change, an undo or a resume ended."""

    DONE = "done"
    NOTHING = "nothing to do"
    REFUSED = "refused"
    """Before any owner changed; the reasons are in refusals."""
    PUT_BACK = "put back"
    """It failed or was interrupted, and everything is as it was."""
    LEFT_OPEN = "left open"
    """It failed, and not everything could be put back: the journal is open, undo can be run again."""


@frozen
class Outcome:
    """What a change, an undo or a resume did."""

    status: Status
    journal: str | None = None
    """Path of the journal; None: none was written."""
    changed: int = 0
    """Inodes that got another owner in this run (a change forward, or an undo back)."""
    refusals: tuple[Refusal, ...] = ()
    reason: str = ""
    """Why it did not end in DONE or NOTHING: one line."""
    born: int = 0
    """Undo: inodes born since the change, given to the former owner."""
    examples: tuple[str, ...] = ()
    """The first of them."""
    changed_since: tuple[str, ...] = ()
    """Undo: entries whose owner or mode somebody changed since; what they changed was left."""
    changed_since_count: int = 0
    left: tuple[str, ...] = ()
    """Undo: entries that could not be given back, with the reason."""
    left_count: int = 0
    notes: tuple[str, ...] = ()


class Phase(StrEnum):
    """What long work is at."""

    LOOKING = "looking"
    FREEZING = "freezing"
    CHANGING = "changing"
    RESTORING = "restoring"
    RELEASING = "releasing"


@frozen
class Progress:
    """Told to the caller now and then, at most once a batch."""

    phase: Phase
    done: int
    total: int | None = None
    """None: not known yet."""
