"""Run the engine in a process of its own, so that tests can kill it.

    python engine_command.py change|undo|resume BASE [CALL]

BASE is a ground's base folder; with CALL the process kills itself before its CALL-th changing call.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from fix.ownership.ground import Ground
from fix.ownership.stumble import CHANGING, die, stumbling


def main() -> None:
    """Do what the arguments say and print how it ended."""
    what, base, *more = sys.argv[1:]
    ground = Ground(Path(base))
    number = int(more[0]) if more else 0
    changes, _count = stumbling(lambda call: call == number, die, CHANGING)
    print("ready", flush=True)  # noqa: T201 - the test waits for it
    run = {"change": ground.change, "undo": ground.undo, "resume": ground.resume}[what]
    outcome = run(changes=changes)
    print(outcome.status.value, flush=True)  # noqa: T201 - the answer


if __name__ == "__main__":
    main()
