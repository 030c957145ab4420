"""How severe a finding of a rule is: always the same, or by a fact."""

from collections.abc import Mapping
from dataclasses import field
from typing import Any

from privaudit.engine.conditions import constant, find_field
from privaudit.engine.document import Document, Node
from privaudit.engine.fields import AppliesTo, Field, Subject
from privaudit.model.frozen import frozen
from privaudit.model.severity import Severity


@frozen
class Grading:
    """A severity, or how to tell it."""

    fixed: Severity
    """The only one, or that of every value which `by` does not name."""
    source: Field | None = None
    """The fact that decides; None: nothing does."""
    by: Mapping[Any, Severity] = field(default_factory=dict)
    """Value of the fact -> severity."""

    def of(self, subject: Subject) -> Severity:
        """Tell the severity for one subject."""
        if self.source is None:
            return self.fixed
        return self.grade(self.source.get(subject))

    def grade(self, value: object) -> Severity:
        """Tell the severity for one value of the fact."""
        found = self.by.get(value)
        if found is not None:
            return found
        return value if isinstance(value, Severity) else self.fixed

    @property
    def levels(self) -> tuple[Severity, ...]:
        """Every severity that it can tell, worst first."""
        if self.source is None:
            return (self.fixed,)
        own = self.source.kind.base is Severity
        found = {self.grade(s) for s in Severity} if own else {self.fixed, *self.by.values()}
        return tuple(sorted(found, key=lambda severity: -severity.rank))

    def __str__(self) -> str:
        worst, *others = self.levels
        return f"{others[-1]} to {worst}" if others else str(worst)


def grading(doc: Document, node: Node, applies_to: AppliesTo) -> Grading:
    """Read `high`, or `{from: FIELD, values: {VALUE: SEVERITY}, otherwise: SEVERITY}`."""
    if not doc.is_mapping(node):
        return Grading(_severity(doc, node))
    keys = doc.keys(node, ("from",), ("values", "otherwise"))
    source = find_field(doc, keys["from"], doc.text(keys["from"]), applies_to)
    if source.kind.many or not source.matchable:
        doc.refuse(keys["from"], f"{source.name} is not a single fact")
    by: dict[Any, Severity] = {}
    if "values" in keys:
        for _, key, value in doc.pairs(keys["values"]):
            by[constant(doc, key, source)] = _severity(doc, value)
    if source.kind.base is Severity:
        if "otherwise" in keys:
            doc.refuse(keys["otherwise"], f"{source.name} is a severity itself: name the values that differ")
        return Grading(Severity.CRITICAL, source, by)
    if "otherwise" not in keys or not by:
        doc.refuse(
            node, f"{source.name} is no severity: say what its values mean", "give values and otherwise"
        )
    return Grading(_severity(doc, keys["otherwise"]), source, by)


def _severity(doc: Document, node: Node) -> Severity:
    return Severity(doc.word(node, Severity))
