"""Freezing: take a folder from its owner before reading it, a batch of folders at a time, parents first.

A frozen folder is root's with mode 0700. Nobody else can look a name up in it, add, remove or rename one,
not even through a descriptor opened before: permission is asked at each lookup, of the inode as it is now.
"""

import os
from typing import Protocol

from privaudit.fix.ownership.failure import ChangedUnderUs
from privaudit.fix.ownership.forest import Forest
from privaudit.fix.ownership.journal import Journal
from privaudit.fix.ownership.pace import Pace
from privaudit.host.changes import Changes
from privaudit.model.ownership import Phase

_BATCH = 1000
_MODE = 0o700


class Reader(Protocol):
    """Somebody who reads folders as they freeze."""

    def frozen(self, number: int, descriptor: int, found: os.stat_result) -> None:
        """Folder number is root's now; found and its ACL are what its owner last made of them."""
        ...

    def failed(self, number: int, problem: OSError | ChangedUnderUs) -> None:
        """Freezing or reading it failed: raise to stop, or note it and go on with the others."""
        ...

    def read(self, number: int, descriptor: int) -> None:
        """Read it: add its folders to the forest, and write down what makes their freeze reversible."""
        ...


def freeze_all(
    changes: Changes, forest: Forest, journal: Journal, reader: Reader, pace: Pace, phase: Phase
) -> None:
    """Freeze and read every folder of the forest, those that the reader adds too.

    A failure with one folder is the reader's to judge. Raises OSError if the journal cannot be written, and
    Interrupted between batches if the pace says so.
    """
    done = 0
    while done < len(forest):
        journal.sync()  # before the batch: what undoes it is on the disk
        pace.step(phase, done)
        end = min(len(forest), done + _BATCH)
        for number in range(done, end):
            try:
                descriptor = forest.open(number)
                changes.chown(descriptor, 0, 0)
                reader.frozen(number, descriptor, changes.status(descriptor))
                changes.chmod(descriptor, _MODE)
                reader.read(number, descriptor)
            except (OSError, ChangedUnderUs) as problem:
                reader.failed(number, problem)
        done = end
    journal.sync()
