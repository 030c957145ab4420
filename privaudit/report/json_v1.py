r"""`privaudit/report/v1`: the report for programs. Published as a JSON Schema; it only ever gains fields.

One service, account or finding a line, so that two reports can be compared line by line. ASCII only:
what a name holds beyond that is escaped as JSON does; bytes that are no UTF-8, which JSON cannot say, stand
as `\xff`.
"""

import json
from collections.abc import Collection, Iterable
from datetime import UTC, datetime
from typing import Any

from privaudit.model.finding import Status
from privaudit.report.content import Report
from privaudit.report.counts import count
from privaudit.report.json_facts import (
    Json,
    account_json,
    finding_json,
    limit_json,
    machine_json,
    service_json,
)

SCHEMA = "privaudit/report/v1"
SCHEMA_FILE = "report-v1.json"
"""Beside this module."""

SHOWN = frozenset({Status.FAIL, Status.UNKNOWN, Status.ACCEPTED, Status.WAIVED})
"""Verdicts that it holds unless it is asked for others."""

_encode = json.JSONEncoder(check_circular=False).encode
_SURROGATE = range(0xD800, 0xE000)
_BYTE = range(0xDC80, 0xDD00)


def render(report: Report, *, show: Collection[Status] = SHOWN) -> str:
    """Write a report as JSON, ending in a newline; show: the verdicts that it holds."""
    snapshot = report.snapshot
    head = {
        "schema": SCHEMA,
        "tool": {"name": "privaudit", "version": report.version},
        "host": machine_json(snapshot.machine),
        "scan": {
            "started": _time(snapshot.started),
            "finished": _time(snapshot.finished),
            "complete": not snapshot.limits,
            "containers": snapshot.containers,
            "limits": [limit_json(limit) for limit in snapshot.limits],
        },
        "summary": _summary(report),
    }
    parts = [f"{_one_line(key)}: {_one_line(value)}" for key, value in head.items()]
    parts += [
        _lines("services", map(service_json, snapshot.services)),
        _lines("accounts", map(account_json, snapshot.accounts)),
        _lines("findings", (finding_json(each) for each in report.findings if each.status in show)),
    ]
    return "{\n" + ",\n".join(parts) + "\n}\n"


def _lines(key: str, values: Iterable[Json]) -> str:
    written = ",\n  ".join(map(_one_line, values))
    return f'"{key}": [\n  {written}\n]' if written else f'"{key}": []'


def _one_line(value: object) -> str:
    text = _encode(value)
    if "\\ud" in text:
        text = _encode(sayable(value))
    return text.replace("\x7f", "\\u007f")  # the one control character that JSON lets stand


def sayable(value: Any) -> Any:  # noqa: ANN401 - JSON is of any type
    """Replace what no JSON text may hold: half of a surrogate pair."""
    if isinstance(value, str):
        return "".join(_character(c) for c in value)
    if isinstance(value, dict):
        return {sayable(key): sayable(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [sayable(each) for each in value]
    return value


def _character(character: str) -> str:
    code = ord(character)
    if code in _BYTE:
        return f"\\x{code - 0xDC00:02x}"
    return f"\\u{code:04x}" if code in _SURROGATE else character


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _summary(report: Report) -> Json:
    counts = count(report)
    return {
        "services": len(report.snapshot.services),
        "services_failed": counts.services,
        "failed": {severity.value: number for severity, number in counts.failed.items()},
        "verdicts": {status.value: number for status, number in counts.statuses.items()},
        "unread": counts.unread,
        "limits": len(report.snapshot.limits),
    }
