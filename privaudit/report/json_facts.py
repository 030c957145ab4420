"""Facts and verdicts as objects of the report for programs; see `json_v1`."""

from typing import Any

from privaudit.model.account import Account
from privaudit.model.finding import Finding
from privaudit.model.path import Exposure, ServicePath, TreeEntry
from privaudit.model.service import Declared, Identity, Listener, Service
from privaudit.model.snapshot import Machine
from privaudit.model.unknown import Limit, Unknown

Json = dict[str, Any]


def machine_json(machine: Machine) -> Json:
    """The machine."""
    return {
        "name": machine.hostname,
        "platform": machine.platform,
        "system": machine.system,
        "kernel": machine.kernel,
        "root": machine.root,
        "privileged": machine.privileged,
        "fix_cut_short": _maybe(machine.fix_cut_short),
        "cut_short": list(machine.cut_short),
    }


def limit_json(limit: Limit) -> Json:
    """What could not be looked at."""
    return {"what": limit.what, "why": limit.why, "service": limit.service}


def _maybe(value: bool | Unknown) -> bool | Json:  # noqa: FBT001 - a fact of the model
    return {"unknown": value.reason, "unread": value.unread} if isinstance(value, Unknown) else value


def service_json(service: Service) -> Json:
    """A service with all its facts."""
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
        "ignored": list(definition.ignored) if definition is not None else [],
        "refused": list(definition.refused) if definition is not None else [],
        "obstacles": list(service.obstacles),
        "twins": list(service.twins),
        "declared": _declared(service.declared),
        "directive": _declared(service.directive) if service.directive is not None else None,
        "runs_as": _identity(service.runs_as),
        "should_run_as": service.should_run_as,
        "differs": _maybe(service.differs),
        "difference": service.difference,
        "identities": [_identity(identity) for identity in service.identities],
        "persons": [_identity(identity) for identity in service.persons],
        "group_powers": list(service.group_powers),
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
        "fix": service.fix,
        "fix_undone": _maybe(service.fix_undone),
        "fix_change": service.fix_change,
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
        "owner": entry.owner,
    }


def account_json(account: Account) -> Json:
    """An account with its reasons."""
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


def finding_json(finding: Finding) -> Json:
    """A verdict with its evidence."""
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
