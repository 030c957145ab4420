"""Values that cost little to define: as `@dataclass(slots=True)`, `frozen` or not, compiled on first use.

Every scan imports more than a hundred of them, and dataclasses compiles up to nine methods of each from text,
a tenth of a scan (docs/adr/0005). Here the constructor is made with the first value, from code that all
classes of as many fields share, and the rest is shared by all. The functions of dataclasses work on them.
"""

import dataclasses
from collections.abc import Callable
from functools import cache
from inspect import get_annotations
from operator import attrgetter
from types import CodeType, FunctionType
from typing import Any, NoReturn, TypeVar, dataclass_transform

T = TypeVar("T")

_MISSING = dataclasses.MISSING


@dataclass_transform(frozen_default=True, field_specifiers=(dataclasses.field,))
def frozen(cls: type[T]) -> type[T]:
    """Make a class one of values: frozen, with slots, compared and hashed by its fields, in their order."""
    picked = _picked(cls)

    def hashed(self: object) -> int:
        return hash(picked(self))

    return _made(cls, {"__setattr__": _refused, "__delattr__": _refused, "__hash__": hashed})


@dataclass_transform(field_specifiers=(dataclasses.field,))
def slotted(cls: type[T]) -> type[T]:
    """Make a class one of things that change: with slots, compared by its fields, and no key of anything."""
    return _made(cls, {"__hash__": None})


def _made(cls: type[T], more: dict[str, Any]) -> type[T]:
    body = dict(cls.__dict__)
    names = tuple(get_annotations(cls))
    defaults = {name: body.pop(name) for name in names if name in body}
    for name in ("__dict__", "__weakref__"):
        body.pop(name, None)
    if any(isinstance(each, dataclasses.Field) and not _plain(each) for each in defaults.values()):
        raise TypeError(f"{cls.__name__}: of a field() only default_factory is known here")

    picked = _picked(cls)

    def same(self: object, other: object) -> bool:
        return picked(self) == picked(other) if other.__class__ is made else NotImplemented

    def start(self: object, *args: object, **given: object) -> None:
        made.__init__ = _constructor(made, names, defaults)
        made.__init__(self, *args, **given)

    body |= {
        "__slots__": names,
        "__match_args__": names,
        "__init__": start,
        "__eq__": same,
        "__repr__": _shown,
        "__reduce__": _taken_apart,
        "__dataclass_fields__": _Fields(names, defaults),
        **more,
    }
    made: Any = type(cls.__name__, cls.__bases__, body)
    return made  # type: ignore[no-any-return]


class _Fields:
    """Describes the fields once somebody asks; dataclasses itself then says how."""

    def __init__(self, names: tuple[str, ...], defaults: dict[str, Any]) -> None:
        self._names = names
        self._defaults = defaults

    def __get__(self, _: object, owner: type) -> dict[str, "dataclasses.Field[Any]"]:
        body = {"__doc__": owner.__doc__, "__annotations__": owner.__annotations__, **self._defaults}
        described: Any = dataclasses.dataclass(init=False, repr=False, eq=False)(
            type(owner.__name__, (), body)
        )
        found: dict[str, dataclasses.Field[Any]] = described.__dataclass_fields__
        owner.__dataclass_fields__ = found  # type: ignore[attr-defined]
        return found


def _constructor(made: type, names: tuple[str, ...], defaults: dict[str, Any]) -> Callable[..., None]:
    """Make `def __init__(self, a, b=…)` of one class; each slot is set directly."""
    known: dict[str, Any] = {"_absent": _MISSING}
    factories = []
    for number, name in enumerate(names):
        known[f"_set{number}"] = made.__dict__[name].__set__
        default = defaults.get(name)
        if isinstance(default, dataclasses.Field):
            known[f"_make{number}"] = default.default_factory
            factories.append(number)
    code = _code(len(names), tuple(factories)).replace(co_varnames=("self", *names))
    given = [name in defaults for name in names]
    if True in given and False in given[given.index(True) :]:
        raise TypeError(f"{made.__name__}: a field without a default follows one that has one")
    tail = tuple(
        _MISSING if isinstance(default, dataclasses.Field) else default for default in defaults.values()
    )
    function = FunctionType(code, known, "__init__", tail)
    function.__qualname__ = f"{made.__qualname__}.__init__"
    return function


@cache
def _code(count: int, factories: tuple[int, ...]) -> CodeType:
    """Compile a constructor of so many fields; only their names are another class's."""
    parameters = ", ".join(f"a{number}" for number in range(count))
    lines = [
        f"_set{number}(self, _make{number}() if a{number} is _absent else a{number})"
        if number in factories
        else f"_set{number}(self, a{number})"
        for number in range(count)
    ]
    known: dict[str, Any] = {}
    exec(f"def __init__(self, {parameters}):\n " + "\n ".join(lines), known)  # noqa: S102 - as dataclasses does
    code: CodeType = known["__init__"].__code__
    return code


def _picked(cls: type) -> Callable[[object], Any]:
    return attrgetter(*get_annotations(cls))


def _plain(field: "dataclasses.Field[Any]") -> bool:
    return field.default_factory is not _MISSING and field.init and field.repr and field.compare


def _shown(self: object) -> str:
    named = (f"{name}={getattr(self, name)!r}" for name in type(self).__match_args__)  # type: ignore[attr-defined]
    return f"{type(self).__qualname__}({', '.join(named)})"


def _refused(_self: object, name: str, _value: object = None) -> NoReturn:
    raise dataclasses.FrozenInstanceError(f"cannot change {name}")


def _taken_apart(self: object) -> tuple[type, tuple[object, ...]]:
    return type(self), tuple(getattr(self, name) for name in type(self).__match_args__)  # type: ignore[attr-defined]
