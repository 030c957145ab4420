"""Colour, width and progress: on a terminal only, and never with a control character of a name."""

import fcntl
import os
import pty
import struct
import termios
import time
from collections.abc import Iterator
from typing import TextIO

import pytest

from privaudit.cli import terminal
from privaudit.cli.terminal import DEFAULT_WIDTH, Progress, colourful, width


@pytest.fixture
def screen() -> Iterator[tuple[TextIO, int]]:
    """A terminal of 90 columns, and the other side of it."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 90, 0, 0))
    with os.fdopen(theirs, "w", encoding="utf-8") as stream:
        yield stream, ours
    os.close(ours)


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)


@pytest.fixture
def pipe() -> Iterator[TextIO]:
    with open(os.devnull, "w", encoding="utf-8") as stream:
        yield stream


def test_colour_is_for_terminals(screen: tuple[TextIO, int], pipe: TextIO) -> None:
    assert colourful(screen[0])
    assert not colourful(pipe)
    assert not colourful(None)


@pytest.mark.parametrize(("name", "value"), [("NO_COLOR", "1"), ("TERM", "dumb")])
def test_colour_can_be_declined(
    screen: tuple[TextIO, int], monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    assert not colourful(screen[0])


def test_an_empty_no_color_declines_nothing(
    screen: tuple[TextIO, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "")
    assert colourful(screen[0])


@pytest.mark.parametrize(("columns", "used"), [(90, 90), (500, 120), (10, 40), (0, DEFAULT_WIDTH)])
def test_width_is_the_terminals_within_reason(screen: tuple[TextIO, int], columns: int, used: int) -> None:
    fcntl.ioctl(screen[0].fileno(), termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    assert width(screen[0]) == used


def test_width_without_a_terminal(pipe: TextIO) -> None:
    assert width(pipe) == width(None) == DEFAULT_WIDTH


def test_a_terminal_that_will_not_say_its_size(
    screen: tuple[TextIO, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    def unsized(_: int) -> os.terminal_size:
        raise OSError(25, "Inappropriate ioctl for device")

    monkeypatch.setattr(os, "get_terminal_size", unsized)
    assert width(screen[0]) == DEFAULT_WIDTH


def test_progress_shows_names_safely_and_goes_away(
    screen: tuple[TextIO, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, "monotonic", lambda: 1.0)
    progress = Progress(screen[0])
    progress("\x1b[2Jevil" + "a" * 500)
    progress("at once: too fast to be read")
    progress.clear()
    progress.clear()
    shown = ""
    while not shown.endswith("a\r\033[K"):
        shown += os.read(screen[1], 1 << 16).decode()
    assert shown.startswith("\r\033[Klooking at \\x1b[2Jevil")
    assert "too fast" not in shown
    assert len(shown) < 100


def test_progress_is_for_terminals(pipe: TextIO) -> None:
    for stream in (pipe, None):
        progress = Progress(stream)
        progress("something")
        progress.clear()


def test_warnings_are_escaped(capsys: pytest.CaptureFixture[str]) -> None:
    terminal.warn("see \x1b[2J")
    assert capsys.readouterr().err == "privaudit: see \\x1b[2J\n"


def test_last_words_to_nobody_do_no_harm(monkeypatch: pytest.MonkeyPatch) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as stream:
        monkeypatch.setattr("sys.stderr", stream)
        terminal.end_with(["bye"])
