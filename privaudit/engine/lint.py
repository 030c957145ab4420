"""Rules about rules: what a rule file must do beyond being readable. Each of its examples is tried."""

from privaudit.engine.examples import Example
from privaudit.engine.fault import BadData, Fault
from privaudit.engine.grading import Grading
from privaudit.engine.matchers import Match, Undecided, standing_of
from privaudit.engine.rules import Rule, load_rule
from privaudit.model.finding import Status


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
    matches = (rule.match,) if rule.when is None else (rule.when, rule.match)
    absent = sorted({f.name for match in matches for f in match.fields} - set(example.given))
    if absent:
        return [_fault(rule, example, f"it does not give {', '.join(absent)}")]
    faults = []
    status = _status(rule, example)
    if status is not example.expect:
        faults.append(_fault(rule, example, f"expected {example.expect}, it is {status}"))
    severity = _severity(rule.severity, example)
    if example.severity not in {None, severity}:
        faults.append(_fault(rule, example, f"expected severity {example.severity}, it is {severity}"))
    return faults


def _fault(rule: Rule, example: Example, text: str) -> Fault:
    return Fault(rule.path, example.line, example.column, f"example {example.name!r}: {text}")


def _status(rule: Rule, example: Example) -> Status:
    applies = None if rule.when is None else _decided(rule.when, example)
    return standing_of(applies=applies, matches=_decided(rule.match, example))


def _decided(match: Match, example: Example) -> bool | Undecided:
    return match.decide([example.given[field.name] for field in match.fields])


def _severity(grading: Grading, example: Example) -> object:
    return grading.grade(None if grading.source is None else example.given.get(grading.source.name))
