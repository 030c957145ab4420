"""What a scan asks before its command line is understood."""

from pathlib import Path

import pytest

from privaudit.cli import ahead
from privaudit.host.local import LocalHost

QUESTION = ("/bin/echo", "answer")


@pytest.fixture(autouse=True)
def booted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Systemd runs, and echo stands for systemctl."""
    monkeypatch.setattr(ahead, "BOOTED", str(tmp_path))
    monkeypatch.setattr(ahead, "OF_SYSTEM", QUESTION)
    monkeypatch.setattr(ahead, "asked", {})


def test_the_answer_waits_for_the_scan() -> None:
    ahead.ask(["--format", "json"])
    (question,) = ahead.asked
    host = LocalHost(once=True, asked=ahead.asked)
    assert question == QUESTION
    assert host.run(QUESTION).stdout == host.run(QUESTION).stdout == b"answer\n"


@pytest.mark.parametrize("option", ["--root", "--root=/mnt", "--recorded", "--recorded=x", "-h", "--help"])
def test_nothing_is_asked_of_this_machine_for_another_or_for_help(option: str) -> None:
    ahead.ask(["--strict", option])
    assert ahead.asked == {}


def test_nothing_is_asked_where_systemd_does_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "link").symlink_to(tmp_path)
    for place in ("missing", "link"):
        monkeypatch.setattr(ahead, "BOOTED", str(tmp_path / place))
        ahead.ask([])
    monkeypatch.setattr(ahead, "BOOTED", str(tmp_path))
    monkeypatch.setattr(ahead, "OF_SYSTEM", ("/nonexistent/systemctl",))
    ahead.ask([])
    assert ahead.asked == {}
