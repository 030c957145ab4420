"""The ownership engine beside chown -R, as root: `python -m bench.ownership [ENTRIES] [FOR_MEMORY]`."""

import os
import sys
import tempfile

from bench.pairs import Pair, Run, timed
from bench.trees import tree

FORMER, ACCOUNT = 50001, 50003
STEP = """
import sys
from privaudit.fix.ownership import StateFolder, apply, preview, undo
from privaudit.host.changes_linux import LinuxChanges
from privaudit.model.ownership import OwnershipPlan, Status, Tree
what, top, state, former, account = sys.argv[1:]
changes = LinuxChanges()
plan = OwnershipPlan((Tree(top, int(former), int(account), int(account)),))
with StateFolder(changes, state) as folder:
    if what == "change":
        outcome = apply(changes, preview(changes, plan), folder, "bench.journal")
    else:
        outcome = undo(changes, folder, "bench.journal")
assert outcome.status is Status.DONE, outcome
"""
TARGETS = {"change": 4.0, "undo": 4.0}
MEGABYTES = 200


def measure(entries: int) -> dict[str, tuple[Run, Run]]:
    """Give a tree away, take it back, and both again with chown."""
    with tree(entries, FORMER) as top, tempfile.TemporaryDirectory(dir="/var/lib") as base:
        ours = [sys.executable, "-c", STEP]
        rest = [top, f"{base}/state", str(FORMER), str(ACCOUNT)]
        timed(["find", top, "-printf", "%U"])
        change = timed([*ours, "change", *rest])
        undo = timed([*ours, "undo", *rest])
        there = timed(["chown", "-hR", f"{ACCOUNT}:{ACCOUNT}", top])
        back = timed(["chown", "-hR", f"{FORMER}:{FORMER}", top])
    return {"change": (change, there), "undo": (undo, back)}


def main() -> None:
    """Measure and print."""
    if os.geteuid() != 0:
        sys.exit("giving files away needs root: sudo .venv/bin/python -m bench.ownership")
    numbers = [int(argument) for argument in sys.argv[1:]]
    entries = numbers[0] if numbers else 100_000
    many = numbers[1] if len(numbers) > 1 else 1_000_000
    for what, (mine, theirs) in measure(entries).items():
        print(Pair((mine,), (theirs,)).line(f"{what} of {entries} entries / chown -R", TARGETS[what]))
    memory = max(mine.megabytes for mine, _ in measure(many).values())
    verdict = "ok" if memory <= MEGABYTES else "TOO MUCH"
    print(f"memory for {many} entries: {memory:.0f} MB, at most {MEGABYTES} MB is wanted: {verdict}")


if __name__ == "__main__":
    main()
