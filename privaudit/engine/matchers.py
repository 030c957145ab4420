"""Matches and their truth, where facts may be unknown.

A match is judged three-valued and exactly: where facts are unknown, every way in which they could turn out is
tried. It holds if it holds in all of them, it does not if in none, and otherwise it cannot be told.
"""

from collections.abc import Callable, Sequence
from itertools import combinations, product
from math import prod
from typing import Any

from privaudit.engine.fields import Field, Subject
from privaudit.model.finding import Status
from privaudit.model.frozen import frozen

Values = Sequence[Any]
"""One value a field of the match, in the order of `Match.fields`."""
Predicate = Callable[[Values], bool]
Test = Callable[[Any], bool]

_MAX_COMPLETIONS = 4096
"""Ways in which unknown facts could turn out that are tried; beyond, the match cannot be told."""


@frozen
class Undecided:
    """A match that would turn out otherwise if an unknown fact did."""

    fields: tuple[Field, ...]
    """The unknown facts that it hangs on."""


@frozen
class Match:
    """A compiled match."""

    fields: tuple[Field, ...]
    """Every fact it looks at, once, in the order of the file."""
    gates: tuple[tuple[Field, Test], ...]
    """Conditions that must all hold: if a known fact fails one, nothing else matters."""
    whole: Predicate
    unknowable: tuple[int, ...]
    """Places in `fields` of those that may be unknown."""
    domains: tuple[tuple[object, ...], ...]
    """For each field, what one unknown value of it could turn out to be, as far as the match cares."""

    def judge(self, subject: Subject) -> bool | Undecided:
        """Judge a subject."""
        for field, test in self.gates:
            value = field.get(subject)
            if not test(value) and not (field.kind.unknowable and field.is_unknown(value)):
                return False
        return self.decide([field.get(subject) for field in self.fields])

    def decide(self, values: Values) -> bool | Undecided:
        """Judge given values."""
        unknown = [i for i in self.unknowable if self.fields[i].is_unknown(values[i])]
        if not unknown:
            return self.whole(values)
        choices = [self._completions(i, values[i]) for i in unknown]
        if prod(len(choice) for choice in choices) > _MAX_COMPLETIONS or not all(choices):
            return Undecided(tuple(self.fields[i] for i in unknown))
        verdicts: dict[tuple[int, ...], bool] = {}
        completed = list(values)
        for picks in product(*(range(len(choice)) for choice in choices)):
            for i, choice, pick in zip(unknown, choices, picks, strict=True):
                completed[i] = choice[pick]
            verdicts[picks] = self.whole(completed)
        if len(set(verdicts.values())) == 1:
            return next(iter(verdicts.values()))
        return Undecided(tuple(self.fields[i] for n, i in enumerate(unknown) if _hangs_on(verdicts, n)))

    def _completions(self, index: int, value: object) -> list[object]:
        """List what an unknown value could turn out to be; empty: too many to try."""
        domain, field = self.domains[index], self.fields[index]
        if not field.kind.many:
            return list(domain)
        if not isinstance(value, tuple):
            return _subsets(domain) if 2 ** len(domain) <= _MAX_COMPLETIONS else []
        ways = [domain if field.is_unknown((each,)) else (each,) for each in value]
        if prod(len(way) for way in ways) > _MAX_COMPLETIONS:
            return []
        return list(product(*ways))


def _subsets(domain: Sequence[object]) -> list[object]:
    return [chosen for size in range(len(domain) + 1) for chosen in combinations(domain, size)]


def _hangs_on(verdicts: dict[tuple[int, ...], bool], place: int) -> bool:
    """Whether changing one unknown fact alone ever changes the verdict."""
    seen: dict[tuple[int, ...], bool] = {}
    for picks, verdict in verdicts.items():
        if seen.setdefault(picks[:place] + picks[place + 1 :], verdict) != verdict:
            return True
    return False


def standing_of(*, applies: bool | Undecided | None, matches: bool | Undecided) -> Status:
    """Say what follows for a rule; applies is None without `when`. What cannot be told is never a pass."""
    if applies is False:
        return Status.NOT_APPLICABLE
    if matches is False:
        return Status.PASS
    if isinstance(applies, Undecided) or isinstance(matches, Undecided):
        return Status.UNKNOWN
    return Status.FAIL
