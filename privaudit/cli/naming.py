"""Which services a name on the command line means: a unit, a label, or a name of the catalogue."""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import NoReturn

from privaudit.cli.exits import Failure
from privaudit.model.definition import Definition
from privaudit.model.profile import Profile
from privaudit.model.service import Service


def names_of(service: Service, catalogue: Iterable[Profile]) -> frozenset[str]:
    """Every name that a service answers to."""
    found = {service.id, service.name}
    if service.definition is not None:
        found |= _names(service.definition)
    for profile in catalogue:
        if profile.service == service.profile:
            found |= {profile.service, *profile.names}
    return frozenset(found)


def _names(definition: Definition) -> set[str]:
    found = {definition.id, definition.id.removesuffix(".service"), *definition.names}
    return found if definition.template is None else found | {definition.template}


def unmatched(wanted: Iterable[str], services: Iterable[Service], catalogue: Sequence[Profile]) -> list[str]:
    """List the wanted names that no service has, in the order in which they were given."""
    matched = {name for service in services for name in names_of(service, catalogue)}
    return [name for name in wanted if name not in matched]


def refuse_unmatched(name: str, defined: Iterable[Definition], catalogue: Iterable[Profile]) -> NoReturn:
    """Raise Failure for a name that no service has, with those that were probably meant."""
    here = [each for definition in defined for each in _names(definition)]
    known = [each for profile in catalogue for each in (profile.service, *profile.names)]
    todo = near(name, here) or ("" if name in known else near(name, known))
    if not todo and name in known:
        todo = "the catalogue knows it, this machine does not have it"
    raise Failure(f"no service here is called {name}", todo or "scan all of them: privaudit scan")


def near(word: str, known: Iterable[str]) -> str:
    """Say which names are near to one that nobody has: `did you mean mysql or mosquitto?`; empty: none."""
    found = get_close_matches(word, sorted(set(known)), n=3)
    return f"did you mean {' or '.join(found)}?" if found else ""
