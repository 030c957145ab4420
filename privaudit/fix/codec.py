"""Steps as JSON and back: a record of a fix must be enough to take it back, without its plan at hand."""

import dataclasses
import types
import typing
from collections.abc import Mapping
from enum import Enum
from functools import cache

from privaudit.fix.ownership import JournalDamaged
from privaudit.model import steps as kinds

_KINDS: Mapping[str, type] = {kind.__name__: kind for kind in typing.get_args(kinds.Step)}


def encode(step: kinds.Step) -> dict[str, object]:
    """One step as a JSON object: its kind and its fields."""
    return {"kind": type(step).__name__, **dataclasses.asdict(step)}


def decode(record: object) -> kinds.Step:
    """Make what `encode` wrote a value again; JournalDamaged if it is not that."""
    if not isinstance(record, dict) or record.get("kind") not in _KINDS:
        raise JournalDamaged("a record names a step that this version does not know")
    fields = {key: value for key, value in record.items() if key != "kind"}
    made: kinds.Step = _value(_KINDS[record["kind"]], fields)
    return made


def _value(wanted: typing.Any, given: typing.Any) -> typing.Any:  # noqa: ANN401 - any field of any step
    """Given as the annotated type: tuples and frozen values instead of lists and objects."""
    origin = typing.get_origin(wanted)
    if origin in {types.UnionType, typing.Union}:
        if given is None:
            return None
        (wanted,) = (each for each in typing.get_args(wanted) if each is not types.NoneType)
        return _value(wanted, given)
    if origin is tuple:
        return _tuple(typing.get_args(wanted), given)
    if dataclasses.is_dataclass(wanted) and isinstance(wanted, type):
        return _instance(wanted, given)
    if isinstance(wanted, type) and issubclass(wanted, Enum):
        return wanted(given)
    if not isinstance(given, wanted):
        raise JournalDamaged(f"a record has {given!r} where {wanted.__name__} belongs")
    return given


def _tuple(inner: tuple[typing.Any, ...], given: object) -> tuple[object, ...]:
    if not isinstance(given, list):
        raise JournalDamaged(f"a record has {given!r} where a list belongs")
    if inner[-1] is Ellipsis:
        return tuple(_value(inner[0], each) for each in given)
    return tuple(_value(kind, each) for kind, each in zip(inner, given, strict=True))


def _instance(wanted: type, given: object) -> object:
    hints = _hints(wanted)
    if not isinstance(given, dict) or not given.keys() <= hints.keys():
        raise JournalDamaged(f"a record has no {wanted.__name__} where one belongs")
    return wanted(**{key: _value(hints[key], value) for key, value in given.items()})


@cache
def _hints(wanted: type) -> dict[str, object]:
    return typing.get_type_hints(wanted)
