"""A job file as a definition: its program, whose it is, and what has no effect."""

import plistlib

import pytest

from privaudit.collect.launchd import job
from privaudit.collect.plists import read
from privaudit.model.definition import Definition, Domain

PROGRAM = ["/opt/db/bin/db", "-v"]


def made(domain: Domain = Domain.SYSTEM, **keys: object) -> Definition:
    values = {"Label": "db", "ProgramArguments": PROGRAM, **keys}
    data = plistlib.dumps({key: value for key, value in values.items() if value is not None})
    return job.definition(
        read(data), job.Placement(domain, 0, "/x/db.plist"), lambda name: f"/usr/bin/{name}"
    )


def extra(**keys: object) -> dict[str, str]:
    return dict(made(**keys).extra)  # type: ignore[arg-type]


def test_program_comes_before_arguments() -> None:
    found = made(Program="/opt/other/bin/other")
    assert found.commands[0].path == "/opt/other/bin/other"
    assert found.commands[0].argv == tuple(PROGRAM)


def test_program_alone_is_its_own_argument() -> None:
    found = made(Program="/opt/other", ProgramArguments=None)
    assert (found.commands[0].path, found.commands[0].argv) == ("/opt/other", ("/opt/other",))


def test_arguments_of_a_wrong_kind_do_not_matter_beside_a_program() -> None:
    assert made(Program="/opt/other", ProgramArguments="x").commands[0].argv == ("/opt/other",)


@pytest.mark.parametrize(
    ("argument", "folder", "path"),
    [
        ("touch", None, "/usr/bin/touch"),
        ("bin/db", "/opt/db", "/opt/db/bin/db"),
        ("./db", None, "/./db"),
        ("/opt//db", None, "/opt/db"),
    ],
)
def test_a_program_without_its_folder_is_located(argument: str, folder: str | None, path: str) -> None:
    assert made(ProgramArguments=[argument], WorkingDirectory=folder).commands[0].path == path


def test_user_and_group_count_in_the_system_domain() -> None:
    found = made(UserName="_db", GroupName="_db")
    assert (found.user, found.group, found.ignored) == ("_db", "_db", ())


@pytest.mark.parametrize("domain", [Domain.GUI, Domain.USER_MANAGER])
def test_in_a_persons_domain_they_have_no_effect(domain: Domain) -> None:
    found = made(domain, UserName="_db", GroupName="_db", RootDirectory="/chroot")
    assert (found.user, found.group) == (None, None)
    assert [text.split(":")[0] for text in found.ignored] == [
        "UserName _db",
        "GroupName _db",
        "RootDirectory",
    ]


@pytest.mark.parametrize(
    ("keys", "ignored"),
    [
        ({"UserName": 74}, "UserName: not a text"),
        ({"UserName": ""}, "UserName: empty"),
        ({"username": "_db"}, "UserName: written in other letters, which launchd may not know"),
        ({"GroupName": ["x"]}, "GroupName: not a text"),
    ],
)
def test_wishes_that_nobody_heeds(keys: dict[str, object], ignored: str) -> None:
    found = made(**keys)  # type: ignore[arg-type]
    assert (found.user, found.group, found.ignored) == (None, None, (ignored,))


def test_a_user_given_twice_is_told() -> None:
    data = plistlib.dumps({"Label": "db", "Program": "/x", "UserName": "_db"})
    twice = data.replace(b"</dict>", b"<key>UserName</key><string>root</string></dict>")
    found = job.definition(read(twice), job.Placement(Domain.SYSTEM, 0, "/x"), str)
    assert found.user == "root"
    assert found.ignored == ("UserName: given more than once; the last one is taken to count",)
    assert ("repeated", "UserName") in found.extra


@pytest.mark.parametrize(
    ("umask", "octal"),
    [(23, "0027"), ("027", "0027"), ("23", "0027"), ("0", "0000"), (True, None), ("x", None), (None, None)],
)
def test_umask_is_decimal_as_a_number_and_octal_as_a_text(umask: object, octal: str | None) -> None:
    assert extra(Umask=umask).get("umask") == octal


def test_further_keys() -> None:
    found = extra(
        StandardOutPath="/var/log/db.log",
        LimitLoadToSessionType=["Aqua", "Background"],
        ExitTimeOut=600,
        Disabled=True,
        InitGroups=False,
    )
    assert found == {
        "stdout": "/var/log/db.log",
        "sessions": "Aqua Background",
        "exit-timeout": "600",
        "disabled-key": "true",
        "init-groups": "false",
    }


def test_what_starts_it_and_its_environment() -> None:
    found = made(
        StartInterval=60, Sockets={"a": {}}, WatchPaths=[], EnvironmentVariables={"B": "2", "A": "1"}
    )
    assert found.triggered_by == ("StartInterval", "Sockets")
    assert found.environment == (("A", "1"), ("B", "2"))


@pytest.mark.parametrize(
    ("keys", "why"),
    [
        ({"Label": None}, "no Label"),
        ({"Label": 5}, "no Label"),
        ({"ProgramArguments": None}, "neither Program nor ProgramArguments"),
        ({"ProgramArguments": "/x"}, "ProgramArguments is no list of texts"),
        ({"ProgramArguments": ["/x", 5]}, "ProgramArguments is no list of texts"),
        ({"Program": 5}, "Program is no text"),
        ({"ProgramArguments": ["/x", "y" * (1 << 20)]}, "more than 1048576 bytes of arguments"),
        ({"UserName": "@user@"}, "a template, not a job: its program or user is a placeholder"),
        ({"ProgramArguments": ["{{ path }}"]}, "a template, not a job: its program or user is a placeholder"),
    ],
)
def test_what_is_no_job(keys: dict[str, object], why: str) -> None:
    with pytest.raises(job.NotAJob) as fault:
        made(**keys)  # type: ignore[arg-type]
    assert str(fault.value) == why


def test_a_list_is_no_job() -> None:
    with pytest.raises(job.NotAJob, match="not a dictionary"):
        job.definition([], job.Placement(Domain.SYSTEM, 0, "/x"), str)


def test_a_placeholder_in_an_argument_is_an_argument() -> None:
    assert made(ProgramArguments=["/bin/sh", "-c", "echo $HOME {{x}}"]).commands[0].path == "/bin/sh"
