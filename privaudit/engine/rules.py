"""Rules: each file of `rules/` checked, compiled and read as a value; what is wrong with it has a place."""

import posixpath
import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from privaudit.engine import data
from privaudit.engine.conditions import compile_match, find_field
from privaudit.engine.controls import Controls, controls
from privaudit.engine.document import Document, Node
from privaudit.engine.fault import BadData, Fault
from privaudit.engine.fields import AppliesTo, Field
from privaudit.engine.grading import Grading, grading
from privaudit.engine.matchers import Match
from privaudit.engine.wording import Message, compile_message
from privaudit.host.doors import Ways
from privaudit.model.frozen import frozen
from privaudit.model.remedy import Remedy

if TYPE_CHECKING:
    from privaudit.engine.examples import Example

_NEEDED = (
    "id",
    "title",
    "status",
    "severity",
    "applies-to",
    "why",
    "match",
    "message",
    "remedy",
    "advice",
    "false-positives",
    "controls",
)
_OPTIONAL = ("when", "evidence")
_EXAMPLES = "examples"
_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_STATUSES = ("experimental", "stable")


@frozen
class Rule:
    """One check."""

    id: str
    """= file name."""
    title: str
    status: str
    """`stable` or `experimental`."""
    severity: Grading
    """Fixed, or taken from a fact; `str()` says which."""
    applies_to: AppliesTo
    why: str
    """What the weaker side gains."""
    when: Match | None
    """Which subjects it is about; None: all."""
    match: Match
    """The fault."""
    message: Message
    evidence: tuple[Field, ...]
    """Facts shown with a finding beyond those of the match."""
    remedy: Remedy
    advice: str
    """What a person can do about it by hand."""
    false_positives: str
    controls: Controls
    examples: "tuple[Example, ...]"
    """Empty where they were left out."""
    path: str
    """Its file."""


def load_rules(folders: Sequence[str] = (), *, examples: bool = True) -> tuple[Rule, ...]:
    """Read the rules of privaudit and of further folders, sorted by id; BadData with every fault found.

    examples: False leaves those of our own rules out; nobody has tried those of further folders yet.
    """
    top, trusted = data.folder("rules"), data.shipped_trust()
    found: list[Rule] = []
    faults: list[Fault] = []
    ways: Ways = {}
    for folder in (top, *folders):
        ours = folder is top
        try:
            paths = data.files_in(folder)
        except BadData as error:
            faults += error.faults
            continue
        for path in paths:
            try:
                doc = data.read(
                    path, trusted if ours else frozenset(), examples=examples or not ours, ways=ways
                )
                found.append(rule(doc, examples=examples or not ours))
            except BadData as error:
                faults += error.faults
    faults += _twice(found)
    if faults:
        raise BadData(*faults)
    return tuple(sorted(found, key=lambda each: each.id))


def load_rule(path: str) -> Rule:
    """Read one rule file; BadData with the fault found first."""
    return rule(data.read(path))


def _twice(rules: Iterable[Rule]) -> list[Fault]:
    first: dict[str, str] = {}
    return [
        Fault(each.path, 0, 0, f"rule {each.id} stands in {first[each.id]} too")
        for each in rules
        if first.setdefault(each.id, each.path) != each.path
    ]


def rule(doc: Document, *, examples: bool = True) -> Rule:
    """Check and compile one file; examples: False if they were left out when it was read."""
    keys = doc.keys(doc.root, (*_NEEDED, _EXAMPLES) if examples else _NEEDED, _OPTIONAL)
    name = doc.text(keys["id"])
    if not _ID.fullmatch(name):
        doc.refuse(keys["id"], "an id is lower case words joined by hyphens")
    if posixpath.basename(doc.path) != f"{name}.yaml":
        doc.refuse(keys["id"], f"rule {name} stands in a file of another name")
    applies_to = AppliesTo(doc.word(keys["applies-to"], AppliesTo))
    match = compile_match(doc, keys["match"], applies_to)
    when = compile_match(doc, keys["when"], applies_to) if "when" in keys else None
    return Rule(
        id=name,
        title=doc.line(keys["title"]),
        status=doc.word(keys["status"], _STATUSES),
        severity=grading(doc, keys["severity"], applies_to),
        applies_to=applies_to,
        why=doc.line(keys["why"]),
        when=when,
        match=match,
        message=compile_message(doc, keys["message"], applies_to),
        evidence=_evidence(doc, keys["evidence"], applies_to) if "evidence" in keys else (),
        remedy=Remedy(doc.word(keys["remedy"], Remedy)),
        advice=doc.line(keys["advice"]),
        false_positives=doc.line(keys["false-positives"]),
        controls=controls(doc, keys["controls"]),
        examples=_examples(doc, keys[_EXAMPLES], applies_to) if examples else (),
        path=doc.path,
    )


def _examples(doc: Document, node: Node, applies_to: AppliesTo) -> "tuple[Example, ...]":
    from privaudit.engine.examples import examples

    return examples(doc, node, applies_to)


def _evidence(doc: Document, node: Node, applies_to: AppliesTo) -> tuple[Field, ...]:
    return tuple(find_field(doc, item, doc.text(item), applies_to) for item in doc.items(node))
