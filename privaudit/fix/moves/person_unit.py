"""The system unit that takes the place of a person's own: its [Service] section as it is, with an account.

The file is the person's, and what a user manager carries out with that person's rights the system's manager
would carry out as root: `ExecStartPre=+…`, `StandardOutput=append:/etc/…`, `LoadCredential=`. So only keys
are taken over that mean no more there than here, and no line that could be read as another one.
"""

import re

from privaudit import __version__
from privaudit.fix.case import Case, Refuse
from privaudit.host import Missing

_SECTION = re.compile(r"^\[([^]]+)\]\s*$")
_SPECIFIER = re.compile(r"%[^%]")
_LINE = re.compile(r"\s*([A-Za-z]+)\s*=\s*(.*?)\s*")
_OURS = frozenset({"User", "Group", "SupplementaryGroups", "DynamicUser"})
_RUN = frozenset(
    "ExecStart ExecStartPre ExecStartPost ExecReload ExecStop ExecStopPost ExecCondition".split()  # noqa: SIM905
)
_ROOTS = re.compile(r"[-@:|]*[+!]|.*\\")
"""Prefixes that give a command more rights than `User=`, also escaped; systemd.service(5), table 2."""
_OUTPUT = frozenset({"StandardOutput", "StandardError"})
_TO_FILES = re.compile(r"(append|file|truncate|fd|socket)\b")
"""Root opens the file, and follows links on the way; systemd.exec(5)."""
_TAKEN = re.compile(  # systemd.service(5), systemd.exec(5), systemd.kill(5), systemd.resource-control(5)
    r"""Type|RemainAfterExit|PIDFile|GuessMainPID|NotifyAccess|Restart\w*|SuccessExitStatus|Timeout\w+
    |RuntimeMaxSec|WatchdogSec|Kill\w+|SendSIGHUP|SendSIGKILL|FinalKillSignal|Environment|UnsetEnvironment
    |WorkingDirectory|UMask|Nice|Limit\w+|Syslog\w+|Memory\w+|CPU\w+|Tasks\w+|IOWeight|NoNewPrivileges
    |LockPersonality|Private(Tmp|Devices|Network)|Protect\w+|Restrict\w+|SystemCall\w+|StandardInput""",
    re.VERBOSE,
)

_TEXT = """\
# Written by privaudit {version}, from {source} of {former}.
# To take it back, with its files: privaudit undo {name}
[Unit]
Description={description}
After=network.target

[Service]
User={account}
Group={group}
{service}
[Install]
WantedBy=multi-user.target
"""


def unit_name(case: Case) -> str:
    """`privaudit.mysql.service`: with brew's own name, brew would take it for its own again."""
    return f"privaudit.{case.name.removesuffix('.service')}.service"


def unit_text(case: Case, path: str) -> str:
    """Make the text; Refuse where a line means something else in the system's manager."""
    if not path.isprintable():
        raise Refuse(path, "has a name that a comment could not hold", "give it another one, then fix again")
    section, description = "", case.name
    lines: list[str] = []
    for line in case.host.read(path).decode("utf-8", "surrogateescape").split("\n"):
        if not line.strip() or line.lstrip().startswith(("#", ";")):
            continue
        _one_line(path, line)
        found = _SECTION.match(line)
        if found is not None:
            section = found[1]
        elif section == "Unit" and line.startswith("Description="):
            description = line.partition("=")[2]
        elif section == "Service":
            lines += _taken(path, line)
    return _TEXT.format(
        version=__version__,
        source=path,
        former=case.former.name,
        name=case.name,
        description=description,
        account=case.target.name,
        group=case.target.group,
        service="".join(f"{line}\n" for line in lines),
    )


def _one_line(path: str, line: str) -> None:
    """Refuse what systemd would read as the end of a line, or as part of the next one."""
    if any(ord(sign) < ord(" ") and sign != "\t" for sign in line) or line.endswith("\\"):
        why = f"has a line that goes on in the next, or holds a control character: {line.strip()}"
        raise Refuse(path, why, "write it on one line, reload, then fix again")


def _taken(path: str, line: str) -> tuple[str, ...]:
    """The line, if it may be taken over; nothing for what is said anew; Refuse for the rest."""
    found = _LINE.fullmatch(line)
    key, value = (found[1], found[2]) if found is not None else ("", "")
    if key in _OURS or (key in _OUTPUT and _TO_FILES.match(value)):
        return ()
    if _SPECIFIER.search(line.replace("%%", "")):
        why = f"has a specifier that means something else in a system unit: {line.strip()}"
        raise Refuse(path, why, "write the path out, reload, then fix again")
    if (
        (key in _RUN and not any(_ROOTS.match(word) for word in _programs(value)))
        or key in _OUTPUT
        or (_TAKEN.fullmatch(key) and not _TO_FILES.match(value))
    ):
        return (line,)
    why = f"has a line that a system unit would carry out with root's rights: {line.strip()}"
    raise Refuse(path, why, "take it out, reload, then fix again")


def _programs(value: str) -> list[str]:
    """The first word of every command of a line, without its quotes; `;` divides commands."""
    words = value.replace('"', "").replace("'", "").split()
    return [word for before, word in zip([";", *words], words, strict=False) if before == ";"]


def logs(case: Case, path: str) -> tuple[str, ...]:
    """What a person must know of output that went to a file: it goes to the journal afterwards."""
    text = case.host.read(path).decode("utf-8", "surrogateescape")
    pairs = [_LINE.fullmatch(line) for line in text.split("\n")]
    files = sorted({each[2] for each in pairs if each and each[1] in _OUTPUT and _TO_FILES.match(each[2])})
    unit = unit_name(case)
    return tuple(f"what went to {each} goes to the journal: `journalctl -u {unit}`" for each in files)


def taken(case: Case, path: str) -> None:
    """Refuse if there is such a unit already."""
    try:
        case.host.lstat(path)
    except Missing:
        return
    raise Refuse(path, "exists already", "privaudit history says why; remove it if nothing needs it")
