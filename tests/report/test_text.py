"""The report for people, as it looks; each case is a file that was reviewed by eye."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from golden import same
from hypothesis import given
from hypothesis import strategies as st
from report_values import (
    JOE,
    MYSQL,
    ROOT,
    data,
    exposed,
    finding,
    report,
    service,
)

from privaudit.model.definition import Domain
from privaudit.model.finding import Evidence, Status
from privaudit.model.remedy import Remedy
from privaudit.model.severity import Severity
from privaudit.model.unknown import Limit
from privaudit.report.content import Report
from privaudit.report.text import render

GOLDEN = Path(__file__).with_name("golden")
HOSTILE = "\x1b[2J\u202eevil\n"

CLEAN = report((service(), service("nginx", ROOT, profile=None)))

GIVEN_TO_JOE = report(
    (
        service(
            runs_as=JOE,
            difference="declared mysql, running joe (pid 71)",
            paths=(data(), exposed("/usr/sbin/mariadbd", "/usr/sbin", "owns the folder")),
        ),
        service("redis", profile=None),
    ),
    (
        finding(),
        finding(
            "data-owned-by-person",
            message="joe owns data of mariadb in /var/lib/mysql",
            subject="data /var/lib/mysql",
            evidence=(
                Evidence(
                    "tree_persons",
                    "joe owns /var/lib/mysql/aria_log.1 (file, mode 0660) and 211 more like it",
                ),
            ),
            path="/var/lib/mysql",
        ),
        finding(
            "program-exposed",
            Severity.CRITICAL,
            message="joe can replace /usr/sbin/mariadbd, which root runs",
            subject="program /usr/sbin/mariadbd",
            evidence=(Evidence("via", "joe owns the folder /usr/sbin"),),
            remedy=Remedy.RESTORE_OWNERSHIP,
            path="/usr/sbin/mariadbd",
        ),
        finding(
            "can-log-in",
            Severity.LOW,
            about=None,
            subject="account joe",
            message="joe may log in",
            evidence=(),
            remedy=Remedy.NONE,
        ),
        finding(status=Status.PASS, about="redis.service"),
    ),
)

MANY = report(
    tuple(service(f"web{n}", JOE, profile=None) for n in range(3)),
    tuple(
        finding(
            "program-exposed",
            Severity.HIGH,
            about=f"web{n}.service",
            subject=f"program /srv/web{n}/bin/{m:02}",
            path=f"/srv/web{n}/bin/{m:02}",
            message=f"everyone can replace /srv/web{n}/bin/{m:02}",
            evidence=(Evidence("via", f"everyone may write the folder /srv/web{n}/bin"),),
            remedy=Remedy.RESTORE_OWNERSHIP,
        )
        for n in range(3)
        for m in range(40)
    ),
    (
        *(Limit(f"/proc/{n}/exe", "permission denied") for n in range(30)),
        Limit("/usr/bin/cvtsudoers", "no such file or folder"),
        *(Limit(f"/etc/systemd/system/{n}.service", f"not valid at line {n}") for n in range(9)),
    ),
)

ONE_CAUSE = report(
    tuple(service(f"web{n}", profile=None) for n in range(6)),
    (
        *(
            finding(
                "program-exposed",
                Severity.CRITICAL,
                about=f"web{n}.service",
                subject=f"program /usr/bin/web{n}",
                message=f"everyone can replace the program /usr/bin/web{n}, which root runs",
                evidence=(Evidence("via", "everyone may write the folder /usr/bin"),),
                remedy=Remedy.RESTORE_OWNERSHIP,
                path=f"/usr/bin/web{n}",
            )
            for n in range(6)
        ),
        finding(about="web1.service", message="web1 runs as joe"),
    ),
)

DOUBTS = report(
    (service("syncthing", JOE, profile=None, domain=Domain.USER_MANAGER, owner=1000, running=False),),
    (
        finding(
            status=Status.UNKNOWN,
            about="syncthing.service",
            message="syncthing runs as joe",
            reason="purpose is not known",
        ),
        finding("workers-root", status=Status.ACCEPTED, about="syncthing.service", reason="by design"),
        finding("data-exposed", status=Status.WAIVED, about="syncthing.service", reason="until 2027-01-01"),
    ),
)

NAMES = report(
    (service(f"a{HOSTILE}", MYSQL, paths=(exposed(f"/srv/{HOSTILE}", f"/srv/{HOSTILE}", "owns the file"),)),),
    (
        finding(
            about=f"a{HOSTILE}.service",
            message=f"see {HOSTILE}",
            evidence=(Evidence("via", HOSTILE),),
            path=f"/srv/{HOSTILE}",
            remedy=Remedy.RESTORE_OWNERSHIP,
        ),
    ),
    (Limit(f"/srv/\udcff{HOSTILE}", f"why {HOSTILE}"),),
    hostname=f"db{HOSTILE}",
)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("clean", CLEAN),
        ("given-to-joe", GIVEN_TO_JOE),
        ("many", MANY),
        ("one-cause", ONE_CAUSE),
        ("doubts", DOUBTS),
        ("hostile-names", NAMES),
    ],
)
def test_the_report_looks_as_it_was_reviewed(name: str, shown: Report) -> None:
    same(GOLDEN / f"{name}.txt", render(shown, width=100))


def test_nothing_is_called_clean_that_was_not_read() -> None:
    unread = report((service(),), (finding(status=Status.UNKNOWN, unread=True),))
    assert render(unread, width=200) == (
        "db1 (debian 12): 1 service checked, nothing found in what could be read;"
        " 1 unknown, all of them unread (--show unknown)\n"
    )
    assert render(report(), width=100) == "db1 (debian 12): no service seen\n"


def test_every_service_says_who_it_runs_as_when_asked() -> None:
    assert render(CLEAN, width=100, every=True) == (
        "mariadb.service\n  runs as mysql (a service account), as it should\n\n"
        "nginx.service\n  runs as root\n\n"
        "db1 (debian 12): 2 services checked, nothing found\n"
    )
    assert render(GIVEN_TO_JOE, every=True).count("mariadb.service\n") == 1


def test_a_finding_about_an_account_is_on_no_service() -> None:
    shown = render(report((service(),), (finding(about=None, remedy=Remedy.NONE),)), width=100)
    assert shown.endswith("\n\ndb1 (debian 12): 1 finding (1 high); 1 service checked\n")


def test_other_verdicts_are_listed_when_asked_for() -> None:
    same(GOLDEN / "doubts-shown.txt", render(DOUBTS, width=100, show=frozenset(Status)))


def test_a_narrow_terminal_gets_narrow_lines() -> None:
    same(GOLDEN / "given-to-joe-narrow.txt", render(GIVEN_TO_JOE, width=50))


def test_colour_is_all_that_colour_adds() -> None:
    coloured = render(GIVEN_TO_JOE, width=100, colour=True)
    assert "\033[1;31m" in coloured
    assert re.sub(r"\033\[[0-9;]+m", "", coloured) == render(GIVEN_TO_JOE, width=100)


def test_colour_brings_no_control_character_of_a_name() -> None:
    coloured = render(NAMES, width=100, colour=True)
    left = re.sub(r"\033\[[0-9;]+m", "", coloured)
    assert "\033" not in left
    assert "\u202e" not in left


@given(st.text(st.characters(exclude_categories=()), max_size=40), st.integers(1, 200))
def test_no_name_breaks_the_layout(name: str, width: int) -> None:
    text = render(
        report(
            (service(name),),
            (finding(about=f"{name}.service", message=name, evidence=(Evidence("fact", name),)),),
            (Limit(name, name),),
            hostname=name,
        ),
        width=width,
    )
    assert all(line.isprintable() for line in text.split("\n"))
    text.encode()


def test_a_name_without_end_is_cut_in_the_middle() -> None:
    text = render(report((service(),), (finding(message="a" * 9000),)), width=80)
    assert "characters left out" in text
    assert len(text) < 2000


def test_lines_fill_the_width_and_not_more() -> None:
    wide = [len(line) for line in render(GIVEN_TO_JOE, width=70).splitlines()]
    assert max(wide) <= 70


def test_many_steps_are_cut() -> None:
    ways = [exposed(f"/usr/{n}/tool", f"/usr/{n}", "owns the folder") for n in range(9)]
    fault = finding("program-exposed", remedy=Remedy.RESTORE_OWNERSHIP)
    judged = [replace(fault, path=way.path, subject=f"program {way.path}") for way in ways]
    shown = render(report((service(paths=tuple(ways)),), tuple(judged)), width=100)
    assert shown.count("sudo chown") == 5
    assert "and 4 more like these" in shown


def test_an_unknown_path_is_named() -> None:
    doubt = finding("data-exposed", status=Status.UNKNOWN, subject="data /var/lib/mysql", reason="denied")
    shown = render(report((service(),), (doubt,)), width=100, show=frozenset({Status.UNKNOWN}))
    assert "  unknown   data-exposed: denied\n            about data /var/lib/mysql\n" in shown
