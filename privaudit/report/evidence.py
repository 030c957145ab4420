"""What a verdict rests on, in the words of an administrator; programs get every fact by its name."""

from collections.abc import Iterable

from privaudit.model.finding import Evidence

_WORDS = {
    "via": "",
    "tree_persons": "",
    "becomes_root": "",
    "group_powers": "",
    "obstacles": "",
    "purpose_reason": "",
    "reasons": "",
    "account.becomes_root": "may become root:",
    "declared.source": "set in",
    "declared.user": "declared",
    "definition.drop_ins": "with",
    "definition.ignored": "without effect",
    "definition.path": "defined in",
    "definition.refused": "refused",
    "directive.source": "configured in",
    "directive.user": "configured",
    "identities.name": "ids of",
    "listens_as.name": "held by",
    "listens_as.reason": "its account:",
    "listeners": "listens on",
    "persons.name": "people",
    "runs_as.name": "runs as",
    "runs_as.reason": "its account:",
    "should_run_as": "should run as",
    "target": "leads to",
    "twins": "copies",
    "used_by": "used by",
    "workers.name": "workers",
}
"""Fact of a rule -> words before its value; empty: the value says it all."""
_FOR_PROGRAMS = frozenset({"kind", "purpose", "domain", "manager", "model", "role", "gain", "entries"})
"""Last part of facts that decide a match and tell a person nothing new."""
_BARE = frozenset({"true", "false", "none", "unknown", ""})
"""Values that say nothing without their rule."""
_ALIKE = 3
"""Values of one fact that are spelt out."""


def in_words(evidence: Iterable[Evidence], known: str) -> str:
    """Give the facts that add something to what is said already in `known`."""
    told: dict[str, list[str]] = {}
    for each in evidence:
        fact = each.fact.removeprefix("service.")
        if fact.rpartition(".")[2] in _FOR_PROGRAMS or each.value in _BARE or each.value in known:
            continue
        told.setdefault(fact, []).append(each.value)
    return "; ".join(_said(fact, values) for fact, values in told.items())


def _said(fact: str, values: list[str]) -> str:
    words = _WORDS.get(fact, fact.replace(".", " ").replace("_", " "))
    between = ", " if words else "; "
    rest = [f"and {len(values) - _ALIKE} more"] if len(values) > _ALIKE else []
    joined = between.join(values[:_ALIKE] + rest)
    return f"{words} {joined}" if words else joined
