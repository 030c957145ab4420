"""How severe: fixed, the severity that a fact is, or what the values of a fact mean."""

import pytest
from engine.subjects import JOE, MYSQL, made, path, service

from privaudit.engine.fields import Subject
from privaudit.engine.grading import Grading
from privaudit.model.service import Identity, IdentityKind
from privaudit.model.severity import Severity

ROOT = Identity(0, "root", IdentityKind.ROOT)
STRANGER = Identity(4711, "uid 4711", IdentityKind.UNKNOWN)


def graded(severity: str, applies_to: str = "service", match: str = "{running: true}") -> Grading:
    return made(match, applies_to, severity=severity).severity


def test_one_for_all() -> None:
    found = graded("high")
    assert found.of(Subject(service=service())) is Severity.HIGH
    assert (found.levels, str(found)) == ((Severity.HIGH,), "high")


@pytest.mark.parametrize("gain", Severity)
def test_the_severity_that_a_fact_is(gain: Severity) -> None:
    subject = Subject(service=service(), path=path(gain=gain))
    plain = graded("{from: gain}", "path", "{exposed: true}")
    eased = graded("{from: gain, values: {critical: high}}", "path", "{exposed: true}")
    assert plain.of(subject) is gain
    assert eased.of(subject) is (Severity.HIGH if gain is Severity.CRITICAL else gain)
    assert str(plain) == "low to critical"
    assert str(eased) == "low to high"


def test_what_the_values_of_a_fact_mean() -> None:
    found = graded("{from: runs_as.kind, values: {root: critical, person: high}, otherwise: medium}")
    told = {who.name: found.of(Subject(service=service(runs_as=who))) for who in (ROOT, JOE, MYSQL, STRANGER)}
    assert told == {
        "root": Severity.CRITICAL,
        "joe": Severity.HIGH,
        "mysql": Severity.MEDIUM,
        "uid 4711": Severity.MEDIUM,
    }
    assert found.levels == (Severity.CRITICAL, Severity.HIGH, Severity.MEDIUM)
