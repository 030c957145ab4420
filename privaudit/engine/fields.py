"""The vocabulary of rules: each fact that a rule may name, with its type and how to get it from a subject.

It is derived from the dataclasses of `privaudit.model`; a new field there can be matched on at once. A field
of a tuple of values (`persons.name`) is many: a matcher asks whether any of them is so.
"""

import types
from collections.abc import Callable, Iterator
from dataclasses import Field as DataclassField
from dataclasses import fields, is_dataclass
from enum import Enum, StrEnum
from functools import cache
from operator import attrgetter
from typing import Any, get_args, get_origin

from privaudit.model.account import Account
from privaudit.model.frozen import frozen
from privaudit.model.path import ServicePath
from privaudit.model.service import Service
from privaudit.model.snapshot import Machine
from privaudit.model.unknown import Unknown

UNKNOWN_MEMBER = "unknown"
"""The member of an enum that says that it could not be told; no rule can ask for it."""
_DEPTH = 3
"""Names in a field, joined by dots."""


class AppliesTo(StrEnum):
    """What a rule judges, once each."""

    SERVICE = "service"
    PATH = "path"
    """A path of a service."""
    ACCOUNT = "account"
    MACHINE = "machine"


@frozen
class Subject:
    """What is judged, with what it belongs to."""

    service: Service | None = None
    path: ServicePath | None = None
    account: Account | None = None
    machine: Machine | None = None


_ROOTS: dict[AppliesTo, dict[str, tuple[str, type]]] = {
    AppliesTo.SERVICE: {"": ("service", Service)},
    AppliesTo.PATH: {"": ("path", ServicePath), "service": ("service", Service)},
    AppliesTo.ACCOUNT: {"": ("account", Account)},
    AppliesTo.MACHINE: {"": ("machine", Machine)},
}
_LEFT_OUT = {
    (Service, "paths"): "rules that apply to a path judge each",
    (Service, "processes"): "identities and workers say who they are",
}
"""Tuples whose values several fields describe together: any-of over each field alone would mislead."""


class NoSuchField(Exception):
    """No fact has that name."""


@frozen
class Kind:
    """A field's annotation, taken apart."""

    base: type
    many: bool = False
    optional: bool = False
    unknowable: bool = False


@frozen
class Field:
    """One fact of a subject."""

    name: str
    """As rules write it: `runs_as.kind`."""
    kind: Kind
    get: Callable[[Subject], Any]
    """The value: of the base type, None, Unknown, or for many a tuple of values or Unknown."""
    why: Callable[[Subject], tuple[str, bool]]
    """Why it is unknown where the value itself does not say, and whether something could not be read."""
    unknown_member: Enum | None = None
    """The member of its enum that says that it could not be told."""

    @property
    def matchable(self) -> bool:
        """Whether a rule can match on it; others can still be shown."""
        return self.kind.base in {bool, int, str} or issubclass(self.kind.base, Enum)

    def is_unknown(self, value: object) -> bool:
        """Whether a value, or for many one among them, is not known."""
        if self.kind.many and value.__class__ is tuple:
            return any(self._lacks(each) for each in value)
        return self._lacks(value)

    def _lacks(self, value: object) -> bool:
        return value.__class__ is Unknown or (value is self.unknown_member and value is not None)

    def doubts(self, subject: Subject) -> list[tuple[str, bool]]:
        """Say why it is unknown, and each time whether something could not be read."""
        value = self.get(subject)
        each = value if isinstance(value, tuple) else (value,)
        return [
            (v.reason, v.unread) if isinstance(v, Unknown) else self.why(subject)
            for v in each
            if self._lacks(v)
        ]


def take_apart(annotation: object) -> Kind:
    """Read an annotation of the model: `bool | Unknown`, `tuple[Identity, ...]`, `str | None`."""
    base, many, optional, unknowable = annotation, False, False, False
    if isinstance(annotation, types.UnionType):
        rest = [arg for arg in get_args(annotation) if arg not in {type(None), Unknown}]
        optional = type(None) in get_args(annotation)
        unknowable = Unknown in get_args(annotation)
        base = rest[0]
    if get_origin(base) is tuple:
        many = True
        base = get_args(base)[0]
    if not isinstance(base, type):
        base = object  # tuples of tuples and mappings: nothing that a rule could name
    unknowable = unknowable or _unknown_member(base) is not None
    return Kind(base, many, optional, unknowable)


def _unknown_member(base: type) -> Enum | None:
    members = base if issubclass(base, Enum) else ()
    return next((member for member in members if member.value == UNKNOWN_MEMBER), None)


@cache
def _fields(owner: type) -> dict[str, DataclassField[Any]]:
    if not is_dataclass(owner):
        return {}
    return {f.name: f for f in fields(owner) if (owner, f.name) not in _LEFT_OUT}


@cache
def find(applies_to: AppliesTo, name: str) -> Field:
    """Find the field that a rule names; NoSuchField if there is none."""
    first, _, rest = name.partition(".")
    roots = _ROOTS[applies_to]
    attribute, owner = roots[first] if rest and first in roots else roots[""]
    names = (rest if rest and first in roots else name).split(".")
    hops: list[Kind] = []
    above = owner
    for part in names:
        if part not in _fields(owner):
            raise NoSuchField(name)
        hops.append(take_apart(_fields(owner)[part].type))
        above, owner = owner, hops[-1].base
    kind = Kind(
        hops[-1].base,
        many=any(hop.many for hop in hops),
        optional=hops[-1].optional or any(hop.optional for hop in hops[:-1]),
        unknowable=any(hop.unknowable for hop in hops),
    )
    whole = ".".join((attribute, *names))
    plain = not any(hop.many or hop.optional or hop.unknowable for hop in hops[:-1])
    get = (
        attrgetter(whole)
        if plain
        else _walker(attribute, tuple(names), many=kind.many, lone=not any(hop.many for hop in hops[:-1]))
    )
    why = _explainer(whole, above, names[-1], plain=plain)
    return Field(name, kind, get, why, _unknown_member(kind.base))


def _walker(attribute: str, names: tuple[str, ...], *, many: bool, lone: bool) -> Callable[[Subject], Any]:
    """Follow a field through values that may be missing, unknown or many.

    lone: one value holds all the many; if they are unknown it is not even known how many there are.
    """

    def get(subject: Subject) -> Any:  # noqa: ANN401 - whatever the field holds
        found: list[object] = [getattr(subject, attribute)]
        for name in names:
            found = list(_step(found, name))
        if many and not (lone and found and isinstance(found[0], Unknown)):
            return tuple(found)
        return found[0] if found else None

    return get


def _step(values: list[object], name: str) -> Iterator[object]:
    for value in values:
        if value is None:
            continue
        if isinstance(value, Unknown):
            yield value
            continue
        found = getattr(value, name)
        if isinstance(found, tuple):
            yield from found
        else:
            yield found


_SAID_BY = {"kind": ("reason", "reasons"), "purpose": ("purpose_reason",)}
"""The field beside an enum that says why it is unknown."""
_READ_WITH = ("admin", "can_log_in", "becomes_root")
"""Fields beside it that are Unknown, and unread, where the accounts could not be read."""


def _explainer(
    whole: str, owner: type, attribute: str, *, plain: bool
) -> Callable[[Subject], tuple[str, bool]]:
    beside = [name for name in _SAID_BY.get(attribute, ()) if name in _fields(owner)]
    marks = [name for name in _READ_WITH if name in _fields(owner)]
    holder = attrgetter(whole.rpartition(".")[0])
    fallback = f"{whole.partition('.')[2]} is not known"

    def why(subject: Subject) -> tuple[str, bool]:
        if not plain:
            return fallback, False
        value = holder(subject)
        unread = any(isinstance(u := getattr(value, m), Unknown) and u.unread for m in marks)
        said = getattr(value, beside[0]) if beside else ""
        text = "; ".join(said) if isinstance(said, tuple) else str(said)
        return text or fallback, unread

    return why


def names(applies_to: AppliesTo) -> list[str]:
    """List every field that a rule of that kind can match on, sorted."""
    found: list[str] = []
    for prefix, (_, owner) in _ROOTS[applies_to].items():
        found += [f"{prefix}.{name}" if prefix else name for name in _below(owner, _DEPTH)]
    return sorted(name for name in found if find(applies_to, name).matchable)


def _below(owner: type, depth: int) -> Iterator[str]:
    for name, field in _fields(owner).items():
        base = take_apart(field.type).base
        if is_dataclass(base) and base is not Unknown:
            if depth > 1:
                yield from (f"{name}.{inner}" for inner in _below(base, depth - 1))
        else:
            yield name
