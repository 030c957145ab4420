"""Mounts and access lists as the kernel writes them."""

import os
import shutil
import struct
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privaudit.host.acl import ACCESS, hidden_entries
from privaudit.host.mountinfo import parse_mountinfo
from privaudit.model.path import AclEntry


def acl(*entries: tuple[int, int, int], version: int = 2) -> bytes:
    return struct.pack("<I", version) + b"".join(struct.pack("<HHI", *entry) for entry in entries)


def test_hidden_entries_with_the_mask_applied() -> None:
    raw = acl((1, 7, 0xFFFFFFFF), (2, 7, 1000), (4, 5, 0xFFFFFFFF), (8, 6, 50), (0x10, 5, 0), (0x20, 0, 0))
    assert hidden_entries(raw) == (
        AclEntry("user", 1000, 5),
        AclEntry("owning-group", -1, 5),
        AclEntry("group", 50, 4),
    )


def test_without_a_mask_the_entry_counts_whole() -> None:
    assert hidden_entries(acl((2, 7, 1000))) == (AclEntry("user", 1000, 7),)
    assert hidden_entries(acl()) == ()


@pytest.mark.parametrize("raw", [b"", b"\2\0\0", acl(version=1), acl((2, 7, 1)) + b"x"])
def test_other_bytes_are_no_acl(raw: bytes) -> None:
    with pytest.raises(ValueError, match="not a POSIX ACL"):
        hidden_entries(raw)


@given(st.binary(max_size=60))
def test_no_bytes_break_the_reader(raw: bytes) -> None:
    try:
        assert all(0 <= entry.permissions <= 0xFFFF for entry in hidden_entries(raw))
    except ValueError:
        assert raw[:4] != b"\2\0\0\0" or (len(raw) - 4) % 8


@pytest.mark.skipif(shutil.which("setfacl") is None, reason="setfacl is not installed")
def test_the_kernel_s_own(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_text("")
    entries = "u:1234:rw,g:77:rwx,g::-,m::r"
    made = subprocess.run(["setfacl", "-m", entries, str(path)], check=False, timeout=60)
    if made.returncode:
        pytest.skip("this file system has no access lists")
    assert hidden_entries(os.getxattr(path, ACCESS)) == (
        AclEntry("user", 1234, 4),
        AclEntry("owning-group", -1, 0),
        AclEntry("group", 77, 4),
    )


def test_mounts() -> None:
    text = (
        rb"36 35 98:0 / /mnt\040a\134b ro,noatime master:1 shared:2 - ext3 /dev/root rw,errors=continue"
        b"\n"
        b"37 35 0:5 /sub /x rw,idmapped - tmpfs none ro\n"
    )
    first, second = parse_mountinfo(text)
    assert (first.id, first.point, first.device, first.kind, first.read_only) == (
        36,
        "/mnt a\\b",
        "98:0",
        "ext3",
        True,
    )
    assert (second.root, second.ownerless, second.read_only) == ("/sub", True, True)


@given(st.binary(max_size=120))
def test_a_line_that_is_none_is_a_value_error(text: bytes) -> None:
    try:
        parse_mountinfo(text)
    except ValueError:
        return
    assert not text.strip() or b" - " in text
