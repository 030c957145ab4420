"""The vocabulary: every fact of the model that a rule can name, and how it is got."""

from dataclasses import replace

import pytest
from engine.subjects import JOE, MYSQL, account, path, service

from privaudit.engine.fields import AppliesTo, NoSuchField, Subject, find, names
from privaudit.engine.wording import shown
from privaudit.model.service import IdentityKind, Package
from privaudit.model.unknown import Unknown

SERVICE = Subject(service=service(identities=(MYSQL, JOE), package=Package("dpkg", "mariadb-server")))


@pytest.mark.parametrize("applies_to", AppliesTo)
def test_every_field_can_be_got_from_a_subject(applies_to: AppliesTo) -> None:
    subject = {
        AppliesTo.SERVICE: SERVICE,
        AppliesTo.PATH: Subject(service=service(), path=path()),
        AppliesTo.ACCOUNT: Subject(account=account()),
        AppliesTo.MACHINE: Subject(machine=None),
    }[applies_to]
    for name in names(applies_to) if applies_to is not AppliesTo.MACHINE else ():
        field = find(applies_to, name)
        assert field.matchable
        shown(field.get(subject))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("runs_as.kind", IdentityKind.SERVICE),
        ("identities.name", ("mysql", "joe")),
        ("package.name", "mariadb-server"),
        ("directive.user", None),
        ("definition.id", "mariadb.service"),
        ("definition.commands.path", ()),
        ("account.becomes_root", ()),
    ],
)
def test_a_field_follows_its_name(name: str, value: object) -> None:
    assert find(AppliesTo.SERVICE, name).get(SERVICE) == value


def test_an_unknown_on_the_way_stays_unknown() -> None:
    dark = Unknown("needs root")
    subject = Subject(
        service=service(account=account(becomes_root=dark), persons=(replace(JOE, admin=dark),))
    )
    assert find(AppliesTo.SERVICE, "account.becomes_root").get(subject) is dark
    field = find(AppliesTo.SERVICE, "persons.admin")
    assert field.get(subject) == (dark,)
    assert field.is_unknown((dark,))
    assert field.doubts(subject) == [("needs root", True)]


@pytest.mark.parametrize(
    ("applies_to", "name"),
    [
        (AppliesTo.SERVICE, "runs_as.knid"),
        (AppliesTo.SERVICE, "runs_as.kind.value"),
        (AppliesTo.SERVICE, "exposed"),
        (AppliesTo.SERVICE, "service.name"),
        (AppliesTo.SERVICE, "paths.role"),
        (AppliesTo.SERVICE, "processes.pid"),
        (AppliesTo.SERVICE, ""),
        (AppliesTo.SERVICE, "."),
        (AppliesTo.SERVICE, "__class__"),
        (AppliesTo.PATH, "service."),
        (AppliesTo.PATH, "service.paths.role"),
        (AppliesTo.ACCOUNT, "label"),
    ],
)
def test_there_is_no_other_field(applies_to: AppliesTo, name: str) -> None:
    with pytest.raises(NoSuchField):
        find(applies_to, name)


def test_the_words_of_a_path_rule_are_its_own_and_its_service_s() -> None:
    found = names(AppliesTo.PATH)
    assert {"role", "exposed", "gain", "service.purpose", "service.runs_as.kind"} <= set(found)
    assert "runs_as.kind" not in found
