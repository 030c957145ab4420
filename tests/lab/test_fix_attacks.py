"""joe, who owns the data and a folder on the way to it, attacks while his service is taken from him.

Nothing outside the data may change owner or mode, whatever comes of the fix: done, refused, or put back.
"""

import os
from collections.abc import Iterator

import pytest
from lab.broken import picture, uid_of, uids_of
from lab.machine import Machine
from lab.session import Lab

ROUNDS = 12 if os.environ.get("PRIVAUDIT_ROUNDS") == "full" else 1
UNIT = "shop.service"
HOLDER, DATA = "/srv/joe", "/srv/joe/shop/data"
TEXT = (
    f"[Service]\nUser=joe\nExecStart=/usr/bin/python3 -m http.server -d {DATA} 8085\n"
    "[Install]\nWantedBy=multi-user.target\n"
)
OUTSIDE = ("/etc", "/root", "/home", "/usr/local", "/srv/other", "/opt", "/var/lib/mysql")

_SETUP = "import os, random\nos.chdir('/srv/joe')\n"
ATTACKS = {
    "swaps the folder on the way for a link": """
while True:
    os.rename("shop", "aside"); os.symlink("/etc", "shop")
    os.unlink("shop"); os.rename("aside", "shop")
""",
    "swaps folders in the data for links": """
while True:
    try:
        os.mkdir("shop/data/deep"); os.mkdir("shop/data/deep/er")
        os.rename("shop/data/deep", "moved"); os.symlink("/etc", "shop/data/deep")
        os.unlink("shop/data/deep"); os.rmdir("moved/er"); os.rmdir("moved")
    except OSError:
        pass
""",
    "makes hard links and links": """
while True:
    name = f"shop/data/x{random.random()}"
    for make in (lambda: os.symlink("/etc/shadow", name), lambda: os.link("/srv/joe/own", name + "l"),
                 lambda: os.link("/srv/other/file", name + "r"), lambda: os.mkfifo(name + "f")):
        try:
            make()
        except OSError:
            pass
    try:
        for each in os.listdir("shop/data"):
            if each.startswith("x"):
                os.unlink("shop/data/" + each)
    except OSError:
        pass
""",
    "keeps a writer in the data": """
held = os.open("shop/data", os.O_RDONLY)
while True:
    try:
        file = os.open("late", os.O_CREAT | os.O_WRONLY, 0o600, dir_fd=held)
        os.write(file, b"still here"); os.close(file); os.unlink("late", dir_fd=held)
    except OSError:
        pass
""",
    "starts his own copy again and again": """
import subprocess, time
while True:
    subprocess.run(["/usr/bin/python3", "-c", "import os; os.chdir('/srv/joe/shop/data'); open('copy', 'w')"],
                   stderr=subprocess.DEVNULL)
""",
}


@pytest.fixture(scope="module")
def machine(lab: Lab) -> Iterator[Machine]:
    with lab.boot("mariadb") as booted:
        booted.add_person("joe", "sudo")
        booted.run(["sysctl", "-q", "-w", "fs.protected_hardlinks=1"], check=False)
        booted.write("/srv/other/file", "root's\n", 0o666)
        booted.write(f"{DATA}/goods", "apples\n", 0o600, "joe:joe")
        booted.write(f"{HOLDER}/own", "joe's own\n", 0o600, "joe:joe")
        booted.run(["chown", "-R", "joe:joe", HOLDER])
        booted.run(["useradd", "--system", "shop"])
        booted.write(f"/etc/systemd/system/{UNIT}", TEXT)
        booted.run(["systemctl", "enable", "--now", UNIT])
        yield booted


@pytest.mark.parametrize("attack", ATTACKS)
def test_nothing_outside_changes(machine: Machine, attack: str) -> None:
    machine.write("/usr/local/bin/attack", _SETUP + ATTACKS[attack], 0o755)
    before = picture(machine, *OUTSIDE)
    for _ in range(ROUNDS):
        machine.run(["systemd-run", "--unit=attack", "--uid=joe", "python3", "/usr/local/bin/attack"])
        tried = machine.privaudit("fix", "shop", "--user", "shop", "--owns", DATA, "--yes")
        said = tried.stdout + tried.stderr
        assert machine.run(["systemctl", "is-active", "attack.service"], check=False).stdout == "active\n"
        machine.run(["systemctl", "stop", "attack.service"], check=False)
        machine.run(["systemctl", "reset-failed", "attack.service"], check=False)
        assert tried.returncode in {0, 1, 3, 4}, said
        now = picture(machine, *OUTSIDE)
        ours = [path for path in now if "zz-privaudit" in path or path.endswith(f"{UNIT}.d")]
        assert {path: how for path, how in now.items() if path not in ours} == before, said
        machine.sh(f"cd {HOLDER}; test -d aside && {{ rm -f shop; mv aside shop; }}; rm -rf moved; true")
        if tried.returncode == 0:
            assert uids_of(machine, UNIT) == {uid_of(machine, "shop")}
        undone = machine.privaudit("undo", "--yes")
        assert undone.returncode == 0, undone.stdout + undone.stderr
        machine.run(["systemctl", "start", UNIT])
        assert uids_of(machine, UNIT) == {uid_of(machine, "joe")}
        assert picture(machine, *OUTSIDE) == before
        assert machine.run(["stat", "-c", "%U %a", f"{DATA}/goods"]).stdout == "joe 600\n"
