"""The page's way to undo with the journal alone, as it stands in the page."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from fix.ownership.ground import JOE, Ground, picture

PAGE = Path(__file__).resolve().parents[3] / "docs" / "explanation" / "ownership.md"


@pytest.mark.skipif(shutil.which("setfattr") is None, reason="setfattr is not installed")
def test_the_commands_of_the_page_take_everything_back(ground: Ground) -> None:
    ground.data()
    odd = ground.file(ground.tree / "db0" / "a b'c\n$(x)-\udcff", mode=0o640)
    ground.folder(ground.tree / "-rf", mode=0o711)
    before = picture(ground.tree)
    assert ground.change().changed > 0
    assert odd.stat().st_uid != JOE
    script = ground.base / "by_hand.py"
    script.write_text(PAGE.read_text(encoding="utf-8").split("```python\n")[1].split("```")[0])
    os.chown(ground.tree, 0, 0)
    ground.tree.chmod(0o700)
    environment = {"PYTHONUTF8": "1", "PYTHONIOENCODING": "utf-8:surrogateescape", "PATH": "/usr/bin:/bin"}
    printed = subprocess.run(
        [sys.executable, str(script), f"{ground.state}/a.journal"],
        check=True,
        capture_output=True,
        env=environment,
    )
    subprocess.run(["/bin/sh", "-e"], input=printed.stdout, check=True, env=environment)
    assert picture(ground.tree) == before
