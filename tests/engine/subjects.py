"""Services, paths and accounts to judge, and rules in a line or two."""

from dataclasses import replace
from typing import Any

from privaudit.engine.conditions import compile_match
from privaudit.engine.document import Document
from privaudit.engine.fields import AppliesTo
from privaudit.engine.matchers import Match
from privaudit.engine.rules import Rule, rule
from privaudit.model.account import Account, AccountKind, Password
from privaudit.model.definition import Definition, Domain, Manager
from privaudit.model.path import Role, ServicePath
from privaudit.model.service import Declared, Identity, IdentityKind, Purpose, Service
from privaudit.model.severity import Severity
from privaudit.model.snapshot import Machine, Snapshot

JOE = Identity(1000, "joe", IdentityKind.PERSON, admin=True, can_log_in=True, reason="home /home/joe")
MYSQL = Identity(106, "mysql", IdentityKind.SERVICE, reason="no login shell")


def service(**changes: Any) -> Service:  # noqa: ANN401 - any field of a service
    """Make stock MariaDB, changed."""
    stock = Service(
        id="mariadb.service",
        name="mariadb",
        manager=Manager.SYSTEMD,
        domain=Domain.SYSTEM,
        running=True,
        purpose=Purpose.SERVER,
        purpose_reason="mysql is a server",
        profile="mysql",
        model=None,
        declared=Declared("mysql"),
        runs_as=MYSQL,
        should_run_as="mysql",
        definition=Definition(Manager.SYSTEMD, Domain.SYSTEM, "mariadb.service"),
    )
    return replace(stock, **changes)


def path(**changes: Any) -> ServicePath:  # noqa: ANN401 - any field of a path
    """Make the stock data folder, changed."""
    stock = ServicePath(
        role=Role.DATA,
        path="/var/lib/mysql",
        target="/var/lib/mysql",
        exists=True,
        owner="mysql",
        gain=Severity.MEDIUM,
        used_by="mysql",
    )
    return replace(stock, **changes)


def account(**changes: Any) -> Account:  # noqa: ANN401 - any field of an account
    """Make joe, changed."""
    joe = Account(1000, "joe", 1000, "/home/joe", "/bin/bash", AccountKind.PERSON, ("home /home/joe",))
    return replace(joe, password=Password.USABLE, **changes)


def snapshot(*services: Service, accounts: tuple[Account, ...] = ()) -> Snapshot:
    """Make a machine with these services."""
    return Snapshot(Machine("db1", "linux", "debian 12"), services, accounts, (), (), 0, 0)


def match(text: str, applies_to: AppliesTo = AppliesTo.SERVICE) -> Match:
    """Compile a match."""
    document = Document("match.yaml", text.encode())
    return compile_match(document, document.root, applies_to)


def made(match: str, applies_to: str = "service", *, name: str = "sample", **changes: str) -> Rule:
    """Make a rule; its examples are not tried."""
    keys = {
        "id": name,
        "title": "A sample",
        "status": "stable",
        "severity": "high",
        "applies-to": applies_to,
        "why": "It matters.",
        "match": match,
        "message": "something is wrong",
        "remedy": "none",
        "advice": "Change it.",
        "false-positives": "None.",
        "controls": "{cwe: ['250']}",
        "examples": "[{name: a, given: {}, expect: fail}, {name: b, given: {}, expect: pass}]",
        **changes,
    }
    text = "".join(f"{key}: {value}\n" for key, value in keys.items())
    return rule(Document(f"{name}.yaml", text.encode()))
