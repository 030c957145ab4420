"""A running systemd is the oracle for reading units: on all that it loaded, and on units made to trip us."""

from collections.abc import Iterable
from pathlib import Path

import pytest
from lab import hostile_units
from lab.machine import Machine
from lab.session import Lab

from privaudit.collect.systemd import names, query, show
from privaudit.collect.systemd.finish import Finisher
from privaudit.collect.systemd.load import Loader, definition
from privaudit.collect.systemd.managed import definitions
from privaudit.collect.systemd.offline import open_files
from privaudit.collect.systemd.properties import Properties, units
from privaudit.collect.systemd.query import SEARCH_KEY
from privaudit.collect.systemd.scope import system_scope
from privaudit.collect.systemd.specifiers import Machine as Facts
from privaudit.host import GroupEntry, PasswdEntry
from privaudit.host.local import LocalHost
from privaudit.host.resolve import Roots
from privaudit.host.rooted import RootedHost
from privaudit.model.definition import Definition

FIELDS = (
    "id",
    "names",
    "template",
    "path",
    "drop_ins",
    "source_path",
    "user",
    "group",
    "supplementary_groups",
    "dynamic_user",
    "private_users",
    "type",
    "environment",
    "environment_files",
    "working_directory",
    "root_directory",
    "directories",
    "pid_file",
    "capabilities",
    "ambient_capabilities",
)
NOT_LOADED = frozenset({"not-found", "masked", "bad-setting", "error"})


class Inside(LocalHost):
    """The files of a booted machine, those in its own /run and /proc too."""

    def __init__(self, leader: int) -> None:
        super().__init__()
        self._roots = Roots(f"/proc/{leader}/root")
        self._image = RootedHost(f"/proc/{leader}/root")

    def passwd(self, key: int | str) -> PasswdEntry | None:
        return self._image.passwd(key)

    def group(self, key: int | str) -> GroupEntry | None:
        return self._image.group(key)

    def hostname(self) -> str:
        return self.read("/etc/hostname").decode().strip()


def shown(machine: Machine, wanted: Iterable[str]) -> list[Properties]:
    """Ask systemd for units, those that it has to load for it too."""
    asking = ["systemctl", "show", "--all", f"--property={','.join(query.PROPERTIES)}"]
    return list(units(machine.run([*asking, "--", *wanted]).stdout))


def reader(machine: Machine) -> Loader:
    host = Inside(machine.leader)
    return open_files(host, system_scope(host), Facts(host), booted=True)


def lines(unit: Properties) -> list[tuple[object, ...]]:
    """Take command lines as they are printed: no quotes around arguments."""
    return [
        (stage, line.path, line.words, line.elevation, line.ignore_failure, line.no_env_expand)
        for stage, line in show.lines(unit)
    ]


def told(made: Definition) -> list[tuple[object, ...]]:
    return [
        (c.stage, c.path, " ".join(c.argv), c.elevation, c.ignore_failure, c.no_env_expand)
        for c in made.commands
    ]


def differences(name: str, unit: Properties, loader: Loader) -> list[str]:
    """Say how what the files give differs from what systemd says."""
    theirs = show.definition(unit, loader.scope)
    loaded = loader.load(name)
    ours = definition(loaded) if loaded is not None else None
    state = unit["LoadState"][0]
    if state in NOT_LOADED:
        return [f"{name}: systemd says {state}, we load it"] if ours is not None else []
    if ours is None or theirs is None:
        why = "it is not there" if loaded is None else loaded.state
        return [f"{name}: systemd says {state}, we say {why}"]
    finisher = Finisher(loader.host)
    theirs, told_us = (finisher.finish(each, loader.scope.owner) for each in (theirs, ours))
    found = [
        f"{name}: {field} is {getattr(theirs, field)!r}, we read {getattr(told_us, field)!r}"
        for field in FIELDS
        if getattr(theirs, field) != getattr(told_us, field)
    ]
    if dict(theirs.extra).get(SEARCH_KEY) != dict(ours.extra).get(SEARCH_KEY):
        found.append(f"{name}: extra is {theirs.extra}, we read {ours.extra}")
    if lines(unit) != told(ours):
        found.append(f"{name}: commands are\n  {lines(unit)}, we read\n  {told(ours)}")
    return found


def test_every_loaded_service_of_a_hosting_machine_is_read_as_systemd_has_it(lab: Lab) -> None:
    with lab.boot("hosting") as machine:
        listed = machine.run(
            ["systemctl", "list-units", "--all", "--type=service", "--plain", "--no-legend", "--full"]
        ).stdout
        listed_names = [line.split()[0] for line in listed.splitlines()]
        present = [unit for unit in shown(machine, listed_names) if unit["LoadState"] != ["not-found"]]
        loader = reader(machine)
        transient = {unit["Id"][0] for unit in present if "/transient/" in unit["FragmentPath"][0]}
        found = [
            line
            for unit in present
            if unit["Id"][0] not in transient
            for line in differences(unit["Id"][0], unit, loader)
        ]
        assert not found, "\n".join(found)
        assert len(present) > 80
        assert not loader.limits

        image = definitions(RootedHost(str(machine.root)))  # its /run is empty, as that of a disk
        assert not image.limits
        running = {unit["Id"][0] for unit in present if unit["LoadState"] == ["loaded"]} - transient
        gone = running - {made.id for made in image.definitions}
        assert {names.template(name) for name in gone} <= {"modprobe@.service"}, gone  # mounts ask for these


@pytest.fixture(scope="module")
def hostile(lab: Lab) -> Iterable[tuple[Machine, list[str]]]:
    with lab.boot("mariadb") as machine:
        root = Path(f"/proc/{machine.leader}/root")  # its own /run is nowhere else
        for path, text in hostile_units.files().items():
            file = root / path.lstrip("/")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(text.encode("utf-8", "surrogateescape"))
        for path, target in hostile_units.links().items():
            link = root / path.lstrip("/")
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(target)
        machine.run(["systemctl", "daemon-reload"])
        yield machine, hostile_units.units()


def test_hostile_units_are_read_as_systemd_reads_them(hostile: tuple[Machine, list[str]]) -> None:
    machine, asked = hostile
    loader = reader(machine)
    answers = shown(machine, asked)
    assert len(answers) == len(asked) > 140
    found = [
        line for name, unit in zip(asked, answers, strict=True) for line in differences(name, unit, loader)
    ]
    assert not found, "\n".join(found)
    loaded = [unit for unit in answers if unit["LoadState"] == ["loaded"]]
    assert len(loaded) > 100
