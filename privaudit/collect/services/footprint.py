"""Which paths a service stands on, and who uses each: what is looked at, before anybody looks."""

import re
from collections.abc import Iterable, Iterator, Sequence
from fnmatch import fnmatchcase

from privaudit.collect.files.trace import Tracer
from privaudit.collect.services.command_line import scripts
from privaudit.collect.services.environment import code_paths
from privaudit.collect.services.outputs import outputs
from privaudit.host import Host, HostError, Missing
from privaudit.model.definition import Command, Definition, Domain, Elevation, Manager
from privaudit.model.frozen import frozen
from privaudit.model.path import FileKind, Role
from privaudit.model.process import Process
from privaudit.model.profile import OwnedPath, Profile
from privaudit.model.unknown import Limit

_DROP_IN_BASES = {
    Domain.SYSTEM: (
        "/etc/systemd/system.control",
        "/run/systemd/system.control",
        "/run/systemd/transient",
        "/etc/systemd/system",
        "/run/systemd/system",
        "/usr/local/lib/systemd/system",
        "/usr/lib/systemd/system",
    ),
    Domain.USER_MANAGER: ("/etc/systemd/user", "/run/systemd/user", "/usr/lib/systemd/user"),
}
"""Where drop-ins of a unit are looked for (systemd.unit(5), unit file load path), the common part."""
_SHELL_SCRIPT = re.compile(rb"#!\s*/\S*/(?:env\s+)?(?:ba|da|a|z|k|mk)?sh\b")
_SOURCES = re.compile(rb"^[^#\n]*?(?:^|[\s;&|{(])(?:\.|source)[ \t]+[\"']?(/[\w./+@-]+)", re.MULTILINE)
_MAX_SCRIPT = 1 << 17
_MAX_GLOB = 1000
"""Matches of one pattern that are looked at: a web host includes hundreds of sites."""


@frozen
class Place:
    """A path to be judged."""

    role: Role
    path: str
    by_root: bool
    """root itself executes or reads it, whatever the service runs as."""
    owner: str = ""
    """`account` where the profile gives it to the account; `root`; empty: by its role."""
    tree: bool = False
    optional: bool = True
    """Nobody misses it if it does not exist."""
    followed: bool = False
    """root opens it for writing, and a link that somebody puts there leads root elsewhere."""


def places(host: Host, tracer: Tracer, definition: Definition, *, starts_as_root: bool) -> Iterator[Place]:
    """List what the definition itself names."""
    if definition.path is not None:
        yield Place(Role.DEFINITION, definition.path, by_root=True)
    if definition.source_path is not None:
        yield Place(Role.DEFINITION, definition.source_path, by_root=True)
    for drop_in in definition.drop_ins:
        yield Place(Role.DROP_IN, drop_in, by_root=True)
    if definition.manager is Manager.SYSTEMD:
        for folder in drop_in_folders(tracer, definition):
            yield Place(Role.DEFINITION_FOLDER, folder, by_root=True)
    start_only = ("PermissionsStartOnly", "yes") in definition.extra
    working = (definition.working_directory or "").lstrip("-!")
    folder = working if working.startswith("/") else ""
    for command in definition.commands:
        elevated = command.elevation in {Elevation.FULL, Elevation.IDENTITY}
        elevated = elevated or (start_only and command.stage != "ExecStart")
        inside = "" if command.elevation is Elevation.FULL else (definition.root_directory or "")
        yield from _command(host, command, folder, inside.lstrip("-"), by_root=starts_as_root or elevated)
    for path in dict.fromkeys(code_paths(definition.environment)):
        yield Place(Role.PROGRAM, path, by_root=starts_as_root, optional=False)
    for file in definition.environment_files:
        yield from _environment(host, file.removeprefix("-"), by_root=starts_as_root)
    for directory in definition.directories:
        if directory.kind != "configuration":
            role = {"logs": Role.LOG, "runtime": Role.RUN}.get(directory.kind, Role.DATA)
            yield Place(role, directory.path, by_root=False, tree=True)
    for output in dict.fromkeys(outputs(host, definition)):
        yield Place(
            Role.LOG,
            output,
            by_root=False,
            optional=False,
            followed=definition.domain is Domain.SYSTEM,
        )


def _environment(host: Host, pattern: str, *, by_root: bool) -> Iterator[Place]:
    """A missing one counts as well: whoever may make it is heeded at the next start."""
    for path in _files(host, pattern):
        yield Place(Role.ENVIRONMENT_FILE, path, by_root=by_root, optional=False)
        for code in dict.fromkeys(code_paths(variables(host, path))):
            yield Place(Role.PROGRAM, code, by_root=by_root, optional=False)


def drop_in_folders(tracer: Tracer, definition: Definition) -> list[str]:
    """Folders that exist and from which the manager would take the unit or drop-ins for it."""
    names = set(definition.names or (definition.id,))
    if definition.template is not None:
        names.add(definition.template)
    prefixes = set()
    for name in names:
        stem = name.removesuffix(".service")
        while "-" in stem.rstrip("-"):
            stem = stem.rstrip("-").rpartition("-")[0] + "-"
            prefixes.add(f"{stem}.service")
    found = []
    for base in _DROP_IN_BASES.get(definition.domain, ()):
        if not _is_folder(tracer, base):
            continue
        found.append(base)
        listed = tracer.names(base)
        for name in sorted(names | prefixes | {"service"}):
            folder = f"{base}/{name}.d"
            if (listed is None or f"{name}.d" in listed) and _is_folder(tracer, folder):
                found.append(folder)
    return found


def _is_folder(tracer: Tracer, path: str) -> bool:
    end = tracer.trace(path).end
    return end is not None and end.stat.kind is FileKind.DIRECTORY


def _command(host: Host, command: Command, folder: str, root: str, *, by_root: bool) -> Iterator[Place]:
    """root: the folder that is `/` to the command (RootDirectory=, systemd.exec(5)); empty: none."""
    program = f"{root.rstrip('/')}{command.path}"
    yield Place(Role.PROGRAM, program, by_root=by_root, optional=False)
    first = _first_line(host, program)
    for interpreter in interpreters(first):
        yield Place(Role.INTERPRETER, f"{root.rstrip('/')}{interpreter}", by_root=by_root)
    if root:
        return
    for script in dict.fromkeys(scripts(command.path, command.argv, folder)):
        yield Place(Role.SCRIPT, script, by_root=by_root)
    for path in dict.fromkeys(_sourced(host, program, first)):
        yield Place(Role.ENVIRONMENT_FILE, path, by_root=by_root)


def _sourced(host: Host, program: str, first: bytes) -> list[str]:
    """Files that a shell script reads code from, `. /etc/default/x`, where it names them whole."""
    if not _SHELL_SCRIPT.match(first):
        return []
    try:
        text = host.read(program, _MAX_SCRIPT)
    except HostError:
        return []  # the trace of the program itself says what is wrong with it
    return [path.decode("utf-8", "surrogateescape") for path in _SOURCES.findall(text)]


def variables(host: Host, path: str) -> list[tuple[str, str]]:
    """What an environment file sets, systemd.exec(5); one that cannot be read is judged as a path."""
    try:
        text = host.read(path).decode("utf-8", "surrogateescape")
    except HostError:
        return []
    found = (line.strip().partition("=") for line in text.splitlines())
    return [(name, value.strip("\"' ")) for name, sign, value in found if sign and name[:1] not in {"#", ";"}]


def _files(host: Host, pattern: str) -> list[str]:
    """Environment files may be patterns, systemd.exec(5); what cannot be listed is judged as it stands."""
    try:
        return expand(host, pattern)
    except HostError:
        return [pattern]


def _first_line(host: Host, path: str) -> bytes:
    try:
        return host.head(path, 256).split(b"\n", 1)[0]
    except HostError:
        return b""  # the trace of the program itself says what is wrong with it


def interpreters(first: bytes) -> list[str]:
    """The interpreter of a first line, and the one that env(1) is told to start, if by a whole path."""
    words = first[2:].split() if first.startswith(b"#!") else []
    if not words or not words[0].startswith(b"/"):
        return []
    behind_env = words[1:] if words[0].endswith(b"/env") else []
    named = [words[0], *(word for word in behind_env if word.startswith(b"/"))]
    return [word.decode("utf-8", "surrogateescape") for word in named]


def programs(processes: Iterable[Process]) -> Iterator[Place]:
    """What is really executed now, whatever the definition says."""
    seen: dict[str, bool] = {}
    for process in processes:
        if isinstance(process.program, str):
            root = 0 in (process.uids.real, process.uids.effective, process.uids.saved)
            seen[process.program] = seen.get(process.program, False) or root
    for program, root in seen.items():
        yield Place(Role.PROGRAM, program, by_root=root)


def owned(
    host: Host, profile: Profile, platforms: Sequence[str], prefix: str | None, *, by_root: bool
) -> tuple[list[Place], list[Limit]]:
    """List what the profile says a service of its kind owns or reads on these platforms."""
    found: list[Place] = []
    limits: list[Limit] = []
    for entry in profile.owns:
        if entry.on and not set(entry.on) & set(platforms):
            continue
        if "{prefix}" in entry.path and prefix is None:
            continue
        pattern = entry.path.replace("{prefix}", prefix or "")
        try:
            for path in expand(host, pattern):
                root = by_root and entry.kind in {Role.CONFIGURATION, Role.SECRET, Role.ENVIRONMENT_FILE}
                found.append(Place(entry.kind, path, root, _owner(entry), entry.tree))
        except HostError as error:
            limits.append(error.limit())
    return found, limits


def _owner(entry: OwnedPath) -> str:
    if entry.owner is not None:
        return entry.owner
    return "account" if entry.kind in {Role.DATA, Role.LOG, Role.RUN} else "root"


def expand(host: Host, pattern: str) -> list[str]:
    """Expand fnmatch(3) patterns component by component; a path without any is returned as it is.

    As in glob(7), a name that begins with a dot needs a pattern that does. HostError for too many matches.
    """
    found = [""]
    for part in pattern.strip("/").split("/"):
        if not any(sign in part for sign in "*?["):
            found = [f"{path}/{part}" for path in found]
            continue
        matched = []
        for path in found:
            try:
                names = host.listdir(path or "/")
            except Missing:
                continue
            hidden = part.startswith(".")
            matched += [
                f"{path}/{name}"
                for name in names
                if name.startswith(".") == hidden and fnmatchcase(name, part)
            ]
        if len(matched) > _MAX_GLOB:
            raise HostError(pattern, f"matches more than {_MAX_GLOB} paths")
        found = matched
    return found
