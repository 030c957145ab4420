"""The command line: parses, calls, prints, exits, and nothing else. Importing this costs next to nothing."""

import gc
import sys


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
    """Be the whole process: it ends without looking through all it holds for garbage once more."""
    code = main()
    gc.freeze()
    return code
