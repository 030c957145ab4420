"""Processes as values: their unit, manager, session and container, read off the control group."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from memory_host import MemoryHost

from privaudit.collect.processes import Membership, membership, process, processes
from privaudit.model.unknown import Unknown


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/system.slice/cron.service", Membership("cron.service", None, session=False, direct=True)),
        (
            "/system.slice/system-getty.slice/getty@tty1.service",
            Membership("getty@tty1.service", None, session=False, direct=True),
        ),
        ("/system.slice/docker.service/delegated/x", Membership("docker.service", None, session=False)),
        ("/docker/1/system.slice/cron.service", Membership("cron.service", None, session=False)),
        ("/../system.slice/cron.service", Membership("cron.service", None, session=False)),
        (
            "/user.slice/user-1000.slice/session-3.scope",
            Membership("session-3.scope", None, session=True, direct=True),
        ),
        (
            "/user.slice/user-1000.slice/user@1000.service/app.slice/mysql.service",
            Membership("mysql.service", 1000, session=False, direct=True),
        ),
        (
            "/user.slice/user-1000.slice/user@1000.service/init.scope",
            Membership("init.scope", 1000, session=False, direct=True),
        ),
        (
            "/user.slice/user-1000.slice/user@1000.service",
            Membership("user@1000.service", None, session=False),
        ),
        ("/system.slice/_.service", Membership(".service", None, session=False, direct=True)),
        ("/init.scope", Membership("init.scope", None, session=False, direct=True)),
        ("/", Membership(None, None, session=False)),
        (None, Membership(None, None, session=False)),
    ],
)
def test_what_a_control_group_says(path: str | None, expected: Membership) -> None:
    assert membership(path) == expected


def test_nobody_takes_another_s_name_inside_what_was_delegated() -> None:
    inside = "/user.slice/user-1000.slice/user@1000.service"
    assert membership(f"{inside}/user@0.service/mariadb.service").manager_uid == 1000
    assert membership(f"{inside}/user@²³.service").manager_uid == 1000
    assert membership("/user@99999999999.service/x.service").manager_uid is None


@given(st.lists(st.text(max_size=12), max_size=6).map("/".join))
def test_no_name_breaks_the_reader(path: str) -> None:
    membership(path)


def test_a_row_becomes_a_value() -> None:
    host = MemoryHost()
    row = host.process(7, "/usr/sbin/cron", unit="cron.service")
    value = process(row)
    assert (value.pid, value.program, value.unit) == (7, "/usr/sbin/cron", "cron.service")
    gone = process(replace(row, program="/usr/sbin/cron (deleted)"))
    assert (gone.program, gone.deleted) == ("/usr/sbin/cron", True)
    assert isinstance(process(replace(row, program=None)).program, Unknown)


def test_containers_are_counted_apart_and_private_users_are_not() -> None:
    host = MemoryHost()
    row = host.process(7, "/usr/bin/redis-server", unit="redis.service")
    host.rows = [
        replace(row, foreign_user_namespace=True),
        replace(row, pid=8, foreign_pid_namespace=True, control_group="/system.slice/docker-1.scope"),
        replace(row, pid=9, foreign_user_namespace=True, control_group="/user.slice/x.scope"),
        replace(row, pid=10, kernel=True),
    ]
    table = processes(host)
    assert list(table.own) == [7]
    assert table.contained == 2


_MANAGER = "/user.slice/user-1000.slice/user@1000.service"


@pytest.mark.parametrize(
    ("group", "users", "contained"),
    [
        ("/system.slice/mariadb.service", False, False),  # PrivatePIDs=
        ("/system.slice/mariadb.service", True, False),  # and PrivateUsers=
        (f"{_MANAGER}/app.slice/mysql.service", False, False),
        (f"{_MANAGER}/app.slice/docker.service", True, True),  # Docker of a person, without control groups
        ("/system.slice/systemd-nspawn@x.service/payload", False, True),
        ("/system.slice/quadlet.service/libpod-payload-1", True, True),
        ("/system.slice/docker-1.scope", False, True),
        ("/docker/1", False, True),
        ("/docker/1/system.slice/cron.service", False, True),
        ("/lxc.payload.x/system.slice/cron.service", True, True),
    ],
)
def test_a_pid_namespace_of_a_service_is_no_container(
    group: str,
    users: bool,  # noqa: FBT001
    contained: bool,  # noqa: FBT001 - expected
) -> None:
    row = MemoryHost().process(7, "/usr/sbin/mariadbd")
    made = process(
        replace(row, control_group=group, foreign_pid_namespace=True, foreign_user_namespace=users)
    )
    assert (made.container is not None) is contained


def test_a_tree_parents_first_and_without_end() -> None:
    host = MemoryHost()
    for pid, ppid in ((10, 1), (12, 10), (11, 10), (13, 12), (20, 21), (21, 20)):
        host.process(pid, "/x", ppid=ppid)
    table = processes(host)
    assert [each.pid for each in table.tree(10)] == [10, 11, 12, 13]
    assert [each.pid for each in table.tree(20)] == [20, 21]
    assert table.tree(99) == []
