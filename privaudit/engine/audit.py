"""The audit: every rule against everything it applies to, as findings in a stable order.

What fails or cannot be told is a finding each. What passes, or what a rule is not about, is one finding for
the service, account or machine: a service with a hundred sound paths passes once. There are a hundred times
as many of those as of all others, so they are only counted where nobody wants to see them.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence

from privaudit.engine.fields import AppliesTo, Field, Subject
from privaudit.engine.fingerprint import Homes, digest, lasting_name
from privaudit.engine.matchers import Undecided, standing_of
from privaudit.engine.rules import Rule
from privaudit.engine.wording import evidence_of, lasting, lasts, shown
from privaudit.model.finding import Finding, Status
from privaudit.model.frozen import frozen
from privaudit.model.snapshot import Snapshot

_SPOKEN = frozenset({Status.FAIL, Status.UNKNOWN})
"""Statuses that are a finding for each path."""
_QUIET = frozenset({Status.PASS, Status.NOT_APPLICABLE})


@frozen
class Verdicts:
    """What came out."""

    findings: tuple[Finding, ...]
    """Sorted by service (accounts and the machine last), rule, subject."""
    counted: Mapping[Status, int]
    """How many more there are, by status."""


def audit(snapshot: Snapshot, rules: Sequence[Rule]) -> tuple[Finding, ...]:
    """Judge a snapshot; every verdict is a finding."""
    return judge(snapshot, rules, _QUIET).findings


def judge(snapshot: Snapshot, rules: Sequence[Rule], shown: Collection[Status]) -> Verdicts:
    """Judge a snapshot; of what passes and what a rule is not about, make findings only where it is shown."""
    judged = _Judged(Homes(snapshot.accounts), _QUIET.difference(shown))
    for applies_to in AppliesTo:
        chosen = [rule for rule in rules if rule.applies_to is applies_to]
        for group in _groups(snapshot, applies_to):
            for rule in chosen:
                judged.add(rule, group)
    return Verdicts(tuple(sorted(judged.findings, key=_order)), judged.counted)


def _groups(snapshot: Snapshot, applies_to: AppliesTo) -> Iterator[tuple[Subject, tuple[Subject, ...]]]:
    """Yield what a finding can be about, each with the subjects that a rule judges for it."""
    match applies_to:
        case AppliesTo.SERVICE:
            for service in snapshot.services:
                yield (whole := Subject(service=service)), (whole,)
        case AppliesTo.PATH:
            for service in snapshot.services:
                yield (
                    Subject(service=service),
                    tuple(Subject(service=service, path=path) for path in service.paths),
                )
        case AppliesTo.ACCOUNT:
            for account in snapshot.accounts:
                yield (whole := Subject(account=account)), (whole,)
        case AppliesTo.MACHINE:
            yield (whole := Subject(machine=snapshot.machine)), (whole,)


class _Judged:
    """Gathers verdicts."""

    def __init__(self, homes: Homes, unseen: frozenset[Status]) -> None:
        self._homes = homes
        self._unseen = unseen
        self.findings: list[Finding] = []
        self.counted: Counter[Status] = Counter()

    def add(self, rule: Rule, group: tuple[Subject, tuple[Subject, ...]]) -> None:
        """Judge one rule for one service, account or machine."""
        whole, subjects = group
        passed = spoken = False
        for subject in subjects:
            applies = True if rule.when is None else rule.when.judge(subject)
            if applies is False:
                continue
            matches = rule.match.judge(subject)
            status = standing_of(applies=applies, matches=matches)
            if status is Status.PASS:
                passed = True
                continue
            spoken = True
            reason, unread = _doubts(subject, applies, matches)
            self.findings.append(_finding(rule, subject, self._homes, status, reason, unread=unread))
        if spoken:
            return
        status = Status.PASS if passed else Status.NOT_APPLICABLE
        if status in self._unseen:
            self.counted[status] += 1
            return
        reason = "" if passed else _out_of_reach(rule, whole)
        self.findings.append(_finding(rule, whole, self._homes, status, reason))


def _finding(
    rule: Rule, subject: Subject, homes: Homes, status: Status, reason: str = "", *, unread: bool = False
) -> Finding:
    service, path = subject.service, subject.path
    if status in _SPOKEN and service is not None:
        by_design = next((why for name, why in service.accepted if name == rule.id), None)
        if by_design is not None:
            status, reason, unread = Status.ACCEPTED, by_design, False
    told = status not in {Status.PASS, Status.NOT_APPLICABLE}
    facts = _facts(rule) if told else ()
    return Finding(
        rule=rule.id,
        severity=rule.severity.of(subject) if told else rule.severity.levels[0],
        status=status,
        service=None if service is None else service.id,
        subject=_subject(subject),
        message=rule.message.of(subject) if status in {Status.FAIL, Status.ACCEPTED} else rule.title,
        evidence=tuple(dict.fromkeys(e for field in facts for e in evidence_of(field, subject))),
        remedy=rule.remedy.value,
        controls=rule.controls,
        fingerprint=_fingerprint(rule, subject, homes),
        state_hash=_state(rule, subject, facts) if told else digest(rule.id),
        reason=reason,
        path=None if path is None else path.path,
        unread=unread,
    )


def _state(rule: Rule, subject: Subject, facts: Sequence[Field]) -> str:
    return digest(rule.id, *((field.name, lasting(field.get(subject))) for field in facts if lasts(field)))


def _facts(rule: Rule) -> tuple[Field, ...]:
    """Every fact that a verdict of the rule rests on, and what it shows beside."""
    found = {field.name: field for match in (rule.when, rule.match) if match for field in match.fields}
    found |= {field.name: field for field in rule.evidence}
    if rule.severity.source is not None:
        found[rule.severity.source.name] = rule.severity.source
    return tuple(found.values())


def _fingerprint(rule: Rule, subject: Subject, homes: Homes) -> str:
    service, path, account = subject.service, subject.path, subject.account
    return digest(
        rule.id,
        "" if service is None else service.manager.value,
        "" if service is None else lasting_name(service),
        "" if path is None else path.role.value,
        "" if path is None else homes.normal(path.path),
        "" if account is None else account.label,
    )


def _subject(subject: Subject) -> str:
    if subject.path is not None:
        return f"{subject.path.role} {subject.path.path}"
    if subject.service is not None:
        return subject.service.id
    return f"account {subject.account.label}" if subject.account is not None else "machine"


def _doubts(subject: Subject, *verdicts: bool | Undecided) -> tuple[str, bool]:
    """Say why it cannot be told, and whether that is since something could not be read."""
    reasons: dict[str, None] = {}
    unread = False
    for verdict in verdicts:
        for field in verdict.fields if isinstance(verdict, Undecided) else ():
            for reason, gap in field.doubts(subject):
                reasons[reason] = None
                unread = unread or gap
    return "; ".join(reasons), unread


def _out_of_reach(rule: Rule, whole: Subject) -> str:
    """Say why a rule is not about a service, account or machine, or about none of a service's paths."""
    paths = rule.applies_to is AppliesTo.PATH
    for field, test in () if rule.when is None else rule.when.gates:
        if paths and not field.name.startswith("service."):
            continue
        value = field.get(whole)
        if not test(value):
            return f"{field.name} is {shown(value)}"
    return "it has no such path" if paths else "it is not one that the rule is about"


def _order(finding: Finding) -> tuple[bool, str, str, str, str]:
    return (finding.service is None, finding.service or "", finding.rule, finding.subject, finding.message)
