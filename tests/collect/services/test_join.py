"""The join: who a service runs as, judged by its processes first, and how that differs from what was said."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from memory_host import MemoryHost

from privaudit.collect.accounts import Accounts
from privaudit.collect.files.exposure import Reach
from privaudit.collect.files.trace import Tracer
from privaudit.collect.processes import processes
from privaudit.collect.services.identity import named
from privaudit.collect.services.join import Joiner
from privaudit.collect.services.matching import Index, is_program
from privaudit.collect.services.standing import Surveyor
from privaudit.collect.services.unmanaged import unmanaged
from privaudit.host import RawProcess
from privaudit.model.definition import Command, Definition, Domain, Elevation, Manager
from privaudit.model.path import Role
from privaudit.model.process import Ids
from privaudit.model.profile import Directive, Matches, OwnedPath, Profile, Workers
from privaudit.model.service import IdentityKind, Listener, Model, Purpose, Service
from privaudit.model.severity import Severity
from privaudit.model.unknown import Unknown

JOE, MYSQL, WWW = 1000, 105, 33

DATABASE = Profile(
    "mysql",
    ("mariadb",),
    Matches(systemd=("mariadb.service", "postgresql.service"), programs=("mariadbd", "mysqld")),
    Model.DEDICATED,
    {"debian": "mysql", "default": "_mysql"},
    owns=(OwnedPath("/var/lib/mysql", Role.DATA, tree=True),),
    directive=Directive("mysql", ("/etc/my.cnf",)),
)
WEB = Profile(
    "nginx",
    (),
    Matches(systemd=("nginx.service",), programs=("nginx",)),
    Model.ROOT_MASTER,
    {"default": "www-data"},
    workers=(Workers("{account}", titles=("nginx: worker",)),),
    directive=Directive("nginx", ("/etc/nginx/nginx.conf",)),
)
SHELL = Profile(
    "ssh",
    (),
    Matches(systemd=("ssh.service",), programs=("sshd",)),
    Model.ROOT_REQUIRED,
    {},
    serves_people=True,
)
PERSONAL = Profile(
    "syncthing", (), Matches(programs=("syncthing",)), Model.PER_USER, {}, why="it belongs to its user"
)
CATALOGUE = (DATABASE, WEB, SHELL, PERSONAL)
INDEX = Index(CATALOGUE)


@pytest.fixture
def host() -> MemoryHost:
    machine = MemoryHost().account("root", 0, home="/root", shell="/bin/bash").account("mysql", MYSQL)
    machine.account("joe", JOE, home="/home/joe", shell="/bin/bash", shadow="$y$a$b").dir(
        "/home/joe", uid=JOE
    )
    machine.account("www-data", WWW, home="/var/www").members("sudo", 27, "joe").members("mysql", MYSQL)
    machine.dir("/var/lib/mysql", 0o755, MYSQL, MYSQL).file("/usr/sbin/mariadbd", mode=0o755)
    return machine.file("/lib/systemd/system/mariadb.service").file("/usr/sbin/nginx", mode=0o755)


def unit(name: str = "mariadb.service", program: str = "/usr/sbin/mariadbd", **more: object) -> Definition:
    command = Command("ExecStart", program, (program,))
    base = Definition(Manager.SYSTEMD, Domain.SYSTEM, name, names=(name,), path=f"/lib/systemd/system/{name}")
    return replace(base, commands=(command,), **more)  # type: ignore[arg-type]


def run(
    host: MemoryHost, definition: Definition, *rows: RawProcess, sockets: Sequence[Listener] = ()
) -> Service:
    host.rows = list(rows)
    joiner = joined(host, sockets)
    return joiner.service(definition, joiner.members(definition))


def joined(host: MemoryHost, sockets: Sequence[Listener] = ()) -> Joiner:
    accounts = Accounts(host)
    surveyor = Surveyor(host, accounts, Tracer(host), Reach(accounts))
    return Joiner(host, CATALOGUE, accounts, processes(host), tuple(sockets), surveyor, ("debian",))


def proc(
    pid: int, program: str | None, uid: int | Ids = 0, unit: str | None = "mariadb.service", **more: object
) -> RawProcess:
    ids = uid if isinstance(uid, Ids) else Ids(uid, uid, uid)
    return replace(MemoryHost().process(pid, program, unit=unit), uids=ids, **more)  # type: ignore[arg-type]


class TestStock:
    def test_a_database_as_its_own_account(self, host: MemoryHost) -> None:
        service = run(host, unit(user="mysql", main_pid=7), proc(7, "/usr/sbin/mariadbd", MYSQL))
        assert (service.runs_as.name, service.runs_as.kind) == ("mysql", IdentityKind.SERVICE)
        assert (service.should_run_as, service.profile, service.purpose) == ("mysql", "mysql", Purpose.SERVER)
        assert (service.needless_root, service.differs, service.persons) == (False, False, ())
        data = next(path for path in service.paths if path.role is Role.DATA)
        assert (data.owner, data.exposed, data.tree_writable, data.tree_owned_by_persons) == (
            "mysql",
            False,
            False,
            False,
        )

    def test_a_database_that_drops_root_by_itself(self, host: MemoryHost) -> None:
        host.file("/etc/my.cnf", "[mysqld]\nuser=mysql\n")
        service = run(host, unit(), proc(7, "/usr/sbin/mariadbd", MYSQL))
        assert (service.runs_as.name, service.differs, service.needless_root) == ("mysql", False, False)
        assert service.directive is not None
        assert service.directive.user == "mysql"

    def test_a_root_master_with_unprivileged_workers(self, host: MemoryHost) -> None:
        host.file("/etc/nginx/nginx.conf", "user www-data;")
        service = run(
            host,
            unit("nginx.service", "/usr/sbin/nginx"),
            proc(8, "/usr/sbin/nginx", 0, "nginx.service", argv=("nginx: master process",)),
            proc(9, "/usr/sbin/nginx", WWW, "nginx.service", argv=("nginx: worker process",), ppid=8),
        )
        assert (service.runs_as.kind, service.workers_root, service.differs) == (
            IdentityKind.ROOT,
            False,
            False,
        )
        assert [worker.name for worker in service.workers] == ["www-data"]

    def test_what_root_does_for_a_database_once_it_is_up(self, host: MemoryHost) -> None:
        after = Command("ExecStartPost", "/etc/mysql/debian-start", ("x",), Elevation.IDENTITY)
        stock = unit(user="mysql", main_pid=7)
        stock = replace(stock, commands=(*stock.commands, after))
        main, check = proc(7, "/usr/sbin/mariadbd", MYSQL), proc(8, "/usr/bin/bash", 0)
        assert run(host, stock, main, check).difference == ""
        assert run(host, stock, main, check, proc(9, "/usr/bin/bash", JOE)).difference != ""
        assert run(host, stock, proc(7, "/usr/sbin/mariadbd", 0), check).difference != ""
        plain = replace(stock, commands=stock.commands[:1])
        assert run(host, plain, main, check).difference == "declared mysql, running root (pid 8)"
        old = replace(plain, commands=(*plain.commands, replace(after, elevation=Elevation.NONE)))
        assert run(host, old, main, check).difference != ""
        old = replace(old, extra=(("PermissionsStartOnly", "yes"),))
        assert run(host, old, main, check).difference == ""

    def test_a_unit_that_groups_others_is_no_database(self, host: MemoryHost) -> None:
        service = run(host, unit("postgresql.service", "/bin/true"))
        assert (service.profile, service.runs_as.kind) == (None, IdentityKind.ROOT)

    def test_people_who_are_served_are_no_fault(self, host: MemoryHost) -> None:
        service = run(
            host,
            unit("ssh.service", "/usr/sbin/sshd"),
            proc(8, "/usr/sbin/sshd", 0, "ssh.service"),
            proc(9, "/usr/sbin/sshd", JOE, "ssh.service", ppid=8),
        )
        assert (service.persons, service.runs_as.kind) == ((), IdentityKind.ROOT)


class TestFaults:
    def test_a_database_given_to_a_person(self, host: MemoryHost) -> None:
        service = run(host, unit(user="joe"), proc(7, "/usr/sbin/mariadbd", JOE))
        assert (service.runs_as.name, service.runs_as.kind, service.runs_as.admin) == (
            "joe",
            IdentityKind.PERSON,
            True,
        )
        assert [person.name for person in service.persons] == ["joe"]
        assert service.declared.user == "joe"

    def test_the_drop_in_that_names_the_user_is_the_evidence(self, host: MemoryHost) -> None:
        folder = "/etc/systemd/system/mariadb.service.d"
        host.file(f"{folder}/joe.conf", "[Service]\nUser=joe\n")
        host.file(f"{folder}/later.conf", "[Service]\nNice=5\n[Install]\nUser=nobody\n")
        drop_ins = (f"{folder}/joe.conf", f"{folder}/later.conf", f"{folder}/gone.conf")
        service = run(host, unit(user="joe", drop_ins=drop_ins))
        assert service.declared.source == f"{folder}/joe.conf"
        stock = run(host, unit(user="mysql", drop_ins=drop_ins[1:]))
        assert stock.declared.source == "/lib/systemd/system/mariadb.service"

    def test_a_clean_unit_and_a_process_that_runs_as_a_person(self, host: MemoryHost) -> None:
        service = run(host, unit(user="mysql"), proc(7, "/usr/sbin/mariadbd", JOE))
        assert service.runs_as.name == "joe"
        assert service.difference == "declared mysql, running joe (pid 7)"

    def test_one_id_of_three_is_enough(self, host: MemoryHost) -> None:
        service = run(host, unit(user="mysql"), proc(7, "/usr/sbin/mariadbd", Ids(MYSQL, MYSQL, 0)))
        assert service.needless_root is True
        assert service.differs is True

    def test_a_database_that_stayed_root(self, host: MemoryHost) -> None:
        service = run(host, unit(), proc(7, "/usr/sbin/mariadbd", 0))
        assert (service.runs_as.kind, service.needless_root) == (IdentityKind.ROOT, True)

    def test_a_start_script_as_root_over_a_server_that_dropped(self, host: MemoryHost) -> None:
        service = run(
            host,
            unit(main_pid=6),
            proc(6, "/bin/sh", 0),
            proc(7, "/usr/sbin/mariadbd", MYSQL, ppid=6),
        )
        assert (service.runs_as.name, service.needless_root) == ("mysql", False)

    def test_workers_that_stayed_root(self, host: MemoryHost) -> None:
        service = run(
            host,
            unit("nginx.service", "/usr/sbin/nginx"),
            proc(8, "/usr/sbin/nginx", 0, "nginx.service", argv=("nginx: master process",)),
            proc(9, "/usr/sbin/nginx", 0, "nginx.service", argv=("nginx: worker process",), ppid=8),
        )
        assert service.workers_root is True

    def test_workers_that_are_not_whom_the_program_was_told(self, host: MemoryHost) -> None:
        host.file("/etc/nginx/nginx.conf", "user www-data;")
        service = run(
            host,
            unit("nginx.service", "/usr/sbin/nginx"),
            proc(8, "/usr/sbin/nginx", 0, "nginx.service", argv=("nginx: master process",)),
            proc(9, "/usr/sbin/nginx", JOE, "nginx.service", argv=("nginx: worker process",), ppid=8),
        )
        assert service.difference == "declared www-data, running joe (pid 9)"
        assert [person.name for person in service.persons] == ["joe"]

    def test_an_unknown_service_of_a_person_that_the_network_reaches(self, host: MemoryHost) -> None:
        host.file("/opt/app", mode=0o755)
        reached = Listener("tcp", "0.0.0.0", 8080, 7, JOE)  # noqa: S104
        service = run(
            host,
            unit("app.service", "/opt/app", user="joe"),
            proc(7, "/opt/app", JOE, "app.service"),
            sockets=[reached],
        )
        assert (service.purpose, service.beyond_loopback) == (Purpose.SERVER, True)
        assert isinstance(service.listens_as, tuple)
        assert [who.name for who in service.listens_as] == ["joe"]

    def test_data_that_belongs_to_a_person(self, host: MemoryHost) -> None:
        host.file("/var/lib/mysql/ibdata1", mode=0o660, uid=JOE)
        service = run(host, unit(user="mysql"), proc(7, "/usr/sbin/mariadbd", MYSQL))
        data = next(path for path in service.paths if path.role is Role.DATA)
        assert data.tree_owned_by_persons is True
        assert data.tree_persons[0].example == "/var/lib/mysql/ibdata1"

    def test_a_program_that_a_person_can_replace(self, host: MemoryHost) -> None:
        host.dir("/opt/db", uid=JOE).file("/opt/db/mariadbd", mode=0o755)
        service = run(host, unit(program="/opt/db/mariadbd"))
        program = next(path for path in service.paths if path.role is Role.PROGRAM)
        assert (program.exposed, program.exposed_to[0].who, program.used_by) == (True, "joe", "root")


class TestGroups:
    """What a unit's groups add to an account that is harmless by itself."""

    @pytest.fixture
    def docker(self, host: MemoryHost) -> MemoryHost:
        return host.members("docker", 999).members("adm", 4)

    def test_a_group_that_amounts_to_root(self, docker: MemoryHost) -> None:
        row = proc(7, "/usr/sbin/mariadbd", MYSQL, groups=(MYSQL, 999, 4))
        service = run(docker, unit(user="mysql"), row)
        assert service.group_powers == ("docker: its members start containers as root",)

    def test_what_the_unit_asks_for_counts_before_it_runs(self, docker: MemoryHost) -> None:
        service = run(docker, unit(user="mysql", supplementary_groups=("disk", "adm"), group="docker"))
        assert [power.partition(":")[0] for power in service.group_powers] == ["disk", "docker"]

    def test_what_the_account_has_by_itself_is_the_account_s_matter(self, docker: MemoryHost) -> None:
        docker.members("shadow", 42, "mysql")
        row = proc(7, "/usr/sbin/mariadbd", MYSQL, groups=(MYSQL, 42))
        assert run(docker, unit(user="mysql"), row).group_powers == ()

    def test_root_and_people_need_no_group(self, docker: MemoryHost) -> None:
        for user, uid in (("root", 0), ("joe", JOE)):
            service = run(docker, unit(user=user), proc(7, "/usr/sbin/mariadbd", uid, groups=(999,)))
            assert service.group_powers == ()


class TestNotRunning:
    @pytest.mark.parametrize(
        ("more", "name", "kind"),
        [
            ({"user": "joe"}, "joe", IdentityKind.PERSON),
            ({"user": "1000"}, "joe", IdentityKind.PERSON),
            ({"user": "ghost"}, "ghost", IdentityKind.UNKNOWN),
            ({"user": "²"}, "²", IdentityKind.UNKNOWN),
            ({"dynamic_user": True}, "mariadb", IdentityKind.SERVICE),
            ({"user": "root"}, "root", IdentityKind.ROOT),
            ({}, "unknown", IdentityKind.UNKNOWN),
            ({"domain": Domain.USER_MANAGER, "owner": JOE, "user": "mysql"}, "joe", IdentityKind.PERSON),
        ],
    )
    def test_who_it_would_run_as(
        self, host: MemoryHost, more: dict[str, object], name: str, kind: IdentityKind
    ) -> None:
        service = run(host, replace(unit(), **more))  # type: ignore[arg-type]
        assert (service.runs_as.name, service.runs_as.kind, service.running) == (name, kind, False)

    def test_the_program_s_own_directive_decides(self, host: MemoryHost) -> None:
        host.file("/etc/my.cnf", "[mysqld]\nuser=joe\n")
        assert run(host, unit()).runs_as.name == "joe"


class TestUnseen:
    def test_programs_that_cannot_be_read_leave_it_unknown(self, host: MemoryHost) -> None:
        service = run(host, unit(), proc(7, None, 0))
        assert isinstance(service.needless_root, Unknown)

    def test_an_elevated_command_may_differ(self, host: MemoryHost) -> None:
        definition = unit(user="mysql")
        raised = replace(definition.commands[0], elevation=Elevation.FULL)
        service = run(
            host,
            replace(definition, commands=(raised,), main_pid=6),
            proc(6, "/bin/sh", 0),
            proc(7, "/usr/sbin/mariadbd", MYSQL, ppid=6),
        )
        assert service.differs is False


def test_a_service_of_its_user_is_personal(host: MemoryHost) -> None:
    host.file("/usr/bin/syncthing", mode=0o755)
    definition = unit("syncthing.service", "/usr/bin/syncthing", domain=Domain.USER_MANAGER, owner=JOE)
    service = run(host, definition)
    assert (service.purpose, service.runs_as.name) == (Purpose.PERSONAL, "joe")


def test_members_are_those_of_the_right_manager(host: MemoryHost) -> None:
    group = "/user.slice/user-1000.slice/user@1000.service/app.slice/mariadb.service"
    host.rows = [
        proc(7, "/usr/sbin/mariadbd", MYSQL),
        proc(8, "/usr/sbin/mariadbd", JOE, control_group=group),
    ]
    joiner = joined(host)
    assert [p.pid for p in joiner.members(unit())] == [7]
    assert [p.pid for p in joiner.members(unit(domain=Domain.USER_MANAGER, owner=JOE))] == [8]


def test_names_and_numbers(host: MemoryHost) -> None:
    accounts = Accounts(host)
    assert named(accounts, "1000").name == "joe"
    assert named(accounts, "1000", Manager.LAUNCHD).kind is IdentityKind.UNKNOWN
    assert named(accounts, "65534").kind is IdentityKind.NOBODY


def test_matching() -> None:
    assert INDEX.by_name(Manager.SYSTEMD, ("x.service", "nginx.service")) is WEB
    assert INDEX.by_name(Manager.LAUNCHD, ("nginx.service",)) is None
    assert INDEX.by_program(("/bin/sh", "/opt/sbin/mysqld")) is DATABASE
    assert is_program("/usr/lib/postfix/sbin/master", ("*/postfix/*master",))
    assert not is_program("/usr/bin/master", ("*/postfix/*master",))


class TestUnmanaged:
    def listed(
        self, host: MemoryHost, *rows: RawProcess, ports: dict[int, int], no_manager: bool = False
    ) -> dict[str, list[int]]:
        host.rows = list(rows)
        sockets = [Listener("tcp", "0.0.0.0", port, pid, 0) for pid, port in ports.items()]  # noqa: S104
        found = unmanaged(processes(host), sockets, INDEX, frozenset({99}), no_manager=no_manager)
        return {definition.id: [p.pid for p in members] for definition, members in found}

    def test_a_tree_that_the_network_reaches(self, host: MemoryHost) -> None:
        rows = [
            proc(10, "/bin/bash", JOE, None),
            proc(11, "/opt/server", JOE, None, ppid=10),
            proc(12, "/opt/server", JOE, None, ppid=11),
        ]
        assert self.listed(host, *rows, ports={12: 8080}) == {"server:8080": [11, 12]}

    def test_what_a_definition_has_and_what_listens_on_loopback_is_none(self, host: MemoryHost) -> None:
        rows = [proc(99, "/opt/server", JOE, None), proc(1, "/sbin/init", 0, None)]
        assert self.listed(host, *rows, ports={99: 80, 1: 22}) == {}
        loopback = Listener("tcp", "127.0.0.1", 80, 11, 0, loopback=True)
        host.rows = [proc(11, "/opt/server", JOE, None)]
        assert unmanaged(processes(host), [loopback], INDEX, frozenset(), no_manager=False) == []

    def test_without_a_manager_the_catalogue_s_programs_count(self, host: MemoryHost) -> None:
        rows = [proc(20, "/usr/sbin/mariadbd", JOE, None), proc(21, "/usr/bin/vim", JOE, None)]
        assert self.listed(host, *rows, ports={}, no_manager=True) == {"mariadbd": [20]}
        assert self.listed(host, *rows, ports={}) == {}

    def test_programs_that_cannot_be_read_are_not_taken_for_one(self, host: MemoryHost) -> None:
        rows = [proc(30, None, 0, None), proc(31, None, JOE, None, ppid=30)]
        assert self.listed(host, *rows, ports={31: 80}) == {"unknown:80": [31]}

    def test_trees_of_one_name_are_one_service(self, host: MemoryHost) -> None:
        rows = [proc(40, "/opt/a", JOE, None, ppid=2), proc(41, "/srv/a", MYSQL, None, ppid=2)]
        assert self.listed(host, *rows, ports={40: 80, 41: 80}) == {"a:80": [40, 41]}


@pytest.mark.parametrize(
    ("stage", "elevation", "extra", "exposed", "gain"),
    [
        ("ExecStartPre", Elevation.FULL, (), True, Severity.CRITICAL),
        ("ExecStartPre", Elevation.IDENTITY, (), True, Severity.CRITICAL),
        ("ExecStartPre", Elevation.NONE, (("PermissionsStartOnly", "yes"),), True, Severity.CRITICAL),
        ("ExecStopPost", Elevation.FULL, (), True, Severity.CRITICAL),
        ("ExecStartPre", Elevation.NONE, (), False, Severity.MEDIUM),
    ],
)
def test_a_program_of_the_account_s_own_is_its_own_matter_until_root_runs_one(
    host: MemoryHost,
    stage: str,
    elevation: Elevation,
    extra: tuple[tuple[str, str], ...],
    exposed: bool,  # noqa: FBT001
    gain: Severity,
) -> None:
    host.dir("/opt/app", 0o755, WWW).file("/opt/app/app", mode=0o755, uid=WWW)
    host.change("/opt/app/app", capabilities=True).file("/opt/app/setup", mode=0o4755)
    definition = unit("app.service", "/opt/app/app", user="www-data", extra=extra)
    setup = Command(stage, "/opt/app/setup", ("/opt/app/setup",), elevation)
    service = run(host, replace(definition, commands=(*definition.commands, setup)))
    found = {path.path: path for path in service.paths if path.role is Role.PROGRAM}
    own, other = found["/opt/app/app"], found["/opt/app/setup"]
    assert (own.exposed, own.gain) == (False, Severity.MEDIUM)
    assert (other.exposed, other.gain) == (exposed, gain)
