"""The ownership engine: give trees that somebody else controls to another account, and take it back.

    changes = LinuxChanges()
    with StateFolder(changes, "/var/lib/privaudit") as state:      # root's alone, one run at a time
        census = preview(changes, plan)                            # read-only; with refusals
        outcome = apply(changes, census, state, "mysql.journal")   # freeze, census, journal, change, release
        outcome = undo(changes, state, "mysql.journal")            # after a kill at any moment, too
        outcome = resume(changes, state, "mysql.journal")          # finish what a killed run began

Nothing outside this package and `privaudit.host.changes*` changes an owner. docs/explanation/ownership.md
has the attacks and why they fail.
"""

from privaudit.fix.ownership.apply import apply
from privaudit.fix.ownership.failure import Busy, JournalDamaged, Untrusted
from privaudit.fix.ownership.preview import preview
from privaudit.fix.ownership.resume import resume
from privaudit.fix.ownership.state import LINUX_STATE, MACOS_STATE, StateFolder
from privaudit.fix.ownership.undo import undo

__all__ = [
    "LINUX_STATE",
    "MACOS_STATE",
    "Busy",
    "JournalDamaged",
    "StateFolder",
    "Untrusted",
    "apply",
    "preview",
    "resume",
    "undo",
]
