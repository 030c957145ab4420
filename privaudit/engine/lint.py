"""Rules about rules: what a rule file must do beyond being readable. Each of its examples is tried."""

from privaudit.engine.examples import Example
from privaudit.engine.fault import BadData, Fault
from privaudit.engine.grading import Grading
from privaudit.engine.judging import standing_of
from privaudit.engine.matchers import Match, Undecided
from privaudit.engine.rules import Rule, load_rule
from privaudit.model.finding import Status
from privaudit.model.unknown import Unknown


def check(path: str) -> tuple[Rule | None, tuple[Fault, ...]]:
    """Read a rule file and try its examples: the rule, if it can be read, and everything wrong with it."""
    try:
        rule = load_rule(path)
    except BadData as error:
        return None, error.faults
    return rule, lint(rule)


def lint(rule: Rule) -> tuple[Fault, ...]:
    """Try every example of a rule."""
    return tuple(fault for example in rule.examples for fault in _tried(rule, example))


def _tried(rule: Rule, example: Example) -> list[Fault]:
    faults = []
    status = _status(rule, example)
    if status is not example.expect:
        text = f"example {example.name!r}: expected {example.expect}, it is {status}"
        faults.append(Fault(rule.path, example.line, example.column, text, _missing(rule, example, status)))
    severity = _severity(rule.severity, example)
    if example.severity not in {None, severity}:
        text = f"example {example.name!r}: expected severity {example.severity}, it is {severity}"
        faults.append(Fault(rule.path, example.line, example.column, text))
    return faults


def _status(rule: Rule, example: Example) -> Status:
    applies = None if rule.when is None else _decided(rule.when, example)
    return standing_of(applies=applies, matches=_decided(rule.match, example))


def _decided(match: Match, example: Example) -> bool | Undecided:
    absent = Unknown("the example does not say", unread=False)
    return match.decide([example.given.get(field.name, absent) for field in match.fields])


def _severity(grading: Grading, example: Example) -> object:
    return grading.grade(None if grading.source is None else example.given.get(grading.source.name))


def _missing(rule: Rule, example: Example, status: Status) -> str:
    if status is not Status.UNKNOWN:
        return ""
    matches = (rule.match,) if rule.when is None else (rule.when, rule.match)
    absent = [f.name for match in matches for f in match.fields if f.name not in example.given]
    return f"it does not give {', '.join(absent)}" if absent else ""
