"""Units as `systemctl show` prints them become definitions."""

from collections.abc import Iterator

from privaudit.collect.systemd import capabilities
from privaudit.collect.systemd.folders import directories
from privaudit.collect.systemd.names import is_service, template
from privaudit.collect.systemd.properties import Printed, Properties, printed, words
from privaudit.collect.systemd.query import KINDS, OUTPUTS, SEARCH_KEY, STAGES, TO_FILES
from privaudit.collect.systemd.scope import Scope
from privaudit.model.definition import Command, Definition, Manager

_MISSING_OK = " (ignore_errors=yes)"
_NOT_OK = " (ignore_errors=no)"


def definition(unit: Properties, scope: Scope, last: int = capabilities.LAST) -> Definition | None:
    """Make the definition of one unit; None: it is no service that could run or runs.

    last: number of the last capability that the kernel knows.
    """
    name = _text(unit, "Id")
    loaded = _text(unit, "LoadState")
    active = _text(unit, "ActiveState")
    if not is_service(name):
        return None
    if loaded != "loaded" and active in {"", "inactive", "failed"}:
        return None  # masked, not found or broken: nothing of it can run
    pid = _text(unit, "MainPID")
    return Definition(
        manager=Manager.SYSTEMD,
        domain=scope.domain,
        id=name,
        names=tuple(sorted({name, *_list(unit, "Names")})),
        owner=scope.owner.uid,
        template=template(name),
        path=_text(unit, "FragmentPath") or None,
        drop_ins=_list(unit, "DropInPaths"),
        source_path=_text(unit, "SourcePath") or None,
        user=_text(unit, "User") or None,
        group=_text(unit, "Group") or None,
        supplementary_groups=_list(unit, "SupplementaryGroups"),
        dynamic_user=_text(unit, "DynamicUser") == "yes",
        private_users=_text(unit, "PrivateUsers") == "yes",
        commands=tuple(_commands(unit)),
        type=_text(unit, "Type"),
        environment=tuple(_environment(unit)),
        environment_files=tuple(_environment_files(unit)),
        working_directory=_text(unit, "WorkingDirectory").removeprefix("!") or None,
        root_directory=_text(unit, "RootDirectory") or None,
        directories=directories({key: _list(unit, key) for key in KINDS}, scope.bases),
        pid_file=_text(unit, "PIDFile") or None,
        capabilities=_bounding(unit, last),
        ambient_capabilities=tuple(sorted(_list(unit, "AmbientCapabilities"))),
        load_state=loaded,
        active_state=active,
        sub_state=_text(unit, "SubState"),
        enabled=_text(unit, "UnitFileState"),
        main_pid=int(pid) if pid.isdigit() and int(pid) else None,
        control_group=_text(unit, "ControlGroup") or None,
        triggered_by=tuple(sorted(_list(unit, "TriggeredBy"))),
        needs_reload=_text(unit, "NeedDaemonReload") == "yes",
        extra=_extra(unit),
    )


def lines(unit: Properties) -> Iterator[tuple[str, Printed]]:
    """List (stage, command line); the newer keys count where there are both."""
    for stage in STAGES:
        for value in unit.get(f"{stage}Ex", unit.get(stage, [])):
            line = printed(value)
            if line is not None:
                yield stage, line


def _extra(unit: Properties) -> tuple[tuple[str, str], ...]:
    search = _list(unit, SEARCH_KEY)
    return (
        *(((SEARCH_KEY, ":".join(search)),) if search else ()),
        *((key, kind) for key in OUTPUTS if (kind := _text(unit, key)) in TO_FILES),
    )


def _commands(unit: Properties) -> Iterator[Command]:
    for stage, line in lines(unit):
        yield line.command(stage)


def _text(unit: Properties, key: str) -> str:
    return unit.get(key, [""])[0]


def _list(unit: Properties, key: str) -> tuple[str, ...]:
    return tuple(words(_text(unit, key)))


def _bounding(unit: Properties, last: int) -> tuple[str, ...] | None:
    if "CapabilityBoundingSet" not in unit:
        return None
    return capabilities.restricted(_list(unit, "CapabilityBoundingSet"), last)


def _environment(unit: Properties) -> Iterator[tuple[str, str]]:
    for assignment in _list(unit, "Environment"):
        name, sign, value = assignment.partition("=")
        if sign:
            yield name, value


def _environment_files(unit: Properties) -> Iterator[str]:
    for value in unit.get("EnvironmentFiles", []):
        if value.endswith(_MISSING_OK):
            yield "-" + value.removesuffix(_MISSING_OK)
        elif value:
            yield value.removesuffix(_NOT_OK)
