"""Names of dynamic users: the hash is the published one, and systemd's own answers were recorded."""

import pytest

from privaudit.collect.systemd.dynamic import siphash, user_of

KEY = bytes(range(16))


@pytest.mark.parametrize(
    ("size", "expected"),
    [(0, "310e0edd47db6f72"), (1, "fd67dc93c539f874"), (15, "e545be4961ca29a1")],
)
def test_vectors_of_the_paper_and_its_reference(size: int, expected: str) -> None:
    assert siphash(bytes(range(size)), KEY).to_bytes(8, "little").hex() == expected


@pytest.mark.parametrize(
    ("prefix", "user"),
    [("plain", "plain"), ("a-b_1", "a-b_1"), ("x" * 31, "x" * 31), (r"fz1-106\x2dq", "_du3bcfd36d87f333fd")],
)
def test_users(prefix: str, user: str) -> None:
    assert user_of(prefix) == user


def test_what_is_no_user_name_is_hashed() -> None:
    for prefix in ("x" * 32, "1a", "a.b", "-a"):
        assert user_of(prefix).startswith("_du")
