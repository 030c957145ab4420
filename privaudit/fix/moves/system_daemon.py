"""Move by a daemon of the system's: a person's job, or root's, as a file of ours with an account.

The label is `privaudit.NAME`: under brew's own, `sudo brew services restart` would make it root's again.
"""

import plistlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from privaudit import __version__
from privaudit.fix.case import Case, Refuse
from privaudit.fix.launchd.reserved import refuse_reserved
from privaudit.fix.launchd.rewrite import CannotRewrite, rewritten
from privaudit.fix.moves import present
from privaudit.model.definition import Definition
from privaudit.model.steps import WriteFile

FOLDER = "/Library/LaunchDaemons"
OURS = "privaudit."
_MAKERS = re.compile(r"^(?:homebrew\.mxcl\.|homebrew\.|privaudit\.)")
_LABEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.@+-]{0,200}")
_TIMED = ("StartInterval", "StartCalendarInterval", "WatchPaths", "QueueDirectories", "StartOnMount")
_USER_OPTION = re.compile(r"^(?:--user(?:=.*)?|-u)$")


@dataclass(frozen=True, slots=True)
class Daemon:
    """What the job becomes."""

    label: str
    path: str
    write: WriteFile
    """Nothing to do where the file holds this text already."""
    notes: tuple[str, ...]
    """Every decision about a key that could have been another one."""
    once: bool
    """It does not stay up: it runs at certain times, or once."""


def label_of(case: Case) -> str:
    """`privaudit.postgresql@16`; Refuse a label that is no name of a file."""
    stem = _MAKERS.sub("", case.service.id)
    if not _LABEL.fullmatch(stem):
        raise Refuse(case.service.id, "has a label that is no name of a file", "give it a plain label")
    return f"{OURS}{stem}"


def daemon(case: Case, definition: Definition) -> Daemon:
    """Read the job file and write the daemon's; Refuse what cannot be kept whole."""
    if definition.path is None:
        raise Refuse(definition.id, "has no job file", "write one for it, and load it by that")
    label = label_of(case)
    path = f"{FOLDER}/{label}.plist"
    data = case.host.read(definition.path)
    changes = {"Label": label, "UserName": case.target.name, "GroupName": case.target.group}
    who = re.sub(r"[^A-Za-z0-9_.@-]", "?", case.former.name)
    remark = f"Written by privaudit {__version__} from a job of {who}; back: privaudit undo {case.name}"
    try:
        text = rewritten(data, changes, remark)
    except CannotRewrite as fault:
        todo = f"plutil -convert xml1 {definition.path}, look at it, then fix again"
        raise Refuse(definition.path, str(fault), todo) from None
    value = plistlib.loads(text)
    if plistlib.loads(data).get("Label") != definition.id:
        why = "holds another label than launchd has loaded from it"
        raise Refuse(
            definition.path, why, f"launchctl bootout {definition.id} and load the file, then fix again"
        )
    refuse_reserved(definition, definition.path, value)
    return Daemon(
        label,
        path,
        WriteFile(path, text.decode("utf-8", "surrogateescape"), present(case, path)),
        tuple(_decisions(case, definition, value)),
        once=_runs_once(value),
    )


def _runs_once(value: Mapping[str, object]) -> bool:
    return not value.get("KeepAlive") and (
        not value.get("RunAtLoad") or any(value.get(key) for key in _TIMED)
    )


def _decisions(case: Case, definition: Definition, value: Mapping[str, object]) -> Iterator[str]:
    """What was decided about each key that decides who it is or whether it starts."""
    account = case.target.name
    yield "ProgramArguments stay as they are: the same program, by the same path, so that upgrades reach it"
    arguments = value.get("ProgramArguments")
    words = arguments if isinstance(arguments, list) else []
    if any(isinstance(word, str) and _USER_OPTION.match(word) for word in words[1:]):
        yield f"its option for a user stays, without effect: only root may become another, {account} may not"
    folder = value.get("WorkingDirectory")
    if folder is None:
        yield "WorkingDirectory is not added: the job names its data by itself"
    else:
        yield f"WorkingDirectory stays {folder}: {account} may enter it"
    yield _kept_alive(value)
    if "LimitLoadToSessionType" in value:
        yield "LimitLoadToSessionType stays: it has a meaning for agents only, and brew writes all five"
    home = "EnvironmentVariables" in value and "HOME" in dict(definition.environment)
    if not home:
        yield f"HOME becomes that of {account}: what the program kept in a person's home it finds no more"


def _kept_alive(value: Mapping[str, object]) -> str:
    if value.get("KeepAlive"):
        return "KeepAlive stays: launchd starts it at boot, and again when it ends"
    if value.get("RunAtLoad"):
        return "KeepAlive is not added: it starts at boot by RunAtLoad, and not again when it ends"
    return "neither KeepAlive nor RunAtLoad is added: it starts at its times, or when it is asked for"
