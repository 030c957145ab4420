"""Another parser, libplist's plistutil, reads real job files as we do: also those that plistlib refuses."""

import plistlib
import shutil
import subprocess
from pathlib import Path

import pytest

from privaudit.collect.plists import Unreadable, read

FOLDERS = ("repos", "dotfiles", "transcribed", "embedded", "macports-generated")


def by_libplist(path: Path) -> object:
    """Read a file through libplist; None: it refuses."""
    command = ["plistutil", "-i", str(path), "-f", "bin"]
    answer = subprocess.run(command, check=False, capture_output=True, timeout=120)
    try:
        return plistlib.loads(answer.stdout)
    except plistlib.InvalidFileException:
        return None


@pytest.mark.corpus
@pytest.mark.skipif(shutil.which("plistutil") is None, reason="libplist-utils is not installed")
def test_libplist_reads_the_same(corpus: Path) -> None:
    agreed = 0
    for folder in FOLDERS:
        for path in sorted((corpus / "wild-plists" / folder).iterdir()):
            try:
                ours = read(path.read_bytes())
            except Unreadable:
                continue
            theirs = by_libplist(path)
            assert theirs in (ours, None), path
            agreed += theirs is not None
    assert agreed > 150
