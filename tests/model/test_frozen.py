"""Values of ours beside those of dataclasses: the same answers, whoever asks."""

import copy
import dataclasses
import pickle
from collections.abc import Callable

import pytest

from privaudit.model.frozen import frozen, slotted


@frozen
class Place:
    """A value."""

    path: str
    mode: int = 0o644
    names: tuple[str, ...] = ()
    more: dict[str, int] = dataclasses.field(default_factory=dict)

    @property
    def short(self) -> str:
        """Its own methods stay."""
        return self.path.rpartition("/")[2]


@dataclasses.dataclass(frozen=True, slots=True)
class Model:
    """The same, made by dataclasses."""

    path: str
    mode: int = 0o644
    names: tuple[str, ...] = ()
    more: dict[str, int] = dataclasses.field(default_factory=dict)


@frozen
class Single:
    """A value of one field that may be anything."""

    it: object


WAYS: tuple[Callable[[type], object], ...] = (
    lambda made: made("/a"),
    lambda made: made("/a", 0o600, ("b",), {"c": 1}),
    lambda made: made(path="/a", more={"c": 1}),
    lambda made: dataclasses.replace(made("/a"), mode=0),
)


@pytest.mark.parametrize("way", WAYS)
def test_values_are_made_shown_and_described_as_by_dataclasses(way: Callable[[type], object]) -> None:
    ours, theirs = way(Place), way(Model)
    assert repr(ours) == repr(theirs).replace("Model", "Place")
    assert dataclasses.asdict(ours) == dataclasses.asdict(theirs)  # type: ignore[call-overload]
    assert ours == way(Place)
    assert ours != theirs


def test_fields_are_described_as_by_dataclasses() -> None:
    told = [
        [(f.name, f.type, f.default, f.init) for f in dataclasses.fields(each)] for each in (Place, Model)
    ]
    assert told[0] == told[1]
    assert Place.__match_args__ == Model.__match_args__


def test_each_value_has_its_own_default() -> None:
    assert Place("/a").more is not Place("/a").more


@pytest.mark.parametrize("wrong", [(), ("/a", 1, (), {}, 5)])
def test_wrong_arguments_are_refused(wrong: tuple[object, ...]) -> None:
    for made in (Place, Model):
        with pytest.raises(TypeError):
            made(*wrong)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        Place("/a", colour=1)  # type: ignore[call-arg]


def test_nothing_changes_a_value() -> None:
    place = Place("/a")
    for name in ("path", "colour"):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(place, name, "/b")
        with pytest.raises(dataclasses.FrozenInstanceError):
            delattr(place, name)
    assert not hasattr(place, "__dict__")


def test_equal_values_are_one_in_a_set() -> None:
    assert len({Single(1), Single(1.0), Single((1,)), Single(2)}) == 3
    with pytest.raises(TypeError, match="unhashable"):
        hash(Place("/a"))


def test_values_go_through_copies_and_processes() -> None:
    place = Place("/a", more={"c": 1})
    assert copy.deepcopy(place) == copy.copy(place) == place
    assert pickle.loads(pickle.dumps(place)) == place  # noqa: S301 - our own


def test_methods_and_words_of_a_class_stay() -> None:
    assert Place("/a/b").short == "b"
    assert Place.__doc__ == "A value."
    assert Place.__qualname__ == "Place"


def test_what_is_not_known_here_is_refused() -> None:
    with pytest.raises(TypeError, match="only default_factory is known here"):

        @frozen
        class _Odd:
            hidden: int = dataclasses.field(default=1, compare=False)


@slotted
class Counting:
    """A thing that changes."""

    name: str
    found: list[str] = dataclasses.field(default_factory=list)
    total: int = 0


def test_things_change_and_are_compared_by_what_they_hold() -> None:
    one, other = Counting("a"), Counting("a", total=0)
    assert one == other
    one.found.append("x")
    one.total += 1
    assert one != other
    assert repr(one) == "Counting(name='a', found=['x'], total=1)"
    with pytest.raises(TypeError, match="unhashable"):
        hash(one)
    with pytest.raises(AttributeError):
        one.colour = 1  # type: ignore[attr-defined]


def test_a_default_before_a_field_without_one_is_refused() -> None:
    @frozen
    class _Odd:
        first: int = 1
        second: int  # type: ignore[misc]

    with pytest.raises(TypeError, match="a field without a default follows one that has one"):
        _Odd(1, 2)


def test_classes_of_as_many_fields_have_constructors_of_their_own() -> None:
    @frozen
    class Left:
        """One of two."""

        here: int
        there: int = 2

    @frozen
    class Right:
        """The other."""

        up: str
        down: str = "d"

    assert (Left(1), Right("u")) == (Left(here=1, there=2), Right(up="u", down="d"))
    with pytest.raises(TypeError, match=r"Left.__init__\(\) got an unexpected keyword argument .up."):
        Left(up=1)  # type: ignore[call-arg]
    with pytest.raises(TypeError, match=r"Right.*__init__\(\) missing 1 required positional argument: 'up'"):
        Right()  # type: ignore[call-arg]
