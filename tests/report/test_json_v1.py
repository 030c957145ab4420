"""The report for programs: every one is what the published schema says, and holds what it must."""

import json
from importlib.resources import files
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from report_values import JOE, data, exposed, finding, report, service

from privaudit.model.account import Account
from privaudit.model.definition import Definition, Manager
from privaudit.model.finding import Evidence, Finding, Status
from privaudit.model.path import Exposure, ServicePath, TreeEntry
from privaudit.model.process import Process
from privaudit.model.service import Identity, Listener, Service
from privaudit.model.snapshot import Machine, Snapshot
from privaudit.model.unknown import Limit, Unknown
from privaudit.report.content import Report
from privaudit.report.json_v1 import SCHEMA_FILE, render

SCHEMA: dict[str, Any] = json.loads(files("privaudit.report").joinpath(SCHEMA_FILE).read_text("utf-8"))
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)

FULL = report(
    (service(runs_as=JOE, paths=(data(), exposed("/usr/sbin/mariadbd", "/usr/sbin", "owns the folder"))),),
    (
        finding(),
        finding(status=Status.PASS),
        finding(status=Status.NOT_APPLICABLE, reason="no person"),
        finding(status=Status.UNKNOWN, reason="denied", unread=True),
    ),
    (Limit("/etc/shadow", "permission denied", "mariadb.service"),),
)

text = st.text(st.characters(exclude_categories=()), max_size=8)
small = st.integers(0, 70000)
maybe = st.booleans() | st.builds(Unknown, text)
hexadecimal = st.text("0123456789abcdef", min_size=64, max_size=64)


def some(strategy: st.SearchStrategy[Any], size: int = 2) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(strategy, max_size=size).map(tuple)


exposures = st.builds(Exposure, who=text, uid=st.none() | small, via=text, how=text)
entries = st.builds(
    TreeEntry, mode=st.integers(0, 0o7777), uid=small, gid=small, count=st.integers(1), example=text
)
paths = st.builds(
    ServicePath,
    path=text,
    target=text,
    exists=maybe,
    owner=text,
    group=text,
    mode=st.sampled_from(["", "0644", "4755"]),
    exposed=maybe,
    exposed_to=some(exposures),
    readable_by_others=maybe,
    readers=some(exposures),
    tree_owned_by_persons=maybe,
    tree_persons=some(entries),
    tree_writable=maybe,
    tree_exposures=some(exposures),
    entries=small,
    used_by=text,
)
identities = st.builds(Identity, uid=st.none() | small, name=text, admin=maybe, can_log_in=maybe, reason=text)
listeners = st.builds(Listener, protocol=text, address=text, port=small, pid=st.none() | small, uid=small)
processes = st.builds(
    Process, pid=st.integers(1, 1 << 22), name=text, program=text, argv=some(text), started=st.just(1.0)
)
definitions = st.builds(
    Definition, st.sampled_from(Manager), owner=small, id=text, path=st.none() | text, drop_ins=some(text)
)
services = st.builds(
    Service,
    id=text,
    name=text,
    runs_as=identities,
    identities=some(identities),
    persons=some(identities),
    workers=some(identities),
    workers_root=maybe,
    needless_root=maybe,
    differs=maybe,
    beyond_loopback=maybe,
    listeners=some(listeners),
    listens_as=st.just(()),
    definition=st.none() | definitions,
    paths=some(paths),
    processes=some(processes),
    account=st.none(),
    accepted=some(st.tuples(text, text)),
    limits=some(text),
)
accounts = st.builds(Account, uid=small, keys=maybe, can_log_in=maybe, groups=some(small))
findings = st.builds(
    Finding, fingerprint=hexadecimal, state_hash=hexadecimal, evidence=some(st.builds(Evidence))
)
moments = st.floats(0, 4e9)
reports = st.builds(
    Report,
    version=st.just("0.1.0"),
    snapshot=st.builds(
        Snapshot,
        machine=st.builds(Machine, hostname=text, platform=st.sampled_from(["linux", "darwin"]), root=text),
        services=some(services),
        accounts=some(accounts),
        groups=st.just(()),
        limits=some(st.builds(Limit)),
        started=moments,
        finished=moments,
        containers=small,
    ),
    findings=some(findings, 3),
    catalogue=st.just(()),
)


def test_the_schema_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@given(reports, st.sets(st.sampled_from(Status)))
@settings(max_examples=100)
def test_every_report_is_what_the_schema_says(made: Report, show: set[Status]) -> None:
    written = render(made, show=show)
    assert written.isascii()
    written.encode()
    VALIDATOR.validate(json.loads(written))
    assert all(character.isprintable() or character == "\n" for character in written)


def undescribed(value: object, schema: dict[str, Any], where: str = "") -> list[str]:
    """Fields of a report that the schema does not name."""
    while "$ref" in schema:
        schema = SCHEMA["$defs"][schema["$ref"].rpartition("/")[2]]
    if "anyOf" in schema:
        ways = [undescribed(value, way, where) for way in schema["anyOf"] if fits(value, way)]
        return min(ways, key=len)
    if isinstance(value, dict) and "properties" in schema:
        known = schema["properties"]
        return [f"{where}.{key}" for key in value if key not in known] + [
            each
            for key in value
            if key in known
            for each in undescribed(value[key], known[key], f"{where}.{key}")
        ]
    if isinstance(value, list):
        return [each for item in value for each in undescribed(item, schema["items"], f"{where}[]")]
    return []


def fits(value: object, schema: dict[str, Any]) -> bool:
    return VALIDATOR.evolve(schema=schema).is_valid(value)


@given(reports)
@settings(max_examples=30)
def test_the_schema_describes_every_field(made: Report) -> None:
    assert undescribed(json.loads(render(made, show=frozenset(Status))), SCHEMA) == []


def test_the_names_that_others_build_on() -> None:
    made = json.loads(render(FULL))
    assert made["schema"] == "privaudit/report/v1"
    assert made["tool"] == {"name": "privaudit", "version": "0.1.0"}
    assert made["host"]["name"] == "db1"
    assert made["scan"]["started"] == "2023-11-14T22:13:20.000Z"
    assert made["scan"]["complete"] is False
    assert made["scan"]["limits"] == [
        {"what": "/etc/shadow", "why": "permission denied", "service": "mariadb.service"}
    ]
    (one,) = made["services"]
    assert one["id"] == "mariadb.service"
    assert one["definition"] == "/usr/lib/systemd/system/mariadb.service"
    assert one["declared"]["user"] == "mysql"
    assert one["runs_as"]["user"] == "joe"
    assert one["runs_as"]["uid"] == 1000
    assert one["runs_as"]["kind"] == "person"
    assert one["pids"] == [71]
    assert one["program"] == "/usr/sbin/mariadbd"
    assert one["package"] == "mariadb-server"
    assert [each["status"] for each in made["findings"]] == ["fail", "unknown"]
    assert made["findings"][0]["controls"] == {"cwe": ["250"], "nist-800-53r5": ["AC-6"]}
    assert made["summary"]["failed"] == {"critical": 0, "high": 1, "medium": 0, "low": 0}
    assert made["summary"]["verdicts"]["pass"] == 1


def test_what_is_not_known_says_why() -> None:
    (path, _) = json.loads(render(FULL))["services"][0]["paths"]
    assert path["exposed"] == {"unknown": "needs root to look at it", "unread": True}


def test_the_same_facts_give_the_same_bytes() -> None:
    assert render(FULL) == render(FULL)


@pytest.mark.parametrize(
    ("raw", "read"),
    [
        ("größe", "größe"),
        ("\x1b[2J\u202e\x7f\x85", "\x1b[2J\u202e\x7f\x85"),
        ("/srv/\udcff", "/srv/\\xff"),
        ("\ud800", "\\ud800"),
        ("😀", "😀"),
        ("\\udcff", "\\udcff"),
    ],
)
def test_names_come_back_as_they_were(raw: str, read: str) -> None:
    assert json.loads(render(report(hostname=raw)))["host"]["name"] == read
