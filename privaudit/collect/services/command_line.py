"""Which files a command line executes besides its program: scripts, and what wrappers and `sh -c` start."""

import posixpath
import re
from collections.abc import Callable, Sequence

from privaudit.collect.services.switches import behind, commands_of
from privaudit.model.frozen import frozen

_SHELL = re.compile(r"(?:ba|da|a|z|k|mk)?sh")
_INTERPRETER = re.compile(r"(?:perl|python|ruby|php|lua)[0-9.]*|node|nodejs")
_CODE = frozenset({"-c", "-e", "-m", "-M", "-r"})
"""Options of interpreters behind which code or the name of a module stands, not a file."""
_VALUED = frozenset({"-W", "-X", "--require", "--import", "--loader"})
"""Options of interpreters with a value behind them."""
_FROM_FOLDER = frozenset(
    {"gunicorn", "uvicorn", "hypercorn", "daphne", "celery", "flask", "puma", "rackup", "npm", "yarn", "pnpm"}
)
"""Programs that load an application from their working folder."""
_MAX_NESTING = 8


@frozen
class Here:
    """Where a command line is read: its working folder, and how deep it is inside others."""

    folder: str = ""
    """Absolute; empty: not known, and what is relative is left out."""
    nesting: int = 0

    def deeper(self) -> "Here":
        """One command line inside."""
        return Here(self.folder, self.nesting + 1)

    def path(self, word: str) -> list[str]:
        """The path that a word means here; none if that cannot be told."""
        if any(sign in word for sign in "$*?~") or not word:
            return []
        if word.startswith("/"):
            return [word]
        return [posixpath.normpath(posixpath.join(self.folder, word))] if self.folder else []

    def itself(self) -> list[str]:
        """The folder, where code is loaded from it."""
        return [self.folder] if self.folder else []


def scripts(program: str, argv: Sequence[str], folder: str = "") -> list[str]:
    """Absolute paths that the command line executes, the program itself not among them.

    folder: the working folder, absolute, or empty if it is not known.
    """
    return _scripts(program, argv, Here(folder))


def _scripts(program: str, argv: Sequence[str], here: Here) -> list[str]:
    if here.nesting > _MAX_NESTING:
        return []
    shell = _SHELL.fullmatch(posixpath.basename(program))  # its code may start several
    started = None if shell else behind((program, *argv[1:]))
    if started is not None:
        return _started(list(started.argv), here)
    read = _reader(posixpath.basename(program))
    return [] if read is None else read(list(argv[1:]), here)


def _reader(name: str) -> Callable[[list[str], Here], list[str]] | None:
    """Who reads the arguments of a program that runs others; None: it runs none that they name."""
    if name == "java":
        return _of_java
    if name in _FROM_FOLDER:
        return _of_folder
    if _SHELL.fullmatch(name):
        return _of_shell
    return _of_interpreter if _INTERPRETER.fullmatch(name) else None


def _of_folder(_: list[str], here: Here) -> list[str]:
    return here.itself()


def _of_shell(arguments: list[str], here: Here) -> list[str]:
    skip = False
    for index, argument in enumerate(arguments):
        if skip:
            skip = False
        elif re.fullmatch(r"-[a-z]*c[a-z]*", argument):
            code = arguments[index + 1 : index + 2]
            return [found for text in code for found in _in_code(text, here)]
        elif re.fullmatch(r"[-+][a-zA-Z]*[oO]|--rcfile|--init-file", argument):
            skip = True
        elif not argument.startswith(("-", "+")):
            return here.path(argument)
    return []


def _of_interpreter(arguments: list[str], here: Here) -> list[str]:
    skip = False
    for argument in arguments:
        if skip:
            skip = False
        elif argument in _CODE:
            return here.itself()  # modules are looked for there first
        elif argument in _VALUED:
            skip = True
        elif not argument.startswith("-"):
            return here.path(argument)
    return []


def _of_java(arguments: list[str], here: Here) -> list[str]:
    """What java(1) loads: `-jar x`, and what stands on the class path."""
    found: list[str] = []
    for index, argument in enumerate(arguments[:-1]):
        if argument in {"-cp", "-classpath", "--class-path"}:
            words = arguments[index + 1].split(":")
            found += [path for word in words for path in here.path(word.removesuffix("/*"))]
        elif argument == "-jar":
            return found + here.path(arguments[index + 1])
    return found


def _in_code(text: str, here: Here) -> list[str]:
    """Commands of a shell's code: the first word of each, where it is a path without variables."""
    found: list[str] = []
    for words in commands_of(text):
        if words[0] in {".", "source"}:
            found += here.path(words[1]) if len(words) > 1 else []
        elif words[0] == "cd":
            here = Here("".join(here.path(words[1])) if len(words) > 1 else "", here.nesting)
        else:
            found += _started(words, here)
    return found


def _started(words: list[str], here: Here) -> list[str]:
    if not words:
        return []
    first = here.path(words[0]) if "/" in words[0] else []
    return first + _scripts(words[0], words, here.deeper())
