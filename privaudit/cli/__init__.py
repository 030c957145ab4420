"""The command line: parses, calls, prints, exits, and nothing else. Importing this costs next to nothing."""

import gc
import sys

_MUCH = 200_000
"""Objects that may come up before garbage is looked for: more than a scan of 35 daemons makes, and far from
filling a machine. Nearly all live to the end, so that looking through them finds nothing and takes 7 ms.
"""


def main(arguments: list[str] | tuple[str, ...] | None = None) -> int:
    """Run privaudit; returns the exit code. arguments: without the program's name; None: the process's.

    `--version` is asked by inventories on every machine, so it is answered before anything is loaded.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given == ["--version"]:
        from privaudit import __version__

        sys.stdout.write(f"privaudit {__version__}\n")
        return 0
    try:
        from privaudit.cli.command_line import run
    except KeyboardInterrupt:  # so early that nothing has begun
        return 130
    return run(given)


def program() -> int:
    """Be the whole process: it seldom looks for garbage, and not once more at its end."""
    gc.set_threshold(_MUCH)
    given = sys.argv[1:]
    try:
        if given[:1] == ["scan"]:
            from privaudit.cli.machine import ask_ahead

            ask_ahead(given[1:])
    except KeyboardInterrupt:  # as below
        return 130
    code = main(given)
    gc.freeze()
    return code
