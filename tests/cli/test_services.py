"""`privaudit services`: the catalogue, for people."""

from pathlib import Path

import pytest
from cli_runs import Run

from privaudit.cli import loading
from privaudit.cli.exits import Exit
from privaudit.engine import BadData, Fault

FIXERS = sorted(path.stem for path in (Path(__file__).parents[2] / "fixers").glob("*.yaml"))


def test_every_service_is_listed_once(here: Run) -> None:
    assert [line.split()[0] for line in here("services", "list").out.splitlines()] == FIXERS


@pytest.mark.parametrize("service", FIXERS)
def test_every_service_can_be_shown(here: Run, service: str) -> None:
    ended = here("services", "show", service)
    assert ended.code == Exit.CLEAN
    assert ended.out.startswith(f"{service}\n")
    assert "  model " in ended.out


def test_a_service_is_shown_by_any_of_its_names(here: Run) -> None:
    assert here("services", "show", "mariadb").out == here("services", "show", "mysql").out


def test_a_service_that_is_not_there_names_the_near_ones(here: Run) -> None:
    ended = here("services", "show", "mysqul")
    assert ended.code == Exit.USAGE
    assert "mysql" in ended.err.splitlines()[1]
    assert "list them" in here("services", "show", "zzzzzzzz").err


def test_a_catalogue_that_is_wrong_is_2(here: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise BadData(Fault("/fixers/a.yaml", 3, 1, "unknown key"), Fault("/fixers/b.yaml", 1, 1, "empty"))

    monkeypatch.setattr(loading, "engine_catalogue", broken)
    ended = here("services", "list")
    assert ended.code == Exit.USAGE
    assert ended.err == "privaudit: /fixers/a.yaml:3:1: unknown key\nprivaudit: /fixers/b.yaml:1:1: empty\n"
