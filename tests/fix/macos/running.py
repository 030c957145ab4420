"""The founding case on a running Mac, and how a test plans, fixes, takes back and scans it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path

from fix.macos.fake_mac import FakeMac, MacChanges, MacHands
from macos.mac_disk import ADMIN, JOE, MACH_O, STAFF, MacDisk, Scan, brew_job

from privaudit.collect.snapshot import collect
from privaudit.engine import audit, load_catalogue
from privaudit.engine.rules import load_rules
from privaudit.fix.apply import apply
from privaudit.fix.case import Wish
from privaudit.fix.journal import next_id
from privaudit.fix.ownership import MACOS_STATE, StateFolder
from privaudit.fix.plan import make_plan
from privaudit.fix.rescan import rescanner
from privaudit.fix.steps import Site, Verdict
from privaudit.fix.undo import undo
from privaudit.model.plan import FixOutcome, NoPlan, Plan

PREFIX = "/opt/homebrew"
AGENT = "/Users/joe/Library/LaunchAgents/homebrew.mxcl.mysql.plist"
DAEMON = "/Library/LaunchDaemons/privaudit.mysql.plist"
CATALOGUE = cache(load_catalogue)
RULES = cache(lambda: load_rules(()))
GOLDEN = Path(__file__).parent / "golden"


def mac_with_mysql(top: Path) -> FakeMac:
    """Joe ran `brew services start mysql`."""
    disk = MacDisk(top)
    disk.person("joe", JOE)
    disk.brew_mysql(PREFIX, JOE, ADMIN, (JOE, ADMIN))
    disk.file(f"{PREFIX}/Cellar/mysql/9.4.0/bin/mysqladmin", MACH_O, JOE, ADMIN, 0o755)
    disk.job(AGENT, brew_job(PREFIX), JOE, STAFF)
    running = FakeMac(disk)
    running.command(["/bin/launchctl", "bootstrap", "gui/501", AGENT])
    running.log.clear()
    return running


@contextmanager
def site_of(mac: FakeMac, name: str = "mysql") -> Iterator[Site]:
    changes = MacChanges(mac)
    with StateFolder(changes, MACOS_STATE) as state:
        yield Site(
            fix=next_id(state, name),
            host=mac,
            hands=MacHands(mac),
            changes=changes,
            state=state,
            check=lambda: None,
            tell=lambda what: mac.log.append(f"# {what}"),
            rescan=lambda: Verdict(()),
        )


def planned(mac: FakeMac, name: str = "mysql", user: str | None = None) -> Plan | NoPlan:
    mac.quiet = True
    catalogue = CATALOGUE()
    snapshot = collect(mac, catalogue)
    findings = audit(snapshot, RULES())
    made = make_plan(mac, MacChanges(mac), snapshot, findings, catalogue, Wish(name, user))
    mac.quiet = False
    return made


def fixed(mac: FakeMac, name: str = "mysql") -> FixOutcome:
    plan = planned(mac, name)
    assert isinstance(plan, Plan), plan

    def rescan() -> Verdict:
        mac.quiet = True
        verdict = rescanner(mac, CATALOGUE(), RULES(), plan)()
        mac.quiet = False
        return verdict

    with site_of(mac, name) as site:
        return apply(replace(site, rescan=rescan), plan)


def undone(mac: FakeMac, fix: str = "mysql-1") -> FixOutcome:
    with site_of(mac) as site:
        return undo(replace(site, fix=fix))


def transcript(log: list[str]) -> str:
    """What was asked and done; a question that is asked again after the same wait is counted."""
    lines: list[str] = []
    rest = log
    while rest:
        count = 1
        while rest[0].startswith("wait") and rest[2 * count : 2 * count + 2] == rest[:2]:
            count += 1
        if count > 1:
            lines.append(f"{rest[0]}, {rest[1]}  ({count} times)")
            rest = rest[2 * count :]
        else:
            lines.append(rest[0])
            rest = rest[1:]
    return "".join(f"{line}\n" for line in lines)


def scan(mac: FakeMac) -> Scan:
    return Scan(collect(mac, CATALOGUE()))
