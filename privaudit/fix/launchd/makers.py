"""Whose job it is: what MacPorts, Apple, Nix or a vendor's package writes anew is not rewritten behind it."""

from privaudit.fix.case import Case, Refuse
from privaudit.model.definition import Definition
from privaudit.model.path import Role

_APPLE = ("/System/", "/usr/libexec/")
_MACPORTS = "org.macports."
_NIX = ("/nix/store/", "/run/current-system/")
_VENDORS = (
    "/Applications/",
    "/Library/Application Support/",
    "/Library/PostgreSQL/",
    "/Library/PrivilegedHelperTools/",
    "/usr/local/mysql",
)
"""Where programs lie that a vendor's package installs with a job of its own."""
_EVERYBODYS = "/Library/LaunchAgents/"


def refuse_makers(case: Case, definition: Definition) -> None:
    """Refuse, with their own means, what is somebody else's to write."""
    path, label = definition.path or "", definition.id
    programs = [command.path for command in definition.commands]
    real = [each.target for each in case.service.paths if each.role in {Role.PROGRAM, Role.DEFINITION}]
    if path.startswith(_APPLE) or label.startswith("com.apple."):
        why = "is Apple's own job, on the sealed volume of the system"
        raise Refuse(label, why, f"launchctl disable system/{label}, and a job of your own in its place")
    if label.startswith(_MACPORTS) or any(each.endswith("/bin/daemondo") for each in programs):
        port = label.removeprefix(_MACPORTS)
        why = "is MacPorts' own job: an upgrade of the port writes it anew, with daemondo as root in front"
        todo = (
            f"have the program change its user by its own configuration, or the port by startupitem.user; "
            f"then: port unload {port}; port load {port}"
        )
        raise Refuse(label, why, todo)
    if any(each.startswith(_NIX) for each in real):
        why = "is made by Nix, which writes it anew"
        raise Refuse(label, why, "set UserName in its launchd.daemons of the configuration, and rebuild")
    if path.startswith(_EVERYBODYS):
        why = "is an agent for everyone who logs in: each of them runs a copy"
        raise Refuse(
            label, why, "a server is a daemon: move its file to /Library/LaunchDaemons, then fix again"
        )
    if any(each.startswith(_VENDORS) for each in (*programs, *real)):
        why = "was installed by its vendor's package, whose next update writes its job anew"
        todo = f"set UserName and GroupName to {case.target.name} by the vendor's own settings or package"
        raise Refuse(label, why, todo)
