"""Init scripts as units, as systemd-sysv-generator would write them."""

import pytest
from memory_host import MemoryHost

from privaudit.collect.systemd.managed import definitions
from privaudit.collect.systemd.sysv import GENERATOR, provided, unit_of
from privaudit.model.definition import Definition

SCRIPT = """#!/bin/sh
# pidfile: /run/%old.pid
### BEGIN INIT INFO
# Provides:          old $network local_fs nick native
# Short-Description: pidfile: /not/this
### END INIT INFO
echo start
"""


def machine() -> MemoryHost:
    return MemoryHost(live=False).account("root", 0).file(GENERATOR, mode=0o755)


def found(host: MemoryHost) -> dict[str, Definition]:
    return {each.id: each for each in definitions(host).definitions}


def test_a_script_becomes_a_service() -> None:
    host = machine().file("/etc/init.d/old.sh", SCRIPT, 0o755)
    host.file("/usr/lib/systemd/system/native.service", "[Service]\nExecStart=/x\n")
    host.file("/etc/init.d/native", SCRIPT, 0o755).file("/etc/init.d/README", "text", 0o644)
    host.file("/etc/systemd/system/old.service.d/a.conf", "[Service]\nUser=joe\n")
    made = found(host)
    assert sorted(made) == ["native.service", "old.service"]
    old = made["old.service"]
    assert (old.names, old.path, old.source_path) == (
        ("nick.service", "old.service"),
        None,
        "/etc/init.d/old.sh",
    )
    assert (old.user, old.type, old.enabled, old.pid_file) == ("joe", "forking", "generated", "/run/%old.pid")
    assert [c.argv for c in old.commands] == [("/etc/init.d/old.sh", "start"), ("/etc/init.d/old.sh", "stop")]


def test_a_mask_takes_a_script_away() -> None:
    host = (
        machine().file("/etc/init.d/old", SCRIPT, 0o755).link("/etc/systemd/system/old.service", "/dev/null")
    )
    assert found(host) == {}


def test_links_to_scripts_and_scripts_that_cannot_be_read() -> None:
    host = machine().file("/opt/script", SCRIPT, 0o755).link("/etc/init.d/linked", "/opt/script")
    host.link("/etc/init.d/dangling", "/opt/none").fifo("/etc/init.d/pipe", 0o755)
    host.file("/etc/init.d/big", "#" * (1 << 20) + "x", 0o755)
    assert list(found(host)) == ["linked.service"]
    assert [limit.service for limit in definitions(host).limits] == ["big.service"]


def test_without_the_generator_scripts_are_nothing_to_systemd() -> None:
    host = MemoryHost(live=False).account("root", 0).file("/etc/init.d/old", SCRIPT, 0o755)
    assert found(host) == {}


@pytest.mark.parametrize(
    ("entry", "unit"),
    [
        ("cron", "cron.service"),
        ("a.sh", "a.service"),
        ("a b", r"a\x20b.service"),
        ("ü", r"\xc3\xbc.service"),
        ("x.service", "x.service"),
        ("y" * 300, None),
    ],
)
def test_names(entry: str, unit: str | None) -> None:
    assert unit_of(entry) == unit


def test_provided_names() -> None:
    assert provided(SCRIPT) == ["old.service", "nick.service", "native.service"]
    assert provided("#!/bin/sh\n# Provides: x\n") == []
