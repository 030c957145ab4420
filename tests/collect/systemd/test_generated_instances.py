"""Instances that Debian's generators would ask for on a machine that is not running."""

from memory_host import MemoryHost

from privaudit.collect.systemd.generators import FOLDER
from privaudit.collect.systemd.managed import definitions

USR = "/usr/lib/systemd/system"


def machine(*generators: str) -> MemoryHost:
    host = MemoryHost(live=False).account("root", 0)
    for template in ("postgresql", "postfix", "tor"):
        host.file(f"{USR}/{template}@.service", "[Service]\nUser=%p\nExecStart=/x %i\n")
    for generator in generators:
        host.file(f"{FOLDER}/{generator}", mode=0o755)
    for version in ("13", "15"):
        host.file(f"/etc/postgresql/{version}/main/postgresql.conf")
    host.file("/etc/postgresql/15/hand/postgresql.conf")
    host.file("/etc/postgresql/15/hand/start.conf", "# comment\nmanual # not auto\n")
    host.file("/etc/postgresql/15/spare/postgresql.conf").file(
        "/etc/postgresql/15/spare/start.conf", " auto \n"
    )
    host.file("/usr/lib/postgresql/15/bin/postgres", mode=0o755)
    host.file("/etc/tor/torrc").file("/etc/tor/instances/a1/torrc").file("/etc/tor/instances/b-2/torrc")
    return host.dir("/etc/tor/instances/c3")


def test_instances_of_the_generators_that_are_there() -> None:
    host = machine("postgresql-generator", "tor-generator", "postfix-instance-generator")
    found = {each.id: each for each in definitions(host).definitions}
    assert sorted(found) == [
        "postfix@-.service",
        "postgresql@15-main.service",
        "postgresql@15-spare.service",
        "tor@a1.service",
        "tor@default.service",
    ]
    assert found["postgresql@15-main.service"].user == "postgresql"
    assert {each.enabled for each in found.values()} == {"enabled-runtime"}


def test_no_generators_no_instances() -> None:
    assert definitions(machine()).definitions == ()


def test_configuration_that_cannot_be_read_is_a_limit() -> None:
    host = machine("postgresql-generator", "tor-generator")
    host.denied.add("/etc/postgresql/15")
    result = definitions(host)
    assert [limit.what for limit in result.limits] == ["/etc/postgresql/15"]
    assert [each.id for each in result.definitions] == ["tor@a1.service", "tor@default.service"]


def test_instances_that_another_unit_pulls_in() -> None:
    host = MemoryHost(live=False).account("root", 0).file(f"{USR}/t@.service", "[Service]\nExecStart=/x %i\n")
    host.file(
        f"{USR}/a.service",
        "[Unit]\nWants=t@%p.service t@b.service\nOnFailure=t@c.service\n[Service]\nExecStart=/x\n",
    )
    assert [each.id for each in definitions(host).definitions] == [
        "a.service",
        "t@a.service",
        "t@b.service",
        "t@c.service",
    ]
