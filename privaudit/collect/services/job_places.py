"""What a launchd job stands on besides its program: folders and files that its keys and arguments name.

launchd has no keys for data: Homebrew names the data folder as working directory or as an argument, or leaves
it to the program's configuration.
"""

import posixpath
from collections.abc import Iterator, Sequence

from privaudit.collect.services.footprint import Place
from privaudit.collect.services.matching import is_program
from privaudit.model.definition import Command, Definition
from privaudit.model.path import Role
from privaudit.model.profile import Profile

_DATA_OPTIONS = frozenset(
    {"--datadir", "--data-dir", "--data_dir", "--data", "--data-path", "--dbpath", "--db-path", "--dir"}
    | {"--storage.tsdb.path", "--storage-path", "--repo-path", "-D", "-data-dir", "-storageDataPath"}
)
_CONFIGURATIONS = (".conf", ".cfg", ".cnf", ".yml", ".yaml", ".ini", ".toml", ".json", ".properties", ".xml")
_SHARED = frozenset({"var", "db", "lib", "log", "run", "etc", "tmp", "share", "spool", "cache"})
"""Folders that belong to nobody alone: 62 of Homebrew's definitions work in PREFIX/var itself."""
_HOMES = ("/Users", "/home")


def job_places(definition: Definition, profile: Profile | None, *, by_root: bool) -> Iterator[Place]:
    """List folders, logs, configuration and what stands behind a start script; by_root: it starts as root."""
    extra = dict(definition.extra)
    for stream in ("stdout", "stderr"):
        path = extra.get(stream, "")
        if path.startswith("/") and not path.startswith("/dev/"):
            yield Place(Role.LOG, path, by_root=by_root)
    folder = definition.working_directory or ""
    if _is_data(folder):
        yield Place(Role.DATA, folder, by_root=False, owner="account", tree=True)
    for command in definition.commands:
        yield from argument_places(command, by_root=by_root)
        if profile is not None:
            yield from _behind(command, profile, by_root=by_root)


def _is_data(path: str) -> bool:
    """Whether a working directory is the service's own: below a var folder, and shared by none."""
    if not path.startswith("/") or posixpath.dirname(path) in _HOMES:
        return False
    parts = path.strip("/").split("/")
    return "var" in parts[:-1] and parts[-1] not in _SHARED


def argument_places(command: Command, *, by_root: bool) -> Iterator[Place]:
    """List data folders and configuration files that a command line names."""
    for folder in data_folders(command.argv):
        yield Place(Role.DATA, folder, by_root=False, owner="account", tree=True)
    for argument in command.argv[1:]:
        value = argument.rpartition("=")[2] if argument.startswith("-") else argument
        if value.startswith("/") and value.endswith(_CONFIGURATIONS):
            yield Place(Role.CONFIGURATION, value, by_root=by_root)


def data_folders(argv: Sequence[str]) -> list[str]:
    """Folders that options of databases name: `--datadir=X`, `-D X`, `-DX`."""
    found = []
    for index, argument in enumerate(argv[1:], 1):
        name, sign, value = argument.partition("=")
        if not sign and argument in _DATA_OPTIONS and index + 1 < len(argv):
            value = argv[index + 1]
        elif not sign and argument.startswith("-D/"):
            name, value = "-D", argument[2:]
        if name in _DATA_OPTIONS and value.startswith("/"):
            found.append(value)
    return found


def _behind(command: Command, profile: Profile, *, by_root: bool) -> Iterator[Place]:
    """Programs of the profile in the folder of a start script: mysqld beside mysqld_safe."""
    if is_program(command.path, profile.matches.programs):
        return
    for name in profile.matches.programs:
        if not any(sign in name for sign in "*?[/"):
            yield Place(Role.PROGRAM, posixpath.join(posixpath.dirname(command.path), name), by_root=by_root)
