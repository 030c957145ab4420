"""Services that two processes join: each once, and the same as one alone would have."""

import os
import signal
import sys

import pytest
from memory_host import MemoryHost

from privaudit.collect.accounts import Accounts
from privaudit.collect.files.exposure import Reach
from privaudit.collect.files.trace import Tracer
from privaudit.collect.processes import processes
from privaudit.collect.services.join import Joiner
from privaudit.collect.services.sharing import Share, Sharing, Subject
from privaudit.collect.services.standing import Surveyor
from privaudit.host.beside import Beside
from privaudit.model.definition import Command, Definition, Domain, Manager
from privaudit.model.service import Service

COUNT = 40
forks = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has a child help")


@pytest.fixture
def host() -> MemoryHost:
    """Services of forty accounts, each with a program and a folder; one folder cannot be read."""
    machine = MemoryHost().account("root", 0, home="/root", shell="/bin/bash")
    for number in range(COUNT):
        machine.account(f"svc{number}", 200 + number)
        machine.file(f"/usr/sbin/d{number}", mode=0o755, uid=200 + number % 7)
    machine.file("/var/lib/x/y", mode=0o755).denied.add("/var/lib/x/y")
    return machine


def sharing_of(host: MemoryHost) -> Sharing:
    accounts = Accounts(host)
    surveyor = Surveyor(host, accounts, Tracer(host), Reach(accounts))
    joiner = Joiner(host, (), accounts, processes(host), (), surveyor, ("debian",))
    return Sharing(joiner, accounts, [subject(number) for number in range(COUNT)])


def subject(number: int) -> Subject:
    program = f"/usr/sbin/d{number}"
    name = f"d{number}.service"
    commands = (Command("ExecStart", program, (program,)), Command("ExecStartPre", "/var/lib/x/y", ("y",)))
    definition = Definition(
        Manager.SYSTEMD, Domain.SYSTEM, name, names=(name,), user=f"svc{number}", commands=commands
    )
    return definition, []


def alone(host: MemoryHost) -> tuple[list[Service], Sharing]:
    sharing = sharing_of(host)
    return sharing.whole(sharing.part()), sharing


def test_one_process_joins_all_in_their_order(host: MemoryHost) -> None:
    found, _ = alone(host)
    assert [service.id for service in found] == [f"d{number}.service" for number in range(COUNT)]


@forks
def test_two_processes_find_what_one_finds(host: MemoryHost) -> None:
    expected, one = alone(host)
    sharing = sharing_of(host)
    beside = Beside(sharing.part)
    mine = sharing.part()
    theirs = beside.result()
    assert not mine.services.keys() & theirs.services.keys()
    assert len(mine.services) + len(theirs.services) == COUNT
    assert sharing.whole(theirs) == expected
    assert set(sharing._joiner.limits) == set(one._joiner.limits)
    assert sharing._accounts.listed() == one._accounts.listed()


@forks
def test_what_a_child_took_and_died_with_is_joined_again(host: MemoryHost) -> None:
    expected, _ = alone(host)
    sharing = sharing_of(host)
    mother = os.getpid()

    def part() -> Share:
        if os.getpid() != mother:
            next(iter(sharing._turns))
            os.kill(os.getpid(), signal.SIGKILL)
        return sharing.part()

    beside = Beside(part)
    os.waitid(os.P_PID, beside._child, os.WEXITED | os.WNOWAIT)
    assert len(sharing.part().services) == COUNT - 1
    assert sharing.whole(beside.result()) == expected


def test_what_is_looked_at_is_told(host: MemoryHost) -> None:
    told: list[str] = []
    sharing_of(host).part(told.append)
    assert sorted(told) == sorted(f"d{number}.service" for number in range(COUNT))
