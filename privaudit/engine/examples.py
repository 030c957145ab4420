"""The examples inside a rule: facts, and the status that they must lead to."""

from collections.abc import Mapping

from privaudit.engine.conditions import constant, find_field
from privaudit.engine.document import Document, Node
from privaudit.engine.fields import UNKNOWN_MEMBER, AppliesTo, Field
from privaudit.model.finding import Status
from privaudit.model.frozen import frozen
from privaudit.model.severity import Severity
from privaudit.model.unknown import Unknown

_EXPECTED = (Status.FAIL, Status.PASS, Status.UNKNOWN, Status.NOT_APPLICABLE)


@frozen
class Example:
    """One example."""

    name: str
    given: Mapping[str, object]
    """Field -> value, Unknown where the example says so."""
    expect: Status
    severity: Severity | None
    """Of the finding, where the rule's severity is told by a fact."""
    line: int
    column: int


def examples(doc: Document, node: Node, applies_to: AppliesTo) -> tuple[Example, ...]:
    """Read the examples; one must fail and one must pass."""
    found = [_example(doc, item, applies_to) for item in doc.items(node)]
    for status in (Status.FAIL, Status.PASS):
        if not any(example.expect is status for example in found):
            doc.refuse(node, f"there is no example with `expect: {status}`")
    names = [example.name for example in found]
    if len(set(names)) != len(names):
        doc.refuse(node, "two examples have the same name")
    return tuple(found)


def _example(doc: Document, node: Node, applies_to: AppliesTo) -> Example:
    keys = doc.keys(node, ("name", "given", "expect"), ("severity",))
    given = {}
    for name, key, value in doc.pairs(keys["given"]):
        field = find_field(doc, key, name, applies_to)
        if not field.matchable:
            doc.refuse(key, f"{name} is not a single fact")
        given[name] = _given(doc, value, field)
    severity = Severity(doc.word(keys["severity"], Severity)) if "severity" in keys else None
    return Example(
        doc.line(keys["name"]),
        given,
        Status(doc.word(keys["expect"], _EXPECTED)),
        severity,
        *doc.place(node),
    )


def _given(doc: Document, node: Node, field: Field) -> object:
    if field.kind.many and doc.is_sequence(node):
        return tuple(_single(doc, item, field) for item in doc.items(node))
    if field.kind.many and not _says_unknown(doc, node, field):
        doc.refuse(node, f"{field.name} is many: give a list")
    return _single(doc, node, field)


def _single(doc: Document, node: Node, field: Field) -> object:
    if _says_unknown(doc, node, field):
        return Unknown("the example says so", unread=False)
    return constant(doc, node, field)


def _says_unknown(doc: Document, node: Node, field: Field) -> bool:
    return field.kind.unknowable and doc.says(node, UNKNOWN_MEMBER)
