"""Whatever fails, at whatever step: everything is put back, and the service is up as it was."""

from collections.abc import Callable, Iterator

import pytest
from lab.broken import GIVEN, mariadb_of_joe, picture, rows, signalled, uid_of, uids_of
from lab.machine import Answer, Machine, wait_for
from lab.session import Lab

UNIT = "mariadb.service"
DROP_INS = f"/etc/systemd/system/{UNIT}.d"
PLACES = (*GIVEN, "/etc/systemd/system", "/run/systemd/system")
NOT_AS_MYSQL = '[ "$(id -un)" = joe ] || { echo only joe may read the key; sleep 1; exit 1; }'
"""It stays for a moment: of a process that has ended already, journald cannot tell the unit."""


@pytest.fixture(scope="module")
def machine(lab: Lab) -> Iterator[Machine]:
    with lab.boot("mariadb") as booted:
        booted.checksum = mariadb_of_joe(booted)  # type: ignore[attr-defined]
        yield booted


@pytest.fixture
def joes(machine: Machine) -> Iterator[Callable[[Answer], None]]:
    """A check that MariaDB is joe's in everything, as before the fix that was tried."""
    before = _picture(machine)
    _is_joes(machine)

    def check(tried: Answer, code: int = 1) -> None:
        said = tried.stdout + tried.stderr
        assert tried.returncode == code, said
        assert _picture(machine) == before, said
        _is_joes(machine)
        assert machine.privaudit("undo", "--yes").stdout == "nothing to do\n"

    yield check
    assert _picture(machine) == before


def _picture(machine: Machine) -> dict[str, str]:
    """All but the drop-ins that a test adds itself."""
    ours = {f"{DROP_INS}/extra.conf", f"{DROP_INS}/zzz.conf"}
    return {path: how for path, how in picture(machine, *PLACES).items() if path not in ours}


def _is_joes(machine: Machine) -> None:
    assert rows(machine) == machine.checksum  # type: ignore[attr-defined]
    assert uids_of(machine, UNIT) == {uid_of(machine, "joe")}


def _pid(machine: Machine) -> str:
    return machine.run(["systemctl", "show", "--value", "-p", "MainPID", UNIT]).stdout.strip()


class _DropIn:
    """A drop-in of the administrator's, for one test."""

    def __init__(self, machine: Machine, text: str, name: str = "extra.conf", *, read: bool = True) -> None:
        self._machine, self._path, self._read = machine, f"{DROP_INS}/{name}", read
        machine.write(self._path, text)
        if read:
            machine.run(["systemctl", "daemon-reload"])

    def gone(self) -> None:
        self._machine.run(["rm", self._path])
        self._machine.run(["systemctl", "daemon-reload"])


@pytest.fixture
def drop_in(machine: Machine) -> Iterator[Callable[..., None]]:
    made: list[_DropIn] = []
    yield lambda *args, **kwargs: made.append(_DropIn(machine, *args, **kwargs))
    for each in made:
        each.gone()


def test_a_link_out_of_the_data_is_refused_before_anything(
    machine: Machine, joes: Callable[..., None]
) -> None:
    machine.run(["ln", "/var/lib/mysql/ibdata1", "/var/lib/outside"])
    tried = machine.privaudit("fix", "mysql", "--yes")
    machine.run(["rm", "/var/lib/outside"])
    joes(tried, code=3)
    assert "hard links" in tried.stdout


def test_somebody_in_the_data_folder(machine: Machine, joes: Callable[..., None]) -> None:
    machine.run(["sh", "-c", "runuser -u joe -- sh -c 'cd /var/lib/mysql; exec sleep 600' >/dev/null 2>&1 &"])
    wait_for(lambda: machine.run(["pgrep", "-u", "joe", "-x", "sleep"], check=False).returncode == 0, "joe")
    tried = machine.privaudit("fix", "mysql", "--yes")
    machine.run(["pkill", "-u", "joe", "-x", "sleep"])
    joes(tried)
    assert "still held by sleep" in tried.stdout


def test_a_stop_that_hangs_kills_nobody(
    machine: Machine, joes: Callable[..., None], drop_in: Callable[..., None]
) -> None:
    drop_in("[Service]\nTimeoutStopSec=3\nSendSIGKILL=yes\nExecStop=/bin/sleep 10000\n")
    pid = _pid(machine)
    tried = machine.privaudit("fix", "mysql", "--yes")
    assert tried.returncode == 1, tried.stdout + tried.stderr
    assert "did not stop within 3 s" in tried.stdout
    assert machine.run(["ps", "-o", "user=", "-p", pid]).stdout.strip() == "joe"
    assert rows(machine) == machine.checksum  # type: ignore[attr-defined]
    machine.run(["pkill", "-u", "joe", "-x", "sleep"])
    wait_for(lambda: _pid(machine) not in {"0", pid}, "the start that was queued")
    machine.wait_active(UNIT)
    machine.run(["rm", "-r", f"/run/systemd/system/{UNIT}.d"])
    joes(tried)


def test_a_drop_in_that_would_override_ours(
    machine: Machine, joes: Callable[..., None], drop_in: Callable[..., None]
) -> None:
    drop_in("[Service]\nUser=joe\n", "zzz.conf")
    tried = machine.privaudit("fix", "mysql", "--yes")
    assert f"{DROP_INS}/zzz.conf sets User=" in tried.stdout
    joes(tried, code=3)


def test_systemd_reads_something_else_than_planned(
    machine: Machine, joes: Callable[..., None], drop_in: Callable[..., None]
) -> None:
    drop_in("[Service]\nUser=joe\n", "zzz.conf", read=False)
    tried = machine.privaudit("fix", "mysql", "--yes")
    joes(tried)
    assert "User=joe, not mysql" in tried.stdout
    assert "zzz.conf" in tried.stdout


def test_the_new_account_cannot_read_a_key(
    machine: Machine, joes: Callable[..., None], drop_in: Callable[..., None]
) -> None:
    drop_in(f"[Service]\nExecStartPre=/bin/sh -c '{NOT_AS_MYSQL}'\n")
    tried = machine.privaudit("fix", "mysql", "--yes")
    joes(tried)
    assert "did not start" in tried.stdout
    assert "only joe may read the key" in tried.stdout


def test_it_dies_after_three_seconds(
    machine: Machine, joes: Callable[..., None], drop_in: Callable[..., None]
) -> None:
    dying = '[ "$(id -un)" = joe ] || { sleep 3; kill $MAINPID; } &'
    drop_in(f"[Service]\nRestart=no\nExecStartPost=/bin/sh -c '{dying}'\n")
    tried = machine.privaudit("fix", "mysql", "--yes")
    joes(tried)
    # on a slow machine it is dead before it could be asked
    assert "did not stay up" in tried.stdout or "mysqladmin" in tried.stdout.partition("failed: ")[2]


def test_health_that_does_not_answer_well(machine: Machine, joes: Callable[..., None]) -> None:
    machine.sh("mv /usr/bin/mysqladmin /usr/bin/mysqladmin.real; echo '#!/bin/sh' > /usr/bin/mysqladmin")
    machine.sh("echo 'echo all is well, perhaps' >> /usr/bin/mysqladmin; chmod 755 /usr/bin/mysqladmin")
    tried = machine.privaudit("fix", "mysql", "--yes")
    machine.run(["mv", "/usr/bin/mysqladmin.real", "/usr/bin/mysqladmin"])
    joes(tried)
    assert "all is well, perhaps" in tried.stdout


@pytest.mark.parametrize(("size", "code"), [("32k", 3), ("256k", 1)])
def test_a_full_disk(machine: Machine, joes: Callable[..., None], size: str, code: int) -> None:
    state = "/var/lib/privaudit"
    machine.run(["mount", "-t", "tmpfs", "-o", f"size={size},mode=0700", "full", state])
    if code == 1:
        machine.sh("cd /var/lib/mysql; for i in $(seq 20000); do echo > a-file-with-a-long-name-$i; done")
        machine.sh("cd /var/lib/mysql; chown joe:joe a-file-*")
    tried = machine.privaudit("fix", "mysql", "--yes")
    machine.sh("umount /var/lib/privaudit; find /var/lib/mysql -name 'a-file-*' -delete")
    joes(tried, code=code)
    assert "no room" in tried.stdout


def test_a_reload_that_fails_once(machine: Machine, joes: Callable[..., None]) -> None:
    tried = _with_broken_systemctl(machine, "[ $(wc -l < /root/reloads) = 3 ]")
    joes(tried)
    assert "could not read its files anew" in tried.stdout


def test_a_reload_that_always_fails_is_found_before_anything(
    machine: Machine, joes: Callable[..., None]
) -> None:
    pid = _pid(machine)
    tried = _with_broken_systemctl(machine, "true")
    joes(tried)
    assert _pid(machine) == pid


def _with_broken_systemctl(machine: Machine, when: str) -> Answer:
    """Fix with a systemctl whose daemon-reload fails when the shell condition holds."""
    script = (
        f'#!/bin/sh\nif [ "$1" = daemon-reload ]; then echo >> /root/reloads; if {when}; then'
        ' echo "Refusing to reload, not enough space available on /run/systemd." >&2; exit 1; fi; fi\n'
        'exec /usr/bin/systemctl.real "$@"\n'
    )
    machine.run(["mv", "/usr/bin/systemctl", "/usr/bin/systemctl.real"])
    machine.write("/usr/bin/systemctl", script, 0o755)
    machine.write("/root/reloads", "")
    tried = machine.privaudit("fix", "mysql", "--yes")
    machine.run(["mv", "/usr/bin/systemctl.real", "/usr/bin/systemctl"])
    machine.run(["systemctl", "daemon-reload"])
    return tried


@pytest.mark.parametrize(
    ("signal", "step"),
    [
        ("SIGTERM", "stop"),
        ("SIGINT", "give /var/lib"),
        ("SIGTERM", "give /run"),
        ("SIGINT", "write"),
        ("SIGHUP", "have systemd"),
        ("SIGINT", "ask systemd"),
        ("SIGTERM", "start"),
        ("SIGINT", "run"),
        ("SIGTERM", "prove"),
    ],
)
def test_a_signal_in_every_step(machine: Machine, joes: Callable[..., None], signal: str, step: str) -> None:
    tried = signalled(machine, signal, step)
    joes(tried)
    assert f"stopped by {signal}" in tried.stdout
