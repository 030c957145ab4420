"""Programs that start another one as somebody else: who that is, and what it is."""

import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st
from memory_host import MemoryHost

from privaudit.collect.services.command_line import scripts
from privaudit.collect.services.switches import behind, in_script, unwrapped

REDIS = "/usr/bin/redis-server"


@pytest.mark.parametrize(
    "line",
    [
        f"/usr/bin/sudo -u joe {REDIS}",
        f"/usr/bin/sudo -n --user=joe -H -- {REDIS} /etc/redis.conf",
        f"/usr/bin/sudo -g web -u joe PORT=1 {REDIS}",
        f"/usr/bin/doas -u joe {REDIS}",
        f"/bin/su joe -c {REDIS}",
        f"/bin/su - joe -c '{REDIS} /etc/redis.conf'",
        f"/bin/su -s /bin/sh -c 'exec {REDIS}' joe",
        f"/bin/su -l joe --command='{REDIS}'",
        f"/sbin/runuser -u joe -- {REDIS}",
        f"/sbin/runuser -l joe -c {REDIS}",
        f"/usr/bin/setpriv --reuid=joe --regid=joe --init-groups {REDIS}",
        f"/usr/bin/setpriv --reuid joe --clear-groups -- {REDIS}",
        f"/sbin/start-stop-daemon --start --chuid joe:web --pidfile /run/x.pid --exec {REDIS} -- --port 1",
        f"/sbin/start-stop-daemon -Sc joe -x {REDIS}",
        f"/usr/bin/chpst -u joe:web -l /run/x {REDIS}",
        f"/usr/sbin/gosu joe:web {REDIS}",
        f"/usr/bin/setuidgid joe {REDIS}",
        f"/usr/bin/env A=1 nice -n 5 sudo -u joe {REDIS}",
        f"/usr/bin/timeout -k 5 60 runuser -u joe {REDIS}",
        f"/bin/sh -c 'cd /srv && exec sudo -u joe {REDIS}'",
        f"/bin/bash -ec 'umask 022; su joe -c {REDIS}'",
        f"/usr/bin/flock -n /run/lock gosu joe {REDIS}",
    ],
)
def test_who_and_what_is_behind_a_wrapper(line: str) -> None:
    found = unwrapped(shlex.split(line))
    assert (found.user, found.argv[0]) == ("joe", REDIS)


@pytest.mark.parametrize(
    ("line", "user", "argv"),
    [
        (f"/usr/bin/sudo {REDIS}", "root", (REDIS,)),
        (f"/usr/bin/setpriv --reuid 1000 {REDIS}", "1000", (REDIS,)),
        (f"/usr/bin/setpriv --no-new-privs {REDIS}", None, (REDIS,)),
        (f"/usr/bin/nice -n5 {REDIS} joe", None, (REDIS, "joe")),
        (f"{REDIS} -u joe", None, (REDIS, "-u", "joe")),
        ("/bin/sh /etc/rc.local", None, ("/bin/sh", "/etc/rc.local")),
        ("/bin/sh -c 'a; b'", None, ("/bin/sh", "-c", "a; b")),
        ("/usr/bin/sudo -u joe", None, ("/usr/bin/sudo", "-u", "joe")),
        ("/bin/su joe", None, ("/bin/su", "joe")),
    ],
)
def test_what_changes_nobody(line: str, user: str | None, argv: tuple[str, ...]) -> None:
    found = unwrapped(shlex.split(line))
    assert (found.user, found.argv) == (user, argv)


def test_arguments_of_what_is_started_are_no_programs() -> None:
    line = f"/usr/bin/sudo -u redis {REDIS} /etc/redis/redis.conf".split()
    assert scripts(line[0], line) == [REDIS]
    line = f"/sbin/start-stop-daemon -S -p /srv/x.pid -x {REDIS} -- /etc/redis/redis.conf".split()
    assert scripts(line[0], line) == [REDIS]


def test_what_a_shell_reads_is_executed() -> None:
    assert scripts("/bin/sh", ["/bin/sh", "-c", ". /srv/a; source '/srv/b c' && exec /bin/cat"]) == [
        "/srv/a",
        "/srv/b c",
        "/bin/cat",
    ]
    assert scripts("/usr/bin/python3", ["python3", "-u", "-W", "ignore", "/srv/app.py"]) == ["/srv/app.py"]


@pytest.mark.parametrize(
    ("text", "user"),
    [
        ("#!/bin/sh\nstart-stop-daemon --start \\\n  --chuid joe --exec /usr/bin/x\n", "joe"),
        ("#!/bin/bash\nset -e\nif true; then\n  exec su - joe -c '/usr/bin/x -d'\nfi\n", "joe"),
        (
            '#!/bin/sh\nDAEMON_USER=joe # who\nstart-stop-daemon -S -c "$DAEMON_USER:web" -x /usr/bin/x\n',
            "joe",
        ),
        ("#!/usr/bin/env bash\nrunuser -u ${WHO} -- /usr/bin/x\n", None),
        ("#!/bin/sh\n# sudo -u joe /usr/bin/x\n/usr/bin/x\n", None),
        ("#!/bin/sh\nsudo -u joe /usr/bin/x\nsudo -u ann /usr/bin/x\n", None),
        ("#!/usr/bin/python3\nsudo -u joe x\n", None),
        ("\x7fELF", None),
    ],
)
def test_whom_a_script_changes_to(text: str, user: str | None) -> None:
    found = in_script(MemoryHost().file("/usr/local/bin/start", text, mode=0o755), "/usr/local/bin/start")
    assert (found.user if found is not None else None) == user


@given(
    st.lists(
        st.sampled_from(["sudo", "su", "-c", "-u", "joe", "--", "sh", "env", "-", "'", "a;b", "--chuid"])
    )
)
def test_no_command_line_breaks_it(words: list[str]) -> None:
    found = behind(words)
    assert found is None or found.argv
