"""Every hostile content in every place where a scan reads: survived, live and offline, in bounded time."""

import os
import shutil
from pathlib import Path

import pytest
from hostile import inputs
from hostile.scan_child import check, live, offline

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="makes devices and foreign owners: needs root")

UNREADABLE = ("two gigabytes", "FIFO", "socket", "device", "loop of links", "chain of links")
LIBRARY = ("etc/passwd", "etc/group", "etc/nsswitch.conf")
"""The C library of a live machine reads these itself, whatever they are; no program gets past that."""
NAMED = ("etc/systemd/system/x.service", "etc/passwd", "etc/shadow", "etc/group", "etc/nginx/nginx.conf")


@pytest.mark.parametrize("place", inputs.PLACES)
def test_contents(place: str, tmp_path: Path) -> None:
    first = inputs.PLACES.index(place) % 2
    for number, (name, put) in enumerate(inputs.CONTENTS.items()):
        if place not in NAMED and number % 2 == first:
            continue  # half of them: the readers of two neighbours are alike
        root = tmp_path / str(number) / "machine"
        root.mkdir(parents=True)
        inputs.machine(root)
        path = root / place
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.is_dir():
            shutil.rmtree(path)
        path.unlink(missing_ok=True)
        put(path)
        outcome = (live if number % 3 == 0 and place not in LIBRARY else offline)(root)
        try:
            check(outcome)
            if name in UNREADABLE and place in NAMED:
                assert outcome.names(f"/{place}"), outcome.limits
        except AssertionError as error:
            raise AssertionError(f"{name} in {place}: {error}") from error
        shutil.rmtree(root.parent)
