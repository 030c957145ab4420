"""Facts in words: messages with placeholders, and the evidence that a verdict rests on."""

import re
from enum import Enum

from privaudit.engine.conditions import find_field
from privaudit.engine.document import Document, Node
from privaudit.engine.fields import AppliesTo, Field, Subject
from privaudit.model.finding import Evidence
from privaudit.model.frozen import frozen
from privaudit.model.path import Exposure, Role, TreeEntry
from privaudit.model.service import Listener
from privaudit.model.unknown import Unknown

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_PASSING = frozenset(
    {"reason", "reasons", "purpose_reason", "difference", "limits", "entries", "count", "example"}
    | {"pid", "main_pid", "active_state", "sub_state"}
)
_ROLES = {Role.DROP_IN: "drop-in", Role.LOG: "logs", Role.RUN: "runtime files"}
"""What a path is, where its role is no word of its own: `runtime files of mariadb in /run/mysqld`."""
_MANY = 8
"""Values of one fact that are spelt out."""


@frozen
class Message:
    """A rule's message: texts with facts between them."""

    source: str
    texts: tuple[str, ...]
    """One more than fields."""
    fields: tuple[Field, ...]

    def of(self, subject: Subject) -> str:
        """Fill the facts in."""
        found = [self.texts[0]]
        for field, text in zip(self.fields, self.texts[1:], strict=True):
            found += [shown(field.get(subject)), text]
        return "".join(found)


def compile_message(doc: Document, node: Node, applies_to: AppliesTo) -> Message:
    """Check the placeholders of a message."""
    source = doc.line(node)
    parts = _PLACEHOLDER.split(source)
    texts, names = parts[::2], parts[1::2]
    if any("{" in text or "}" in text for text in texts):
        doc.refuse(node, "a brace without its partner")
    return Message(source, tuple(texts), tuple(find_field(doc, node, name, applies_to) for name in names))


def shown(value: object) -> str:  # noqa: PLR0911 - one line a type
    """Show a fact as text."""
    match value:
        case None:
            return "none"
        case bool():
            return "true" if value else "false"
        case Role():
            return _ROLES.get(value, value.value.replace("-", " "))
        case Enum():
            return str(value.value)
        case Unknown():
            return "unknown"
        case Exposure():
            return f"{value.who} {value.how} {value.via}"
        case TreeEntry():
            more = f" and {value.count - 1} more like it" if value.count > 1 else ""
            who = value.owner or f"uid {value.uid}"
            return f"{who} owns {value.example} ({value.kind}, mode {value.mode:04o}){more}"
        case Listener(protocol="unix"):
            return value.address
        case Listener():
            where = f"[{value.address}]" if ":" in value.address else value.address
            return f"{value.protocol} {where}:{value.port}"
        case tuple():
            rest = f" and {len(value) - _MANY} more" if len(value) > _MANY else ""
            return ", ".join(dict.fromkeys(shown(each) for each in value[:_MANY])) + rest or "none"
        case _:
            return str(value)


def evidence_of(field: Field, subject: Subject) -> list[Evidence]:
    """Give a fact as evidence: each way in, each kind of entry on a line of its own."""
    value = field.get(subject)
    if isinstance(value, tuple) and value and isinstance(value[0], Exposure):
        return [Evidence("via", shown(each)) for each in value[:_MANY]]
    if isinstance(value, tuple) and value and isinstance(value[0], TreeEntry):
        return [Evidence(field.name, shown(each)) for each in value[:_MANY]]
    if isinstance(value, tuple) and value and isinstance(value[0], Listener):
        beyond = [each for each in value if not each.loopback and each.protocol != "unix"]
        return [Evidence(field.name, shown(each)) for each in beyond[:_MANY]]
    return [Evidence(field.name, shown(value))]


def lasts(field: Field) -> bool:
    """Whether a fact belongs to a state; what explains it, counts and process ids change on their own."""
    return field.name.rpartition(".")[2] not in _PASSING


def lasting(value: object) -> object:
    """Give a fact as it counts for a state: without counts and examples, which change all the time."""
    match value:
        case Exposure():
            return ("exposure", value.who, value.how.partition(" (")[0])
        case TreeEntry():
            return ("entry", value.kind.value, value.mode, value.uid, value.gid)
        case tuple():
            return sorted({repr(lasting(each)) for each in value})
        case _:
            return shown(value)
