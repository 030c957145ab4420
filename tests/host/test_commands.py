"""Commands are bounded: in time, in output, in what they inherit."""

import os
from collections.abc import Sequence

import pytest

from privaudit import spawn
from privaudit.host import CommandResult, HostError, Missing, PasswdEntry, commands

NOBODY = (PasswdEntry("nobody", 65534, 65534, "", "/", "/bin/false"), (65534,))


def run(argv: Sequence[str], **given: object) -> CommandResult:
    defaults: dict[str, object] = {"timeout": 60, "account": None, "env": None, "stdin": b""}
    return commands.run(argv, **(defaults | given))  # type: ignore[arg-type]


def test_an_answer() -> None:
    found = run(["/bin/sh", "-c", "cat; echo $A $LC_ALL >&2; exit 3"], env={"A": "1"}, stdin=b"x\0")
    assert (found.status, found.stdout, found.stderr) == (3, b"x\0", b"1 C\n")


def test_the_environment_is_fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LD_PRELOAD_OF_A_TEST", "1")
    assert b"LD_PRELOAD_OF_A_TEST" not in run(["/usr/bin/env"]).stdout


def test_one_that_prints_without_end_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spawn, "OUTPUT_LIMIT", 1 << 16)
    with pytest.raises(HostError, match="printed more than 65536 bytes"):
        run(["/usr/bin/yes"], timeout=600)


def test_one_that_hangs_is_ended() -> None:
    with pytest.raises(HostError, match=r"no answer within 0\.5 s"):
        run(["/bin/sleep", "600"], timeout=0.5)


def test_what_is_not_there_or_has_no_path() -> None:
    with pytest.raises(Missing):
        run(["/nonexistent/program"])
    for argv in ([], ["true"]):
        with pytest.raises(HostError, match="not an absolute program"):
            run(argv)


@pytest.mark.root
@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs commands as somebody else")
def test_as_somebody_else() -> None:
    assert run(["/usr/bin/id", "-u"], account=NOBODY).stdout == b"65534\n"
