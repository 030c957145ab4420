"""Each kind of move with the real daemon: broken, flagged, fixed and answering with its data, undone."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from lab.broken import failing, picture
from lab.machine import Machine, wait_for
from lab.session import Lab


@dataclass(frozen=True)
class Broken:
    """A daemon, how somebody gives it to joe, and how to see that it works."""

    unit: str
    name: str
    account: str
    give: str
    """Shell, while it is stopped."""
    asks: str
    """Shell; its output is the same before the fix, after it, and after undo."""
    prepare: str = ":"
    """Shell, while it still runs well."""
    places: tuple[str, ...] = ()
    """What must be as before after undo, beside /etc/systemd/system."""
    worker: str = ""
    """Name of the processes that must be the account; empty: the main process."""


def _drop_in(unit: str) -> str:
    folder = f"/etc/systemd/system/{unit}.d"
    return rf"mkdir -p {folder}; printf '[Service]\nUser=joe\nGroup=joe\n' > {folder}/joe.conf"


def _says(port: int, question: str, wanted: str) -> str:
    """Shell that sends a question and prints the lines of the answer that hold the text."""
    return (
        f'python3 -c \'import socket; s=socket.create_connection(("127.0.0.1",{port}),20);'
        f's.sendall(b"{question}"); print([l for l in s.makefile("rb") if b"{wanted}" in l])\''
    )


HTTP = "python3 -c 'import urllib.request as r; print(r.urlopen(\"http://127.0.0.1{}\").read())'"

CASES = [
    Broken(
        "redis-server.service",
        "redis",
        "redis",
        f"chown -R joe /var/lib/redis /var/log/redis /etc/redis; {_drop_in('redis-server.service')}",
        "redis-cli get greeting",
        prepare="redis-cli set greeting hello; redis-cli save",
        places=("/var/lib/redis", "/var/log/redis", "/etc/redis"),
    ),
    Broken(
        "memcached.service",
        "memcached",
        "memcache",
        "sed -i 's/^-u memcache/-u joe/' /etc/memcached.conf",
        _says(11211, r"stats settings\r\nquit\r\n", "tcpport"),
        places=("/etc/memcached.conf",),
    ),
    Broken(
        "nginx.service",
        "nginx",
        "www-data",
        "sed -i 's/^user www-data;/user  joe; # our own/' /etc/nginx/nginx.conf; chown -R joe /var/lib/nginx",
        HTTP.format("/"),
        places=("/etc/nginx", "/var/lib/nginx"),
        worker="nginx",
    ),
    Broken(
        "apache2.service",
        "apache",
        "www-data",
        "sed -i 's/=www-data/=joe/' /etc/apache2/envvars; chown joe /var/cache/apache2/mod_cache_disk",
        HTTP.format(":8080/"),
        places=("/etc/apache2", "/var/cache/apache2"),
        worker="apache2",
    ),
    Broken(
        "mosquitto.service",
        "mosquitto",
        "mosquitto",
        "echo 'user joe' >> /etc/mosquitto/mosquitto.conf;"
        " chown -R joe /var/lib/mosquitto /var/log/mosquitto /run/mosquitto;"
        # Debian's would give them back at every start
        " d=/etc/systemd/system/mosquitto.service.d; mkdir -p $d;"
        r" printf '[Service]\nExecStartPre=\n' > $d/own.conf",
        _says(1883, r"\x10\x0c\x00\x04MQTT\x04\x02\x00\x3c\x00\x00\xe0\x00", ""),
        places=("/etc/mosquitto", "/var/log/mosquitto"),  # it writes its database anew when it stops
    ),
    Broken(
        "php8.2-fpm.service",
        "php-fpm",
        "www-data",
        r"sed -i 's/^listen.\(owner\|group\) = www-data/listen.\1 = joe/' /etc/php/8.2/fpm/pool.d/www.conf;"
        f" chown -R joe /run/php; chown joe /var/log/php8.2-fpm.log; {_drop_in('php8.2-fpm.service')}",
        "stat -c %F /run/php/php8.2-fpm.sock",
        places=("/etc/php",),
        worker="php-fpm8.2",
    ),
    Broken(
        "prometheus-node-exporter.service",
        "node-exporter",
        "prometheus",
        _drop_in("prometheus-node-exporter.service"),
        HTTP.format(":9100/metrics") + " | grep -c node_exporter_build_info",
    ),
    Broken(
        "postgresql@15-main.service",
        "postgresql",
        "postgres",
        "chown -R joe:joe /var/lib/postgresql/15/main /etc/postgresql/15/main /run/postgresql;"
        " chown joe /var/log/postgresql/*; usermod -aG ssl-cert joe",
        "cd /; runuser -u $(stat -c %U /var/lib/postgresql/15/main) -- psql -U postgres -Atc"
        " 'select count(*), sum(n) from t' postgres",
        prepare="cd /; runuser -u postgres -- psql -c 'create table t as select generate_series(1,1000) n'"
        " postgres; sed -i 's/^local.*peer$/local all all trust/' /etc/postgresql/15/main/pg_hba.conf;"
        " systemctl reload postgresql@15-main",
        places=("/var/lib/postgresql", "/etc/postgresql", "/var/log/postgresql"),
    ),
]


@pytest.fixture(scope="module")
def machine(lab: Lab) -> Iterator[Machine]:
    with lab.boot("hosting") as booted:
        booted.add_person("joe", "sudo")
        yield booted


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_broken_found_fixed_undone(machine: Machine, case: Broken) -> None:
    machine.wait_active(case.unit)
    machine.sh(case.prepare)
    machine.run(["systemctl", "stop", case.unit])
    machine.sh(case.give)
    machine.run(["systemctl", "daemon-reload"])
    machine.run(["systemctl", "start", case.unit])
    wait_for(lambda: users(machine, case) == {"joe"}, f"{case.unit} to run as joe", 60)
    answer = asked(machine, case)
    places = ("/etc/systemd/system", *case.places)
    before = picture(machine, *places)
    contents = digest(machine, case)
    assert "high" in failing(machine, case.unit).values()

    fixed = machine.privaudit("fix", case.name, "--yes")
    assert fixed.returncode == 0, fixed.stdout + fixed.stderr
    assert users(machine, case) == {case.account}
    assert asked(machine, case) == answer
    assert not {"high", "critical"} & set(failing(machine, case.unit).values())
    assert not [p for p, how in picture(machine, *places).items() if how.startswith("joe:")]
    again = machine.privaudit("fix", case.name, "--yes")
    assert (again.returncode, again.stdout) == (0, f"{case.unit}: nothing to do\n")

    undone = machine.privaudit("undo", case.name, "--yes")
    assert undone.returncode == 0, undone.stdout + undone.stderr
    wait_for(lambda: users(machine, case) == {"joe"}, f"{case.unit} to run as joe again", 60)
    assert asked(machine, case) == answer
    now = picture(machine, *places)
    assert {path: now.get(path) for path in before} == before
    assert digest(machine, case) == contents
    assert "high" in failing(machine, case.unit).values()


def asked(machine: Machine, case: Broken) -> str:
    """What the daemon answers, once it does."""
    wait_for(lambda: machine.sh(case.asks, check=False).returncode == 0, f"{case.unit} to answer", 60)
    return machine.sh(case.asks).stdout


def users(machine: Machine, case: Broken) -> set[str]:
    """Real, effective and saved users of the processes that do the work."""
    main = machine.run(["systemctl", "show", "--value", "-p", "MainPID", case.unit]).stdout.strip()
    columns = "ruser:32=,euser:32=,suser:32="
    wanted = ["--ppid", main, "-C", case.worker] if case.worker else ["-p", main]
    lines = machine.run(["ps", "-o", f"pid=,comm=,{columns}", *wanted], check=False).stdout.splitlines()
    found = [line.split() for line in lines]
    return {user for pid, name, *who in found if pid != main or not case.worker for user in who if name}


def digest(machine: Machine, case: Broken) -> str:
    """Contents of the configuration."""
    files = [place for place in case.places if place.startswith("/etc/")] or ["/etc/hostname"]
    return machine.sh(f"find {' '.join(files)} -type f | sort | xargs sha256sum").stdout
