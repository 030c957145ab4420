"""The next step: a command only where one is safe to copy and does the right thing."""

from dataclasses import replace

import pytest
from report_values import JOE, MYSQL_PROFILE, exposed, finding, report, service

from privaudit.model.account import AccountKind
from privaudit.model.definition import Domain, Manager
from privaudit.model.finding import Finding, Status
from privaudit.model.path import Exposure, Role
from privaudit.model.remedy import Remedy
from privaudit.model.service import Service
from privaudit.report.next_step import Step, next_steps

OWN = finding()
HIDE = "let nobody but its owner and group read /etc/key, and change what it holds"


def steps(service: Service | None, *findings: Finding, services: tuple[Service, ...] = ()) -> list[str]:
    made = report(services or ((service,) if service is not None else ()), findings)
    return [f"{step.words} {step.command}".strip() for step in next_steps(findings, made)]


def at(via: str, how: str, role: Role = Role.PROGRAM, uid: int | None = 1000) -> list[str]:
    path = exposed("/usr/bin/tool", via, how, role)
    path = replace(path, exposed_to=(Exposure("joe", uid, AccountKind.PERSON, via, how),))
    judged = finding(
        "program-exposed", remedy=Remedy.RESTORE_OWNERSHIP, path=path.path, subject=f"{role} {path.path}"
    )
    return steps(service(paths=(path,)), judged)


@pytest.mark.parametrize(
    ("via", "how", "step"),
    [
        ("/usr/bin", "owns the folder", "give /usr/bin back to root: sudo chown -h root /usr/bin"),
        (
            "/usr/bin/tool",
            "may write the file (group)",
            "let nobody but the owner write /usr/bin/tool: sudo chmod go-w /usr/bin/tool",
        ),
        (
            "/usr/bin/tool",
            "may write the file (access list)",
            "take joe off the access list: sudo setfacl -x u:1000 /usr/bin/tool",
        ),
        ("/srv/a b", "owns the folder", "give /srv/a b back to root: sudo chown -h root '/srv/a b'"),
        (
            "/srv/$(id)\x1b",
            "owns the folder",
            "take the right to change /srv/$(id)\x1b from joe",
        ),
        (
            "/home/joe/bin",
            "owns the folder",
            "move /usr/bin/tool out of /home/joe: whoever owns a folder on the way can replace it",
        ),
    ],
)
def test_each_way_in_is_closed(via: str, how: str, step: str) -> None:
    assert at(via, how) == [step]


def test_a_home_is_never_given_to_root() -> None:
    assert not any("chown" in step for step in at("/home/joe", "owns the folder"))


@pytest.mark.parametrize("folder", ["/tmp", "/var/tmp", "/dev/shm"])
def test_a_shared_folder_stays_everybodys(folder: str) -> None:
    (made,) = at(folder, "may create it in the folder")
    assert made == f"make /usr/bin/tool, or move it out of {folder}, where joe may create it"
    (sticky,) = at(folder, "may write the folder")
    assert sticky.endswith(f"sudo chmod +t {folder}")


def test_what_lies_in_a_tree_is_closed_too() -> None:
    way = Exposure("everyone", None, AccountKind.PERSON, "/etc/x/a", "may write the file (3 entries like it)")
    path = replace(exposed("/etc/x", "", "", Role.CONFIGURATION), exposed_to=(), tree_exposures=(way,))
    (step,) = steps(service(paths=(path,)), finding(remedy=Remedy.RESTORE_OWNERSHIP, path=path.path))
    assert step == ("let nobody but the owner write /etc/x/a (and others like it): sudo chmod go-w /etc/x/a")


@pytest.mark.parametrize(
    ("reader", "target", "step"),
    [
        (
            Exposure("everyone", None, AccountKind.PERSON, "/etc/key", "may read"),
            "/etc/key",
            f"{HIDE}: sudo chmod o-rwx /etc/key",
        ),
        (
            Exposure("joe", 1000, AccountKind.PERSON, "/etc/key", "may read (group)"),
            "/etc/key",
            "take the right to read /etc/key from joe, and change what it holds",
        ),
        (
            Exposure("everyone", None, AccountKind.PERSON, "/etc/\x1b", "may read"),
            "/etc/\x1b",
            "take the right to read /etc/\x1b from everyone, and change what it holds",
        ),
    ],
)
def test_a_secret_that_was_read_is_one_no_more(reader: Exposure, target: str, step: str) -> None:
    path = replace(exposed(target, "", "", Role.SECRET), exposed_to=(), readers=(reader,))
    judged = finding("secret-readable", remedy=Remedy.RESTORE_OWNERSHIP, path=target)
    assert steps(service(paths=(path,)), judged) == [step]


def test_data_is_never_given_to_root() -> None:
    assert at("/var/lib/mysql", "owns the folder", Role.DATA) == [
        "give its data back to mysql: sudo privaudit fix mysql"
    ]


def test_a_known_service_is_fixed_by_its_short_name() -> None:
    assert steps(service(runs_as=JOE), OWN) == [
        "let it run as mysql, with its data: sudo privaudit fix mysql"
    ]


def test_one_of_several_is_fixed_by_its_id() -> None:
    both = (service(runs_as=JOE), service("mariadb@b", JOE))
    (step,) = steps(both[1], finding(about=both[1].id), services=both)
    assert step.endswith("sudo privaudit fix mariadb@b.service")


def test_an_unknown_service_needs_to_be_told() -> None:
    (step,) = steps(service(runs_as=JOE, profile=None), OWN)
    assert step.endswith("sudo privaudit fix mariadb.service --user ACCOUNT --owns FOLDER")


def test_what_never_moves_says_why() -> None:
    fixed = replace(MYSQL_PROFILE, move={"systemd": "never"}, move_reason="It drops root by itself.")
    made = replace(report((service(),), (OWN,)), catalogue=(fixed,))
    (step,) = next_steps([OWN], made)
    assert (step.words, step.command) == ("by hand: It drops root by itself.", "")


def test_a_server_in_a_persons_own_manager_is_fixed_too() -> None:
    (step,) = steps(service(runs_as=JOE, domain=Domain.USER_MANAGER, owner=1000), OWN)
    assert step.endswith("sudo privaudit fix mysql")


def test_nobody_starts_it() -> None:
    loose = replace(service(runs_as=JOE), manager=Manager.NONE)
    assert steps(loose, OWN) == ["have a service manager start it, under an account of its own"]


def test_a_hostile_id_is_in_no_command() -> None:
    (step,) = steps(replace(service(runs_as=JOE), id="a\x1b"), finding(about="a\x1b"))
    assert step == "give it an account of its own"


def test_without_a_remedy_the_rule_speaks() -> None:
    judged = finding("can-log-in", about=None, remedy=Remedy.NONE)
    assert steps(None, judged) == ["see what the rule says: privaudit rules show can-log-in"]
    made = replace(report((), (judged,)), advice={"can-log-in": "Lock its password."})
    assert next_steps([judged], made) == [Step("Lock its password.")]


def test_homebrew_is_not_given_to_root() -> None:
    assert at("/opt/homebrew/bin", "owns the folder") == [
        "have root run what root installed: Homebrew's files are a person's by design"
    ]


def test_only_failures_ask_for_something() -> None:
    assert steps(service(), finding(status=Status.UNKNOWN), finding(status=Status.ACCEPTED)) == []


def test_the_same_step_is_said_once() -> None:
    assert len(steps(service(runs_as=JOE), OWN, finding("other"))) == 1


def test_no_command_is_for_another_machine() -> None:
    path = exposed("/usr/bin/tool", "/usr/bin", "owns the folder")
    judged = [
        OWN,
        finding("program-exposed", remedy=Remedy.RESTORE_OWNERSHIP, path=path.path),
    ]
    made = report((service(runs_as=JOE, paths=(path,)),), tuple(judged))
    image = replace(made.snapshot, machine=replace(made.snapshot.machine, root="/mnt/disk"))
    found = next_steps(judged, replace(made, snapshot=image))
    assert [step.words for step in found] == [
        "let it run as mysql, with its data",
        "give /usr/bin back to root",
    ]
    assert not any(step.command for step in found)


def test_advice_is_for_any_machine() -> None:
    made = report((), (judged := finding(about=None, remedy=Remedy.NONE),))
    image = replace(made.snapshot, machine=replace(made.snapshot.machine, root="/mnt/disk"))
    (step,) = next_steps([judged], replace(made, snapshot=image))
    assert step.command == "privaudit rules show server-runs-as-person"
