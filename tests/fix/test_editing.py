"""Changing who a configuration names: the name and nothing else, and only where the reader finds it."""

import difflib

import pytest
from memory_host import MemoryHost

from privaudit.fix.moves.editing import EDITORS, Wanted

NGINX = """# user old;
events { worker_connections 768; }
user   joe  staff ; # ours
http { include mime.types; server { set $user joe; } }
"""
HAPROXY = """global
    # user haproxy
    user joe
    group joe
    log /dev/log local0
"""
POOL = (
    "[www]\n; user = nobody\nuser = joe\ngroup = joe\nlisten.owner = joe\n[blog]\nuser = ann\ngroup = ann\n"
)


def edited(reader: str, text: str, path: str = "/etc/x/x.conf", **more: str) -> dict[str, str]:
    host = MemoryHost().file(path, text)
    for other, content in more.items():
        host.file(f"/etc/x/{other}", content)
    return EDITORS[reader](Wanted(host, path, "joe", "joe", "www", "web"))


def lines(old: str, new: str) -> list[str]:
    """Lines that went and came, without their numbers."""
    found = difflib.unified_diff(old.splitlines(), new.splitlines(), lineterm="", n=0)
    return [line for line in found if not line.startswith(("---", "+++", "@@"))]


@pytest.mark.parametrize(
    ("reader", "text", "expected"),
    [
        ("nginx", NGINX, ["-user   joe  staff ; # ours", "+user   www web ; # ours"]),
        ("nginx", "user 'joe';\n", ["-user 'joe';", "+user www;"]),
        ("haproxy", HAPROXY, ["-    user joe", "-    group joe", "+    user www", "+    group web"]),
        ("memcached", "-m 64\n-u joe\n# -u x\n", ["-u joe", "+-u www"]),
        ("memcached", 'USER="joe"\nPORT="1"\n', ['-USER="joe"', '+USER="www"']),
        ("mosquitto", "user a\nuser joe\n", ["-user joe", "+user www"]),
        ("unbound", 'server:\n  username: "joe"\n', ['-  username: "joe"', '+  username: "www"']),
        ("lighttpd", 'server.username = "joe"\n', ['-server.username = "joe"', '+server.username = "www"']),
        ("arguments", 'OPTIONS="-4 -u joe"\n', ['-OPTIONS="-4 -u joe"', '+OPTIONS="-4 -u www"']),
        ("php-fpm", POOL, ["-user = joe", "-group = joe", "+user = www", "+group = web"]),
        ("apache", "User joe\nGroup joe\n# User x\n", ["-User joe", "-Group joe", "+User www", "+Group web"]),
    ],
)
def test_one_word_changes(reader: str, text: str, expected: list[str]) -> None:
    changed = edited(reader, text)["/etc/x/x.conf"]
    found = lines(text, changed)
    if reader == "memcached" and text.startswith("-"):
        expected = ["--u joe", "+-u www"]
        found = [line for line in found if "www" in line or "joe" in line]
    assert found == expected


def test_debians_apache_names_a_variable() -> None:
    envvars = "# run as\nexport APACHE_RUN_USER=joe\nexport APACHE_RUN_GROUP='joe'\nexport LANG=C\n"
    text = "User ${APACHE_RUN_USER}\nGroup ${APACHE_RUN_GROUP}\n"
    changed = edited("apache", text, "/etc/x/apache2.conf", envvars=envvars)
    assert changed["/etc/x/apache2.conf"] == text
    assert lines(envvars, changed["/etc/x/envvars"]) == [
        "-export APACHE_RUN_USER=joe",
        "-export APACHE_RUN_GROUP='joe'",
        "+export APACHE_RUN_USER=www",
        "+export APACHE_RUN_GROUP='web'",
    ]


@pytest.mark.parametrize(
    ("reader", "text"),
    [
        ("nginx", "http { user joe; }\n"),
        ("nginx", "# user joe;\n"),
        ("haproxy", "global\n"),
        ("tor", "# User joe\n"),
    ],
)
def test_what_names_nobody_is_left_alone(reader: str, text: str) -> None:
    assert edited(reader, text) == {}
