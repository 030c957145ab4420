"""Daemons as Debian packages them, side by side: nothing at medium or above, and each is known."""

from collections.abc import Iterator

import pytest
from lab.report import Scanned, scan
from lab.session import Lab

Known = tuple[str, str, set[str], str]

HOSTING: dict[str, Known] = {
    "apache2.service": ("apache", "root", {"www-data"}, "www-data"),
    "chrony.service": ("chrony", "_chrony", set(), "_chrony"),
    "clamav-daemon.service": ("clamav", "clamav", set(), "clamav"),
    "clamav-freshclam.service": ("freshclam", "clamav", set(), "clamav"),
    "cron.service": ("cron", "root", set(), "root"),
    "cups.service": ("cups", "root", set(), "root"),
    "dnsmasq.service": ("dnsmasq", "dnsmasq", set(), "dnsmasq"),
    "dovecot.service": ("dovecot", "root", {"dovecot"}, "dovecot"),
    "haproxy.service": ("haproxy", "root", {"haproxy"}, "haproxy"),
    "lighttpd.service": ("lighttpd", "www-data", set(), "www-data"),
    "mailman3.service": ("mailman3", "list", set(), "list"),
    "mariadb.service": ("mysql", "mysql", set(), "mysql"),
    "memcached.service": ("memcached", "memcache", set(), "memcache"),
    "mosquitto.service": ("mosquitto", "mosquitto", set(), "mosquitto"),
    "named.service": ("bind", "bind", set(), "bind"),
    "nginx.service": ("nginx", "root", {"www-data"}, "www-data"),
    "opendkim.service": ("opendkim", "opendkim", set(), "opendkim"),
    "php8.2-fpm.service": ("php-fpm", "root", {"www-data"}, "www-data"),
    "postfix@-.service": ("postfix", "root", {"postfix"}, "postfix"),
    "postgresql@15-main.service": ("postgresql", "postgres", set(), "postgres"),
    "proftpd.service": ("proftpd", "proftpd", set(), "proftpd"),
    "prometheus-node-exporter.service": ("node-exporter", "prometheus", set(), "prometheus"),
    "rabbitmq-server.service": ("rabbitmq", "rabbitmq", set(), "rabbitmq"),
    "redis-server.service": ("redis", "redis", set(), "redis"),
    "rspamd.service": ("rspamd", "_rspamd", set(), "_rspamd"),
    "rsyslog.service": ("rsyslog", "root", set(), "root"),
    "smbd.service": ("samba", "root", set(), "root"),
    "spamd.service": ("spamassassin", "root", set(), "root"),
    "squid.service": ("squid", "root", {"proxy", "root"}, "proxy"),
    "ssh.service": ("sshd", "root", set(), "root"),
    "tor@default.service": ("tor", "debian-tor", set(), "debian-tor"),
    "unbound.service": ("unbound", "unbound", set(), "unbound"),
    "varnish.service": ("varnish", "vcache", {"vcache"}, "varnish"),
}
"""Unit: profile, account of the service, accounts of its workers, account it should have."""

SECOND: dict[str, Known] = {
    "exim4.service": ("exim", "Debian-exim", set(), "Debian-exim"),
    "vsftpd.service": ("vsftpd", "root", set(), "root"),
}


@pytest.fixture(scope="module", params=["hosting", "second"])
def stock(lab: Lab, request: pytest.FixtureRequest) -> Iterator[tuple[Scanned, Scanned, dict[str, object]]]:
    """Scans of one machine: with nobody on it, and with joe, who may become root."""
    expected = {"hosting": HOSTING, "second": SECOND}[request.param]
    with lab.boot(request.param) as machine:
        machine.wait_active(*expected)
        alone = scan(machine, "--fail-on", "medium")
        machine.add_person("joe", "sudo")
        yield alone, scan(machine, "--fail-on", "medium"), dict(expected)


def test_nothing_is_found(stock: tuple[Scanned, Scanned, dict[str, object]]) -> None:
    for scanned in stock[:2]:
        assert scanned.at_least("medium") == []
        assert scanned.status == 0


def test_nothing_was_left_unread(stock: tuple[Scanned, Scanned, dict[str, object]]) -> None:
    for scanned in stock[:2]:
        assert scanned.report["scan"]["limits"] == []


def test_each_is_known(stock: tuple[Scanned, Scanned, dict[str, object]]) -> None:
    scanned, _, expected = stock
    found = {}
    for unit in expected:
        service = scanned.service(unit)
        workers = {worker["user"] for worker in service["workers"]}
        found[unit] = (service["profile"], service["runs_as"]["user"], workers, service["should_run_as"])
    assert found == expected


def test_no_daemon_runs_as_a_person(stock: tuple[Scanned, Scanned, dict[str, object]]) -> None:
    for service in stock[1].report["services"]:
        kinds = {identity["kind"] for identity in service["identities"]}
        assert kinds <= {"root", "service"}, service["id"]
