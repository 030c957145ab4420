"""Joe writes his job file as he likes: a fix makes a daemon of it, and must not lend him root's rights."""

import os
from pathlib import Path
from typing import Any

import pytest
from fix.macos.fake_mac import FakeMac
from fix.macos.running import AGENT, PREFIX, mac_with_mysql, planned
from macos.mac_disk import JOE, STAFF, brew_job

from privaudit.model.plan import NoPlan

pytestmark = [
    pytest.mark.root,
    pytest.mark.skipif(os.geteuid() != 0, reason="gives files to other accounts: needs root"),
]


@pytest.fixture
def mac(tmp_path: Path) -> FakeMac:
    return mac_with_mysql(tmp_path / "disk")


def refused(mac: FakeMac, name: str = "mysql", **more: Any) -> str:  # noqa: ANN401 - a property list holds anything
    """Why nothing is planned for a job with more keys."""
    mac.disk.job(AGENT, brew_job(PREFIX, **more), JOE, STAFF)
    found = planned(mac, name)
    assert isinstance(found, NoPlan), found
    return f"{found.refusals[0].what} {found.refusals[0].why}"


@pytest.mark.parametrize(
    "more",
    [
        {"MachServices": {"com.apple.securityd": True}},
        {"RootDirectory": "/Users/joe/jail"},
        {"LaunchEvents": {"com.apple.iokit.matching": {}}},
        {"Sockets": {"a": {"SockPathName": "/private/etc/sudoers.d/joe"}}},
        {"Sockets": {"a": [{"SockServiceName": "8080"}, {"SockServiceName": 25}]}},
        {"Sockets": {"a": {"SockServiceName": "ssh"}}},
    ],
    ids=lambda more: next(iter(more)),
)
def test_keys_that_use_roots_rights(mac: FakeMac, more: dict[str, Any]) -> None:
    assert f"has {next(iter(more))}" in refused(mac, **more)


@pytest.mark.parametrize("path", ["/private/etc/sudoers.d/joe", "/Library/LaunchDaemons/joe.plist"])
def test_a_log_that_root_would_have_to_make(mac: FakeMac, path: str) -> None:
    mac.disk.folder("/private/etc/sudoers.d")
    why = refused(mac, StandardErrorPath=path)
    assert why == f"{path} is not there, and _mysql may not make it in a folder of uid 0"


def test_a_log_that_is_roots(mac: FakeMac) -> None:
    mac.disk.file("/private/etc/sudoers", b"")
    assert "belongs to uid 0" in refused(mac, StandardOutPath="/private/etc/sudoers")


def test_a_log_that_is_a_link(mac: FakeMac) -> None:
    mac.disk.file("/private/etc/sudoers", b"")
    mac.disk.link("/opt/homebrew/var/log/mysql.log", "/private/etc/sudoers", JOE, STAFF)
    assert "is no plain file" in refused(mac, StandardOutPath="/opt/homebrew/var/log/mysql.log")


def test_data_of_the_systems(mac: FakeMac) -> None:
    arguments = [f"{PREFIX}/opt/mysql/bin/mysqld_safe", "--datadir=/private/var/db"]
    os.chown(mac.disk.at("/private/var/db"), JOE, STAFF)
    assert "belongs to the system" in refused(mac, ProgramArguments=arguments)


@pytest.mark.parametrize("label", ["../../etc/x", "a/b", "x --><key>Program</key>"])
def test_a_label_that_is_no_name_of_a_file(mac: FakeMac, label: str) -> None:
    assert "holds another label than launchd" in refused(mac, Label=label)
    mac.jobs.clear()
    assert "no name of a file" in refused(mac, label, Label=label)


def test_a_file_of_roots_among_joes_agents(mac: FakeMac) -> None:
    os.chown(mac.disk.at(AGENT), 0, 0)
    found = planned(mac)
    assert isinstance(found, NoPlan)
    assert "belongs to uid 0, not to joe" in found.refusals[0].why


@pytest.mark.parametrize("name", ["admin2", "_Up", "_a/b", "_-x", "_" + "a" * 40])
def test_an_account_with_a_name_that_is_none(mac: FakeMac, name: str) -> None:
    found = planned(mac, user=name)
    assert isinstance(found, NoPlan)
    assert "is no name" in found.refusals[0].why
