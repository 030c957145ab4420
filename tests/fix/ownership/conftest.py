"""A folder that nobody but root can change, with a state folder and a tree beside each other."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from fix.ownership.ground import Ground


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything here gives files away."""
    if os.geteuid() != 0:
        here = Path(__file__).parent
        for item in items:
            if here in item.path.parents:
                item.add_marker(pytest.mark.skip(reason="gives files away: needs root"))


@pytest.fixture
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    """An empty place to stand on."""
    number = tmp_path_factory.mktemp("n").name
    base = Path(os.path.realpath("/var/lib")) / f"privaudit-test-{os.getpid()}-{number}"
    base.mkdir(mode=0o755)
    try:
        yield Ground(base)
    finally:
        unmount_below(base)
        shutil.rmtree(base)


def unmount_below(base: Path) -> None:
    """Nothing is removed through a mount that a failed test left."""
    mounts = Path("/proc/self/mountinfo").read_text(encoding="utf-8", errors="surrogateescape")
    points = [line.split(" ")[4] for line in mounts.splitlines()]
    for point in sorted((p for p in points if p.startswith(f"{base}/")), reverse=True):
        subprocess.run(["/usr/bin/umount", "-l", point], check=True)
