r"""`privaudit/report/v1`: the report for programs. Published as a JSON Schema; it only ever gains fields.

One service, account or finding a line, so that two reports can be compared line by line. ASCII only:
what a name holds beyond that is escaped as JSON does; bytes that are no UTF-8, which JSON cannot say, stand
as `\xff`.
"""

import json
from collections.abc import Collection, Iterable
from datetime import UTC, datetime
from typing import Any

from privaudit.model.account import Account
from privaudit.model.finding import Finding, Status
from privaudit.model.path import Exposure, ServicePath, TreeEntry
from privaudit.model.service import Declared, Identity, Listener, Service
from privaudit.model.unknown import Limit, Unknown
from privaudit.report import SHOWN, Report
from privaudit.report.counts import count

SCHEMA = "privaudit/report/v1"
SCHEMA_FILE = "report-v1.json"
"""Beside this module."""

Json = dict[str, Any]
_SURROGATE = range(0xD800, 0xE000)
_BYTE = range(0xDC80, 0xDD00)


def render(report: Report, *, show: Collection[Status] = SHOWN) -> str:
    """Write a report as JSON, ending in a newline; show: the verdicts that it holds."""
    snapshot = report.snapshot
    machine = snapshot.machine
    head = {
        "schema": SCHEMA,
        "tool": {"name": "privaudit", "version": report.version},
        "host": {
            "name": machine.hostname,
            "platform": machine.platform,
            "system": machine.system,
            "kernel": machine.kernel,
            "root": machine.root,
            "privileged": machine.privileged,
        },
        "scan": {
            "started": _time(snapshot.started),
            "finished": _time(snapshot.finished),
            "complete": not snapshot.limits,
            "containers": snapshot.containers,
            "limits": [_limit(limit) for limit in snapshot.limits],
        },
        "summary": _summary(report),
    }
    parts = [f"{_one_line(key)}: {_one_line(value)}" for key, value in head.items()]
    parts += [
        _lines("services", map(_service, snapshot.services)),
        _lines("accounts", map(_account, snapshot.accounts)),
        _lines("findings", (_finding(each) for each in report.findings if each.status in show)),
    ]
    return "{\n" + ",\n".join(parts) + "\n}\n"


def _lines(key: str, values: Iterable[Json]) -> str:
    written = ",\n  ".join(map(_one_line, values))
    return f'"{key}": [\n  {written}\n]' if written else f'"{key}": []'


def _one_line(value: object) -> str:
    text = json.dumps(value, ensure_ascii=True, check_circular=False)
    return text if "\\ud" not in text else json.dumps(_sayable(value), check_circular=False)


def _sayable(value: Any) -> Any:  # noqa: ANN401 - JSON is of any type
    """Replace what no JSON text may hold: half of a surrogate pair."""
    if isinstance(value, str):
        return "".join(_character(c) for c in value)
    if isinstance(value, dict):
        return {_sayable(key): _sayable(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_sayable(each) for each in value]
    return value


def _character(character: str) -> str:
    code = ord(character)
    if code in _BYTE:
        return f"\\x{code - 0xDC00:02x}"
    return f"\\u{code:04x}" if code in _SURROGATE else character


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _summary(report: Report) -> Json:
    counts = count(report.findings)
    return {
        "services": len(report.snapshot.services),
        "services_failed": counts.services,
        "failed": {severity.value: number for severity, number in counts.failed.items()},
        "verdicts": {status.value: number for status, number in counts.statuses.items()},
        "unread": counts.unread,
        "limits": len(report.snapshot.limits),
    }


def _limit(limit: Limit) -> Json:
    return {"what": limit.what, "why": limit.why, "service": limit.service}


def _maybe(value: bool | Unknown) -> bool | Json:  # noqa: FBT001 - a fact of the model
    return {"unknown": value.reason, "unread": value.unread} if isinstance(value, Unknown) else value


def _service(service: Service) -> Json:
    definition = service.definition
    package = service.package
    return {
        "id": service.id,
        "name": service.name,
        "manager": service.manager,
        "domain": service.domain,
        "owner": definition.owner if definition is not None else 0,
        "running": service.running,
        "purpose": service.purpose,
        "purpose_reason": service.purpose_reason,
        "profile": service.profile,
        "model": service.model,
        "definition": definition.path if definition is not None else None,
        "drop_ins": list(definition.drop_ins) if definition is not None else [],
        "enabled": definition.enabled if definition is not None else "",
        "state": definition.active_state if definition is not None else "",
        "declared": _declared(service.declared),
        "directive": _declared(service.directive) if service.directive is not None else None,
        "runs_as": _identity(service.runs_as),
        "should_run_as": service.should_run_as,
        "differs": _maybe(service.differs),
        "difference": service.difference,
        "identities": [_identity(identity) for identity in service.identities],
        "persons": [_identity(identity) for identity in service.persons],
        "workers": [_identity(identity) for identity in service.workers],
        "workers_root": _maybe(service.workers_root),
        "needless_root": _maybe(service.needless_root),
        "beyond_loopback": _maybe(service.beyond_loopback),
        "listeners": [_listener(listener) for listener in service.listeners],
        "pids": [process.pid for process in service.processes],
        "program": service.program,
        "package": package.name if package is not None else None,
        "package_manager": package.manager if package is not None else None,
        "package_version": package.version if package is not None else None,
        "paths": [_path(path) for path in service.paths],
        "accepted": dict(service.accepted),
        "limits": list(service.limits),
    }


def _declared(declared: Declared) -> Json:
    return {
        "user": declared.user,
        "group": declared.group,
        "dynamic": declared.dynamic,
        "source": declared.source,
    }


def _identity(identity: Identity) -> Json:
    return {
        "user": identity.name,
        "uid": identity.uid,
        "kind": identity.kind,
        "admin": _maybe(identity.admin),
        "can_log_in": _maybe(identity.can_log_in),
        "reason": identity.reason,
    }


def _listener(listener: Listener) -> Json:
    return {
        "protocol": listener.protocol,
        "address": listener.address,
        "port": listener.port,
        "pid": listener.pid,
        "uid": listener.uid,
        "loopback": listener.loopback,
    }


def _path(path: ServicePath) -> Json:
    shown: Json = {
        "role": path.role,
        "path": path.path,
        "target": path.target,
        "exists": _maybe(path.exists),
        "kind": path.kind,
        "owner": path.owner,
        "group": path.group,
        "mode": path.mode,
        "used_by": path.used_by,
        "entries": path.entries,
        "exposed": _maybe(path.exposed),
        "readable_by_others": _maybe(path.readable_by_others),
        "tree_owned_by_persons": _maybe(path.tree_owned_by_persons),
        "tree_writable": _maybe(path.tree_writable),
    }
    for key, exposures in (
        ("exposed_to", path.exposed_to),
        ("readers", path.readers),
        ("tree_exposures", path.tree_exposures),
    ):
        if exposures:
            shown[key] = [_exposure(exposure) for exposure in exposures]
    if path.exposed_to:
        shown["gain"] = path.gain
    if path.tree_persons:
        shown["tree_persons"] = [_entry(entry) for entry in path.tree_persons]
    return shown


def _exposure(exposure: Exposure) -> Json:
    return {
        "who": exposure.who,
        "uid": exposure.uid,
        "kind": exposure.kind,
        "via": exposure.via,
        "how": exposure.how,
    }


def _entry(entry: TreeEntry) -> Json:
    return {
        "kind": entry.kind,
        "mode": f"{entry.mode:04o}",
        "uid": entry.uid,
        "gid": entry.gid,
        "count": entry.count,
        "example": entry.example,
    }


def _account(account: Account) -> Json:
    becomes = account.becomes_root
    return {
        "uid": account.uid,
        "name": account.name,
        "also_named": list(account.also_named),
        "gid": account.gid,
        "groups": list(account.groups),
        "home": account.home,
        "shell": account.shell,
        "kind": account.kind,
        "reasons": list(account.reasons),
        "password": account.password,
        "keys": _maybe(account.keys),
        "lingering": account.lingering,
        "can_log_in": _maybe(account.can_log_in),
        "becomes_root": _maybe(becomes) if isinstance(becomes, Unknown) else list(becomes),
    }


def _finding(finding: Finding) -> Json:
    return {
        "rule": finding.rule,
        "severity": finding.severity,
        "status": finding.status,
        "reason": finding.reason,
        "service": finding.service,
        "subject": finding.subject,
        "path": finding.path,
        "message": finding.message,
        "evidence": [{"fact": each.fact, "value": each.value} for each in finding.evidence],
        "remedy": finding.remedy,
        "controls": {framework: list(ids) for framework, ids in finding.controls},
        "unread": finding.unread,
        "fingerprint": finding.fingerprint,
        "state_hash": finding.state_hash,
    }
