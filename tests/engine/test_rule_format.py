"""The page on the format of a rule says what the loader does."""

import re
from pathlib import Path

from engine.subjects import made, match

from privaudit.engine import rules
from privaudit.model.remedy import Remedy

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "rule-format.md").read_text()
MATCHERS, SEVERITIES = (
    re.search(rf"## {title}.*?```yaml\n(.*?)```", PAGE, re.DOTALL)
    for title in ("Matchers", "Severity told by a fact")
)


def test_every_key_is_in_the_table() -> None:
    table = " ".join(re.findall(r"^\| ([^|]*) \|", PAGE, re.MULTILINE))
    assert set(re.findall(r"`([a-z-]+)`", table)) == {*rules._NEEDED, rules._EXAMPLES, *rules._OPTIONAL}
    assert all(f"`{remedy}`" in PAGE for remedy in Remedy)


def test_every_matcher_of_the_page_loads() -> None:
    assert MATCHERS is not None
    lines = [line.strip() for line in MATCHERS[1].splitlines()[1:]]
    assert len(lines) == 8
    for line in lines:
        if line.startswith("gain"):
            made(f"{{{line.partition('#')[0]}}}", "path")
        else:
            match(line)


def test_every_severity_of_the_page_loads() -> None:
    assert SEVERITIES is not None
    for line in SEVERITIES[1].splitlines():
        text = line.removeprefix("severity: ")
        made("{exposed: true}", "path", severity=text.replace("runs_as", "service.runs_as"))
