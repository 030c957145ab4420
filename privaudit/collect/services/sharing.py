"""The join, shared: whoever is free joins the next service, this process or a child of it."""

from collections.abc import Callable, Sequence

from privaudit.collect.accounts import Accounts
from privaudit.collect.services.join import Joiner
from privaudit.host.beside import Turns
from privaudit.model.account import Account
from privaudit.model.definition import Definition
from privaudit.model.frozen import frozen
from privaudit.model.process import Process
from privaudit.model.service import Service
from privaudit.model.unknown import Limit

Subject = tuple[Definition, list[Process]]
Progress = Callable[[str], None]
"""Told what is being looked at."""


@frozen
class Share:
    """What one process joined, and what it learnt on the way."""

    services: dict[int, Service]
    """By place among the subjects."""
    limits: tuple[Limit, ...]
    accounts: dict[int, Account]
    unread: tuple[Limit, ...]
    """What could not be read about accounts."""
    unlisted: dict[int, str]
    """See `Reach.unlisted`."""


class Sharing:
    """The services of one machine, joined by all processes that call `part`; made before one forks."""

    def __init__(self, joiner: Joiner, accounts: Accounts, subjects: Sequence[Subject]) -> None:
        self._joiner = joiner
        self._accounts = accounts
        self._subjects = subjects
        self._turns = Turns(len(subjects))
        # what runs has the most to look at: those last would leave one process waiting for the other
        self._order = sorted(range(len(subjects)), key=lambda place: -len(subjects[place][1]))
        self._done: dict[int, Service] = {}

    def part(self, tell: Progress = lambda _: None) -> Share:
        """Join services until all are taken."""
        for turn in self._turns:
            place = self._order[turn]
            tell(self._subjects[place][0].id)
            self._join(place)
        joiner, accounts = self._joiner, self._accounts
        return Share(
            self._done, tuple(joiner.limits), accounts.known, accounts.limits, joiner.surveyor.reach.unlisted
        )

    def whole(self, other: Share) -> list[Service]:
        """Put both parts together; what a process took and never gave back is joined here."""
        self._done |= other.services
        self._joiner.limits += other.limits
        self._joiner.surveyor.reach.unlisted.update(other.unlisted)
        self._accounts.learn(other.accounts, other.unread)
        for place in range(len(self._subjects)):
            if place not in self._done:
                self._join(place)
        return [self._done[place] for place in range(len(self._subjects))]

    def _join(self, place: int) -> None:
        self._done[place] = self._joiner.service(*self._subjects[place])
