"""What all commands share: help, usage errors, failures of our own, signals, pipes that close."""

import importlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from cli_runs import Run

from privaudit import __version__
from privaudit.cli import command_line, main, terminal
from privaudit.cli.exits import Exit, Failure, Interrupted


def paths(group: click.Group, above: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Every command and the words that call it."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        yield (*above, name), command
        if isinstance(command, click.Group):
            yield from paths(command, (*above, name))


EVERY = list(paths(command_line.commands))


@pytest.mark.parametrize("words", [(), *(words for words, _ in EVERY)], ids=" ".join)
@pytest.mark.parametrize("flag", ["-h", "--help"])
def test_help_is_everywhere(words: tuple[str, ...], flag: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*words, flag]) == Exit.CLEAN
    shown = capsys.readouterr().out
    assert shown.startswith(f"Usage: {' '.join(('privaudit', *words))}")
    assert "Example: " in shown


@pytest.mark.parametrize(("words", "command"), EVERY, ids=[" ".join(words) for words, _ in EVERY])
def test_every_option_says_in_a_line_what_it_does(words: tuple[str, ...], command: click.Command) -> None:
    short = command.get_short_help_str(60)  # what 80 columns leave for it
    assert short.endswith("."), words
    assert not short.endswith("..."), words
    for option in command.params:
        if isinstance(option, click.Option):
            assert option.help, option.name
            assert option.help.endswith("."), option.name
            assert len(option.help) <= 56, option.name  # one line of 80 columns
    assert any("--debug" in option.opts for option in command.params)


def test_version_loads_nothing() -> None:
    code = (
        "import sys; from privaudit.cli import main; before = set(sys.modules); main(['--version']);"
        "assert not set(sys.modules) - before; assert 'click' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, timeout=60)
    assert done.stdout.decode() == f"privaudit {__version__}\n"


def test_version_is_the_same_the_long_way(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--debug", "--version"]) == Exit.CLEAN
    assert capsys.readouterr().out == f"privaudit {__version__}\n"


def test_only_the_called_command_is_imported() -> None:
    code = (
        "import sys; from privaudit.cli import main; main(['schema']);"
        "assert not {'privaudit.engine', 'privaudit.collect', 'yaml'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, timeout=60)


def test_a_table_entry_that_is_no_command_is_our_fault(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(command_line.COMMANDS, "broken", "privaudit.cli.exits")
    monkeypatch.setattr(importlib.import_module("privaudit.cli.exits"), "command", "none", raising=False)
    assert main(["broken"]) == Exit.FAILED
    assert "is no command" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["scam"], "No such command 'scam'"),
        (["scan", "--frmat", "json"], "--frmat"),
        (["scan", "--format", "xml"], "xml"),
        (["scan", "--fail-on", "never"], "never"),
        (["scan", "--show", "fial"], "'fial' is not one of fail, unknown, accepted"),
        (["scan", "--rules", "/missing"], "/missing"),
        (["rules", "show"], "Missing argument"),
        (["rules", "check"], "Missing argument"),
        (["scan", "--\x1b[2J"], "--\\x1b[2J"),
    ],
)
def test_a_wrong_command_line_is_2_and_one_line(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == Exit.USAGE
    captured = capsys.readouterr()
    assert captured.out == ""
    assert said in captured.err
    assert "\x1b" not in captured.err
    assert captured.err.splitlines()[-1].startswith("  see privaudit")


def test_without_a_command_there_is_help_and_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == Exit.USAGE
    assert "Commands:" in capsys.readouterr().err


def break_schema(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    def broken(_: str) -> None:
        raise error

    monkeypatch.setattr(terminal, "say", broken)


def test_a_failure_of_ours_is_5_and_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    break_schema(monkeypatch, ZeroDivisionError("by \x1b zero"))
    assert main(["schema"]) == Exit.FAILED
    assert capsys.readouterr().err == (
        "privaudit: privaudit itself failed: ZeroDivisionError: by \\x1b zero\n"
        "  run it again with --debug, and report what it shows\n"
    )


@pytest.mark.parametrize("words", [["--debug", "schema"], ["schema", "--debug"]])
def test_debug_shows_where(
    words: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    break_schema(monkeypatch, ZeroDivisionError("by \x1b zero"))
    assert main(words) == Exit.FAILED
    said = capsys.readouterr().err
    assert "Traceback" in said
    assert "\x1b" not in said


def test_a_failure_says_all_that_is_wrong(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    break_schema(monkeypatch, Failure("one", "mend it", Exit.REFUSED, more=["two"]))
    assert main(["schema"]) == Exit.REFUSED
    assert capsys.readouterr().err == "privaudit: one\nprivaudit: two\n  mend it\n"


def test_handlers_are_as_before(capsys: pytest.CaptureFixture[str]) -> None:
    before = signal.getsignal(signal.SIGTERM)
    main(["schema"])
    capsys.readouterr()
    assert signal.getsignal(signal.SIGTERM) is before


INTERRUPTED = """
import os, signal, sys
from privaudit.cli import main, schema
def say(text):
    try:
        os.kill(os.getpid(), signal.{name})
        signal.pause()
    finally:
        print("cleaned up", flush=True)
schema.terminal.say = say
sys.exit(main(["schema"]))
"""


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_a_signal_cleans_up_and_ends_as_that_signal(name: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPTED.format(name=name)], capture_output=True, timeout=60, check=False
    )
    assert done.returncode == -signal.Signals[name]
    assert done.stdout == b"cleaned up\n"
    assert b"Traceback" not in done.stderr


IN_TWO_PROCESSES = """
import os, signal, sys
from privaudit.cli import main, schema
from privaudit.host import census
reader, writer = os.pipe()
parent = os.getpid()
def share(*_):
    if os.getpid() == parent:
        os.read(reader, 1)
        os.killpg(0, signal.{name})
    os.write(writer, b".")
    signal.pause()
census._share = share
census.BIG = 1
schema.terminal.say = lambda _: census.census(os.open(sys.argv[1], os.O_RDONLY), sys.argv[1])
sys.exit(main(["schema"]))
"""


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_a_signal_to_all_processes_of_a_scan_is_quiet(name: str, tmp_path: Path) -> None:
    for folder in "abcd":
        (tmp_path / folder).mkdir()
    done = subprocess.run(
        [sys.executable, "-c", IN_TWO_PROCESSES.format(name=name), str(tmp_path)],
        capture_output=True,
        timeout=60,
        check=False,
        start_new_session=True,
    )
    assert done.returncode == -signal.Signals[name]
    assert done.stderr.strip() == b""


def test_what_nohup_ignores_stays_ignored(capsys: pytest.CaptureFixture[str]) -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        assert main(["schema"]) == Exit.CLEAN
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)
    capsys.readouterr()


HUNG_UP = """
import os, signal, sys
from privaudit.cli import main, command_line
command_line.terminal.say = lambda text: os.kill(os.getpid(), signal.SIGHUP)
sys.exit(main(["schema"]))
"""


def test_a_run_under_nohup_outlives_its_terminal() -> None:
    done = subprocess.run(
        ["/usr/bin/nohup", sys.executable, "-c", HUNG_UP], capture_output=True, timeout=60, check=False
    )
    assert done.returncode == Exit.CLEAN


DEAF = """
import signal, sys
from privaudit import cli, spawn
from privaudit.cli import command_line
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
command_line.terminal.say = lambda _: print(spawn.start(("/bin/sh", "-c", "exit 7")).result(30)[0])
sys.argv[1:] = ["schema"]
sys.exit(cli.program())
"""


def test_children_are_waited_for_whoever_started_us() -> None:
    done = subprocess.run([sys.executable, "-c", DEAF], capture_output=True, timeout=60, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (Exit.CLEAN, b"7\n", b"")


def test_a_reader_that_leaves_ends_us_quietly() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [sys.executable, "-m", "privaudit", "schema"],
        stdout=writer,
        stderr=subprocess.PIPE,
        timeout=60,
        check=False,
    )
    os.close(writer)
    assert done.returncode == -signal.SIGPIPE
    assert done.stderr == b""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize("words", [["schema"], ["-h"]])
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_an_output_that_is_full_is_said(words: list[str], unbuffered: str) -> None:
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "privaudit", *words],
            stdout=full,
            stderr=subprocess.PIPE,
            env=os.environ | {"PYTHONUNBUFFERED": unbuffered},
            timeout=60,
            check=False,
        )
    assert done.returncode == Exit.FAILED
    assert b"No space left on device" in done.stderr
    assert b"Traceback" not in done.stderr


def test_closed_streams_do_no_harm() -> None:
    shell = f"{sys.executable} -m privaudit schema >&- 2>&-"
    done = subprocess.run(["/bin/sh", "-c", shell], timeout=60, check=False, capture_output=True)
    assert done.returncode == Exit.CLEAN


def test_a_terminal_of_another_encoding_gets_escapes(shell: Run) -> None:
    ended = shell("rules", "show", "größe", env={"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"})
    assert ended.code == Exit.USAGE
    assert "gr\\xf6\\xdfe" in ended.err


def test_a_write_that_fails_ends_us(monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken:
        def __init__(self, error: OSError) -> None:
            self.error = error
            self.file = os.open(os.devnull, os.O_WRONLY)

        def write(self, _: str) -> None:
            raise self.error

        def fileno(self) -> int:
            return self.file

    broken = Broken(BrokenPipeError())
    monkeypatch.setattr(sys, "stdout", broken)
    with pytest.raises(Interrupted) as caught:
        terminal.say("x")
    assert caught.value.number == signal.SIGPIPE
    broken.error = OSError(28, "No space left on device")
    with pytest.raises(Failure, match="cannot be written: No space left"):
        terminal.say("x")
    os.close(broken.file)


def test_python_m_is_the_same(shell: Run) -> None:
    assert shell("--version").out == f"privaudit {__version__}\n"


@pytest.mark.parametrize(
    ("error", "number"),
    [
        (KeyboardInterrupt(), signal.SIGINT),
        (Interrupted(signal.SIGTERM), signal.SIGTERM),
        (BrokenPipeError(), signal.SIGPIPE),
    ],
)
def test_what_ends_a_command_ends_the_process(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], error: BaseException, number: int
) -> None:
    sent: list[tuple[int, int]] = []
    break_schema(monkeypatch, error)
    monkeypatch.setattr(os, "kill", lambda pid, signum: sent.append((pid, signum)))
    monkeypatch.setattr(terminal, "discard", lambda _: None)
    handler = signal.getsignal(number)
    with pytest.raises(SystemExit) as caught:
        main(["schema"])
    signal.signal(number, handler)
    capfd.readouterr()
    assert sent == [(os.getpid(), number)]
    assert caught.value.code == 128 + number


def test_an_interrupt_while_loading_is_no_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "privaudit.cli.command_line")

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("builtins.__import__", interrupted)
    code = main(["schema"])
    monkeypatch.undo()
    assert code == 130
