"""Reports made by hand: a clean machine, a bad one, and one whose names are hostile."""

from privaudit.model.account import Account, AccountKind, Password
from privaudit.model.definition import Definition, Domain, Manager
from privaudit.model.finding import Evidence, Finding, Status
from privaudit.model.path import Exposure, FileKind, Role, ServicePath, TreeEntry
from privaudit.model.process import Ids, Process
from privaudit.model.profile import Matches, Profile
from privaudit.model.remedy import Remedy
from privaudit.model.service import (
    Declared,
    Identity,
    IdentityKind,
    Listener,
    Model,
    Package,
    Purpose,
    Service,
)
from privaudit.model.severity import Severity
from privaudit.model.snapshot import Machine, Snapshot
from privaudit.model.unknown import Limit, Unknown
from privaudit.report.content import Report

ROOT = Identity(0, "root", IdentityKind.ROOT, admin=True)
JOE = Identity(
    1000,
    "joe",
    IdentityKind.PERSON,
    admin=True,
    can_log_in=True,
    reason="has a usable password",
)
MYSQL = Identity(106, "mysql", IdentityKind.SERVICE, reason="no login shell")

JOES_ACCOUNT = Account(
    1000,
    "joe",
    1000,
    "/home/joe",
    "/bin/bash",
    AccountKind.PERSON,
    ("has a usable password", "home /home/joe"),
    groups=(1000, 27),
    password=Password.USABLE,
    can_log_in=True,
    becomes_root=("member of group sudo",),
)

MYSQL_PROFILE = Profile(
    service="mysql",
    names=("mysql", "mariadb"),
    matches=Matches(systemd=("mariadb.service",), programs=("mariadbd",)),
    model=Model.DEDICATED,
    account={"default": "mysql"},
    move={"systemd": "drop-in"},
)


def process(pid: int, uid: int, program: str = "/usr/sbin/mariadbd") -> Process:
    return Process(
        pid,
        1,
        Ids(uid, uid, uid),
        Ids(uid, uid, uid),
        (),
        "mariadbd",
        program,
        (program,),
        1_700_000_000.0,
        unit="mariadb.service",
    )


def service(
    name: str = "mariadb",
    runs_as: Identity = MYSQL,
    *,
    running: bool = True,
    paths: tuple[ServicePath, ...] = (),
    profile: str | None = "mysql",
    domain: Domain = Domain.SYSTEM,
    owner: int = 0,
    declared: Declared | None = None,
    difference: str = "",
) -> Service:
    return Service(
        id=f"{name}.service",
        name=name,
        manager=Manager.SYSTEMD,
        domain=domain,
        running=running,
        purpose=Purpose.SERVER,
        purpose_reason="mysql is a server",
        profile=profile,
        model=Model.DEDICATED if profile is not None else None,
        declared=declared or Declared("mysql", "mysql", source=f"/usr/lib/systemd/system/{name}.service"),
        runs_as=runs_as,
        should_run_as="mysql" if profile is not None else None,
        identities=(runs_as,),
        differs=bool(difference),
        difference=difference,
        beyond_loopback=True,
        listeners=(Listener("tcp", "0.0.0.0", 3306, 71, runs_as.uid or 0),),  # noqa: S104 - what it listens on
        definition=Definition(
            Manager.SYSTEMD,
            domain,
            f"{name}.service",
            names=(f"{name}.service",),
            owner=owner,
            path=f"/usr/lib/systemd/system/{name}.service",
            active_state="active",
            enabled="enabled",
        ),
        paths=paths,
        processes=(process(71, runs_as.uid or 0),) if running else (),
        program="/usr/sbin/mariadbd",
        package=Package("dpkg", "mariadb-server", "1:10.11.6"),
    )


def finding(
    rule: str = "server-runs-as-person",
    severity: Severity = Severity.HIGH,
    status: Status = Status.FAIL,
    *,
    about: str | None = "mariadb.service",
    subject: str | None = None,
    message: str = "mariadb runs as joe, an account that people log in with",
    evidence: tuple[Evidence, ...] = (Evidence("runs_as.kind", "person"), Evidence("purpose", "server")),
    remedy: str = Remedy.DEDICATED_ACCOUNT,
    reason: str = "",
    path: str | None = None,
    unread: bool = False,
) -> Finding:
    return Finding(
        rule,
        severity,
        status,
        about,
        subject or about or "account joe",
        message,
        evidence,
        remedy,
        (("cwe", ("250",)), ("nist-800-53r5", ("AC-6",))),
        "0" * 64,
        "f" * 64,
        reason,
        path,
        unread,
    )


def exposed(path: str, via: str, how: str, role: Role = Role.PROGRAM) -> ServicePath:
    return ServicePath(
        role,
        path,
        path,
        exists=True,
        owner="joe",
        owner_uid=1000,
        owner_kind=AccountKind.PERSON,
        owner_expected=False,
        group="joe",
        mode="0755",
        kind=FileKind.FILE,
        exposed=True,
        exposed_to=(Exposure("joe", 1000, AccountKind.PERSON, via, how),),
        exposed_to_kind=AccountKind.PERSON,
        gain=Severity.CRITICAL,
        entries=1,
        used_by="root",
    )


def data(path: str = "/var/lib/mysql") -> ServicePath:
    return ServicePath(
        Role.DATA,
        path,
        path,
        exists=True,
        owner="joe",
        group="mysql",
        mode="0755",
        kind=FileKind.DIRECTORY,
        exposed=Unknown("needs root to look at it"),
        tree_owned_by_persons=True,
        tree_persons=(TreeEntry(FileKind.FILE, 0o660, 1000, 106, 212, f"{path}/aria_log.00000001"),),
        entries=213,
        used_by="joe",
    )


def report(
    services: tuple[Service, ...] = (),
    findings: tuple[Finding, ...] = (),
    limits: tuple[Limit, ...] = (),
    *,
    hostname: str = "db1",
) -> Report:
    return Report(
        "0.1.0",
        Snapshot(
            Machine(hostname, "linux", "debian 12", "Linux 6.1.0"),
            services,
            (JOES_ACCOUNT,),
            (),
            limits,
            1_700_000_000.0,
            1_700_000_001.25,
        ),
        findings,
        (MYSQL_PROFILE,),
    )
