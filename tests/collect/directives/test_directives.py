"""What the programs' own configuration says: as whom they run, and on which paths they stand."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from memory_host import MemoryHost

from privaudit.collect.directives import (
    apache,
    keyword,
    mysql,
    nginx,
    phpfpm,
    postgresql,
    read_directive,
    redis,
)
from privaudit.collect.directives.reading import Reading, Request, option_values
from privaudit.collect.processes import process
from privaudit.model.definition import Command, Definition, Domain, Manager
from privaudit.model.path import Role
from privaudit.model.profile import Directive, Matches, Profile
from privaudit.model.service import Model


def request(
    host: MemoryHost,
    argv: Sequence[str] = ("/usr/sbin/x",),
    files: Sequence[str] = (),
    name: str = "x.service",
    running: Sequence[str] = (),
    **environment: str,
) -> Request:
    command = Command("ExecStart", argv[0], tuple(argv))
    definition = Definition(
        Manager.SYSTEMD,
        Domain.SYSTEM,
        name,
        path="/unit",
        commands=(command,),
        environment=tuple(environment.items()),
    )
    rows = []
    if running:
        rows = [process(replace(MemoryHost().process(9, running[0]), argv=tuple(running)))]
    return Request(host, tuple(files), definition, tuple(rows), ("debian",))


def who(reading: Reading) -> tuple[str | None, str] | None:
    return None if reading.declared is None else (reading.declared.user, reading.declared.source)


def places(reading: Reading) -> set[tuple[Role, str]]:
    return {(place.role, place.path) for place in reading.places}


@pytest.mark.parametrize(
    ("argv", "names", "values"),
    [
        (("x", "-u", "joe"), ("-u",), ["joe"]),
        (("x", "-ujoe"), ("-u",), ["joe"]),
        (("x", "-u=joe"), ("-u",), ["joe"]),
        (("x", "--user=joe", "--user", "ann"), ("--user",), ["joe", "ann"]),
        (("x", "--username=joe"), ("--user",), []),
        (("-u", "joe"), ("-u",), []),
        (("x", "-u"), ("-u",), []),
    ],
)
def test_options(argv: tuple[str, ...], names: tuple[str, ...], values: list[str]) -> None:
    assert list(option_values(argv, names)) == values


class TestNginx:
    TOP = "/etc/nginx/nginx.conf"

    def read(self, host: MemoryHost, *argv: str) -> Reading:
        return nginx.read(request(host, ("/usr/sbin/nginx", *argv), [self.TOP]))

    def test_user_keys_and_modules(self) -> None:
        host = MemoryHost().file(
            self.TOP,
            "# user bad;\nuser www-data www;\ninclude modules-enabled/*.conf;\nload_module modules/a.so;\n"
            "http { include /etc/nginx/sites-enabled/*; }\n",
        )
        host.file("/etc/nginx/modules-enabled/50.conf", "load_module /usr/lib/nginx/modules/b.so;")
        host.file(
            "/etc/nginx/sites-enabled/joe",
            "server { user nobody; ssl_certificate_key 'keys/joe.key'; ssl_certificate_key $dynamic; }",
        )
        host.file("/etc/nginx/sites-enabled/.joe.swp", "server { ssl_certificate_key /no; }")
        reading = self.read(host)
        assert who(reading) == ("www-data", self.TOP)
        assert places(reading) == {
            (Role.PROGRAM, "/usr/share/nginx/modules/a.so"),
            (Role.PROGRAM, "/usr/lib/nginx/modules/b.so"),
            (Role.SECRET, "/etc/nginx/keys/joe.key"),
        }

    def test_the_command_line_names_file_and_user(self) -> None:
        host = MemoryHost().file("/srv/nginx.conf", "worker_processes 1;").file(self.TOP, "user wrong;")
        assert who(self.read(host, "-c", "/srv/nginx.conf", "-g", "daemon on; user joe;")) == ("joe", "/unit")

    def test_includes_in_a_circle_and_files_that_are_none(self) -> None:
        host = MemoryHost().file(self.TOP, "include nginx.conf; include pipe; include none; user www;")
        host.fifo("/etc/nginx/pipe")
        reading = self.read(host)
        assert who(reading) == ("www", self.TOP)
        assert [limit.what for limit in reading.limits] == ["/etc/nginx/pipe"]

    def test_no_file_says_nothing(self) -> None:
        assert self.read(MemoryHost()) == Reading()


class TestApache:
    TOP = "/etc/apache2/apache2.conf"

    def read(self, host: MemoryHost, *argv: str) -> Reading:
        return apache.read(request(host, ("/usr/sbin/apache2", *argv), [self.TOP]))

    def test_debian_s_variables(self) -> None:
        host = MemoryHost().file(
            self.TOP,
            "User ${APACHE_RUN_USER}\nGroup\t${APACHE_RUN_GROUP}\nIncludeOptional mods-enabled/*.load\n",
        )
        host.file(
            "/etc/apache2/envvars", "export APACHE_RUN_USER=www-data\nexport APACHE_RUN_GROUP='www-data'\n"
        )
        host.file(
            "/etc/apache2/mods-enabled/ssl.load",
            "LoadModule ssl_module /usr/lib/apache2/modules/mod_ssl.so\n",
        )
        reading = self.read(host)
        assert who(reading) == ("www-data", self.TOP)
        assert reading.declared is not None
        assert reading.declared.group == "www-data"
        assert places(reading) == {(Role.PROGRAM, "/usr/lib/apache2/modules/mod_ssl.so")}

    def test_server_root_folders_keys_and_definitions(self) -> None:
        host = MemoryHost().file(
            self.TOP,
            'ServerRoot "/etc/httpd"\nDefine WHO apache\nUser ${WHO}\nInclude conf.d\nLoadFile a.so b.so\n'
            "<VirtualHost *:443>\n\tSSLCertificateKeyFile\tkeys/site.key\n</VirtualHost>\n",
        )
        host.file("/etc/httpd/conf.d/sub/more", "LoadModule php_module modules/libphp.so\n")
        reading = self.read(host)
        assert who(reading) == ("apache", self.TOP)
        assert places(reading) == {
            (Role.SECRET, "/etc/httpd/keys/site.key"),
            (Role.PROGRAM, "/etc/httpd/a.so"),
            (Role.PROGRAM, "/etc/httpd/b.so"),
            (Role.PROGRAM, "/etc/httpd/modules/libphp.so"),
        }

    def test_a_variable_that_nothing_sets_is_a_limit(self) -> None:
        reading = self.read(MemoryHost().file(self.TOP, "User ${NOBODY_KNOWS}\n"))
        assert reading.declared is None
        assert "nothing sets" in reading.limits[0].why

    def test_another_file_on_the_command_line(self) -> None:
        host = MemoryHost().file("/srv/h.conf", "User joe\n").file(self.TOP, "User wrong\n")
        assert who(self.read(host, "-d", "/srv", "-f", "/srv/h.conf")) == ("joe", "/srv/h.conf")

    def test_includes_in_a_circle(self) -> None:
        assert who(self.read(MemoryHost().file(self.TOP, "Include apache2.conf\nInclude .\nUser w\n"))) == (
            "w",
            self.TOP,
        )


class TestMysql:
    TOPS = ("/etc/my.cnf", "/etc/mysql/my.cnf")

    def read(self, host: MemoryHost, *argv: str) -> Reading:
        return mysql.read(request(host, ("/usr/sbin/mysqld", *argv), self.TOPS))

    def test_includes_groups_and_folders(self) -> None:
        host = MemoryHost().file("/etc/mysql/my.cnf", "[client]\nuser=nope\n!includedir /etc/mysql/conf.d/\n")
        host.file(
            "/etc/mysql/conf.d/50.cnf",
            "[mariadb-10.11]\ndatadir = /srv/mysql # here\nlog-error='mysql.err'\nplugin_dir=/usr/lib/p\n"
            "[mysqld]\nuser = mysql\nssl-key=/etc/ssl/k.pem\n",
        )
        host.file("/etc/mysql/conf.d/readme.txt", "[mysqld]\nuser=wrong\n")
        reading = self.read(host)
        assert who(reading) == ("mysql", "/etc/mysql/conf.d/50.cnf")
        assert places(reading) == {
            (Role.DATA, "/srv/mysql"),
            (Role.LOG, "/srv/mysql/mysql.err"),
            (Role.PROGRAM, "/usr/lib/p"),
            (Role.SECRET, "/etc/ssl/k.pem"),
        }

    def test_the_first_user_counts_and_the_last_of_all_else(self) -> None:
        host = MemoryHost().file("/etc/my.cnf", "[mysqld]\nuser=joe\ndatadir=/a\n")
        host.file("/etc/mysql/my.cnf", "[mysqld]\nuser=mysql\ndatadir=/b\n")
        reading = self.read(host, "--user=root", "--datadir=/c")
        assert who(reading) == ("joe", "/etc/my.cnf")
        assert (Role.DATA, "/c") in places(reading)

    def test_the_command_line(self) -> None:
        host = MemoryHost().file("/etc/my.cnf", "[mysqld]\nuser=wrong\n").file("/x.cnf", "[server]\nport=1\n")
        assert who(self.read(host, "--defaults-file=/x.cnf", "--user", "joe")) == ("joe", "/unit")
        assert self.read(MemoryHost(), "--user=$WHO").declared is None

    def test_the_start_script_reads_one_group_more(self) -> None:
        host = MemoryHost().file("/etc/my.cnf", "[mysqld_safe]\nuser=joe\n")
        assert self.read(host).declared is None
        safe = mysql.read(request(host, ("/usr/bin/mysqld_safe",), self.TOPS))
        assert who(safe) == ("joe", "/etc/my.cnf")

    def test_files_that_include_each_other_end(self) -> None:
        host = MemoryHost().file(
            "/etc/my.cnf", "!include /etc/my.cnf\n!include /gone\n!includedir /gone\n[mysqld]\nuser=a\n"
        )
        assert who(self.read(host)) == ("a", "/etc/my.cnf")


class TestPhpFpm:
    def read(self, host: MemoryHost, *argv: str) -> Reading:
        return phpfpm.read(request(host, ("/usr/sbin/php-fpm8.2", *argv)))

    def test_debian_s_pools(self) -> None:
        host = MemoryHost().file("/etc/php/8.2/fpm/php-fpm.conf", "include=/etc/php/8.2/fpm/pool.d/*.conf\n")
        host.file("/etc/php/8.2/fpm/pool.d/www.conf", "[www]\n;user = joe\nuser = www-data\n")
        assert who(self.read(host)) == ("www-data", "/etc/php/8.2/fpm/pool.d/www.conf")
        host.file("/etc/php/8.2/fpm/pool.d/joe.conf", "[joe]\nuser = $pool\n")
        assert self.read(host).declared is None  # two pools, two users: none is the service's

    def test_a_pool_may_be_named_by_its_section(self) -> None:
        host = MemoryHost().file("/x.conf", "[global]\n[joe]\nuser = $pool\n")
        assert who(self.read(host, "--fpm-config", "/x.conf")) == ("joe", "/x.conf")


class TestPostgresql:
    def test_a_cluster_of_debian_s(self) -> None:
        top = "/etc/postgresql/15/main/postgresql.conf"
        host = MemoryHost().file(
            top,
            "data_directory = '/srv/pg''s'   # comment\nhba_file = '/etc/postgresql/15/main/pg_hba.conf'\n"
            "include_dir 'conf.d'\n#ssl_key_file = '/no'\n",
        )
        host.file("/etc/postgresql/15/main/conf.d/ssl.conf", "SSL_KEY_FILE=/etc/ssl/private/k.key\n")
        host.account("postgres", 108).dir("/srv/pg's", uid=108)
        reading = postgresql.read(request(host, name="postgresql@15-main.service"))
        assert who(reading) == ("postgres", "/srv/pg's")
        assert places(reading) == {
            (Role.DATA, "/srv/pg's"),
            (Role.SECRET, "/etc/ssl/private/k.key"),
            (Role.CONFIGURATION, "/etc/postgresql/15/main/pg_hba.conf"),
        }

    def test_a_data_folder_of_the_environment(self) -> None:
        host = MemoryHost().file(
            "/var/lib/pgsql/data/postgresql.conf", "include 'postgresql.conf'\nport = 1\n"
        )
        reading = postgresql.read(request(host, name="postgresql.service", PGDATA="/var/lib/pgsql/data"))
        assert places(reading) == {
            (Role.DATA, "/var/lib/pgsql/data"),
            (Role.SECRET, "/var/lib/pgsql/data/server.key"),
        }

    def test_the_running_server_says_it(self) -> None:
        host = MemoryHost().file("/c/postgresql.conf", "port 5432\n")
        running = (
            "/usr/lib/postgresql/15/bin/postgres",
            "-D",
            "/srv/data",
            "-c",
            "config_file=/c/postgresql.conf",
        )
        assert (Role.DATA, "/srv/data") in places(postgresql.read(request(host, running=running)))

    def test_nothing_known_nothing_said(self) -> None:
        assert postgresql.read(request(MemoryHost())) == Reading()


class TestRedis:
    def test_passwords_make_a_file_secret(self) -> None:
        host = MemoryHost().file(
            "/etc/redis/redis.conf",
            '# requirepass no\nDIR "/var/lib/redis"\nrequirepass ""\ninclude /etc/redis/conf.d/*.conf\n'
            "loadmodule /usr/lib/redis/m.so arg\nlogfile /var/log/redis.log\ntls-key-file /etc/ssl/r.key\n",
        )
        host.file("/etc/redis/conf.d/pass.conf", "requirepass hunter2\n")
        host.file(
            "/etc/redis/conf.d/acl.conf", "user default on nopass ~* +@all\ninclude /etc/redis/redis.conf\n"
        )
        host.file("/etc/redis/conf.d/acl2.conf", "user joe on >secret ~*\n")
        argv = ("/usr/bin/redis-server", "/etc/redis/redis.conf", "--daemonize", "no")
        assert places(redis.read(request(host, argv))) == {
            (Role.CONFIGURATION, "/etc/redis/redis.conf"),
            (Role.SECRET, "/etc/redis/conf.d/pass.conf"),
            (Role.CONFIGURATION, "/etc/redis/conf.d/acl.conf"),
            (Role.SECRET, "/etc/redis/conf.d/acl2.conf"),
            (Role.DATA, "/var/lib/redis"),
            (Role.PROGRAM, "/usr/lib/redis/m.so"),
            (Role.LOG, "/var/log/redis.log"),
            (Role.SECRET, "/etc/ssl/r.key"),
        }

    def test_the_profile_s_file_where_none_is_named(self) -> None:
        host = MemoryHost().file("/etc/redis.conf", "dir ./\nmasterauth x\n")
        reading = redis.read(request(host, files=["/etc/redis/redis.conf", "/etc/redis.conf"]))
        assert places(reading) == {(Role.SECRET, "/etc/redis.conf")}
        assert redis.read(request(MemoryHost())) == Reading()


@pytest.mark.parametrize(
    ("name", "text", "user"),
    [
        ("memcached", "-d\n# -u wrong\n-u memcache\n", "memcache"),
        ("memcached", 'PORT="11211"\nUSER="memcached"\n', "memcached"),
        ("mosquitto", "user joe\n", "joe"),
        ("mosquitto", "listener 1883\n", "mosquitto"),
        ("unbound", 'server:\n  username: "unbound"\n', "unbound"),
        ("dnsmasq", "user=dnsmasq # x\n", "dnsmasq"),
        ("clamav", "User clamav\n", "clamav"),
        ("opendkim", "userid opendkim:mail\n", "opendkim"),
        ("haproxy", "global\n    user haproxy\n    group haproxy\n", "haproxy"),
        ("tor", "User debian-tor\n", "debian-tor"),
        ("lighttpd", 'server.username = "www-data"\n', "www-data"),
        ("postfix", "mail_owner = postfix\n", "postfix"),
        ("postfix", "myhostname = x\n", "postfix"),
        ("arguments", 'OPTIONS="-4 -u bind"\n', "bind"),
        ("arguments", 'OPTIONS="-u bind"\n', "bind"),
        ("unbound", 'server:\n  username: ""\n', None),
        ("unbound", "server:\n  port: 53\n", "unbound"),
        ("arguments", "OPTIONS='-4 --unset'\n", "root"),
        ("haproxy", "#user joe\nnouser joe\n", "root"),
        (
            "haproxy",
            "global\n user haproxy\nuserlist x\n user joe password x\n user ann groups y\n",
            "haproxy",
        ),
        ("haproxy", "global\n user haproxy # x\n user joe\n", "haproxy"),
        ("rsyslog", "$PrivDropToUser joe\n$PrivDropToGroup syslog\n", "joe"),
        ("rsyslog", "$PrivDropToUserID 1000\n", "1000"),
        ("rsyslog", 'global(workDirectory="/x" privDrop.user.name="joe")\n', "joe"),
        ("rsyslog", 'global(\n  privdrop.user.id="1000"\n)\n', "1000"),
        ("rsyslog", '#$PrivDropToUser joe\nglobal(privdrop.user.keepsupplementalgroups="on")\n', None),
        ("rsyslog", "$FileOwner joe\n$PrivDropToGroup joe\n", None),
        ("spamd", 'OPTIONS="--create-prefs -u joe"\n', "joe"),
        ("spamd", 'SPAMDOPTIONS="-d --username=joe -m5"\n', "joe"),
        ("spamd", 'OPTIONS="--username joe"\n', "joe"),
        ("spamd", 'OPTIONS="--create-prefs --max-children 5 --helper-home-dir --nouser-config"\n', None),
        ("spamd", 'PIDFILE="-u joe"\n#OPTIONS="-u joe"\n', None),
    ],
)
def test_keywords(name: str, text: str, user: str | None) -> None:
    reading = keyword.read(request(MemoryHost().file("/etc/x", text), files=["/etc/x"]), name)
    assert who(reading) == (None if user is None else (user, "/etc/x"))


def test_what_runs_says_it_before_the_file_and_a_variable_says_nothing() -> None:
    host = MemoryHost().file("/etc/sysconfig/memcached", "USER=memcached\n")
    argv = ("/usr/bin/memcached", "-u", "${USER}")
    asked = request(host, argv, ["/etc/sysconfig/memcached"])
    assert who(keyword.read(asked, "memcached")) == ("memcached", "/etc/sysconfig/memcached")
    asked = request(host, argv, ["/etc/sysconfig/memcached"], running=("/usr/bin/memcached", "-u", "joe"))
    assert who(keyword.read(asked, "memcached")) == ("joe", "/unit")


def test_a_file_that_an_option_names() -> None:
    host = MemoryHost().file("/etc/x", "user wrong\n").file("/srv/h.cfg", "user joe\n")
    asked = request(host, ("/usr/sbin/haproxy", "-Ws", "-f", "/srv/h.cfg"), ["/etc/x"])
    assert who(keyword.read(asked, "haproxy")) == ("joe", "/srv/h.cfg")


def test_haproxy_s_further_files_and_folders() -> None:
    host = MemoryHost().file("/a.cfg", "global\n maxconn 9\n").file("/b.cfg", "global\n user joe\n")
    host.file("/d/1.cfg", "global\n user haproxy\n").file("/d/0.txt", "user ann\n")

    def read(*options: str) -> tuple[str | None, str] | None:
        return who(keyword.read(request(host, ("/usr/sbin/haproxy", "-W", *options)), "haproxy"))

    assert read("-f", "/a.cfg", "-f", "/b.cfg") == ("joe", "/b.cfg")
    assert read("-f", "/d", "-f", "/b.cfg") == ("haproxy", "/d/1.cfg")
    assert read("-f", "/a.cfg") == ("root", "/a.cfg")


@pytest.mark.parametrize(
    ("option", "name", "found"),
    [
        ("/d", "x", True),
        ("/d,.dpkg-dist,.bak", "x", True),
        ("/d,.dpkg-dist,.bak", "x.bak", False),
        ("/d/,*.conf", "x.conf", True),
        ("/d,*.conf", "x.cnf", False),
        ("/d", "x~", False),
        ("/d", "#x#", False),
        ("/d", ".x", False),
        ("d", "x", False),
    ],
)
def test_dnsmasq_s_folders(option: str, name: str, found: bool) -> None:  # noqa: FBT001
    host = MemoryHost().file("/etc/dnsmasq.conf", "port=53\n").file(f"/d/{name}", "user=joe\n")
    named = request(host, ("/usr/sbin/dnsmasq", "-7", option), ["/etc/dnsmasq.conf"])
    expected = ("joe", f"/d/{name}") if found else None
    assert who(keyword.read(named, "dnsmasq")) == expected
    host.file("/etc/dnsmasq.conf", f"conf-dir={option}\n")
    inside = keyword.read(request(host, files=["/etc/dnsmasq.conf"]), "dnsmasq")
    assert who(inside) == (("joe", "/etc/dnsmasq.conf") if found else None)


def test_dnsmasq_s_command_line_comes_first() -> None:
    host = MemoryHost().file("/etc/dnsmasq.conf", "user=joe\n")
    argv = ("/usr/sbin/dnsmasq", "--user=dnsmasq", "-7", "/etc/dnsmasq.d")
    assert who(keyword.read(request(host, argv, ["/etc/dnsmasq.conf"]), "dnsmasq")) == ("dnsmasq", "/unit")


def test_rsyslog_s_includes() -> None:
    host = MemoryHost().file("/etc/rsyslog.d/a.conf", "$PrivDropToUser joe\n")
    for line in (
        "$IncludeConfig /etc/rsyslog.d/*.conf",
        'include(file="/etc/rsyslog.d/*.conf" mode="optional")',
    ):
        host.file("/etc/rsyslog.conf", f"{line}\n")
        found = keyword.read(request(host, files=["/etc/rsyslog.conf"]), "rsyslog")
        assert who(found) == ("joe", "/etc/rsyslog.conf")


def test_includes_and_defaults_below() -> None:
    host = MemoryHost().file("/etc/unbound/unbound.conf", 'include-toplevel: "/etc/unbound/d/*.conf"\n')
    host.file("/etc/unbound/d/joe.conf", "server:\n  username: joe\n")
    assert who(keyword.read(request(host, files=["/etc/unbound/unbound.conf"]), "unbound")) == (
        "joe",
        "/etc/unbound/unbound.conf",
    )
    host.fifo("/etc/unbound/d/pipe.conf").file("/etc/unbound/d/joe.conf")
    reading = keyword.read(request(host, files=["/etc/unbound/unbound.conf"]), "unbound")
    assert (reading.declared, len(reading.limits)) == (None, 1)  # what cannot be read may name somebody
    argv = ("/usr/bin/tor", "--defaults-torrc", "/usr/share/tor/d", "-f", "/etc/tor/torrc")
    host.file("/usr/share/tor/d", "User debian-tor\n").file("/etc/tor/torrc", "SocksPort 1\n")
    assert who(keyword.read(request(host, argv), "tor")) == ("debian-tor", "/usr/share/tor/d")
    host.file("/etc/tor/torrc", "User joe\n")
    assert who(keyword.read(request(host, argv), "tor")) == ("joe", "/etc/tor/torrc")


def profile(reader: str, *files: str) -> Profile:
    return Profile("x", (), Matches(), Model.DEDICATED, {}, directive=Directive(reader, files))


def test_the_profile_chooses_the_reader_and_its_files() -> None:
    definition = request(MemoryHost()).definition
    host = MemoryHost().file("/opt/homebrew/etc/x.cfg", "user joe\n").fifo("/etc/pipe")
    chosen = profile("haproxy", "/etc/x.cfg", "{prefix}/etc/x.cfg")
    assert read_directive(host, None, definition, (), ()) == Reading()
    assert read_directive(host, chosen, definition, (), ()) == Reading()
    assert who(read_directive(host, chosen, definition, (), (), "/opt/homebrew")) == (
        "joe",
        "/opt/homebrew/etc/x.cfg",
    )
    reading = read_directive(host, profile("haproxy", "/etc/pipe"), definition, (), ())
    assert [limit.what for limit in reading.limits] == ["/etc/pipe"]


@pytest.mark.parametrize("name", ["nginx", "apache", "mysql", "postgresql", "redis"])
def test_includes_without_end_are_a_limit(name: str) -> None:
    words = {"nginx": "include /c/{};", "apache": "Include /c/{}", "mysql": "!include /c/{}"}
    line = words.get(name, "include /c/{}")
    host = MemoryHost()
    for number in range(200):
        host.file(f"/c/{number}", line.format(number + 1) + "\n")
    asked = request(host, ("/x", "/c/0", "-c", "config_file=/c/0"), ["/c/0"])
    if name in {"nginx", "apache"}:
        asked = request(host, files=["/c/0"])
    readers = {"nginx": nginx.read, "apache": apache.read, "mysql": mysql.read, "redis": redis.read}
    reading = readers.get(name, postgresql.read)(asked)
    assert len(reading.limits) == 1
    assert "inside one another" in reading.limits[0].why


@given(st.text(alphabet="user =:;{}[]\"'\\#\n$include!*/.-@", max_size=120) | st.text(max_size=80))
def test_no_text_breaks_a_parser(text: str) -> None:
    for parse in (apache.parse, mysql.parse, nginx.parse, phpfpm.users, postgresql.parse, redis.parse):
        assert isinstance(parse(text), list)
    for name in keyword.KEYWORDS:
        keyword.find(keyword.KEYWORDS[name], keyword.lines(text))
