"""An account that owns the tree fights the engine: nothing outside the tree may change owner or mode, ever.

`PRIVAUDIT_ROUNDS=full` runs 1,000 rounds of each; without it 12.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from fix.ownership.ground import JOE, SVC, Ground, picture

from privaudit.model.ownership import Status

ROUNDS = 1000 if os.environ.get("PRIVAUDIT_ROUNDS") == "full" else 12
PROTECTION = Path("/proc/sys/fs/protected_hardlinks")

ATTACKER = r'''
import os, random, sys
base, uid, seed = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
tree, prey = base + "/tree", base + "/prey"
os.setgroups([]); os.setresgid(uid, uid, uid); os.setresuid(uid, uid, uid)
chance = random.Random(seed)
print("ready", flush=True)

def swap(name):
    """A folder for a link to the prey, and back."""
    path = f"{tree}/{name}"
    os.rename(path, path + ".away")
    os.symlink(prey, path)
    os.unlink(path)
    os.rename(path + ".away", path)

def exchange(name):
    """A file for a link to the prey's file."""
    path = f"{tree}/{name}/f0"
    os.symlink(prey + "/secret", path + ".l")
    os.rename(path + ".l", path)
    open(path + ".n", "w").close()
    os.rename(path + ".n", path)

def plant(name):
    """A second name for a file of root's, where the kernel lets them."""
    path = f"{tree}/{name}/planted{chance.randrange(4)}"
    os.link(prey + "/readable", path)

def own(name):
    """A second name, outside of the tree, for a file in it."""
    os.link(f"{tree}/{name}/f1", f"{base}/drop/{chance.randrange(1000)}")

def make(name):
    path = f"{tree}/{name}/n{chance.randrange(9)}"
    open(path, "w").close()
    os.chmod(path, 0o6755)

def move(name):
    os.rename(f"{tree}/{name}/f2", f"{tree}/{chance.choice('abc')}/f2")

def out(name):
    """A whole folder out of the tree, and in again."""
    os.rename(f"{tree}/{name}", f"{base}/drop/{name}")
    os.rename(f"{base}/drop/{name}", f"{tree}/{name}")

acts = [swap, exchange, plant, own, make, move, out]
while True:
    try:
        chance.choice(acts)(chance.choice("abc"))
    except OSError:
        pass
'''


@pytest.fixture(params=["protected", "unprotected"])
def protection(request: pytest.FixtureRequest) -> Iterator[None]:
    """fs.protected_hardlinks (proc_sys_fs(5)), both ways."""
    was = PROTECTION.read_text(encoding="ascii")
    try:
        PROTECTION.write_text("1" if request.param == "protected" else "0", encoding="ascii")
    except OSError:
        pytest.skip("fs.protected_hardlinks cannot be set here")
    yield
    PROTECTION.write_text(was, encoding="ascii")


def arena(ground: Ground) -> None:
    """JOE's tree, a prey that is not his, and a folder where he may put things."""
    ground.clear()
    ground.folder(ground.tree)
    for name in "abc":
        folder = ground.folder(ground.tree / name)
        for index in range(12):
            ground.file(folder / f"f{index}")


@pytest.mark.usefixtures("protection")
@pytest.mark.parametrize("fighter", ["the former owner", "the new owner"])
def test_nothing_outside_ever_changes(ground: Ground, fighter: str) -> None:
    prey = ground.folder(ground.base / "prey", 0, mode=0o755)
    ground.file(prey / "secret", 0, mode=0o600)
    ground.file(prey / "readable", 0, mode=0o644)
    ground.file(prey / "helper", 0, mode=0o4755)
    ground.folder(ground.base / "drop", JOE, mode=0o1777)
    uid = JOE if fighter == "the former owner" else SVC
    before = picture(prey)
    endings: set[Status] = set()
    for number in range(ROUNDS):
        arena(ground)
        argv = [sys.executable, "-c", ATTACKER, str(ground.base), str(uid), str(number)]
        process = subprocess.Popen(argv, stdout=subprocess.PIPE)
        assert process.stdout is not None
        process.stdout.readline()
        try:
            changed = ground.change()
            endings.add(changed.status)
            assert picture(prey) == before, f"round {number}: {changed}"
            if (Path(ground.state) / "a.journal").exists():
                endings.add(ground.undo().status)
        finally:
            process.kill()
            process.wait(timeout=60)
            process.stdout.close()
        assert picture(prey) == before, f"round {number}"
        planted = {row[-1] for row in before.values()}
        for path, row in picture(ground.base / "drop").items():
            assert row[1] in {JOE, uid} or row[-1] in planted, path
    assert endings
