"""What launchctl(1) prints, of OS X 10.10 to macOS 27: no interface, and it changes; read by its braces.

`KEY = VALUE` lines and `NAME = {` blocks up to `}`. Blocks nest and repeat the names of keys above them
(`state = active` inside an endpoint), values may be raw data, posts end early: only the lines of the
outermost block count as its own, and what is missing is None.
"""

import re
from dataclasses import field

from privaudit.model.frozen import frozen, slotted

_ROW = re.compile(r"\s*(\d+)\s+(-|-?\d+|\(\w+\))\s+(\S.*)")
"""A service of a domain: pid or 0, last status, label."""
_OVERRIDE = re.compile(r'\s*"(.+)" => (true|false|enabled|disabled)\s*')
_ARRAY_ROOM = 10_000


@slotted
class Block:
    """One block: its own lines, and the blocks inside it."""

    name: str
    values: dict[str, str] = field(default_factory=dict)
    """Of `KEY = VALUE` and `KEY => VALUE`; the first of a name counts."""
    lines: list[str] = field(default_factory=list)
    """All other lines, blanks at both ends cut off."""
    blocks: dict[str, "Block"] = field(default_factory=dict)
    """The first of a name counts."""


def blocks(text: str) -> Block:
    """Read a whole answer; the block returned holds what stands outside of all braces."""
    top = Block("")
    stack = [top]
    for raw in text.splitlines():
        line = raw.strip()
        if line == "}":
            if len(stack) > 1:
                stack.pop()
        elif line.endswith(("= {", "=> {")):
            made = Block(line.rpartition("=")[0].strip().strip('"'))
            stack[-1].blocks.setdefault(made.name, made)
            stack.append(made)
        elif line:
            _line(stack[-1], line)
    return top


def _line(block: Block, line: str) -> None:
    for sign in (" => ", " = "):
        key, found, value = line.partition(sign)
        if found:
            block.values.setdefault(key.strip('"'), value.strip())
            return
    if len(block.lines) < _ARRAY_ROOM:
        block.lines.append(line)


@frozen
class Row:
    """One service in the list of a domain."""

    label: str
    pid: int | None
    status: str
    """Of its last end: `0`, `78`, `-9`, `-` or `(pe)`: not known or pending."""


@frozen
class PrintedDomain:
    """`launchctl print system`, `gui/UID` or `user/UID`."""

    name: str
    rows: tuple[Row, ...]
    disabled: tuple[tuple[str, bool], ...]
    """Overrides: label -> disabled."""


def domain(text: str) -> PrintedDomain:
    """Read a domain; one that was cut at the top keeps its overrides."""
    top = blocks(text)
    whole = next(iter(top.blocks.values()), top) if "disabled services" not in top.blocks else top
    services = whole.blocks.get("services")
    rows = []
    for line in () if services is None else services.lines:
        match = _ROW.fullmatch(line)
        if match:
            rows.append(Row(match[3], int(match[1]) or None, match[2]))
    return PrintedDomain(whole.name, tuple(rows), tuple(overrides(text).items()))


def overrides(text: str) -> dict[str, bool]:
    """Read `launchctl print-disabled`, or the same block at the end of a domain: label -> disabled.

    To macOS 12 `true` means disabled; from 13 it says so in words.
    """
    found: dict[str, bool] = {}
    inside = False
    for line in text.splitlines():
        if line.strip() == "disabled services = {":
            inside = True
        elif line.strip() == "}":
            inside = False
        elif inside and (match := _OVERRIDE.fullmatch(line)):
            found[match[1]] = match[2] in {"true", "disabled"}
    return found


def listed(text: str) -> tuple[Row, ...]:
    """Read `launchctl list`, which every version has: pid or `-`, last status, label."""
    rows = []
    for line in text.splitlines():
        words = line.split(None, 2)
        if len(words) == len(("PID", "Status", "Label")) and (words[0] == "-" or words[0].isdigit()):
            rows.append(Row(words[2], None if words[0] == "-" else int(words[0]), words[1]))
    return tuple(rows)


@frozen
class PrintedService:
    """`launchctl print DOMAIN/LABEL`: what launchd loaded, which a changed file does not change."""

    label: str
    path: str | None
    """The job file; None: submitted without one, or not shown."""
    type: str | None
    """`LaunchDaemon`, `LaunchAgent`, …; not shown before macOS 13."""
    state: str | None
    program: str | None
    argv: tuple[str, ...]
    user: str | None
    """None: not set, so root in the system domain."""
    group: str | None
    working_directory: str | None
    stdout: str | None
    stderr: str | None
    pid: int | None
    last_exit: str | None
    """`78: EX_CONFIG`, `0`, `(never exited)`, `Terminated: 15`, …"""


def service(text: str) -> PrintedService | None:
    """Read a service; None: the answer holds none."""
    top = blocks(text)
    if not top.blocks:
        return None
    block = next(iter(top.blocks.values()))
    values = block.values
    path = values.get("path")
    arguments = block.blocks.get("arguments")
    pid = values.get("pid", "")
    exits = ("last exit code", "last terminating signal", "last exit reason")
    return PrintedService(
        label=block.name.rpartition("/")[2],
        path=path if path is not None and path.startswith("/") else None,
        type=values.get("type"),
        state=values.get("state"),
        program=values.get("program"),
        argv=_arguments(text) if arguments is not None else (),
        user=values.get("username"),
        group=values.get("group"),
        working_directory=values.get("working directory"),
        stdout=values.get("stdout path"),
        stderr=values.get("stderr path"),
        pid=int(pid) if pid.isdigit() else None,
        last_exit=next((values[key] for key in exits if key in values), None),
    )


def _arguments(text: str) -> tuple[str, ...]:
    """The argument vector in its order, lines that look like keys among it (`-c user = x`)."""
    found: list[str] = []
    inside = False
    for raw in text.splitlines():
        line = raw.strip()
        if inside and line == "}":
            break
        if inside:
            found.append(line)
        inside = inside or line == "arguments = {"
    return tuple(found)
