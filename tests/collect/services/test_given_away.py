"""Services given to a person in ways that only their configuration or their command line shows."""

from dataclasses import replace

import pytest
from memory_host import MemoryHost

from privaudit.collect.accounts import Accounts
from privaudit.collect.files.exposure import Reach
from privaudit.collect.files.trace import Tracer
from privaudit.collect.processes import processes
from privaudit.collect.services.join import Joiner
from privaudit.collect.services.matching import Index
from privaudit.collect.services.standing import Surveyor
from privaudit.collect.services.unmanaged import unmanaged
from privaudit.host import RawProcess
from privaudit.model.definition import Command, Definition, Domain, Manager
from privaudit.model.process import Ids
from privaudit.model.profile import Directive, Matches, Profile, Workers
from privaudit.model.service import IdentityKind, Listener, Model, Purpose, Service
from privaudit.model.unknown import Unknown

JOE, REDIS = 1000, 110
CACHE = Profile(
    "redis", (), Matches(programs=("redis-server",)), Model.DEDICATED, {"default": "redis"}, stays_root=True
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
POOLS = replace(
    WEB,
    service="php-fpm",
    matches=Matches(systemd=("php-fpm.service",)),
    directive=Directive("php-fpm", ("/etc/php-fpm.conf",)),
)
MAIL = replace(
    WEB,
    service="dovecot",
    matches=Matches(systemd=("dovecot.service",)),
    workers=(
        Workers("dovenull", titles=("dovecot/imap-login",)),
        Workers("{account}", titles=("dovecot/anvil",), may_be_root=True),
    ),
    serves_people=True,
    directive=Directive("dovecot", ("/etc/dovecot/dovecot.conf",)),
)


@pytest.fixture
def host() -> MemoryHost:
    machine = MemoryHost().account("root", 0, home="/root", shell="/bin/bash").account("redis", REDIS)
    machine.account("www-data", 33).account("dovecot", 111).account("dovenull", 112)
    machine.account("joe", JOE, home="/home/joe", shell="/bin/bash", shadow="$y$a$b")
    return machine.dir("/home/joe", uid=JOE).members("www-data", 33).members("redis", REDIS)


def unit(name: str, *argv: str, **more: object) -> Definition:
    base = Definition(Manager.SYSTEMD, Domain.SYSTEM, name, names=(name,), path=f"/lib/systemd/system/{name}")
    return replace(base, commands=(Command("ExecStart", argv[0], argv),), **more)  # type: ignore[arg-type]


def judged(
    host: MemoryHost, definition: Definition, *rows: RawProcess, sockets: tuple[Listener, ...] = ()
) -> Service:
    host.rows = list(rows)
    accounts = Accounts(host)
    surveyor = Surveyor(host, accounts, Tracer(host), Reach(accounts))
    catalogue = (CACHE, WEB, POOLS, MAIL)
    joiner = Joiner(host, catalogue, accounts, processes(host), sockets, surveyor, ("debian",))
    return joiner.service(definition, joiner.members(definition))


def proc(pid: int, program: str, uid: int, unit: str, **more: object) -> RawProcess:
    row = MemoryHost().process(pid, program, unit=unit)
    return replace(row, uids=Ids(uid, uid, uid), **more)  # type: ignore[arg-type]


class TestNothingRuns:
    def test_nginx_that_would_give_its_workers_to_joe(self, host: MemoryHost) -> None:
        host.file("/etc/nginx/nginx.conf", "user joe;")
        service = judged(host, unit("nginx.service", "/usr/sbin/nginx"))
        assert (service.runs_as.name, service.purpose) == ("joe", Purpose.SERVER)
        assert [each.name for each in service.persons] == ["joe"]

    @pytest.mark.parametrize(("user", "root"), [("root", True), ("www-data", False), ("ghost", False)])
    def test_workers_that_would_keep_root(self, host: MemoryHost, user: str, root: bool) -> None:  # noqa: FBT001
        host.file("/etc/nginx/nginx.conf", f"user {user};")
        service = judged(host, unit("nginx.service", "/usr/sbin/nginx"))
        assert (service.workers_root, service.persons, service.runs_as.kind) == (root, (), IdentityKind.ROOT)

    def test_one_of_several_pools(self, host: MemoryHost) -> None:
        host.file("/etc/php-fpm.conf", "[www]\nuser = www-data\n[joe]\nuser = $pool\n")
        service = judged(host, unit("php-fpm.service", "/usr/sbin/php-fpm"))
        assert [each.name for each in service.workers] == ["www-data", "joe"]
        assert service.runs_as.name == "joe"

    @pytest.mark.parametrize(
        ("text", "names"),
        [
            ("", ["dovecot", "dovenull"]),
            ("!include conf.d/*.conf\n!include_try none.conf\n", ["dovecot", "joe"]),
            ("default_internal_user = joe\n#default_login_user = root\n", ["joe", "dovenull"]),
        ],
    )
    def test_dovecot_s_accounts(self, host: MemoryHost, text: str, names: list[str]) -> None:
        host.file("/etc/dovecot/dovecot.conf", text)
        host.file("/etc/dovecot/conf.d/10-master.conf", "  default_login_user = joe\n")
        service = judged(host, unit("dovecot.service", "/usr/sbin/dovecot"))
        assert [each.name for each in service.workers] == names
        assert [each.name for each in service.persons] == [name for name in names if name == "joe"]

    @pytest.mark.parametrize(
        "argv",
        [
            ("/usr/bin/sudo", "-u", "joe", "/usr/bin/redis-server"),
            ("/bin/su", "-", "joe", "-c", "redis-server /etc/redis.conf"),
            ("/usr/local/bin/start",),
            ("/bin/sh", "/usr/local/bin/start"),
        ],
    )
    def test_a_command_line_that_changes_to_joe(self, host: MemoryHost, argv: tuple[str, ...]) -> None:
        host.file(
            "/usr/local/bin/start", "#!/bin/sh\nexec runuser -u joe -- /usr/bin/redis-server\n", mode=0o755
        )
        service = judged(host, unit("x.service", *argv))
        assert (service.profile, service.runs_as.name, service.purpose) == ("redis", "joe", Purpose.SERVER)

    def test_a_script_that_changes_to_nobody_who_exists(self, host: MemoryHost) -> None:
        host.file("/usr/local/bin/start", "#!/bin/sh\nsu ghost -c /usr/bin/redis-server\n", mode=0o755)
        service = judged(host, unit("x.service", "/usr/local/bin/start"))
        assert (service.profile, service.runs_as.kind) == (None, IdentityKind.ROOT)

    @pytest.mark.parametrize("user", [None, "root", "0"])
    def test_what_never_drops_root_stays_root(self, host: MemoryHost, user: str | None) -> None:
        service = judged(host, unit("x.service", "/usr/bin/redis-server", user=user))
        assert service.runs_as.kind is IdentityKind.ROOT

    @pytest.mark.parametrize(
        ("address", "purpose"),
        [
            ("7000", Purpose.SERVER),
            ("0.0.0.0:7000", Purpose.SERVER),
            ("[::]:7000", Purpose.SERVER),
            ("127.0.0.1:7000", Purpose.UNKNOWN),
            ("[::1]:7000", Purpose.UNKNOWN),
            ("/run/x.sock", Purpose.UNKNOWN),
            ("@abstract", Purpose.UNKNOWN),
            ("vsock::22", Purpose.UNKNOWN),
        ],
    )
    def test_what_a_socket_starts(self, host: MemoryHost, address: str, purpose: Purpose) -> None:
        service = judged(host, unit("x.service", "/usr/bin/x", user="joe", socket_addresses=(address,)))
        assert service.purpose is purpose


class TestRunning:
    def test_what_sudo_stays_in_front_of(self, host: MemoryHost) -> None:
        service = judged(
            host,
            unit("x.service", "/usr/bin/sudo", "-u", "joe", "/srv/x", main_pid=7),
            proc(7, "/usr/bin/sudo", 0, "x.service"),
            proc(8, "/srv/x", JOE, "x.service", ppid=7),
        )
        assert (service.runs_as.name, [each.name for each in service.persons]) == ("joe", ["joe"])

    @pytest.mark.parametrize(
        ("program", "name", "differs"),
        [
            ("/usr/lib/systemd/systemd", "(edis-server)", False),
            ("/usr/lib/systemd/systemd-executor", "(edis-server)", False),
            ("/usr/lib/systemd/systemd", "systemd", True),
            ("/usr/bin/redis-server", "(redis)", True),
        ],
    )
    def test_a_service_that_is_about_to_be_started(
        self,
        host: MemoryHost,
        program: str,
        name: str,
        differs: bool,  # noqa: FBT001
    ) -> None:
        definition = unit("x.service", "/usr/bin/redis-server", user="redis")
        service = judged(host, definition, proc(7, program, 0, "x.service", name=name))
        assert (service.differs, service.running) == (differs, differs)

    def test_a_worker_of_what_serves_people_is_no_session(self, host: MemoryHost) -> None:
        definition = unit("dovecot.service", "/usr/sbin/dovecot", main_pid=7)
        login = proc(8, "/usr/lib/dovecot/imap-login", JOE, "dovecot.service", argv=("dovecot/imap-login",))
        session = proc(9, "/usr/lib/dovecot/imap", JOE, "dovecot.service", argv=("dovecot/imap",))
        master = proc(7, "/usr/sbin/dovecot", 0, "dovecot.service")
        assert [p.name for p in judged(host, definition, master, login, session).persons] == ["joe"]
        assert judged(host, definition, master, session).persons == ()

    @pytest.mark.parametrize(
        ("title", "uid", "kept", "person"),
        [
            ("dovecot/anvil", 0, False, False),  # as Dovecot 2.4 has it
            ("dovecot/anvil", 111, False, False),  # as 2.3 has it
            ("dovecot/anvil", JOE, False, True),
            ("dovecot/imap-login", 0, True, False),
        ],
    )
    def test_a_worker_that_some_releases_leave_root(
        self,
        host: MemoryHost,
        title: str,
        uid: int,
        kept: bool,  # noqa: FBT001
        person: bool,  # noqa: FBT001
    ) -> None:
        definition = unit("dovecot.service", "/usr/sbin/dovecot", main_pid=7)
        master = proc(7, "/usr/sbin/dovecot", 0, "dovecot.service")
        worker = proc(8, f"/usr/lib/{title}", uid, "dovecot.service", argv=(title,))
        service = judged(host, definition, master, worker)
        assert (service.workers_root, bool(service.persons)) == (kept, person)

    def test_a_daemon_that_cron_started_is_a_service_of_its_own(self, host: MemoryHost) -> None:
        cron = replace(
            MAIL,
            service="cron",
            model=Model.ROOT_REQUIRED,
            directive=None,
            matches=Matches(programs=("cron",)),
        )
        host.rows = [
            proc(7, "/usr/sbin/cron", 0, "cron.service"),
            proc(8, "/bin/sh", JOE, "cron.service", ppid=7),
            proc(9, "/usr/bin/redis-server", JOE, "cron.service", ppid=8),
        ]
        sockets = (Listener("tcp", "0.0.0.0", 6379, 9, JOE), Listener("tcp", "0.0.0.0", 1, 7, 0))  # noqa: S104
        accounts = Accounts(host)
        surveyor = Surveyor(host, accounts, Tracer(host), Reach(accounts))
        joiner = Joiner(host, (cron, CACHE), accounts, processes(host), sockets, surveyor, ("debian",))
        definition = unit("cron.service", "/usr/sbin/cron")
        members = joiner.members(definition)
        assert joiner.errands(definition, members) == {9}
        left = frozenset(p.pid for p in members) - {9}
        ((found, tree),) = unmanaged(joiner.table, sockets, Index((CACHE,)), left, no_manager=False)
        service = joiner.service(found, tree)
        assert (service.id, service.runs_as.name, service.purpose) == (
            "redis-server:6379",
            "joe",
            Purpose.SERVER,
        )

    @pytest.mark.parametrize(
        ("protocol", "port", "reached"),
        [("udp", 40000, False), ("udp", 5353, True), ("tcp", 40000, True), ("udp", 61000, True)],
    )
    def test_a_port_that_the_kernel_chose_is_no_service(
        self,
        host: MemoryHost,
        protocol: str,
        port: int,
        reached: bool,  # noqa: FBT001
    ) -> None:
        socket = Listener(protocol, "0.0.0.0", port, 7, JOE)  # noqa: S104
        service = judged(
            host,
            unit("x.service", "/srv/x", user="joe"),
            proc(7, "/srv/x", JOE, "x.service"),
            sockets=(socket,),
        )
        assert (service.beyond_loopback, service.purpose is Purpose.SERVER) == (reached, reached)

    def test_sockets_that_only_root_sees_leave_it_unknown(self, host: MemoryHost) -> None:
        host.privileged = False
        socket = Listener("tcp", "0.0.0.0", 80, None, JOE)  # noqa: S104
        definition, row = unit("x.service", "/srv/x", user="joe"), proc(7, "/srv/x", JOE, "x.service")
        service = judged(host, definition, row, sockets=(socket,))
        assert isinstance(service.beyond_loopback, Unknown)
        assert isinstance(service.listens_as, Unknown)
        other = judged(host, definition, row, sockets=(replace(socket, uid=33),))
        assert (other.beyond_loopback, other.listens_as) == (False, ())
