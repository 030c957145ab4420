"""The audit: one verdict a subject, what it rests on, and what makes it the same one tomorrow."""

from collections import Counter
from dataclasses import replace

import pytest
from engine.subjects import JOE, MYSQL, account, made, path, service, snapshot

from privaudit.engine import audit, judge, load_rules
from privaudit.model.account import AccountKind
from privaudit.model.definition import Definition, Domain, Manager
from privaudit.model.finding import Evidence, Finding, Status
from privaudit.model.path import Exposure, FileKind, Role, TreeEntry
from privaudit.model.service import Identity, IdentityKind, Purpose, Service
from privaudit.model.severity import Severity
from privaudit.model.snapshot import Snapshot
from privaudit.model.unknown import Unknown

PERSON = made("{runs_as.kind: person, purpose: server}", message="'{name} runs as {runs_as.name}'")
EXPOSED = made(
    "{exposed: true}",
    "path",
    when="{role: [data, log]}",
    evidence="[exposed_to]",
    severity="{from: gain}",
    message="'{exposed_to.who} can change {path}'",
)
BY_JOE = Exposure("joe", 1000, AccountKind.PERSON, "/var/lib", "may write the folder (group)")


def only(found: tuple[Finding, ...]) -> Finding:
    (finding,) = found
    return finding


def test_a_failure_says_what_it_rests_on() -> None:
    finding = only(audit(snapshot(service(runs_as=JOE)), [PERSON]))
    assert finding.status is Status.FAIL
    assert finding.severity is Severity.HIGH
    assert (finding.service, finding.subject) == ("mariadb.service", "mariadb.service")
    assert finding.message == "mariadb runs as joe"
    assert finding.evidence == (Evidence("runs_as.kind", "person"), Evidence("purpose", "server"))
    assert finding.controls == (("cwe", ("250",)),)
    assert len(finding.fingerprint) == len(finding.state_hash) == 64


def test_a_pass_says_the_title() -> None:
    finding = only(audit(snapshot(service()), [PERSON]))
    assert (finding.status, finding.message, finding.evidence) == (Status.PASS, "A sample", ())


def test_what_cannot_be_told_is_unknown_with_the_reason() -> None:
    unsure = service(runs_as=JOE, purpose=Purpose.UNKNOWN, purpose_reason="not in the catalogue")
    finding = only(audit(snapshot(unsure), [PERSON]))
    assert (finding.status, finding.reason, finding.unread) == (Status.UNKNOWN, "not in the catalogue", False)


@pytest.mark.parametrize("unread", [True, False])
def test_an_unread_fact_is_told_from_one_that_cannot_be_known(unread: bool) -> None:  # noqa: FBT001
    rule = made("{needless_root: true}")
    dark = Unknown("needs root to read it", unread=unread)
    finding = only(audit(snapshot(service(needless_root=dark)), [rule]))
    assert (finding.status, finding.reason, finding.unread) == (
        Status.UNKNOWN,
        "needs root to read it",
        unread,
    )


def test_an_account_of_unknown_kind_is_unread_if_what_tells_it_was() -> None:
    dark = Unknown("needs root to read /etc/shadow")
    stranger = Identity(4711, "ann", IdentityKind.UNKNOWN, admin=dark, reason="a regular uid")
    finding = only(audit(snapshot(service(runs_as=stranger)), [PERSON]))
    assert (finding.status, finding.reason, finding.unread) == (Status.UNKNOWN, "a regular uid", True)


def test_one_of_many_that_is_unknown_makes_it_unknown() -> None:
    stranger = Identity(4711, "uid 4711", IdentityKind.UNKNOWN)
    rule = made("{persons.kind: person}")
    finding = only(audit(snapshot(service(persons=(MYSQL, stranger))), [rule]))
    assert (finding.status, finding.reason) == (Status.UNKNOWN, "persons.kind is not known")
    assert only(audit(snapshot(service(persons=(stranger, JOE))), [rule])).status is Status.FAIL


def test_a_rule_that_is_not_about_a_service_says_why() -> None:
    rule = made("{differs: true}", when="{running: true}")
    finding = only(audit(snapshot(service(running=False, differs=True)), [rule]))
    assert (finding.status, finding.reason) == (Status.NOT_APPLICABLE, "running is false")


def test_a_rule_whose_reach_is_no_single_fact_says_so_in_general() -> None:
    rule = made("{differs: true}", when="{any: [{running: true}, {model: dedicated}]}")
    finding = only(audit(snapshot(service(running=False)), [rule]))
    assert (finding.status, finding.reason) == (Status.NOT_APPLICABLE, "it is not one that the rule is about")


def test_a_rule_about_paths_that_its_service_puts_out_of_reach() -> None:
    rule = made("{exposed: true}", "path", when="{service.running: true}")
    finding = only(audit(snapshot(service(running=False, paths=(path(),))), [rule]))
    assert (finding.status, finding.reason) == (Status.NOT_APPLICABLE, "service.running is false")


def test_each_exposed_path_is_a_finding_and_all_sound_ones_are_one() -> None:
    bad = path(path="/srv/a", exposed=True, exposed_to=(BY_JOE,))
    worse = path(path="/srv/b", exposed=True, exposed_to=(BY_JOE,), gain=Severity.CRITICAL)
    found = audit(snapshot(service(paths=(path(), bad, worse))), [EXPOSED])
    assert [(f.subject, f.severity) for f in found] == [
        ("data /srv/a", Severity.MEDIUM),
        ("data /srv/b", Severity.CRITICAL),
    ]
    assert found[0].path == "/srv/a"
    assert found[0].message == "joe can change /srv/a"
    assert Evidence("via", "joe may write the folder (group) /var/lib") in found[0].evidence
    assert (
        only(audit(snapshot(service(paths=(path(), path(role=Role.LOG)))), [EXPOSED])).status is Status.PASS
    )


def test_a_service_without_such_paths_is_out_of_reach() -> None:
    program = path(role=Role.PROGRAM, exposed=True, exposed_to=(BY_JOE,))
    finding = only(audit(snapshot(service(paths=(program,))), [EXPOSED]))
    assert (finding.status, finding.reason) == (Status.NOT_APPLICABLE, "it has no such path")
    assert finding.subject == "mariadb.service"


def test_what_is_right_by_design_is_accepted_with_the_reason() -> None:
    by_design = (("sample", "it belongs to a person"),)
    for changes in ({}, {"purpose": Purpose.UNKNOWN}):
        finding = only(audit(snapshot(service(runs_as=JOE, accepted=by_design, **changes)), [PERSON]))
        assert (finding.status, finding.reason) == (Status.ACCEPTED, "it belongs to a person")
        assert not finding.unread
    other = (("another", "for another rule"),)
    assert only(audit(snapshot(service(runs_as=JOE, accepted=other)), [PERSON])).status is Status.FAIL


def test_a_finding_about_an_account_has_no_service() -> None:
    rule = made("{becomes_root: {empty: false}}", "account", when="{kind: service}")
    www = account(uid=33, name="www-data", kind=AccountKind.SERVICE, becomes_root=("member of group sudo",))
    finding = only(audit(snapshot(accounts=(www,)), [rule]))
    assert (finding.status, finding.service, finding.subject) == (Status.FAIL, None, "account www-data")


def test_a_rule_can_be_about_the_machine() -> None:
    finding = only(audit(snapshot(), [made("{privileged: false}", "machine")]))
    assert (finding.status, finding.service, finding.subject) == (Status.PASS, None, "machine")


def test_findings_have_a_stable_order() -> None:
    rules = [made("{running: true}", name="b"), made("{running: true}", name="a"), EXPOSED]
    machine = snapshot(service(id="z.service"), service(id="a.service"), accounts=(account(),))
    found = audit(machine, rules)
    assert found == audit(machine, rules[::-1])
    assert [(f.service, f.rule) for f in found][:3] == [
        ("a.service", "a"),
        ("a.service", "b"),
        ("a.service", "sample"),
    ]


@pytest.mark.parametrize("shown", [(), (Status.PASS,), (Status.FAIL, Status.NOT_APPLICABLE), tuple(Status)])
def test_what_nobody_wants_to_see_is_counted(shown: tuple[Status, ...]) -> None:
    rules = [made("{running: true}", name="a"), made("{running: false}", name="b"), EXPOSED]
    machine = snapshot(service(id="z.service"), service(id="a.service"))
    every = audit(machine, rules)
    quiet = {Status.PASS, Status.NOT_APPLICABLE}
    found = judge(machine, rules, shown)
    assert list(found.findings) == [f for f in every if f.status not in quiet or f.status in shown]
    assert found.counted == Counter(f.status for f in every if f.status in quiet and f.status not in shown)


def fingerprint(machine: Snapshot) -> str:
    return only(audit(machine, [EXPOSED])).fingerprint


def exposed_at(where: str, **changes: Manager) -> Service:
    return service(paths=(path(path=where, exposed=True, exposed_to=(BY_JOE,)),), **changes)


def test_a_fingerprint_outlives_host_prefix_home_and_version() -> None:
    first, second = (
        fingerprint(snapshot(exposed_at(where)))
        for where in ("/opt/homebrew/Cellar/mysql/8.0.33/x", "/usr/local/Cellar/mysql/9.1.0_1/x")
    )
    assert first == second
    joe, ann = account(), account(uid=1001, name="ann", home="/home/ann")
    assert fingerprint(snapshot(exposed_at("/home/joe/data"), accounts=(joe,))) == fingerprint(
        snapshot(exposed_at("/home/ann/data"), accounts=(ann,))
    )


def test_a_fingerprint_tells_findings_apart() -> None:
    different = {
        fingerprint(snapshot(exposed_at("/srv/a"))),
        fingerprint(snapshot(exposed_at("/srv/b"))),
        fingerprint(snapshot(exposed_at("/home/joe/a"), accounts=(account(),))),
        fingerprint(snapshot(exposed_at("/home/joel/a"), accounts=(account(),))),
        fingerprint(snapshot(exposed_at("/srv/a", manager=Manager.LAUNCHD))),
    }
    assert len(different) == 5


def test_instances_of_a_template_share_a_fingerprint() -> None:
    def instance(name: str) -> Definition:
        return Definition(Manager.SYSTEMD, Domain.SYSTEM, name, template="postgresql@.service")

    found = audit(
        snapshot(
            *(
                service(id=name, runs_as=JOE, definition=instance(name))
                for name in ("postgresql@15-main.service", "postgresql@16-main.service")
            )
        ),
        [PERSON],
    )
    assert len({f.service for f in found}) == 2
    assert len({f.fingerprint for f in found}) == 1


def test_a_state_changes_with_what_is_judged_and_with_nothing_else() -> None:
    def state(*ways: Exposure) -> str:
        machine = snapshot(service(paths=(path(exposed=True, exposed_to=ways),)))
        return only(audit(machine, [EXPOSED])).state_hash

    more = replace(BY_JOE, how="may write the folder (12 entries like it)")
    everyone = Exposure("everyone", None, AccountKind.PERSON, "/var/lib", "may write the folder")
    assert state(BY_JOE) == state(more)
    assert state(BY_JOE, everyone) == state(everyone, BY_JOE) != state(BY_JOE)


def test_a_state_does_not_hang_on_counts_of_a_tree() -> None:
    rule = made("{tree_owned_by_persons: true}", "path", evidence="[tree_persons]")

    def judged(count: int, example: str) -> Finding:
        entry = TreeEntry(FileKind.FILE, 0o640, 1000, 1000, count, example)
        owned = path(tree_owned_by_persons=True, tree_persons=(entry,))
        return only(audit(snapshot(service(paths=(owned,))), [rule]))

    few, many = judged(1, "/var/lib/mysql/a"), judged(12, "/var/lib/mysql/b")
    assert few.state_hash == many.state_hash
    assert few.evidence[-1].value == "uid 1000 owns /var/lib/mysql/a (file, mode 0640)"
    assert many.evidence[-1].value == ("uid 1000 owns /var/lib/mysql/b (file, mode 0640) and 11 more like it")


def test_a_state_does_not_hang_on_the_words_that_explain_it() -> None:
    rule = made("{runs_as.kind: person}", evidence="[runs_as.name, runs_as.reason, purpose_reason]")

    def state(**changes: str) -> str:
        who = replace(JOE, name=changes.get("name", "joe"), reason=changes.get("reason", "is logged in"))
        judged = service(runs_as=who, purpose_reason=changes.get("why", "it is a server"))
        return only(audit(snapshot(judged), [rule])).state_hash

    assert state() == state(reason="has a usable password") == state(why="listens on tcp 0.0.0.0 port 80")
    assert state() != state(name="ann")


def test_long_facts_are_cut() -> None:
    rule = made("{running: true}", evidence="[limits]", message="'{limits}'")
    finding = only(audit(snapshot(service(limits=tuple(f"l{n}" for n in range(20)))), [rule]))
    assert finding.message == "l0, l1, l2, l3, l4, l5, l6, l7 and 12 more"


def test_stock_mariadb_passes_every_rule_and_joe_s_does_not() -> None:
    rules = load_rules()
    statuses = {f.status for f in audit(snapshot(service(paths=(path(),))), rules)}
    assert statuses <= {Status.PASS, Status.NOT_APPLICABLE}
    owned = path(owner="joe", tree_owned_by_persons=True, gain=Severity.HIGH)
    given_away = service(runs_as=JOE, persons=(JOE,), paths=(owned,), account=account())
    failed = {f.rule: f for f in audit(snapshot(given_away), rules) if f.status is Status.FAIL}
    assert set(failed) == {"runs-as-person", "runs-as-admin", "data-owned-by-person"}
    assert "joe" in failed["runs-as-person"].message
    assert all(f.severity is Severity.HIGH for f in failed.values())
