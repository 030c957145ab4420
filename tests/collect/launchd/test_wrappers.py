"""Programs that only start others: what is behind them, and as whom it runs."""

import pytest
from memory_host import MemoryHost

from privaudit.collect.launchd.wrappers import followed, script_user, unwrapped
from privaudit.host import Platform
from privaudit.model.definition import Command, Definition, Domain, Manager

DAEMONDO = "/opt/local/bin/daemondo"


@pytest.mark.parametrize(
    ("argv", "inner", "user"),
    [
        ("/opt/db -v", "/opt/db -v", None),
        (
            f"{DAEMONDO} --label=db --start-cmd /opt/local/bin/db -f ; --pid=exec",
            "/opt/local/bin/db -f",
            None,
        ),
        (f"{DAEMONDO} --start-cmd /x", "/x", None),
        (f"{DAEMONDO} --start-cmd ;", f"{DAEMONDO} --start-cmd ;", None),
        (f"{DAEMONDO} --version", f"{DAEMONDO} --version", None),
        ("/usr/bin/sudo -u _db /opt/db -v", "/opt/db -v", "_db"),
        ("/usr/bin/sudo -u_db -n /opt/db", "/opt/db", "_db"),
        ("/usr/bin/sudo --user=_db -g staff -- /opt/db", "/opt/db", "_db"),
        ("/usr/bin/sudo -H /opt/db", "/opt/db", "root"),
        ("/usr/bin/sudo -u _db", "/usr/bin/sudo -u _db", None),
        (f"{DAEMONDO} --start-cmd /usr/bin/sudo -u _db /opt/db ;", "/opt/db", "_db"),
    ],
)
def test_what_is_behind(argv: str, inner: str, user: str | None) -> None:
    host = MemoryHost(platform=Platform.DARWIN)
    assert unwrapped(host, argv.split()) == (tuple(inner.split()), user)


@pytest.mark.parametrize(
    ("text", "user"),
    [
        ('sudo -u postgres /bin/sh -c "x"', "postgres"),
        ("  sudo -n -u postgres x\n  sudo -u postgres y", "postgres"),
        ('su -l postgres -c "x"', "postgres"),
        ("su postgres -c x", "postgres"),
        ("sudo -u postgres x\nsudo -u other y", None),
        ("# sudo -u postgres x", None),
        ("pseudo -u postgres", None),
        ("exec /opt/db", None),
    ],
)
def test_the_user_of_a_start_script(text: str, user: str | None) -> None:
    host = MemoryHost(platform=Platform.DARWIN).file("/x.wrapper", f"#!/bin/sh\n{text}\n")
    assert script_user(host, "/x.wrapper") == user


def test_a_script_that_is_not_there_names_nobody() -> None:
    assert script_user(MemoryHost(), "/x.wrapper") is None


def test_the_program_behind_becomes_a_second_command() -> None:
    host = MemoryHost(platform=Platform.DARWIN).file("/w/db.wrapper", "sudo -u _db /opt/db\n")
    argv = (DAEMONDO, "--start-cmd", "/w/db.wrapper", "start", ";")
    first = Command("ProgramArguments", DAEMONDO, argv)
    found = followed(host, Definition(Manager.LAUNCHD, Domain.SYSTEM, "db", commands=(first,)))
    assert [command.path for command in found.commands] == [DAEMONDO, "/w/db.wrapper"]
    assert found.commands[1].argv == ("/w/db.wrapper", "start")
    assert found.extra == (("inner-user", "_db"),)


def test_a_plain_program_stays_as_it_is() -> None:
    plain = Definition(
        Manager.LAUNCHD, Domain.SYSTEM, "db", commands=(Command("ProgramArguments", "/opt/db", ("db", "-v")),)
    )
    assert followed(MemoryHost(), plain) is plain
    assert followed(MemoryHost(), Definition(Manager.LAUNCHD, Domain.SYSTEM, "db")).commands == ()
