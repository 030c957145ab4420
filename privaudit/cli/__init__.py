"""The command line: parses, calls, prints, exits, and nothing else. Importing this costs next to nothing."""

import atexit
import gc
import os
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
    ending = _Ending()
    ending.code = _run(sys.argv[1:])
    return ending.code


class _Ending:
    """Ends the process after every clean-up: what registers first is called last (atexit)."""

    def __init__(self) -> None:
        self.code: int | None = None
        atexit.register(self._leave)

    def _leave(self) -> None:
        """Be gone at once: taking apart what a scan holds, value by value, would take Python 5 ms."""
        if self.code is None:
            return
        try:
            for stream in (sys.stdout, sys.stderr):
                if stream is not None:
                    stream.flush()
        except (OSError, ValueError):
            return  # Python says what is wrong with the stream
        os._exit(self.code)


def _run(given: list[str]) -> int:
    try:
        if given != ["--version"]:
            _wait_for_children()
        if given[:1] == ["scan"]:
            from privaudit.cli.ahead import ask

            ask(given[1:])
    except KeyboardInterrupt:  # as below
        return 130
    return main(given)


def _wait_for_children() -> None:
    """Have the kernel keep how a child ended until we ask: whoever started us may have had it forget that.

    An ignored SIGCHLD is inherited, and of children nothing can be learnt then (waitpid(2)).
    """
    import signal  # which --version does without

    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
