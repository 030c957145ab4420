"""`privaudit rules`: what there is, what it means, and what is wrong with a file."""

from pathlib import Path

import pytest
from cli_runs import Run

from privaudit.cli.exits import Exit

RULES = sorted((Path(__file__).parents[2] / "rules").rglob("*.yaml"))


def test_every_rule_is_listed_once(here: Run) -> None:
    lines = here("rules", "list").out.splitlines()
    assert [line.split()[0] for line in lines] == sorted(path.stem for path in RULES)


@pytest.mark.parametrize("rule", [path.stem for path in RULES])
def test_every_rule_can_be_shown(here: Run, rule: str) -> None:
    ended = here("rules", "show", rule)
    assert ended.code == Exit.CLEAN
    assert ended.out.startswith(f"{rule}: ")
    for word in ("severity", "why", "wrong if", "controls", "example"):
        assert f"  {word} " in ended.out


def test_a_rule_that_is_not_there_names_the_near_ones(here: Run) -> None:
    ended = here("rules", "show", "runs-as-persn")
    assert ended.code == Exit.USAGE
    assert ended.err.splitlines()[0] == "privaudit: there is no rule runs-as-persn"
    assert "runs-as-person" in ended.err.splitlines()[1]


def test_our_own_rules_are_right(here: Run) -> None:
    ended = here("rules", "check", str(RULES[0].parents[1]))
    assert (ended.code, ended.out) == (Exit.CLEAN, f"{len(RULES)} rules are right\n")


def test_one_file_can_be_checked(here: Run) -> None:
    assert here("rules", "check", str(RULES[0])).out == "1 rule is right\n"


def test_every_fault_is_said_with_its_place(here: Run, tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / f"{name}.yaml").write_text(f"id: {name}\nmatsh: {{}}\n")
    ended = here("rules", "check", str(tmp_path))
    assert ended.code == Exit.USAGE
    assert f"{tmp_path}/one.yaml:" in ended.err
    assert f"{tmp_path}/two.yaml:" in ended.err


def test_an_example_that_is_not_what_it_says_is_a_fault(here: Run, tmp_path: Path) -> None:
    source = next(path for path in RULES if path.stem == "runs-as-person").read_text()
    (tmp_path / "runs-as-person.yaml").write_text(source.replace("expect: pass", "expect: fail", 1))
    ended = here("rules", "check", str(tmp_path))
    assert ended.code == Exit.USAGE
    assert "expected fail, it is pass" in ended.err


def test_an_empty_folder_is_no_set_of_rules(here: Run, tmp_path: Path) -> None:
    ended = here("rules", "check", str(tmp_path))
    assert ended.code == Exit.USAGE
    assert str(tmp_path) in ended.err
