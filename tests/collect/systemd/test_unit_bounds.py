"""Hostile sizes: reading stays linear, and ends at a bound that is told."""

import pytest
from memory_host import MemoryHost

from privaudit.collect.systemd import offline, reading, unitfiles
from privaudit.collect.systemd.managed import definitions
from privaudit.collect.systemd.properties import printed, units, words
from privaudit.collect.systemd.specifiers import MAX_GROWTH
from privaudit.collect.systemd.syntax import assignments

ETC = "/etc/systemd/system"
UNIT = "[Service]\nExecStart=/x\n"
MANY = 1 << 18


def image() -> MemoryHost:
    return MemoryHost(live=False).account("root", 0)


@pytest.mark.parametrize(
    "pattern",
    [b"a\\\n", b"#\n", b"\\\n", b"[A]\n", b"A=1\n", b"\0", b" \\\n;\n", b"ExecStart=/a ; /b\n", b"A=\\\\\n"],
)
def test_many_lines(pattern: bytes) -> None:
    data = b"[Service]\n" + pattern * (MANY // len(pattern) - 10)
    assert sum(1 for _ in assignments(data)) <= MANY


@pytest.mark.parametrize(
    "value", ["%n", "%% ", "a ", "\\x41", '"" ', "'a\\", "; ", "\\; ", "-", "@ ", "!:+ "]
)
@pytest.mark.parametrize("key", ["ExecStart", "Environment", "StateDirectory", "SupplementaryGroups", "User"])
def test_a_long_value(key: str, value: str) -> None:
    host = image().file(f"{ETC}/a.service", UNIT)
    host.file(
        f"{ETC}/a.service.d/x.conf", f"[Service]\nType=oneshot\n{key}={value * (20_000 // len(value))}\n"
    )
    (made,) = definitions(host).definitions
    size = sum(len(word) for command in made.commands for word in command.argv)
    assert size <= 20_000 + MAX_GROWTH


@pytest.mark.parametrize(
    "text",
    [
        " ; argv[]=" * 50_000,
        " ; flags=" * 50_000,
        "{ path=a ; argv[]=b" + " ; start_time=[" * 50_000,
        '"\\ ' * 100_000,
        "$'\\ " * 100_000,
        "\n{ path=" * 50_000,
        "ExecStart={ path=\n" * 50_000,
    ],
)
def test_long_answers_of_a_manager(text: str) -> None:
    words(text)
    printed("{ path=" + text)
    assert len(list(units("ExecStart={ path=" + text))) <= 50_000


def test_names_with_many_dashes_and_instances() -> None:
    name = "-".join("a" * 100)
    host = image().file(f"{ETC}/{name}@.service", UNIT)
    for number in range(50):
        host.link(f"{ETC}/x.target.wants/{name}@{number}.service", "x")
    assert len(definitions(host).definitions) == 50


def test_more_files_than_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MAX_FILES", 3)
    host = image()
    for number in range(5):
        host.file(f"{ETC}/{number}.service", UNIT)
    result = definitions(host)
    assert len(result.definitions) == 3
    assert len({limit.service for limit in result.limits}) == 2


def test_more_services_than_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(offline, "MAX_SERVICES", 3)
    host = image()
    for number in range(5):
        host.file(f"{ETC}/{number}.service", UNIT)
    result = definitions(host)
    assert len(result.definitions) == 3
    assert [limit.why for limit in result.limits] == ["one of more than 3 services: the rest were not read"]


def test_more_names_than_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unitfiles, "MAX_NAMES", 3)
    host = image().file(f"{ETC}/a.service", UNIT)
    for number in range(5):
        host.link(f"{ETC}/n{number}.service", "a.service")
    result = definitions(host)
    assert [len(each.names) for each in result.definitions] == [3]
    assert [limit.why for limit in result.limits] == ["has more than 3 names: the rest were passed over"]


def test_a_chain_of_links_to_folders_ends() -> None:
    host = image().link(ETC, "/a0")
    for number in range(300):
        host.link(f"/a{number}", f"/a{(number + 1) % 300}")
    assert definitions(host).definitions == ()
