"""Daemons that left the job that started them: under launchd they hang below pid 1 with no mark of the job.

MacPorts' start scripts and pg_ctl put the real daemon into the background. Such a tree belongs to the one job
of its profile, owner and place that has none of its own running.
"""

import posixpath
from collections.abc import Sequence

from privaudit.collect.processes import ProcessTable
from privaudit.collect.services.matching import is_program
from privaudit.model.definition import Definition, Domain
from privaudit.model.process import Process
from privaudit.model.profile import Profile

Subject = tuple[Definition, list[Process]]


def adopted(
    table: ProcessTable, subjects: Sequence[Subject], profiles: Sequence[Profile | None]
) -> list[Subject]:
    """Give each stray tree to its job; profiles: of each subject, in the same order."""
    claimed = {process.pid for _, members in subjects for process in members}
    found = [(definition, list(members)) for definition, members in subjects]
    for process in sorted(table.own.values(), key=lambda each: each.pid):
        if process.ppid != 1 or process.pid in claimed or not isinstance(process.program, str):
            continue
        homes = [
            index
            for index, ((definition, members), profile) in enumerate(zip(subjects, profiles, strict=True))
            if profile is not None and _takes(definition, members, profile, process)
        ]
        near = [index for index in homes if _near(subjects[index][0], process.program)]
        chosen = near or homes
        if len(chosen) == 1:
            tree = [each for each in table.tree(process.pid) if each.pid not in claimed]
            claimed.update(each.pid for each in tree)
            found[chosen[0]][1].extend(tree)
    return found


def _takes(definition: Definition, members: Sequence[Process], profile: Profile, stray: Process) -> bool:
    programs = profile.matches.programs
    if not isinstance(stray.program, str) or not is_program(stray.program, programs):
        return False
    if definition.domain is not Domain.SYSTEM and stray.uids.real != definition.owner:
        return False
    if definition.enabled == "disabled" and not members:
        return False
    return not any(isinstance(p.program, str) and is_program(p.program, programs) for p in members)


def _near(definition: Definition, program: str) -> bool:
    """Whether the job's own program lies below the same two folders: /opt/local, /opt/homebrew."""
    head = _head(program)
    return any(_head(command.path) == head for command in definition.commands)


def _head(path: str) -> str:
    return posixpath.join(*path.split("/")[1:3]) if path.count("/") > 1 else path
