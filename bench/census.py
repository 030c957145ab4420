"""The census of a tree beside GNU find printing the same fields: `python -m bench.census [ENTRIES]`."""

import sys

from bench.pairs import paired
from bench.trees import tree

COUNT = "import sys; from privaudit.host.local import LocalHost; LocalHost().census(sys.argv[1])"
FIELDS = r"%U %G %m %y %p\n"
TARGET = 1.0
MEGABYTES = 150


def main() -> None:
    """Measure and print."""
    entries = int(sys.argv[1]) if len(sys.argv) > 1 else 500_000
    with tree(entries) as top:
        pair = paired([sys.executable, "-c", COUNT, top], ["find", top, "-printf", FIELDS], rounds=5)
    print(pair.line(f"census of {entries} entries / find -printf", TARGET))
    memory = max(run.megabytes for run in pair.ours)
    verdict = "ok" if memory < MEGABYTES else "TOO MUCH"
    print(f"memory: {memory:.0f} MB, under {MEGABYTES} MB is wanted: {verdict}")


if __name__ == "__main__":
    main()
