"""A Mac's disk on this machine's file system, with real owners: what a test needs of one, no more."""

import os
import plistlib
import shutil
from collections.abc import Mapping
from pathlib import Path

from privaudit.cli.scan import exit_code
from privaudit.collect.snapshot import collect
from privaudit.engine import audit, load_catalogue
from privaudit.engine.rules import load_rules
from privaudit.host import Platform
from privaudit.host.rooted import RootedHost
from privaudit.model.finding import Finding, Status
from privaudit.model.severity import Severity
from privaudit.model.snapshot import Snapshot

JOE, ANN, MYSQL = 501, 502, 74
WHEEL, STAFF, ADMIN = 0, 20, 80
NODE = "/private/var/db/dslocal/nodes/Default"
MACH_O = b"\xcf\xfa\xed\xfe"


class MacDisk:
    """Writes files below a folder as their owners would have them on a Mac."""

    def __init__(self, top: Path) -> None:
        self.top = top
        for path in ("/System/Library/LaunchDaemons", "/System/Library/LaunchAgents", "/private/etc"):
            self.folder(path)
        for path in ("/Library/LaunchDaemons", "/Library/LaunchAgents", "/private/var/empty", "/bin"):
            self.folder(path)
        self.folder("/private/tmp", mode=0o1777)
        for name in ("etc", "tmp", "var"):
            self.link(f"/{name}", f"private/{name}")
        self.file("/bin/sh", MACH_O, mode=0o755)
        self.file(
            "/System/Library/CoreServices/SystemVersion.plist", plistlib.dumps({"ProductVersion": "15.5"})
        )
        self.folder(f"{NODE}/users", mode=0o700)
        self.folder(f"{NODE}/groups", mode=0o700)
        self.folder("/Users", gid=ADMIN)
        self.apples("root", 0, 0, home="/var/root", shell="/bin/sh")
        self.apples("_mysql", MYSQL, MYSQL, alias="mysql")
        self.apples("_www", 70, 70, home="/Library/WebServer", alias="www")
        self.apples("nobody", -2, -2)
        for name, gid in (("wheel", WHEEL), ("staff", STAFF), ("_mysql", MYSQL), ("_www", 70)):
            self.group(name, gid)
        self.group("everyone", 12)
        self.group("admin", ADMIN, users=["root"])

    def at(self, path: str) -> Path:
        return self.top / path.lstrip("/")

    def folder(self, path: str, uid: int = 0, gid: int = 0, mode: int = 0o755) -> None:
        made = self.at(path)
        made.mkdir(parents=True, exist_ok=True)
        os.chown(made, uid, gid)
        made.chmod(mode)

    def file(self, path: str, data: bytes, uid: int = 0, gid: int = 0, mode: int = 0o644) -> None:
        made = self.at(path)
        made.parent.mkdir(parents=True, exist_ok=True)
        made.write_bytes(data)
        os.chown(made, uid, gid)
        made.chmod(mode)

    def link(self, path: str, target: str, uid: int = 0, gid: int = 0) -> None:
        made = self.at(path)
        made.parent.mkdir(parents=True, exist_ok=True)
        made.symlink_to(target)
        os.chown(made, uid, gid, follow_symlinks=False)

    def record(self, kind: str, name: str, values: Mapping[str, list[str]], *, binary: bool = True) -> None:
        form = plistlib.FMT_BINARY if binary else plistlib.FMT_XML
        self.file(f"{NODE}/{kind}/{name}.plist", plistlib.dumps(dict(values), fmt=form), mode=0o600)

    def apples(
        self,
        name: str,
        uid: int,
        gid: int,
        *,
        home: str = "/var/empty",
        shell: str = "/usr/bin/false",
        alias: str | None = None,
    ) -> None:
        """Add an account that macOS brings."""
        names = [name] if alias is None else [name, alias]
        guid = f"FFFFEEEE-DDDD-CCCC-BBBB-AAAA{uid & 0xFFFFFFFF:08X}"
        ids = {"uid": [str(uid)], "gid": [str(gid)], "generateduid": [guid], "passwd": ["*"]}
        self.record("users", name, {"name": names, "home": [home], "shell": [shell], **ids}, binary=False)

    def person(self, name: str, uid: int, *, admin: bool = True) -> None:
        """Add an account that somebody logs in with, and its home."""
        ids = {
            "uid": [str(uid)],
            "gid": [str(STAFF)],
            "generateduid": [f"11112222-3333-4444-5555-{uid:012X}"],
        }
        secret = {"authentication_authority": [";ShadowHash;HASHLIST:<SALTED-SHA512-PBKDF2>"]}
        home = f"/Users/{name}"
        self.record("users", name, {"name": [name], "home": [home], "shell": ["/bin/zsh"], **ids, **secret})
        if admin:
            known = plistlib.loads(self.at(f"{NODE}/groups/admin.plist").read_bytes())["users"]
            self.group("admin", ADMIN, users=[*known, name])
        self.folder(home, uid, STAFF, 0o750)
        self.folder(f"{home}/Library", uid, STAFF, 0o700)
        self.folder(f"{home}/Library/LaunchAgents", uid, STAFF)

    def group(self, name: str, gid: int, users: list[str] | None = None, **more: list[str]) -> None:
        guid = f"ABCDEFAB-CDEF-ABCD-EFAB-CDEF{gid & 0xFFFFFFFF:08X}"
        values = {"name": [name], "gid": [str(gid)], "generateduid": [guid], "users": users or []}
        self.record("groups", name, {**values, **more})

    def job(
        self, path: str, keys: Mapping[str, object], uid: int = 0, gid: int = 0, mode: int = 0o644
    ) -> None:
        self.file(path, plistlib.dumps(dict(keys)), uid, gid, mode)

    def brew_mysql(self, prefix: str, uid: int, gid: int, data: tuple[int, int]) -> None:
        """Install Homebrew's MySQL: program files of uid:gid, data of (uid, gid)."""
        keg = f"{prefix}/Cellar/mysql/9.4.0"
        mode = 0o775 if uid else 0o755
        for path in (
            "",
            "/opt",
            "/Cellar",
            "/Cellar/mysql",
            "/Cellar/mysql/9.4.0",
            "/var",
            "/var/log",
            "/etc",
        ):
            self.folder(f"{prefix}{path}", uid, gid, mode)
        self.folder(f"{keg}/bin", uid, gid)
        self.file(f"{keg}/bin/mysqld", MACH_O, uid, gid, 0o755)
        self.file(f"{keg}/bin/mysqld_safe", b"#!/bin/sh\n", uid, gid, 0o755)
        self.link(f"{prefix}/opt/mysql", "../Cellar/mysql/9.4.0", uid, gid)
        self.file(f"{prefix}/etc/my.cnf", b"[mysqld]\nbind-address = 127.0.0.1\n", uid, gid)
        self.folder(f"{prefix}/var/mysql", *data, 0o750)
        self.file(f"{prefix}/var/mysql/ibdata1", b"x", *data, 0o640)

    def scan(self) -> "Scan":
        host = RootedHost(str(self.top), Platform.DARWIN)
        return Scan(collect(host, load_catalogue()))

    def remove(self) -> None:
        shutil.rmtree(self.top)


class Scan:
    """What a scan of a machine found."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self.findings = audit(snapshot, load_rules())

    def failed(self, least: Severity = Severity.LOW) -> list[Finding]:
        return [f for f in self.findings if f.status is Status.FAIL and f.severity.rank >= least.rank]

    def rules(self, least: Severity = Severity.LOW) -> set[str]:
        return {finding.rule for finding in self.failed(least)}

    @property
    def exit(self) -> int:
        return exit_code(self.findings, self.snapshot, Severity.HIGH, strict=False)


def brew_job(prefix: str, **more: object) -> dict[str, object]:
    """The job that Homebrew 5 writes for MySQL (Homebrew/homebrew-core, Formula/m/mysql.rb, 2026-08)."""
    return {
        "KeepAlive": True,
        "Label": "homebrew.mxcl.mysql",
        "LimitLoadToSessionType": ["Aqua", "Background", "LoginWindow", "StandardIO", "System"],
        "ProgramArguments": [
            f"{prefix}/opt/mysql/bin/mysqld_safe",
            f"--datadir={prefix}/var/mysql",
        ],
        "RunAtLoad": True,
        "WorkingDirectory": f"{prefix}/var/mysql",
        **more,
    }
