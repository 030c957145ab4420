"""The system unit that takes the place of a person's own: its [Service] section as it is, with an account."""

import re

from privaudit import __version__
from privaudit.fix.case import Case, Refuse
from privaudit.host import Missing

_SECTION = re.compile(r"^\[([^]]+)\]\s*$")
_SPECIFIER = re.compile(r"%[^%]")
_OURS = re.compile(r"^\s*(User|Group|SupplementaryGroups|DynamicUser)\s*=")

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
    section, lines, description = "", [], case.name
    for line in case.host.read(path).decode("utf-8", "surrogateescape").splitlines():
        found = _SECTION.match(line)
        if found is not None:
            section = found[1]
        elif section == "Unit" and line.startswith("Description="):
            description = line.partition("=")[2]
        elif section == "Service" and line.strip() and not _OURS.match(line):
            if _SPECIFIER.search(line.replace("%%", "")):
                why = f"has a specifier that means something else in a system unit: {line.strip()}"
                raise Refuse(path, why, "write the path out, reload, then fix again")
            lines.append(line)
    return _TEXT.format(
        version=__version__,
        source=path,
        former=case.former.name,
        name=case.name,
        description=description,
        account=case.target.name,
        group=case.target.group,
        service="\n".join(lines) + "\n",
    )


def taken(case: Case, path: str) -> None:
    """Refuse if there is such a unit already."""
    try:
        case.host.lstat(path)
    except Missing:
        return
    raise Refuse(path, "exists already", "privaudit history says why; remove it if nothing needs it")
