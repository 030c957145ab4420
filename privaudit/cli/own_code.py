"""Whether somebody weaker than root can change the code that runs here as root: ours, Python, what they load.

Every folder that this process has loaded code from, or would look for it in, is listed once. Only what is not
plainly root's is judged in full, so that a proper installation costs a few milliseconds.
"""

import os
import posixpath
import stat as st
import sys
from collections.abc import Iterator, Sequence
from importlib.util import find_spec

import privaudit
from privaudit.host import Host
from privaudit.host.doors import Ways, doors
from privaudit.model.path import Exposure
from privaudit.model.unknown import Limit

INSTALL = (
    "install it for root, from a checkout: python3 -m venv /opt/privaudit && /opt/privaudit/bin/pip install ."
)
"""How to have it for root, where only root can write: the README's line."""

_WHAT = "privaudit itself"
_DEPENDENCIES = ("click", "json", "multiprocessing", "psutil", "yaml")
"""What is loaded sooner or later."""
_OTHERS_WRITE = st.S_IWGRP | st.S_IWOTH
_MANY = 200
"""Files that are judged in full; there are more only where everything is somebody's."""
_NEW = ".new"
"""Stands for a module that somebody could add to a folder: no file has this name."""


def weak_places(host: Host) -> tuple[Exposure, ...]:
    """Say who can change the code of this process, and where; empty: nobody but root can."""
    folders, ways = code_folders(), Ways()
    suspects = [posixpath.join(folder, _NEW) for folder in folders if doors(folder, ways)]
    suspects += [path for path in _programs() if doors(path, ways)]
    suspects += [path for folder in folders for path in _not_roots(folder)]
    if not suspects:
        return ()
    from privaudit.collect.accounts import Accounts
    from privaudit.collect.files.exposure import Reach
    from privaudit.collect.files.trace import Tracer

    tracer, reach = Tracer(host), Reach(Accounts(host))
    found: dict[tuple[str, str], Exposure] = {}
    for path in suspects[:_MANY]:
        for exposure in reach.replacers(tracer.trace(path), frozenset({0})):
            found.setdefault((exposure.who, exposure.via), exposure)
    return tuple(found.values())


def as_root() -> Limit | None:
    """Say it as one limit if this process is root; None: there is nothing to say."""
    if os.geteuid() != 0:
        return None
    from privaudit.host.local import LocalHost

    try:
        return told(weak_places(LocalHost()))
    except OSError as error:
        return Limit(_WHAT, f"runs as root, and its code cannot be looked at: {error}")


def told(places: Sequence[Exposure]) -> Limit | None:
    """Say which places are weak, in one line."""
    if not places:
        return None
    first = places[0]
    more = f", and {len(places) - 1} more ways" if len(places) > 1 else ""
    return Limit(_WHAT, f"runs as root, and {first.who} can change its code ({first.how} {first.via}{more})")


def code_folders() -> list[str]:
    """Every folder that code was or would be loaded from, with its byte code beside it; sorted."""
    found = {sys.prefix, *sys.path}
    loaded = [module for name, module in list(sys.modules.items()) if name != "__main__"]  # see _programs
    files = [getattr(module, "__file__", None) for module in loaded]
    files += [spec.origin for name in _DEPENDENCIES if (spec := find_spec(name)) is not None]
    found.update(os.path.dirname(file) for file in files if file)
    found.update(folder for folder, _, _ in os.walk(os.path.dirname(privaudit.__file__)))
    found = {os.path.abspath(folder) for folder in found}
    found.update([f"{folder}/__pycache__" for folder in found])
    return sorted(folder for folder in found if os.path.isdir(folder))


def _programs() -> list[str]:
    """The interpreter, the script that it was started with, and archives that modules are looked for in."""
    named = (sys.executable, sys.argv[0], *sys.path)
    return [os.path.abspath(path) for path in named if path and os.path.isfile(path)]


def _not_roots(folder: str) -> Iterator[str]:
    """Files in a folder that are not plainly root's."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)  # half the price of paths
    try:
        with os.scandir(descriptor) as entries:
            for entry in entries:
                if entry.is_file() or entry.is_symlink():
                    try:
                        found = entry.stat()
                    except FileNotFoundError:
                        continue  # a link that leads nowhere loads nothing
                    if found.st_uid != 0 or found.st_mode & _OTHERS_WRITE:
                        yield posixpath.join(folder, entry.name)
    finally:
        os.close(descriptor)
