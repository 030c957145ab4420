"""Readers of what root's cron, sshd and varnishd are told."""

import pytest
from memory_host import MemoryHost

from privaudit.collect.directives import cron, keyword, sshd, varnish
from privaudit.collect.directives.reading import Request
from privaudit.model.definition import Command, Definition, Domain, Manager
from privaudit.model.path import Role


def request(host: MemoryHost, *files: str, argv: tuple[str, ...] = ("/x",)) -> Request:
    unit = Definition(
        Manager.SYSTEMD,
        Domain.SYSTEM,
        "x.service",
        path="/unit",
        commands=(Command("ExecStart", argv[0], argv),),
    )
    return Request(host, files, unit, (), ("debian",))


def test_jobs_of_root() -> None:
    host = MemoryHost().file("/etc/crontab", "SHELL=/bin/sh\n17 * * * * root cd / && /srv/hourly --all\n")
    host.file(
        "/etc/cron.d/x", "# a * * * root /no\n@reboot root /srv/boot >/dev/null\n* * * * * joe /srv/joe\n"
    )
    host.file("/var/spool/cron/crontabs/root", "*/5 1-2 * jan mon-fri /usr/bin/python3 /srv/a.py%text\n")
    found = {place.path for place in cron.read(request(host)).places}
    assert found == {"/srv/hourly", "/srv/boot", "/usr/bin/python3", "/srv/a.py"}


def test_sshd_s_keys_and_programs() -> None:
    host = MemoryHost().file("/etc/ssh/sshd_config", "Include sshd_config.d/*.conf\n#HostKey /no\nPort 22\n")
    host.file("/etc/ssh/sshd_config.d/a.conf", "hostkey=/srv/key\nAuthorizedKeysCommand /usr/bin/keys %u\n\n")
    reading = sshd.read(request(host, "/etc/ssh/sshd_config"))
    assert {(place.role, place.path) for place in reading.places} == {
        (Role.SECRET, "/srv/key"),
        (Role.PROGRAM, "/usr/bin/keys"),
    }
    assert reading.files == ("/etc/ssh/sshd_config", "/etc/ssh/sshd_config.d/a.conf")


@pytest.mark.parametrize(
    ("setting", "paths"),
    [
        ("AuthorizedKeysFile /etc/ssh/keys/%u", ["/etc/ssh/keys/root"]),
        ("authorizedkeysfile=/srv/%U/100%% .ssh/keys", ["/srv/0/100%", "/root/.ssh/keys"]),
        ('AuthorizedKeysFile "%h/keys"', ["/root/keys"]),
        ("AuthorizedKeysFile none", []),
        ("#AuthorizedKeysFile /etc/ssh/keys/%u", []),
        ("Match User git\n AuthorizedKeysFile /home/git/keys", []),
        ("Match Group staff Address 10.0.0.0/8\n AuthorizedKeysFile /srv/keys", []),
        ("Match User git\nMatch all\nAuthorizedKeysFile /srv/keys", ["/srv/keys"]),
        ("Match User ann,ro* Address *\n AuthorizedKeysFile /srv/keys", ["/srv/keys"]),
    ],
)
def test_root_s_own_keys(setting: str, paths: list[str]) -> None:
    host = MemoryHost().account("root", 0, home="/root").file("/etc/ssh/sshd_config", f"{setting}\n")
    reading = sshd.read(request(host, "/etc/ssh/sshd_config"))
    assert [place.path for place in reading.places] == paths
    assert all(place.role is Role.CONFIGURATION and place.by_root for place in reading.places)


@pytest.mark.parametrize(
    ("options", "accounts"),
    [
        ((), ("varnish", "vcache")),
        (("-j", "unix,user=joe,ccgroup=x"), ("joe", "vcache")),
        (("-j", "unix,workuser=joe"), ("varnish", "joe")),
        (("-j", "none"), ()),
    ],
)
def test_varnish_s_jail(options: tuple[str, ...], accounts: tuple[str, ...]) -> None:
    assert varnish.read(request(MemoryHost(), argv=("/usr/sbin/varnishd", *options))).accounts() == accounts


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("mosquitto", "include_dir /etc/x.d"),
        ("chrony", "confdir /etc/x.d/"),
        ("proftpd", "Include /etc/x.d/"),
        ("squid", "include /etc/x.d/*.conf"),
    ],
)
def test_users_in_folders_that_are_included(name: str, line: str) -> None:
    setting = {"squid": "cache_effective_user joe", "proftpd": "User joe"}.get(name, "user joe")
    host = MemoryHost().file("/etc/x.conf", f"{line}\n").file("/etc/x.d/a.conf", f"{setting}\n")
    assert keyword.read(request(host, "/etc/x.conf"), name).accounts() == ("joe",)
