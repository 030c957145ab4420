"""What is asked of a manager: a module that needs no other, for who asks before anything else is loaded."""

BOOTED = "/run/systemd/system"
"""This folder exists where systemd is the init system, sd_booted(3)."""
SYSTEMCTL = "/usr/bin/systemctl"

STAGES = (
    "ExecCondition",
    "ExecStartPre",
    "ExecStart",
    "ExecStartPost",
    "ExecReload",
    "ExecStop",
    "ExecStopPost",
)
"""Keys of command lines, in the order in which they may run."""

SEARCH_KEY = "ExecSearchPath"
"""Key of the folders in which programs without one are looked for, systemd.exec(5); in `extra` of a
definition, folders joined by colons.
"""
KINDS = {
    "StateDirectory": "state",
    "CacheDirectory": "cache",
    "LogsDirectory": "logs",
    "RuntimeDirectory": "runtime",
    "ConfigurationDirectory": "configuration",
}
"""Keys of the folders that a manager makes for a service -> what they hold, systemd.exec(5)."""

OUTPUTS = ("StandardOutput", "StandardError")
"""Keys whose value is shown without the path that it holds."""
TO_FILES = frozenset({"file", "append", "truncate"})
"""Kinds of output that the manager opens a file for, systemd.exec(5)."""

PROPERTIES = (
    "Id",
    "Names",
    "LoadState",
    "ActiveState",
    "SubState",
    "FragmentPath",
    "SourcePath",
    "DropInPaths",
    "UnitFileState",
    "NeedDaemonReload",
    "TriggeredBy",
    "MainPID",
    "ControlGroup",
    "User",
    "Group",
    "DynamicUser",
    "SupplementaryGroups",
    "PrivateUsers",
    "Type",
    "Environment",
    "EnvironmentFiles",
    "WorkingDirectory",
    "RootDirectory",
    "PIDFile",
    *OUTPUTS,
    SEARCH_KEY,
    "CapabilityBoundingSet",
    "AmbientCapabilities",
    *KINDS,
    *(f"{stage}Ex" for stage in STAGES),
)
"""Everything that is asked for: each costs systemctl a comparison with all that there is."""
TELLING = "ExecStartEx"
"""A systemd before 243 leaves this out, as whatever it does not know."""

_STATES = (
    *("loaded", "masked", "error", "bad-setting", "merged"),
    *("active", "reloading", "activating", "deactivating", "failed"),
)
"""States of loading and of running of which a unit must have one: all but units that others name in vain."""


def _show(properties: tuple[str, ...]) -> tuple[str, ...]:
    return (
        "show",
        "--all",
        "--no-pager",
        "--type=service",
        f"--state={','.join(_STATES)}",
        f"--property={','.join(properties)}",
        "*.service",
    )


OF_SYSTEM = (SYSTEMCTL, *_show(PROPERTIES))
"""Command line that asks the system's manager of every service."""
OF_USER = (SYSTEMCTL, "--user", *_show(PROPERTIES))
"""The same of a person's own manager."""
BEFORE_243 = {
    OF_SYSTEM: (SYSTEMCTL, *_show((*PROPERTIES, *STAGES))),
    OF_USER: (SYSTEMCTL, "--user", *_show((*PROPERTIES, *STAGES))),
}
"""What to ask instead where the answer lacks `TELLING`."""
