"""Matches: each form, and that a verdict over unknown facts is the truth of all that they could be."""

from collections.abc import Mapping
from itertools import product
from typing import Any

import pytest
from engine.subjects import JOE, MYSQL, account, match, path, service
from hypothesis import given
from hypothesis import strategies as st

from privaudit.engine.fault import BadData
from privaudit.engine.fields import AppliesTo, Subject
from privaudit.engine.matchers import Match, Undecided
from privaudit.model.service import Identity, IdentityKind, Purpose
from privaudit.model.severity import Severity
from privaudit.model.unknown import Unknown

DARK = Unknown("it is dark")


def judged(text: str, **changes: Any) -> bool | Undecided:  # noqa: ANN401 - any field of a service
    return match(text).judge(Subject(service=service(**changes)))


def waiting(verdict: bool | Undecided) -> list[str]:  # noqa: FBT001 - what a match says
    assert isinstance(verdict, Undecided)
    return [field.name for field in verdict.fields]


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("runs_as.kind: service", True),
        ("runs_as.kind: person", False),
        ("runs_as.kind: [person, service]", True),
        ("runs_as.kind: {not: service}", False),
        ("runs_as.kind: {not: [person, root]}", True),
        ("runs_as.uid: 106", True),
        ("running: true", True),
        ("model: null", True),
        ("should_run_as: null", False),
        ("should_run_as: {not: null}", True),
        ("should_run_as: [null, mysql]", True),
        ("program: null", True),
        ("package.name: null", True),
        ("package.name: mariadb-server", False),
        ("declared.user: mysql", True),
        ("persons.kind: person", False),
        ("persons.kind: {empty: true}", True),
        ("persons.kind: {not: person}", True),
        ("definition.ambient_capabilities: {empty: false}", False),
        ("any: [{running: false}, {runs_as.name: mysql}]", True),
        ("any: [{running: false}, {runs_as.name: joe}]", False),
        ("all: [{running: true}, {runs_as.name: mysql}]", True),
        ("not: {running: true, runs_as.name: joe}", True),
        ("not: {running: true, runs_as.name: mysql}", False),
        ("running: true\nany: [{runs_as.name: joe}, {not: {runs_as.name: joe}}]", True),
    ],
)
def test_a_match_of_known_facts(text: str, holds: bool) -> None:  # noqa: FBT001 - expected
    assert judged(text) is holds


def test_many_values_match_if_any_does() -> None:
    both = {"identities": (MYSQL, JOE)}
    assert judged("identities.kind: person", **both) is True
    assert judged("identities.kind: [root, nobody]", **both) is False
    assert judged("identities.kind: {not: person}", **both) is False
    assert judged("identities.uid: 1000", **both) is True


def test_severities_are_compared_by_rank() -> None:
    least, most = (
        match("gain: {at-least: high}", AppliesTo.PATH),
        match("gain: {at-most: high}", AppliesTo.PATH),
    )
    for severity in Severity:
        subject = Subject(service=service(), path=path(gain=severity))
        assert least.judge(subject) is (severity in {Severity.HIGH, Severity.CRITICAL})
        assert most.judge(subject) is (severity is not Severity.CRITICAL)


def test_a_path_knows_its_service() -> None:
    found = match("role: data\nservice.purpose: server", AppliesTo.PATH)
    assert found.judge(Subject(service=service(), path=path())) is True
    assert found.judge(Subject(service=service(purpose=Purpose.PERSONAL), path=path())) is False


def test_an_unknown_fact_is_told_with_its_name() -> None:
    verdict = judged("needless_root: true\nrunning: true", needless_root=DARK)
    assert waiting(verdict) == ["needless_root"]


def test_what_fails_whatever_the_unknown_is_fails() -> None:
    assert judged("needless_root: true\nrunning: false", needless_root=DARK) is False
    assert judged("any: [{needless_root: true}, {running: true}]", needless_root=DARK) is True
    assert judged("any: [{needless_root: true}, {needless_root: false}]", needless_root=DARK) is True
    assert (
        judged("any: [{needless_root: true, running: true}, {needless_root: false}]", needless_root=DARK)
        is True
    )


def test_only_facts_that_matter_are_named() -> None:
    verdict = judged(
        "any: [{needless_root: true}, {differs: true, running: false}]", needless_root=DARK, differs=DARK
    )
    assert waiting(verdict) == ["needless_root"]


def test_the_unknown_member_of_an_enum_is_unknown() -> None:
    assert waiting(judged("purpose: server", purpose=Purpose.UNKNOWN)) == ["purpose"]
    assert waiting(judged("purpose: {not: personal}", purpose=Purpose.UNKNOWN)) == ["purpose"]
    assert judged("any: [{purpose: server}, {purpose: personal}]", purpose=Purpose.UNKNOWN) is True
    stranger = Identity(4711, "uid 4711", IdentityKind.UNKNOWN)
    assert waiting(judged("persons.kind: person", persons=(MYSQL, stranger))) == ["persons.kind"]
    assert judged("persons.kind: person", persons=(JOE, stranger)) is True
    assert judged("persons.kind: {empty: true}", persons=(stranger,)) is False


def test_a_value_that_no_rule_names_counts_as_one_that_it_could_be() -> None:
    text = "becomes_root: member of group sudo"
    found = match(text, AppliesTo.ACCOUNT)
    assert isinstance(found.decide([DARK]), Undecided)
    assert match("becomes_root: {empty: false}", AppliesTo.ACCOUNT).decide([()]) is False
    always = "any: [{becomes_root: a}, {becomes_root: {not: a}}]"
    assert match(always, AppliesTo.ACCOUNT).decide([DARK]) is True


def test_a_list_that_cannot_be_seen_may_be_empty() -> None:
    seen = account(becomes_root=DARK)
    assert waiting(judged("account.becomes_root: {empty: false}", account=seen)) == ["account.becomes_root"]


def test_too_many_ways_cannot_be_told() -> None:
    stranger = Identity(4711, "uid 4711", IdentityKind.UNKNOWN, admin=DARK)
    text = "any: [{persons.kind: person}, {persons.kind: {not: person}}]"
    assert judged(text, persons=(stranger,) * 3) is True
    assert waiting(judged(text, persons=(stranger,) * 30)) == ["persons.kind"]


def test_nesting_has_an_end() -> None:
    with pytest.raises(BadData, match="nested more than 8 levels deep"):
        match("not: {" * 30 + "running: true" + "}" * 30)


FIELDS: Mapping[str, tuple[object, ...]] = {
    "running": (True, False),
    "differs": (True, False),
    "needless_root": (True, False),
    "purpose": (Purpose.SERVER, Purpose.PERSONAL),
    "runs_as.kind": tuple(kind for kind in IdentityKind if kind is not IdentityKind.UNKNOWN),
}
ATOMS = [(name, value) for name, values in FIELDS.items() for value in values]
Tree = Any
"""(field, value, negated) | ("any" | "all", trees) | ("not", tree)."""
TREES: st.SearchStrategy[Tree] = st.recursive(
    st.tuples(st.sampled_from(ATOMS), st.booleans()),
    lambda inner: st.one_of(
        st.tuples(st.sampled_from(["any", "all"]), st.lists(inner, min_size=1, max_size=3)),
        st.tuples(st.just("not"), inner),
    ),
    max_leaves=6,
)


def written(tree: Tree) -> str:
    """Write a tree as a rule would say it."""
    match tree:
        case ("not", inner):
            return f"{{not: {written(inner)}}}"
        case (("any" | "all") as word, inner):
            return f"{{{word}: [{', '.join(map(written, inner))}]}}"
        case ((name, value), negated):
            said = str(value).lower()
            return f"{{{name}: {{not: {said}}}}}" if negated else f"{{{name}: {said}}}"
        case _:
            raise AssertionError(tree)


def truth(tree: Tree, facts: Mapping[str, object]) -> bool:
    """Say what a tree is worth if everything is known."""
    match tree:
        case ("not", inner):
            return not truth(inner, facts)
        case ("any", inner):
            return any(truth(each, facts) for each in inner)
        case ("all", inner):
            return all(truth(each, facts) for each in inner)
        case ((name, value), negated):
            return (facts[name] == value) is not negated
        case _:
            raise AssertionError(tree)


@given(
    TREES,
    st.fixed_dictionaries(
        {
            name: st.sampled_from(values if name == "running" else (DARK, *values))
            for name, values in FIELDS.items()
        }
    ),
)
def test_a_verdict_is_the_truth_of_every_completion(tree: Tree, facts: Mapping[str, object]) -> None:
    compiled: Match = match(written(tree))
    ways = [values if facts[name] is DARK else (facts[name],) for name, values in FIELDS.items()]
    worlds = [dict(zip(FIELDS, world, strict=True)) for world in product(*ways)]
    truths = {truth(tree, world) for world in worlds}
    verdict = compiled.decide([facts[field.name] for field in compiled.fields])
    if len(truths) == 1:
        assert verdict is truths.pop()
        return
    named = waiting(verdict)
    assert named
    for name in named:
        assert facts[name] is DARK


@given(
    TREES,
    st.fixed_dictionaries({name: st.sampled_from(values) for name, values in FIELDS.items()}),
)
def test_gates_change_no_verdict(tree: Tree, facts: Mapping[str, Any]) -> None:
    compiled = match(f"all: [{written(tree)}]\nrunning: {str(facts['running']).lower()}")
    kind = facts["runs_as.kind"]
    plain = {name: value for name, value in facts.items() if name != "runs_as.kind"}
    subject = Subject(service=service(**plain, runs_as=Identity(1, "a", kind)))
    assert compiled.judge(subject) is truth(tree, facts)
