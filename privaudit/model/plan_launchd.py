"""The steps of a fix on macOS, beside those of `privaudit.model.steps`: accounts, jobs, single files."""

from privaudit.model.frozen import frozen


@frozen
class MakeMacAccount:
    """Make a hidden account that nobody logs in with, and a group of its own, in the local directory."""

    name: str
    uid: int
    """Free among users and groups when the plan was made; the group gets the same number."""
    comment: str
    home: str = "/var/empty"
    shell: str = "/usr/bin/false"

    @property
    def says(self) -> str:
        """What it does, for a person."""
        return f"make the hidden account {self.name} (uid and gid {self.uid}, no login)"


@frozen
class RetireJob:
    """Take a job out of launchd for good: booted out, its file kept in the record, its label disabled."""

    label: str
    path: str
    """Its job file."""
    uid: int
    """Whose job it is: the owner of its file; 0 for a daemon."""
    account: str
    """Their name."""
    domains: tuple[str, ...]
    """Where it may be loaded: `gui/501`, `user/501`; `system`."""
    disable: str
    """The domain whose list says that the label may not be loaded."""
    programs: tuple[str, ...]
    """Who does its work, and is asked to end (`model.profile.Matches.programs`); empty: the main process."""
    limit: int
    """Seconds that it may take to stop; nothing is killed."""

    @property
    def says(self) -> str:
        """What it does, for a person."""
        kept = f"{self.path} away and keep it in the record of the fix"
        if not self.domains:
            return f"take {kept}"
        return (
            f"stop {self.label} (at most {self.limit} s; nothing is killed), boot it out of "
            f"{' and '.join(self.domains)}, take {kept}, and disable {self.disable}/{self.label}"
        )


@frozen
class StopJob:
    """Boot a daemon out whose job file stays."""

    label: str
    path: str
    programs: tuple[str, ...]
    """As in `RetireJob`."""
    limit: int
    """Seconds that it may take to stop; nothing is killed."""

    @property
    def says(self) -> str:
        """What it does, for a person."""
        return (
            f"boot system/{self.label} out and wait until launchd has forgotten it (at most {self.limit} s)"
        )


@frozen
class GiveFile:
    """Give one file to the account, or make it: a log in a folder where the account may make none."""

    path: str
    from_uid: int
    """The former owner: nobody else's file is touched."""
    to_uid: int
    to_gid: int
    mode: int = 0o640
    """0 to 0o7777, for a new file; an existing one keeps its mode."""

    @property
    def says(self) -> str:
        """What it does, for a person."""
        return f"give {self.path}, made empty if it is not there"


@frozen
class EnableJob:
    """Have launchd load the label at every boot: launchctl(1), enable."""

    label: str

    @property
    def says(self) -> str:
        """What it does, for a person."""
        return f"enable system/{self.label}"


@frozen
class BootstrapJob:
    """Load a daemon from its file, once nothing of that label is left: launchctl(1), bootstrap."""

    label: str
    path: str
    programs: tuple[str, ...]
    """As in `RetireJob`, for taking it back."""
    limit: int
    """Seconds that it may take to stop when it is taken back, or what is left of the label to go."""

    @property
    def says(self) -> str:
        """What it does, for a person."""
        return f"bootstrap system {self.path}"


@frozen
class ProveJob:
    """Look at the running daemon: who it is by launchd and by its processes, and whether it stays up."""

    label: str
    account: str
    group: str
    """Empty: the job names none, so that launchd shows none."""
    path: str
    """The file that launchd must have read."""
    paths: tuple[str, ...] = ()
    """Folders that the account must be able to read and write."""
    seconds: int = 12
    """How long it must stay up: longer than the 10 s that launchd lets pass between two starts."""
    once: bool = False
    """It runs at certain times only, or once: that nothing runs is right."""

    @property
    def says(self) -> str:
        """What it does, for a person."""
        who = f"ask launchd and the processes' ids whether {self.label} is {self.account}"
        return f"{who}, whether it stays up {self.seconds} s, and scan it anew"


MacStep = MakeMacAccount | RetireJob | StopJob | GiveFile | EnableJob | BootstrapJob | ProveJob
"""Those of `privaudit.model.steps.Step` that only macOS has."""
