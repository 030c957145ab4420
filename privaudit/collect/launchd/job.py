"""A launchd job file as a definition: which program, as whom, and which of its keys have no effect.

launchd.plist(5). `UserName` and `GroupName` are looked up by name, never as a number, and only the system
domain heeds them; `Program` wins over the first of `ProgramArguments`, which may lie.
"""

import posixpath
import re
from collections.abc import Callable, Mapping

from privaudit.collect.plists.reading import Keyed
from privaudit.model.definition import Command, Definition, Domain, Manager
from privaudit.model.frozen import frozen

ARG_MAX = 1 << 20
"""Bytes of arguments and environment that macOS passes to a program (sysctl(3), KERN_ARGMAX)."""
STAGE = "ProgramArguments"

_DECISIVE = ("Label", "Program", "ProgramArguments", "UserName", "GroupName")
_STARTS = (
    "StartInterval",
    "StartCalendarInterval",
    "WatchPaths",
    "QueueDirectories",
    "StartOnMount",
    "Sockets",
    "MachServices",
    "LaunchEvents",
)
_TEXTS = {
    "StandardOutPath": "stdout",
    "StandardErrorPath": "stderr",
    "StandardInPath": "stdin",
    "BundleProgram": "bundle-program",
}
_PLACEHOLDER = re.compile(
    r"\{\{|\{%|#\{|\$\{|^\$[A-Za-z_]|^@[A-Za-z_]+@|/@[A-Za-z_]+@|^__[A-Z_]+__$|^%[a-z{]"
)


class NotAJob(ValueError):
    """A property list that launchd would not take as a job; says why without quoting it."""


@frozen
class Placement:
    """Where a job file stands, which decides whose job it is."""

    domain: Domain
    owner: int
    """uid whose domain it is loaded into; 0 for the system's."""
    path: str
    runs_for: str = ""
    """Said of agents that are loaded for everyone who logs in."""


Find = Callable[[str], str]
"""Finds a program that is named without a folder, in launchd's standard path."""


def definition(value: object, place: Placement, find: Find) -> Definition:
    """Make the definition. Raises NotAJob."""
    if not isinstance(value, Keyed):
        raise NotAJob("not a dictionary, so no job")
    label = value.get("Label") if "Label" in value else _other_case(value, "Label")
    if not isinstance(label, str) or not label:
        raise NotAJob("no Label")
    program, argv = _program(value)
    user, group, ignored = _identity(value, place.domain)
    if any(_PLACEHOLDER.search(text) for text in (program, user or "")):
        raise NotAJob("a template, not a job: its program or user is a placeholder")
    folder = _text(value, "WorkingDirectory")
    commands = (Command(STAGE, _located(program, folder, find), argv),) if program else ()
    return Definition(
        manager=Manager.LAUNCHD,
        domain=place.domain,
        id=label,
        names=(label,),
        owner=place.owner,
        path=place.path,
        user=user,
        group=group,
        commands=commands,
        environment=_environment(value),
        working_directory=folder,
        root_directory=_text(value, "RootDirectory"),
        triggered_by=tuple(key for key in _STARTS if value.get(key)),
        ignored=tuple(ignored),
        extra=tuple(sorted(_extra(value, place).items())),
    )


def _other_case(value: Keyed, key: str) -> object:
    """A key in other letters: launchd of OS X 10.9 did not tell them apart."""
    wanted = key.lower()
    return next((each for name, each in value.items() if name.lower() == wanted), None)


def _program(value: Keyed) -> tuple[str, tuple[str, ...]]:
    program = value["Program"] if "Program" in value else _other_case(value, "Program")
    arguments = value[STAGE] if STAGE in value else _other_case(value, STAGE)
    if program is not None and (not isinstance(program, str) or not program):
        raise NotAJob("Program is no text")
    if arguments is not None and not (
        isinstance(arguments, list) and all(isinstance(each, str) for each in arguments)
    ):
        if program is None:
            raise NotAJob("ProgramArguments is no list of texts")
        arguments = None
    argv: tuple[str, ...] = tuple(arguments or ((program,) if program else ()))
    if sum(len(each) + 1 for each in argv) > ARG_MAX:
        raise NotAJob(f"more than {ARG_MAX} bytes of arguments")
    if program is None and not argv and not isinstance(value.get("BundleProgram"), str):
        raise NotAJob("neither Program nor ProgramArguments")
    return (program or (argv[0] if argv else "")), argv


def _identity(value: Keyed, domain: Domain) -> tuple[str | None, str | None, list[str]]:
    """Who it asks to be, and which of its wishes nobody heeds."""
    found: dict[str, str | None] = {}
    ignored: list[str] = []
    for key in ("UserName", "GroupName"):
        wish = value.get(key)
        found[key] = None
        if key not in value:
            if _other_case(value, key) is not None:
                ignored.append(f"{key}: written in other letters, which launchd may not know")
        elif not isinstance(wish, str):
            ignored.append(f"{key}: not a text")
        elif not wish:
            ignored.append(f"{key}: empty")
        elif domain is not Domain.SYSTEM:
            ignored.append(f"{key} {wish}: an agent runs as the person whose session loads it")
        else:
            found[key] = wish
        if key in value.repeated:
            ignored.append(f"{key}: given more than once; the last one is taken to count")
    if domain is not Domain.SYSTEM and _text(value, "RootDirectory") is not None:
        ignored.append("RootDirectory: needs root, and an agent has it not")
    return found["UserName"], found["GroupName"], ignored


def _located(program: str, folder: str | None, find: Find) -> str:
    if program.startswith("/"):
        return posixpath.normpath(program) if "//" in program else program
    if "/" in program:
        return posixpath.join(folder or "/", program)
    return find(program)


def _text(value: Mapping[str, object], key: str) -> str | None:
    found = value.get(key)
    return found if isinstance(found, str) and found else None


def _environment(value: Keyed) -> tuple[tuple[str, str], ...]:
    found = value.get("EnvironmentVariables")
    if not isinstance(found, dict):
        return ()
    return tuple(sorted((str(name), text) for name, text in found.items() if isinstance(text, str)))


def _extra(value: Keyed, place: Placement) -> dict[str, str]:
    """Further keys that a rule or a fix needs, as text."""
    found = {short: text for key, short in _TEXTS.items() if (text := _text(value, key)) is not None}
    umask = _umask(value.get("Umask"))
    if umask is not None:
        found["umask"] = f"{umask:04o}"
    sessions = value.get("LimitLoadToSessionType")
    if isinstance(sessions, str):
        sessions = [sessions]
    if isinstance(sessions, list):
        found["sessions"] = " ".join(each for each in sessions if isinstance(each, str))
    if value.get("InitGroups") is False:
        found["init-groups"] = "false"
    timeout = value.get("ExitTimeOut")
    if isinstance(timeout, int) and not isinstance(timeout, bool):
        found["exit-timeout"] = str(timeout)
    if value.get("Disabled") is True:
        found["disabled-key"] = "true"
    if repeated := sorted(set(_DECISIVE) & value.repeated):
        found["repeated"] = " ".join(repeated)
    if place.runs_for:
        found["runs-for"] = place.runs_for
    return found


def _umask(value: object) -> int | None:
    """An integer is decimal; a text is read as strtoul(3) reads it: a leading 0 means octal."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value & 0o777
    if isinstance(value, str) and re.fullmatch(r"0[0-7]{0,4}|[1-9][0-9]{0,3}", value):
        return int(value, 8 if value.startswith("0") else 10) & 0o777
    return None
