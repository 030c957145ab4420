"""Who a service runs as, in words."""

from dataclasses import replace

import pytest
from report_values import JOE, JOES_ACCOUNT, MYSQL, ROOT, service

from privaudit.model.definition import Domain, Manager
from privaudit.model.service import Identity, IdentityKind, Model
from privaudit.model.unknown import Unknown
from privaudit.report.words import runs_as, where, who

NOBODY = Identity(65534, "nobody", IdentityKind.NOBODY)
NOT_KNOWN = Identity(None, "unknown", IdentityKind.UNKNOWN, reason="it does not run now")
NO_ACCOUNT = Identity(None, "msyql", IdentityKind.UNKNOWN, reason="no account of that name")


@pytest.mark.parametrize(
    ("identity", "said"),
    [
        (ROOT, "root"),
        (MYSQL, "mysql (a service account)"),
        (JOE, "joe (a person who may become root)"),
        (replace(JOE, admin=False), "joe (a person)"),
        (replace(JOE, admin=Unknown("no sudoers")), "joe (a person)"),
        (replace(MYSQL, admin=True), "mysql (a service account that may become root)"),
        (NOBODY, "nobody (an account that is nobody's in particular)"),
        (NOT_KNOWN, "an account that is not known (it does not run now)"),
        (NO_ACCOUNT, "msyql (no account of that name)"),
        (replace(NO_ACCOUNT, reason=""), "msyql"),
    ],
)
def test_who(identity: Identity, said: str) -> None:
    assert who(identity) == said


@pytest.mark.parametrize(
    ("model", "should", "said"),
    [
        (Model.DEDICATED, "mysql", "runs as root, should run as mysql"),
        (Model.DEDICATED, "root", "runs as root, as it should"),
        (Model.DEDICATED, None, "runs as root"),
        (Model.ROOT_MASTER, "mysql", "runs as root, should be a root master with workers as mysql"),
        (Model.ROOT_MASTER, None, "runs as root, root master by design"),
        (Model.ROOT_REQUIRED, "root", "runs as root, needs root by design"),
        (Model.PER_USER, None, "runs as root, each person's own by design"),
        (None, None, "runs as root"),
    ],
)
def test_as_whom_against_whom(model: Model | None, should: str | None, said: str) -> None:
    assert runs_as(replace(service(runs_as=ROOT), model=model, should_run_as=should)) == said


def test_a_person_without_a_profile_should_not_be_it() -> None:
    assert runs_as(service(runs_as=JOE, profile=None)).endswith(", should have an account of its own")


def test_what_does_not_run_would() -> None:
    assert runs_as(service(running=False)) == "would run as mysql (a service account), as it should"


def test_where_it_runs() -> None:
    assert where(service(), [JOES_ACCOUNT]) == ""
    assert where(replace(service(), manager=Manager.NONE), []) == "started by no service manager"
    mine = service(domain=Domain.USER_MANAGER, owner=1000)
    assert where(mine, [JOES_ACCOUNT]) == "in joe's own systemd session"
    assert where(mine, []) == "in uid 1000's own systemd session"
    assert where(replace(mine, definition=None), []) == ""
