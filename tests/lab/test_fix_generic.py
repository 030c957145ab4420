"""A hand-made service that the catalogue does not know: account and folders are named on the command line."""

import json
from collections.abc import Iterator

import pytest
from lab.broken import failing, picture, uid_of, uids_of
from lab.machine import Machine, wait_for
from lab.session import Lab

UNIT = "shop.service"
PROGRAM = """#!/usr/bin/python3
import http.server, os, sys, time
folder, port = sys.argv[1], int(sys.argv[2])
with open(folder + "/visits", "a") as visits:
    visits.write("started\\n")
class Shop(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(open(folder + "/goods", "rb").read())
try:
    server = http.server.HTTPServer(("0.0.0.0", port), Shop)
except OSError as problem:
    print(problem, file=sys.stderr, flush=True)
    time.sleep(1)  # of a process that has ended already, journald cannot tell the unit
    sys.exit(1)
server.serve_forever()
"""
TEXT = "[Service]\n{}ExecStart=/opt/shop/shop {} {}\n[Install]\nWantedBy=multi-user.target\n"
FETCH = "import urllib.request as r; print(r.urlopen('http://127.0.0.1:{}/').read().decode())"
PLACES = ("/srv", "/etc/systemd/system", "/etc/passwd", "/etc/group")


@pytest.fixture(scope="module")
def machine(lab: Lab) -> Iterator[Machine]:
    with lab.boot("mariadb") as booted:
        booted.add_person("joe", "sudo")
        booted.write("/opt/shop/shop", PROGRAM, 0o755)
        booted.write("/srv/shop/goods", "apples and pears\n", 0o600, "joe:joe")
        booted.run(["chown", "joe:joe", "/srv/shop"])
        booted.write(f"/etc/systemd/system/{UNIT}", TEXT.format("User=joe\n", "/srv/shop", 8085))
        booted.run(["systemctl", "daemon-reload"])
        booted.run(["systemctl", "enable", "--now", UNIT])
        assert fetched(booted) == "apples and pears\n\n"
        yield booted


def fetched(machine: Machine, port: int = 8085) -> str:
    argv = ["/usr/bin/python3", "-c", FETCH.format(port)]
    wait_for(lambda: machine.run(argv, check=False).returncode == 0, "an answer of the shop", 60)
    return machine.run(argv).stdout


def accounts(machine: Machine) -> str:
    return machine.run(["cat", "/etc/passwd", "/etc/group", "/etc/shadow", "/etc/gshadow"]).stdout


FIX = ("fix", "shop", "--user", "shop", "--owns", "/srv/shop", "--yes")


def test_nobody_says_whom_it_should_be(machine: Machine) -> None:
    assert failing(machine, "shop")["runs-as-person"] == "high"
    tried = machine.privaudit("fix", "shop", "--yes")
    assert tried.returncode == 3
    assert "--user ACCOUNT --owns FOLDER" in tried.stdout


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("--user", "joe"), "an account that people log in with"),
        (("--user", "root"), "is root"),
        (("--user", "shop", "--owns", "/srv"), "belongs to"),
        (("--user", "shop", "--owns", "/home/joe"), "home folder"),
        (("--user", "shop", "--owns", "/srv/nothing"), "/srv/nothing"),
        (("--user", "shop", "--owns", "srv/shop"), "not an absolute path"),
        (("--user", "shop", "--owns", "/srv/shop/../shop"), "not an absolute path"),
        (("--user", "-shop:x"), "no name that an account can be made with"),
    ],
)
def test_what_is_refused_before_anything(machine: Machine, arguments: tuple[str, ...], reason: str) -> None:
    before = picture(machine, *PLACES)
    tried = machine.privaudit("fix", "shop", *arguments, "--yes")
    assert tried.returncode == 3, tried.stdout + tried.stderr
    assert reason in tried.stdout
    assert picture(machine, *PLACES) == before


@pytest.mark.parametrize(
    ("service", "reason"),
    [("nobody-knows-it", "there is no such service"), ("sshd", "It becomes whoever logs in")],
)
def test_services_that_are_not_moved(machine: Machine, service: str, reason: str) -> None:
    tried = machine.privaudit("fix", service, "--yes")
    assert tried.returncode == 3
    assert reason in tried.stdout


def test_only_root_may(machine: Machine) -> None:
    for command in (("fix", "shop", "--yes"), ("undo", "--yes"), ("history",)):
        tried = machine.privaudit(*command, user="joe")
        assert tried.returncode == 3
        assert "sudo" in tried.stderr


def test_an_account_that_cannot_be_made(machine: Machine) -> None:
    before, known = picture(machine, *PLACES), accounts(machine)
    machine.sh("echo 1 > /etc/passwd.lock")
    tried = machine.privaudit(*FIX)
    machine.run(["rm", "/etc/passwd.lock"])
    assert tried.returncode == 1, tried.stdout + tried.stderr
    assert "the account shop could not be made" in tried.stdout
    assert (picture(machine, *PLACES), accounts(machine)) == (before, known)
    assert uids_of(machine, UNIT) == {uid_of(machine, "joe")}


def test_it_gets_an_account_of_its_own_and_gives_it_back(machine: Machine) -> None:
    before, known = picture(machine, *PLACES), accounts(machine)
    fixed = machine.privaudit(*FIX, "--format", "json")
    assert fixed.returncode == 0, fixed.stdout + fixed.stderr
    assert json.loads(fixed.stdout)["plan"]["steps"][0]["kind"] == "MakeAccount"
    entry = machine.run(["getent", "passwd", "shop"]).stdout.strip().split(":")
    assert (entry[5], entry[6]) == ("/nonexistent", "/usr/sbin/nologin")
    assert uids_of(machine, UNIT) == {uid_of(machine, "shop")}
    assert fetched(machine) == "apples and pears\n\n"
    assert not {"high", "critical"} & set(failing(machine, "shop").values())
    again = machine.privaudit(*FIX)
    assert (again.returncode, again.stdout) == (0, f"{UNIT}: nothing to do\n")

    undone = machine.privaudit("undo", "shop", "--yes")
    assert undone.returncode == 0, undone.stdout + undone.stderr
    assert picture(machine, *PLACES) == before
    assert accounts(machine) == known, undone.stdout
    assert uids_of(machine, UNIT) == {uid_of(machine, "joe")}
    assert fetched(machine) == "apples and pears\n\n"


def test_an_account_that_owns_something_elsewhere_stays_locked(machine: Machine) -> None:
    assert machine.privaudit(*FIX).returncode == 0
    machine.sh("echo note > /var/tmp/note; chown shop /var/tmp/note")
    undone = machine.privaudit("undo", "--yes")
    assert undone.returncode == 0, undone.stdout + undone.stderr
    assert "the account shop stays, locked: it owns /var/tmp/note" in undone.stdout
    assert machine.run(["getent", "shadow", "shop"]).stdout.split(":")[1].startswith("!")
    machine.sh("rm /var/tmp/note; userdel shop")


def test_a_port_below_1024_fails_and_all_is_put_back(machine: Machine) -> None:
    machine.write("/srv/web/goods", "cheese\n", 0o644, "www-data:www-data")
    machine.run(["chown", "www-data:www-data", "/srv/web"])
    machine.write("/etc/systemd/system/web.service", TEXT.format("", "/srv/web", 81))
    machine.run(["systemctl", "daemon-reload"])
    machine.run(["systemctl", "start", "web.service"])
    assert fetched(machine, 81) == "cheese\n\n"
    before = picture(machine, *PLACES)
    tried = machine.privaudit("fix", "web", "--user", "www-data", "--owns", "/srv/web", "--yes")
    assert tried.returncode == 1, tried.stdout + tried.stderr
    assert "Permission denied" in tried.stdout
    assert picture(machine, *PLACES) == before
    assert fetched(machine, 81) == "cheese\n\n"
    assert uids_of(machine, "web.service") == {0}


def test_one_that_does_not_run_is_fixed_and_not_started(machine: Machine) -> None:
    machine.run(["systemctl", "stop", UNIT])
    before = picture(machine, *PLACES)
    fixed = machine.privaudit(*FIX)
    assert fixed.returncode == 0, fixed.stdout + fixed.stderr
    assert machine.run(["systemctl", "is-active", UNIT], check=False).stdout == "inactive\n"
    machine.run(["systemctl", "start", UNIT])
    assert uids_of(machine, UNIT) == {uid_of(machine, "shop")}
    machine.run(["systemctl", "stop", UNIT])
    assert machine.privaudit("undo", "--yes").returncode == 0
    assert machine.run(["systemctl", "is-active", UNIT], check=False).stdout == "inactive\n"
    assert picture(machine, *PLACES) == before


def test_a_unit_without_a_file_would_be_gone_and_is_left_alone(machine: Machine) -> None:
    argv = ["systemd-run", "--unit=till", "--uid=joe", "/opt/shop/shop", "/srv/shop", "8086"]
    machine.run(argv)
    assert fetched(machine, 8086) == "apples and pears\n\n"
    pid = machine.run(["systemctl", "show", "--value", "-p", "MainPID", "till"]).stdout
    tried = machine.privaudit("fix", "till", "--user", "daemon", "--yes")
    assert tried.returncode == 3, tried.stdout + tried.stderr
    assert "once it stops it is gone" in tried.stdout
    assert machine.run(["systemctl", "show", "--value", "-p", "MainPID", "till"]).stdout == pid
    machine.run(["systemctl", "stop", "till"])
