"""How a service is asked whether it works: the profile's question, put where this service listens."""

import posixpath
from collections.abc import Sequence

from privaudit.fix.case import Case
from privaudit.host import HostError
from privaudit.model.path import FileKind
from privaudit.model.service import Service
from privaudit.model.steps import AskHealth


def asked(case: Case) -> tuple[AskHealth | None, list[str]]:
    """The profile's question, where the program that asks it is installed beside the service's own."""
    health = case.profile.health if case.profile is not None else None
    if health is None:
        return None, []
    for folder in _program_folders(case.service.program):
        program = health.command[0].replace("{programs}", folder)
        if _is_file(case, program):
            command = (program, *_words(case.service, health.command[1:]))
            return AskHealth(command, case.target.name, health.answers), []
    name = posixpath.basename(health.command[0])
    return None, [f"{name} is not installed beside the service: it will not be asked whether it works"]


def _words(service: Service, words: Sequence[str]) -> list[str]:
    """Say where this service listens; a word about what it does not have goes, and its option with it."""
    paths = (s.address for s in service.listeners if s.protocol == "unix")
    sockets = sorted((path for path in paths if path.startswith("/")), key=len)
    ports = [str(s.port) for s in service.listeners if s.protocol == "tcp"]
    known = {"{socket}": sockets[:1], "{port}": ports[:1]}
    found: list[str] = []
    for word in words:
        name = next((name for name in known if name in word), None)
        if name is None:
            found.append(word)
        elif known[name]:
            found.append(word.replace(name, known[name][0]))
        elif word == name:
            found.pop()
    return found


def _program_folders(program: str | None) -> list[str]:
    """Where a service's own clients are: beside it, or in the bin of its sbin."""
    if program is None:
        return []
    folder = posixpath.dirname(program)
    head, name = posixpath.split(folder)
    return [folder, posixpath.join(head, "bin")] if name in {"sbin", "libexec"} else [folder]


def _is_file(case: Case, path: str) -> bool:
    try:
        return case.host.lstat(path).kind in {FileKind.FILE, FileKind.LINK}
    except HostError:
        return False
