"""The plan of a fix as people read it: sentences, and lines that fit the terminal."""

import pytest

from privaudit.model.ownership import Refusal
from privaudit.model.plan import FixOutcome, FixStatus, NoPlan, Plan
from privaudit.model.steps import ReadBack, WriteFile
from privaudit.report.plan_text import no_plan_lines, outcome_lines, plan_lines, text

NOTE = "joe's timer backup.timer starts it too, and goes on to do so as joe unless it is stopped by hand"
PATH = "/etc/systemd/system/shop.service.d/zz-privaudit.conf"
LONG = "# " + "x " * 60
PLAN = Plan(
    "shop.service",
    "shop",
    "shop",
    "joe",
    "drop-in",
    (
        WriteFile(PATH, f"{LONG}\n[Service]\nUser=shop\n"),
        ReadBack("shop.service", (("User", "shop"), ("Group", "shop"), ("SupplementaryGroups", ""))),
    ),
    notes=(NOTE,),
)


def shown(width: int | None) -> str:
    return text(plan_lines(PLAN, str), width)


def test_lines_fit_the_terminal_and_words_stay_whole() -> None:
    rows = shown(60).splitlines()
    long = [row for row in rows if len(row) > 60]
    assert long
    assert all(PATH in row or LONG.strip() in row for row in long)
    assert "  2. ask systemd whether shop.service now has User=shop\n     Group=shop" in shown(60)
    assert " ".join(shown(60).split()) == " ".join(shown(None).split())


def test_a_pipe_gets_whole_lines() -> None:
    assert f"Note: {NOTE}." in shown(None).splitlines()


def test_a_log_line_is_never_broken() -> None:
    outcome = FixOutcome(FixStatus.PUT_BACK, "shop-1", "it did not start", log=(LONG + "\x1b[2J",))
    rows = text(outcome_lines(outcome, ""), 60).splitlines()
    assert rows == ["failed: it did not start", f"  log: {LONG}\\x1b[2J", "everything is as it was before"]


@pytest.mark.parametrize(
    ("why", "says"),
    [
        ("is masked", "shop.service is masked"),
        ("there is no such service", "shop.service: there is no such service"),
        ("Permission denied", "shop.service: Permission denied"),
        ("It becomes whoever logs in", "shop.service: It becomes whoever logs in"),
    ],
)
def test_a_refusal_is_a_sentence(why: str, says: str) -> None:
    refused = NoPlan("shop.service", (Refusal("shop.service", why, "do this"),))
    assert list(no_plan_lines(refused)) == [says, "  do this"]
