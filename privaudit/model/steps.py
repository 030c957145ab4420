"""The steps of a fix: what each of them does, as values."""

from dataclasses import dataclass

from privaudit.model.ownership import OwnershipPlan
from privaudit.model.plan_launchd import MacStep


@dataclass(frozen=True, slots=True)
class MakeAccount:
    """Make a system account that nobody logs in with, and a group of its own."""

    name: str
    uid: int
    """Free in passwd(5) and group(5) when the plan was made; the group gets the same number."""
    comment: str
    home: str = "/nonexistent"
    shell: str = "/usr/sbin/nologin"

    @property
    def says(self) -> str:
        """What it does, for a person."""
        return f"make the account {self.name} (uid {self.uid}, no login)"


@dataclass(frozen=True, slots=True)
class StopUnits:
    """Stop everything that runs the service or would start it again; nothing is ever killed for it."""

    units: tuple[str, ...]
    """In the order in which they stop: what triggers the service first, the service last."""
    again: tuple[str, ...]
    """In the order in which those that were active start when all is put back."""
    limit: int
    """Seconds that each may take; after them all is put back."""

    @property
    def says(self) -> str:
        """What it does, for a person."""
        return f"stop {', '.join(self.units)} (at most {self.limit} s each; nothing is killed)"


@dataclass(frozen=True, slots=True)
class GiveTrees:
    """Give folders with all below them to the account: `privaudit.fix.ownership`."""

    ownership: OwnershipPlan
    part: str
    """Tells the ownership engine's journals of one fix apart: `disks`, `run`."""
    volatile: bool = False
    """The folders are on a file system that a reboot empties (/run)."""

    @property
    def says(self) -> str:
        """What it does, for a person."""
        return f"give {', '.join(tree.path for tree in self.ownership.trees)}"


@dataclass(frozen=True, slots=True)
class WriteFile:
    """Write a file of root's: a drop-in, a definition, or a configuration with one line changed."""

    path: str
    text: str
    """The whole new contents; bytes that are not UTF-8 as surrogates (os.fsdecode)."""
    was: str | None = None
    """Contents when the plan was made; None: there was no such file."""
    mode: int = 0o644
    """0 to 0o7777, for a new file; an existing one keeps its owner and mode."""

    @property
    def says(self) -> str:
        """What it does, for a person."""
        return f"{'write' if self.was is None else 'change'} {self.path}"


@dataclass(frozen=True, slots=True)
class RemoveFiles:
    """Remove sockets and pid files that a stopped service of the former account left."""

    paths: tuple[str, ...]
    owner: int | None = None
    """Only what belongs to this uid; None: whoever's it is."""

    @property
    def says(self) -> str:
        """What it does, for a person."""
        return f"remove {', '.join(self.paths)} if the stopped service leaves it"


@dataclass(frozen=True, slots=True)
class Reload:
    """Have the system's manager read the definitions anew: systemctl(1) daemon-reload."""

    @property
    def says(self) -> str:
        """What it does, for a person."""
        return "have systemd read its files anew"


@dataclass(frozen=True, slots=True)
class ReadBack:
    """Ask the manager what it would do now, before anything is started."""

    unit: str
    properties: tuple[tuple[str, str], ...]
    """(property of systemctl(1) show, value that it must have)."""

    @property
    def says(self) -> str:
        """What it does, for a person."""
        wanted = " ".join(f"{key}={value}" for key, value in self.properties)
        return f"ask systemd whether {self.unit} now has {wanted}"


@dataclass(frozen=True, slots=True)
class StartUnits:
    """Start what was active before."""

    units: tuple[str, ...]
    """In the order in which they start: what triggers the service first, the service last."""
    limit: int
    """Seconds that each may take."""

    @property
    def says(self) -> str:
        """What it does, for a person."""
        return f"start {', '.join(self.units)}"


@dataclass(frozen=True, slots=True)
class AskHealth:
    """Ask the service whether it works, as its own account."""

    command: tuple[str, ...]
    """Absolute program of the service's own folder, and its arguments."""
    account: str
    answers: str
    """Text that the answer must hold, or one of several divided by `|`; empty: exit status 0 is enough."""
    limit: int = 30
    """Seconds until it must have answered."""

    @property
    def says(self) -> str:
        """What it does, for a person."""
        wanted = f' and expect "{self.answers}"' if self.answers else ""
        return f"run `{' '.join(self.command)}` as {self.account}{wanted}"


@dataclass(frozen=True, slots=True)
class WorkerKind:
    """Children of a root master that must be the account (`model.profile.Workers`)."""

    programs: tuple[str, ...] = ()
    titles: tuple[str, ...] = ()
    saved: bool = True
    """The saved id too; False: they keep root as that by design."""


@dataclass(frozen=True, slots=True)
class Prove:
    """Look at the running service: who it is, whether it stays up, and whether a scan has anything left."""

    unit: str
    account: str
    paths: tuple[str, ...]
    """Folders that the account must be able to read and write."""
    programs: tuple[str, ...] = ()
    """Whoever runs one of these must be the account (`model.profile.Matches.programs`)."""
    workers: tuple[WorkerKind, ...] = ()
    """And these, the main process apart."""
    everyone: bool = True
    """Every process must be the account; False: the unit runs some of its commands as root."""
    seconds: int = 5
    """How long it must stay up."""

    @property
    def says(self) -> str:
        """What it does, for a person."""
        what = "every process of {} belongs to" if self.everyone else "the work of {} is done by"
        return (
            f"prove that {what.format(self.unit)} {self.account} (real, effective and saved id), "
            f"that it uses its data and stays up {self.seconds} s, and that a new scan agrees"
        )


@dataclass(frozen=True, slots=True)
class RetirePersonUnit:
    """Stop a unit of a person's own manager and take its file away; all of it as that person."""

    unit: str
    uid: int
    account: str
    """The person's name."""
    path: str
    """The unit's file in the person's home."""
    limit: int
    """Seconds that it may take to stop; nothing is killed."""

    @property
    def says(self) -> str:
        """What it does, for a person."""
        return f"stop and disable {self.unit} of {self.account}, and keep its file in the record of the fix"


@dataclass(frozen=True, slots=True)
class EnableUnit:
    """Have a unit started at boot: systemctl(1) enable."""

    unit: str

    @property
    def says(self) -> str:
        """What it does, for a person."""
        return f"have {self.unit} started at boot"


@dataclass(frozen=True, slots=True)
class Rescan:
    """Scan a machine that does not run once more: what was wrong must not be found any more."""

    unit: str

    @property
    def says(self) -> str:
        """What it does, for a person."""
        return f"scan {self.unit} anew"


Step = (
    MakeAccount
    | StopUnits
    | GiveTrees
    | WriteFile
    | RemoveFiles
    | Reload
    | ReadBack
    | StartUnits
    | AskHealth
    | Prove
    | RetirePersonUnit
    | EnableUnit
    | Rescan
    | MacStep
)
"""The closed set of things that a fix can do; `privaudit.fix.steps` carries each out and takes it back."""
