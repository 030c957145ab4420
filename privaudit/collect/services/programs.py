"""The programs of a service: those that run, and those that its definition would start."""

from collections.abc import Sequence

from privaudit.collect.services.crew import Crew
from privaudit.model.definition import Definition, Manager
from privaudit.model.process import Process

_EXECUTORS = frozenset(
    f"{folder}/systemd/{name}" for folder in ("/lib", "/usr/lib") for name in ("systemd", "systemd-executor")
)
_STARTING = ("ExecStart", "ExecStartPre", "ExecStartPost", "ProgramArguments")


def not_yet_started(process: Process) -> bool:
    """Whether it is systemd's own child that has yet to become the service: root, named `(mariadbd)`."""
    root = process.uids.effective == 0 and process.uids.real == 0
    return root and process.name.startswith("(") and process.program in _EXECUTORS


def program_of(definition: Definition, crew: Crew) -> str | None:
    """The one that does the work; without a process the one that would."""
    first = crew.working[0] if crew.working else crew.main
    if first is not None and isinstance(first.program, str):
        return first.program
    launchd = definition.manager is Manager.LAUNCHD  # there the last command is the one behind all wrappers
    for stage in _STARTING:
        for command in reversed(definition.commands) if launchd else definition.commands:
            if command.stage == stage:
                return command.path
    return None


def programs_of(definition: Definition, processes: Sequence[Process]) -> list[str]:
    """Programs that run or would run."""
    running = [p.program for p in processes if isinstance(p.program, str)]
    return [*running, *(c.path for c in definition.commands if c.stage in {"ExecStart", "ProgramArguments"})]
