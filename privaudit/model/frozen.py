"""Frozen values that cost little to define: as `@dataclass(frozen=True, slots=True)`, compiled on first use.

Every scan imports a hundred of them, and dataclasses compiles up to nine methods of each from text, a tenth
of a scan (docs/adr/0005). Here the constructor is compiled when the first value is made, and the rest is
shared. The functions of dataclasses work on them.
"""

import dataclasses
from collections.abc import Callable
from operator import attrgetter
from typing import Any, NoReturn, TypeVar, dataclass_transform

T = TypeVar("T")

_MISSING = dataclasses.MISSING


@dataclass_transform(frozen_default=True, field_specifiers=(dataclasses.field,))
def frozen(cls: type[T]) -> type[T]:
    """Make a class one of values: frozen, with slots, compared and hashed by its fields, in their order."""
    body = dict(cls.__dict__)
    names = tuple(body.get("__annotations__", ()))
    defaults = {name: body.pop(name) for name in names if name in body}
    for name in ("__dict__", "__weakref__"):
        body.pop(name, None)
    if any(isinstance(each, dataclasses.Field) and not _plain(each) for each in defaults.values()):
        raise TypeError(f"{cls.__name__}: of a field() only default_factory is known here")
    picked = attrgetter(*names)

    def start(self: object, *args: object, **given: object) -> None:
        made.__init__ = _constructor(made, names, defaults)
        made.__init__(self, *args, **given)

    def same(self: object, other: object) -> bool:
        return picked(self) == picked(other) if other.__class__ is made else NotImplemented

    def hashed(self: object) -> int:
        return hash(picked(self))

    body |= {
        "__slots__": names,
        "__match_args__": names,
        "__init__": start,
        "__eq__": same,
        "__hash__": hashed,
        "__repr__": _shown,
        "__setattr__": _refused,
        "__delattr__": _refused,
        "__reduce__": _taken_apart,
        "__dataclass_fields__": _Fields(names, defaults),
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
    """Compile `def __init__(self, a, b=…)`; the names are a class's own, and each slot is set directly."""
    known: dict[str, Any] = {"_absent": _MISSING}
    parameters, lines = [], []
    for name in names:
        known[f"_set_{name}"] = made.__dict__[name].__set__
        default = defaults.get(name, _MISSING)
        if isinstance(default, dataclasses.Field):
            known[f"_make_{name}"] = default.default_factory
            parameters.append(f"{name}=_absent")
            lines.append(f"_set_{name}(self, _make_{name}() if {name} is _absent else {name})")
            continue
        if default is not _MISSING:
            known[f"_default_{name}"] = default
        parameters.append(name if default is _MISSING else f"{name}=_default_{name}")
        lines.append(f"_set_{name}(self, {name})")
    text = f"def __init__(self, {', '.join(parameters)}):\n " + "\n ".join(lines)
    exec(text, known)  # noqa: S102 - as dataclasses does
    return known["__init__"]  # type: ignore[no-any-return]


def _plain(field: "dataclasses.Field[Any]") -> bool:
    return field.default_factory is not _MISSING and field.init and field.repr and field.compare


def _shown(self: object) -> str:
    named = (f"{name}={getattr(self, name)!r}" for name in type(self).__match_args__)  # type: ignore[attr-defined]
    return f"{type(self).__qualname__}({', '.join(named)})"


def _refused(_self: object, name: str, _value: object = None) -> NoReturn:
    raise dataclasses.FrozenInstanceError(f"cannot change {name}")


def _taken_apart(self: object) -> tuple[type, tuple[object, ...]]:
    return type(self), tuple(getattr(self, name) for name in type(self).__match_args__)  # type: ignore[attr-defined]
