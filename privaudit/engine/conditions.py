"""Conditions: what a rule's `match` says, checked against the vocabulary and compiled to closures.

Whatever could make a rule silently never fire is refused with its place: a field that does not exist, a value
of another type, a member that an enum does not have.
"""

from collections.abc import Sequence
from enum import Enum

from privaudit.engine.document import Document, Node
from privaudit.engine.fault import meant
from privaudit.engine.fields import UNKNOWN_MEMBER, AppliesTo, Field, NoSuchField, find, names
from privaudit.engine.matchers import Match, Predicate, Test
from privaudit.model.severity import Severity
from privaudit.model.unknown import Unknown

_NESTING = 8
"""Levels of any, all and not."""
_COMBINING = ("all", "any", "not")
_OPERATORS = ("at-least", "at-most", "empty", "not")


class _Other:
    """A value that equals none that a rule names."""


_OTHER = _Other()


def compile_match(doc: Document, node: Node, applies_to: AppliesTo) -> Match:
    """Compile a match; BadData with the place for whatever the vocabulary does not know."""
    compiler = _Compiler(doc, applies_to)
    whole = compiler.conjunction(node, 0, gates=True)
    if not compiler.fields:
        doc.refuse(node, "a match names at least one fact")
    return Match(
        fields=tuple(compiler.fields.values()),
        gates=tuple(compiler.gates),
        whole=whole,
        unknowable=tuple(i for i, field in enumerate(compiler.fields.values()) if field.kind.unknowable),
        domains=tuple(_domain(field, compiler.named[name]) for name, field in compiler.fields.items()),
    )


def _domain(field: Field, named: list[object]) -> tuple[object, ...]:
    base = field.kind.base
    if base is bool:
        return (True, False)
    if issubclass(base, Enum):
        return tuple(m for m in base if m.value != UNKNOWN_MEMBER)
    return (*dict.fromkeys(named), _OTHER)


def find_field(doc: Document, node: Node, name: str, applies_to: AppliesTo) -> Field:
    """Find a field, or refuse the node that names it."""
    try:
        return find(applies_to, name)
    except NoSuchField:
        doc.refuse(node, f"a {applies_to} has no field {name}", meant(name, names(applies_to)))


def constant(doc: Document, node: Node, field: Field) -> object:
    """Read one value of the field's type."""
    if doc.null(node):
        if not field.kind.optional or field.kind.many:
            doc.refuse(node, f"{field.name} is never null")
        return None
    base = field.kind.base
    if base is bool:
        return doc.flag(node)
    if base is int:
        return doc.number(node)
    if base is str:
        return doc.text(node)
    if field.unknown_member is not None and doc.says(node, UNKNOWN_MEMBER):
        doc.refuse(node, "no rule can ask for unknown", "what is not known gives the status unknown")
    word = doc.word(node, [m.value for m in base if m.value != UNKNOWN_MEMBER])  # type: ignore[attr-defined]
    return base(word)


class _Compiler:
    """Compiles one match; collects the fields that it names."""

    def __init__(self, doc: Document, applies_to: AppliesTo) -> None:
        self.doc = doc
        self.applies_to = applies_to
        self.fields: dict[str, Field] = {}
        self.named: dict[str, list[object]] = {}
        self.gates: list[tuple[Field, Test]] = []

    def conjunction(self, node: Node, depth: int, *, gates: bool = False) -> Predicate:
        """All entries of a mapping must hold; gates: they stand at the top, each alone decides against it."""
        if depth > _NESTING:
            self.doc.refuse(node, f"nested more than {_NESTING} levels deep")
        parts: list[Predicate] = []
        for name, key, value in self.doc.pairs(node):
            if name in _COMBINING:
                parts.append(self._combined(name, value, depth + 1))
                continue
            field = self._field(key, name)
            test = self._test(value, field)
            if gates:
                self.gates.append((field, test))
            parts.append(_atom(list(self.fields).index(name), test))
        if not parts:
            self.doc.refuse(node, "an empty condition would hold always")
        return _all(parts)

    def _combined(self, word: str, node: Node, depth: int) -> Predicate:
        if word == "not":
            return _negated(self.conjunction(node, depth))
        parts = [self.conjunction(item, depth) for item in self.doc.items(node)]
        if not parts:
            self.doc.refuse(node, f"{word} needs at least one condition")
        return _any(parts) if word == "any" else _all(parts)

    def _field(self, key: Node, name: str) -> Field:
        field = find_field(self.doc, key, name, self.applies_to)
        if not field.matchable:
            inner = [n for n in names(self.applies_to) if n.startswith(f"{name}.")]
            self.doc.refuse(
                key, f"{name} is not a single fact", f"match on one of {', '.join(inner)}" if inner else ""
            )
        self.fields[name] = field
        self.named.setdefault(name, [])
        return field

    def _test(self, node: Node, field: Field) -> Test:
        if not self.doc.is_mapping(node):
            return self._one_of(node, field)
        operators = self.doc.keys(node, (), _OPERATORS)
        if len(operators) != 1:
            self.doc.refuse(node, "one operator is expected here", f"known: {', '.join(_OPERATORS)}")
        ((word, value),) = operators.items()
        if word == "not":
            test = self._one_of(value, field)
            return lambda found: not test(found)
        if word == "empty":
            if not field.kind.many:
                self.doc.refuse(node, f"{field.name} is one value, not many")
            empty = self.doc.flag(value)
            return lambda found: (not found) is empty
        return self._compared(word, value, field)

    def _one_of(self, node: Node, field: Field) -> Test:
        items = self.doc.items(node) if self.doc.is_sequence(node) else [node]
        wanted = [constant(self.doc, item, field) for item in items]
        if not wanted:
            self.doc.refuse(node, "an empty list matches nothing")
        if len(set(wanted)) != len(wanted):
            self.doc.refuse(node, "a value stands here twice")
        self.named[field.name] += wanted
        if not field.kind.many and not field.kind.optional and set(_domain(field, wanted)) <= set(wanted):
            self.doc.refuse(node, f"{field.name} is always one of these")
        allowed = frozenset(wanted)
        if field.kind.many:
            return lambda found: found.__class__ is tuple and not allowed.isdisjoint(found)
        if len(wanted) == 1:
            only = wanted[0]
            return lambda found: bool(found == only)
        return lambda found: found.__class__ is not Unknown and found in allowed

    def _compared(self, word: str, node: Node, field: Field) -> Test:
        if field.kind.base is not Severity or field.kind.many:
            self.doc.refuse(node, f"{field.name} has no order", f"{word} compares severities")
        bound = Severity(str(constant(self.doc, node, field)))
        if word == "at-least":
            return lambda found: bool(found.rank >= bound.rank)
        return lambda found: bool(found.rank <= bound.rank)


def _atom(index: int, test: Test) -> Predicate:
    return lambda values: test(values[index])


def _all(parts: Sequence[Predicate]) -> Predicate:
    if len(parts) == 1:
        return parts[0]
    fixed = tuple(parts)
    return lambda values: all(part(values) for part in fixed)


def _any(parts: Sequence[Predicate]) -> Predicate:
    fixed = tuple(parts)
    return lambda values: any(part(values) for part in fixed)


def _negated(part: Predicate) -> Predicate:
    return lambda values: not part(values)
