"""Which keys let somebody in: where sshd looks, and which of them give a shell."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from memory_host import MemoryHost

from privaudit.collect.accounts.keys import Held, KeyFiles, scan
from privaudit.host import PasswdEntry
from privaudit.model.unknown import Unknown

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIB joe@laptop"
JOE = PasswdEntry("joe", 1000, 1000, "", "/home/joe", "/bin/bash")


@pytest.mark.parametrize(
    ("line", "held"),
    [
        (KEY, Held(shell=True)),
        (f"  {KEY}", Held(shell=True)),
        (f'from="10.0.0.0/8",no-pty {KEY}', Held(shell=True)),
        (f'command="/usr/bin/borg serve" {KEY}', Held(forced=True)),
        (f'restrict,command="gitea serv key-1" {KEY}', Held(forced=True)),
        (f'environment="X=command=1" {KEY}', Held(shell=True)),
        (f"# {KEY}", Held()),
        ("ssh-rsa", Held()),
        ("sk-ssh-ed25519@openssh.com AAAAGnNrLXNzaC1lZDI1 joe", Held(shell=True)),
        ("ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAy joe", Held(shell=True)),
        ("", Held()),
    ],
)
def test_a_line_of_authorized_keys(line: str, held: Held) -> None:
    assert scan(line.encode()) == held


@given(st.binary(max_size=400))
def test_no_bytes_break_the_reader(data: bytes) -> None:
    assert scan(data).shell in {True, False}


def test_both_default_files_are_read() -> None:
    host = MemoryHost().file("/home/joe/.ssh/authorized_keys2", KEY)
    assert KeyFiles(host).of(JOE) == Held(shell=True)


def test_the_configured_files_are_read_instead() -> None:
    host = MemoryHost().file("/home/joe/.ssh/authorized_keys", KEY)
    host.file("/etc/ssh/sshd_config", "AuthorizedKeysFile /etc/ssh/keys/%u /etc/ssh/%U\n")
    assert KeyFiles(host).of(JOE) == Held()
    host.file("/etc/ssh/keys/joe", KEY)
    assert KeyFiles(host).of(JOE) == Held(shell=True)


def test_the_first_setting_counts_and_includes_come_where_they_stand() -> None:
    host = MemoryHost().file("/etc/ssh/keys/joe", KEY)
    host.file("/etc/ssh/sshd_config", "Include /etc/ssh/sshd_config.d/*.conf\nAuthorizedKeysFile none\n")
    host.file("/etc/ssh/sshd_config.d/10.conf", 'AuthorizedKeysFile="/etc/ssh/keys/%u"\n')
    assert KeyFiles(host).of(JOE) == Held(shell=True)


def test_match_blocks_add_files() -> None:
    host = MemoryHost().file("/etc/ssh/keys/joe", KEY)
    host.file("/etc/ssh/sshd_config", "Match User joe\n  AuthorizedKeysFile /etc/ssh/keys/%u\n")
    assert KeyFiles(host).of(JOE) == Held(shell=True)


def test_a_file_that_cannot_be_read_leaves_it_unknown() -> None:
    host = MemoryHost().fifo("/home/joe/.ssh/authorized_keys")
    held = KeyFiles(host).of(JOE)
    assert isinstance(held.shell, Unknown)
    assert "fifo" in held.shell.reason


def test_a_command_that_hands_out_keys_is_a_limit() -> None:
    host = MemoryHost().file(
        "/etc/ssh/sshd_config", "AuthorizedKeysCommand /usr/bin/sss_ssh_authorizedkeys\n"
    )
    keys = KeyFiles(host)
    assert keys.of(JOE) == Held()
    assert ["/usr/bin/sss_ssh_authorizedkeys" in limit.why for limit in keys.limits] == [True]


def test_an_authority_that_vouches_for_keys_is_a_limit() -> None:
    host = MemoryHost().file("/etc/ssh/sshd_config", "TrustedUserCAKeys /etc/ssh/ca.pub\n")
    keys = KeyFiles(host)
    assert keys.of(JOE) == Held()
    assert ["TrustedUserCAKeys" in limit.why for limit in keys.limits] == [True]


def test_a_configuration_that_includes_itself_ends() -> None:
    host = MemoryHost().file("/etc/ssh/sshd_config", "Include sshd_config\n")
    keys = KeyFiles(host)
    assert keys.of(JOE) == Held()
    assert keys.limits
