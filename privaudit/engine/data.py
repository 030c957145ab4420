"""Where rules and catalogue lie, and reading their files: bounded, as root only what root alone can write."""

import os
import stat
from collections.abc import Iterator

import privaudit
from privaudit.engine.document import SIZE_LIMIT, Document
from privaudit.engine.fault import BadData, Fault
from privaudit.host.doors import Ways, doors

_SUFFIX = ".yaml"
_EXAMPLES = b"\nexamples:"
"""Nothing at the start of a line but the key itself: what belongs to a key above it is indented."""


def folder(name: str) -> str:
    """Find `rules` or `fixers`: packed beside the code, or in the checkout that the code lies in."""
    package = os.path.abspath(privaudit.__path__[0])
    packed, checkout = os.path.join(package, name), os.path.dirname(package)
    if not os.path.isdir(packed) and os.path.isfile(os.path.join(checkout, "pyproject.toml")):
        return os.path.join(checkout, name)
    return packed


def listed(top: str) -> Iterator[str]:
    """Yield every YAML file in a folder and below it, sorted; hidden ones are left out.

    BadData for what somebody may take for a rule and what would never be read.
    """
    with os.scandir(top) as entries:
        found = sorted(entries, key=lambda entry: entry.name)
    for entry in found:
        if entry.name.startswith("."):
            continue
        if entry.is_dir(follow_symlinks=False):
            yield from listed(entry.path)
        elif entry.is_dir():
            raise BadData(
                Fault(entry.path, 0, 0, "a link to a folder is not followed", "name the folder itself")
            )
        elif entry.name.endswith(_SUFFIX):
            yield entry.path
        elif entry.name.lower().endswith((".yml", _SUFFIX)):
            raise BadData(Fault(entry.path, 0, 0, "it would not be read", f"let its name end in {_SUFFIX}"))


def files_in(top: str) -> list[str]:
    """List the YAML files of a folder; BadData if it cannot be read or holds none."""
    try:
        found = list(listed(top))
    except OSError as error:
        raise BadData(Fault(error.filename or top, 0, 0, f"cannot be read: {error.strerror}")) from None
    if not found:
        raise BadData(Fault(top, 0, 0, f"no file here ends in {_SUFFIX}"))
    return found


def read(
    path: str, trusted: frozenset[str] = frozenset(), *, examples: bool = True, ways: Ways | None = None
) -> Document:
    """Read one file. As root, refuse it if anybody beyond `trusted` (see `doors`) could have written it.

    ways: see `doors`. examples: False leaves out the last key of every file of ours, which no scan looks at
    and which is nearly half of them; it is read wherever they are tried.
    """
    try:
        if os.geteuid() == 0:
            _refuse_strangers(path, trusted, ways)
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with open(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise BadData(Fault(path, 0, 0, "not a regular file"))
            data = file.read(SIZE_LIMIT + 1)
    except OSError as error:
        raise BadData(Fault(path, 0, 0, f"cannot be read: {error.strerror or error}")) from None
    if len(data) > SIZE_LIMIT:
        raise BadData(Fault(path, 0, 0, f"larger than {SIZE_LIMIT >> 10} KiB"))
    return Document(path, data if examples else without_examples(data))


def without_examples(data: bytes) -> bytes:
    """Cut off the last key of a file."""
    return data.partition(_EXAMPLES)[0]


def shipped_trust() -> frozenset[str]:
    """Name who could change the code that reads the data: of its own data it need not be more afraid."""
    return doors(os.path.abspath(__file__)) if os.geteuid() == 0 else frozenset()


def _refuse_strangers(path: str, trusted: frozenset[str], ways: Ways | None) -> None:
    strangers = doors(path, ways) - trusted
    if strangers:
        who = ", ".join(sorted(strangers))
        todo = "give it and every folder above it to root, writable by nobody else, then try again"
        raise BadData(Fault(path, 0, 0, f"could have been changed by {who}; as root it is not used", todo))
