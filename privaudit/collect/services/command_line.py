"""Which files a command line executes besides its program: scripts, and what wrappers and `sh -c` start."""

import posixpath
import re
from collections.abc import Sequence

_SHELL = re.compile(r"(?:ba|da|a|z|k|mk)?sh")
_INTERPRETER = re.compile(r"(?:perl|python|ruby|php|lua)[0-9.]*|node|nodejs|java")
_CODE = frozenset({"-c", "-e", "-m", "-M", "-r"})
"""Options of interpreters behind which code or the name of a module stands, not a file."""
_WRAPPERS = frozenset(
    {
        "nice",
        "ionice",
        "chrt",
        "taskset",
        "numactl",
        "timeout",
        "stdbuf",
        "setsid",
        "nohup",
        "flock",
        "unshare",
    }
    | {"setpriv", "runuser", "su", "sudo", "chroot", "nsenter", "gosu", "su-exec", "chpst", "setuidgid"}
    | {
        "start-stop-daemon",
        "daemonize",
        "daemon",
        "dumb-init",
        "tini",
        "catchsegv",
        "systemd-cat",
        "xvfb-run",
    }
)
"""Programs that start what their arguments name."""
_STATE = ("/run/", "/var/run/", "/var/lock/", "/dev/", "/proc/", "/tmp/")  # noqa: S108 - locks and pid files
_BETWEEN = re.compile(r"&&|\|\||[;&|\n(){}`]|(?<!\S)(?:exec|then|do|else|if|while|until|!)(?=\s)")
_ASSIGNMENT = re.compile(r"[A-Za-z_][A-Za-z0-9_]*=")
_MAX_NESTING = 8


def scripts(program: str, argv: Sequence[str], nesting: int = 0) -> list[str]:
    """Absolute paths that the command line executes, the program itself not among them."""
    if nesting > _MAX_NESTING:
        return []
    name = posixpath.basename(program)
    arguments = list(argv[1:])
    if name == "env":
        return _started(_behind_env(arguments), nesting)
    if name in _WRAPPERS:
        return _of_wrapper(arguments, nesting)
    if _SHELL.fullmatch(name):
        return _of_shell(arguments, nesting)
    return _of_interpreter(arguments) if _INTERPRETER.fullmatch(name) else []


def _of_wrapper(arguments: list[str], nesting: int) -> list[str]:
    """Every path among the arguments may be the one that is started; what starts others ends the search."""
    found: list[str] = []
    for index, argument in enumerate(arguments):
        if argument.startswith("/") and not argument.startswith(_STATE):
            found.append(argument)
            inner = scripts(argument, arguments[index:], nesting + 1)
            if inner:
                return found + inner
    return found


def _behind_env(arguments: list[str]) -> list[str]:
    for index, argument in enumerate(arguments):
        if not argument.startswith("-") and not _ASSIGNMENT.match(argument):
            return arguments[index:]
    return []


def _of_shell(arguments: list[str], nesting: int) -> list[str]:
    for index, argument in enumerate(arguments):
        if re.fullmatch(r"-[a-z]*c[a-z]*", argument):
            code = arguments[index + 1 : index + 2]
            return [found for text in code for found in _in_code(text, nesting)]
        if not argument.startswith(("-", "+")):
            return [argument] if argument.startswith("/") else []
    return []


def _of_interpreter(arguments: list[str]) -> list[str]:
    for argument in arguments:
        if argument in _CODE:
            return []
        if not argument.startswith("-"):
            return [argument] if argument.startswith("/") else []
    return []


def _in_code(text: str, nesting: int) -> list[str]:
    """Commands of a shell's code: the first word of each, where it is a whole path without variables."""
    found: list[str] = []
    for part in _BETWEEN.split(text):
        words = [word.strip("\"'") for word in part.split()]
        while words and (_ASSIGNMENT.match(words[0]) or words[0] == "."):
            words.pop(0)
        found += _started(words, nesting)
    return found


def _started(words: list[str], nesting: int) -> list[str]:
    if not words or any(sign in words[0] for sign in "$*?~"):
        return []
    first = [words[0]] if words[0].startswith("/") else []
    return first + scripts(words[0], words, nesting + 1)
