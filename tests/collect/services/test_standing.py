"""Verdicts on a service's paths: who may be there, and what whoever should not gains by it."""

import pytest
from memory_host import MemoryHost

from privaudit.collect.accounts import Accounts
from privaudit.collect.files.exposure import Reach
from privaudit.collect.files.trace import Tracer
from privaudit.collect.services.footprint import Place
from privaudit.collect.services.identity import identity_of
from privaudit.collect.services.standing import Surveyor, Users
from privaudit.model.path import Role, ServicePath
from privaudit.model.severity import Severity
from privaudit.model.unknown import Unknown

JOE, MYSQL, REDIS = 1000, 105, 106


@pytest.fixture
def host() -> MemoryHost:
    machine = MemoryHost().account("root", 0, home="/root", shell="/bin/bash")
    machine.account("joe", JOE, home="/home/joe", shell="/bin/bash", shadow="$y$a$b").dir(
        "/home/joe", uid=JOE
    )
    return machine.account("mysql", MYSQL).account("redis", REDIS).members("ssl-cert", 110, "redis")


def judged(
    host: MemoryHost, place: Place, *, runs_as: int = MYSQL, known: bool = True, manager: int = 0
) -> ServicePath | None:
    accounts = Accounts(host)
    surveyor = Surveyor(host, accounts, Tracer(host), Reach(accounts))
    users = Users(
        identity_of(accounts.account(manager)),
        identity_of(accounts.account(runs_as)),
        frozenset({MYSQL}),
        known=known,
    )
    paths, limits = surveyor.survey([place], users, "x.service")
    assert all(limit.service == "x.service" for limit in limits)
    return paths[0] if paths else None


@pytest.mark.parametrize(
    ("role", "owner", "by_root", "runs_as", "exposed", "gain"),
    [
        (Role.PROGRAM, 0, True, MYSQL, False, Severity.CRITICAL),
        (Role.PROGRAM, JOE, True, MYSQL, True, Severity.CRITICAL),
        (Role.PROGRAM, JOE, False, MYSQL, True, Severity.MEDIUM),
        (Role.PROGRAM, MYSQL, True, MYSQL, True, Severity.CRITICAL),
        (Role.PROGRAM, MYSQL, False, MYSQL, False, Severity.MEDIUM),
        (Role.PROGRAM, JOE, False, JOE, False, Severity.HIGH),
        (Role.DEFINITION, MYSQL, True, MYSQL, True, Severity.CRITICAL),
        (Role.CONFIGURATION, MYSQL, False, MYSQL, False, Severity.MEDIUM),
        (Role.DATA, MYSQL, False, MYSQL, False, Severity.MEDIUM),
        (Role.DATA, JOE, False, MYSQL, True, Severity.MEDIUM),
        (Role.DATA, JOE, False, 0, True, Severity.HIGH),
        (Role.SECRET, MYSQL, True, MYSQL, False, Severity.CRITICAL),
    ],
)
def test_who_may_own_what(
    host: MemoryHost,
    role: Role,
    owner: int,
    by_root: bool,  # noqa: FBT001
    runs_as: int,
    exposed: bool,  # noqa: FBT001
    gain: Severity,
) -> None:
    host.file("/x", mode=0o600, uid=owner)
    fact = judged(host, Place(role, "/x", by_root), runs_as=runs_as)
    assert fact is not None
    assert (fact.exposed, fact.gain) == (exposed, gain)


def test_other_services_are_judged_only_where_a_profile_says_whose_it_is(host: MemoryHost) -> None:
    place = Place(Role.DATA, "/data", by_root=False, tree=True)
    host.dir("/data", uid=REDIS)
    known, unknown = judged(host, place), judged(host, place, known=False)
    assert known is not None
    assert unknown is not None
    assert (known.exposed, known.tree_writable) == (True, True)
    assert (unknown.exposed, unknown.tree_writable) == (False, False)


def test_a_secret_is_for_root_the_service_and_the_services_that_its_group_lets_in(host: MemoryHost) -> None:
    place = Place(Role.SECRET, "/key", by_root=True)
    host.file("/key", mode=0o640, gid=110)
    fact = judged(host, place)
    assert fact is not None
    assert fact.readable_by_others is False
    host.change("/key", mode=0o644)
    fact = judged(host, place)
    assert fact is not None
    assert (fact.readable_by_others, fact.readers[0].who) == (True, "everyone")


def test_what_is_missing_is_a_fact_only_where_somebody_misses_it(host: MemoryHost) -> None:
    assert judged(host, Place(Role.CONFIGURATION, "/gone", by_root=True)) is None
    fact = judged(host, Place(Role.PROGRAM, "/gone", by_root=True, optional=False))
    assert fact is not None
    assert (fact.exists, fact.exposed, fact.owner) == (False, False, "")


def test_what_cannot_be_seen_is_unknown(host: MemoryHost) -> None:
    host.link("/loop", "/loop")
    fact = judged(host, Place(Role.PROGRAM, "/loop", by_root=True))
    assert fact is not None
    assert isinstance(fact.exposed, Unknown)
    assert isinstance(fact.exists, Unknown)
    place = Place(Role.DATA, "/data", by_root=False, tree=True)
    host.dir("/data", uid=MYSQL).file("/data/x", uid=JOE, mode=0o664).change("/data/x", acl=())
    fact = judged(host, place)
    assert fact is not None
    assert fact.tree_owned_by_persons is True


def test_one_path_is_judged_once_and_as_root_s(host: MemoryHost) -> None:
    host.file("/x", uid=MYSQL)
    accounts = Accounts(host)
    surveyor = Surveyor(host, accounts, Tracer(host), Reach(accounts))
    users = Users(
        identity_of(accounts.account(0)), identity_of(accounts.account(MYSQL)), frozenset(), known=True
    )
    places = [Place(Role.PROGRAM, "/x", by_root=False), Place(Role.PROGRAM, "/x", by_root=True)]
    (fact,) = surveyor.survey(places, users, "x.service")[0]
    assert (fact.used_by, fact.exposed) == ("root", True)


def test_a_person_s_own_manager_reads_that_person_s_definitions(host: MemoryHost) -> None:
    host.file("/home/joe/.config/x.service", uid=JOE)
    fact = judged(
        host, Place(Role.DEFINITION, "/home/joe/.config/x.service", by_root=True), manager=JOE, runs_as=JOE
    )
    assert fact is not None
    assert (fact.exposed, fact.used_by) == (False, "joe")


@pytest.mark.parametrize(
    ("owner", "mode", "file_owner", "gain", "exposed"),
    [
        (0, 0o755, 0, Severity.MEDIUM, False),
        (0, 0o755, MYSQL, Severity.MEDIUM, False),
        (0, 0o755, JOE, Severity.MEDIUM, True),
        (0, 0o1777, MYSQL, Severity.MEDIUM, False),
        (0, 0o777, 0, Severity.CRITICAL, True),
        (MYSQL, 0o755, 0, Severity.MEDIUM, False),  # as RabbitMQ's package has it
        (JOE, 0o1755, 0, Severity.CRITICAL, True),
    ],
)
def test_output_that_root_opens_can_be_led_elsewhere_by_whoever_changes_the_folder(
    host: MemoryHost,
    owner: int,
    mode: int,
    file_owner: int,
    gain: Severity,
    exposed: bool,  # noqa: FBT001
) -> None:
    host.dir("/logs", mode, owner).file("/logs/out", uid=file_owner)
    fact = judged(host, Place(Role.LOG, "/logs/out", by_root=False, optional=False, followed=True))
    assert fact is not None
    assert (fact.exposed, fact.gain) == (exposed, gain)
    plain = judged(host, Place(Role.LOG, "/logs/out", by_root=False))
    assert plain is not None
    assert plain.gain is Severity.MEDIUM
