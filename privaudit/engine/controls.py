"""Controls of frameworks that a rule relates to: which frameworks there are, and what their ids look like.

A control that a rule names relates to what it finds; no rule claims that a control is satisfied.
"""

import re

from privaudit.engine.document import Document, Node
from privaudit.engine.fault import meant

_NUMBERS = r"[0-9]+(\.[0-9]+)*"
_STIG = r"V-[0-9]{6}"
FORMS: dict[str, str] = {
    "anssi-bp-028-v2": r"R[0-9]{1,2}",
    "attack": r"T[0-9]{4}(\.[0-9]{3})?",
    "cis-debian12": _NUMBERS,
    "cis-macos26": _NUMBERS,
    "cis-mysql": _NUMBERS,
    "cis-nginx": _NUMBERS,
    "cis-postgresql": _NUMBERS,
    "cwe": r"[0-9]{1,4}",
    "hipaa": r"164\.[0-9]{3}(\([a-z0-9]+\))*",
    "iso-27001-2022": r"A\.[5-8]\.[0-9]{1,2}",
    "nist-800-171r2": r"3\.[0-9]{1,2}\.[0-9]{1,2}",
    "nist-800-53r5": r"[A-Z]{2}-[0-9]{1,2}(\([0-9]{1,2}\))?",
    "pci-dss-4.0.1": r"[0-9]{1,2}(\.[0-9]{1,2}){1,3}",
    "soc2-tsc-2017": r"CC[0-9]\.[0-9]{1,2}",
    "stig-asd": _STIG,
}
"""Framework -> how its ids look: NIST SP 800-53 rev. 5, MITRE ATT&CK and CWE, ISO/IEC 27001 Annex A, …"""

Controls = tuple[tuple[str, tuple[str, ...]], ...]
"""(framework, ids), sorted by framework."""


def controls(doc: Document, node: Node) -> Controls:
    """Read a rule's controls; an id whose form its framework does not have is refused."""
    found: list[tuple[str, tuple[str, ...]]] = []
    for framework, key, value in doc.pairs(node):
        if framework not in FORMS:
            doc.refuse(key, f"unknown framework {framework}", meant(framework, FORMS))
        ids = []
        for item in doc.items(value):
            ids.append(doc.text(item))
            if not re.fullmatch(FORMS[framework], ids[-1]):
                doc.refuse(item, f"{ids[-1]} is no id of {framework}")
        if not ids or len(set(ids)) != len(ids):
            doc.refuse(value, "ids are given once each, and at least one")
        found.append((framework, tuple(ids)))
    return tuple(sorted(found))
