"""The tutorial, typed in from its first scan on: every command works, and prints what the page shows."""

import re
from collections.abc import Iterator
from pathlib import Path

from lab.machine import Machine
from lab.session import Lab

PAGE = Path(__file__).parents[2] / "docs" / "tutorial" / "first-fix.md"
_BLOCK = re.compile(r"^```(sh|console)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_VARIES = re.compile(r"…|\[y/N\]|/var/lib/mysql/")
"""Lines left out, questions (the test says --yes), and examples: which file is found first differs."""


def test_the_tutorial_is_true(lab: Lab) -> None:
    _, _, steps = PAGE.read_text(encoding="utf-8").partition("## 2.")
    with lab.boot("mariadb") as machine:
        machine.wait_active("mariadb.service")
        for kind, text in _BLOCK.findall(steps):
            for command, shown in _typed(text) if kind == "console" else [(text, [])]:
                printed = _plain(_run(machine, command))
                assert [line for line in shown if line not in printed] == [], (command, printed)


def _typed(text: str) -> Iterator[tuple[str, list[str]]]:
    """Each command of a console with what is printed after it."""
    for part in re.split(r"^# ", text, flags=re.MULTILINE)[1:]:
        command, _, shown = part.partition("\n")
        yield command, _plain("\n".join(line for line in shown.splitlines() if not _VARIES.search(line)))


def _run(machine: Machine, command: str) -> str:
    if command in {"privaudit fix mysql", "privaudit undo"}:
        command += " --yes"
    # a scan ends with 10 where it finds something
    done = machine.run(["sh", "-ec", f"PATH=$PATH:/opt/privaudit/bin; {command}"], check=False)
    assert done.returncode in ({0, 10} if "scan" in command else {0}), (command, done.stdout, done.stderr)
    return done.stdout + done.stderr


def _plain(text: str) -> list[str]:
    """Lines without their ends and with every number as one: counts and times differ."""
    return [re.sub(r"[0-9]+", "0", line.strip()) for line in text.splitlines() if line.strip()]
