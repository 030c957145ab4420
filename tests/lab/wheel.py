"""The wheel under test, installed as the README says: for root, in a virtual environment of its own."""

import shutil
import subprocess
import sys
from pathlib import Path

from lab.machine import ENVIRONMENT, Overlay

CHECKOUT = Path(__file__).parents[2]
GUEST_PYTHON = "3.11"
"""Debian 12's."""
TARGET = "/opt/privaudit"


def layer(image: Path, folder: Path) -> Path:
    """Return a folder to lay over any image: privaudit and what it needs, in /opt/privaudit."""
    overlay = Overlay(folder, [image])
    try:
        wheels = overlay.root / "wheels"
        _collect(folder / "built", wheels)
        _inside(overlay.root, "/usr/bin/python3", "-m", "venv", TARGET)
        install = ("install", "--quiet", "--no-index", "--find-links", "/wheels", "privaudit")
        _inside(overlay.root, f"{TARGET}/bin/pip", *install)
        shutil.rmtree(wheels)
    finally:
        overlay.close()
    return overlay.upper


def _collect(built: Path, wheels: Path) -> None:
    """Build the checkout's wheel, and fetch those it depends on for the guest's Python."""
    build = ("-m", "build", "--wheel", "--no-isolation", "--outdir", str(built), str(CHECKOUT))
    _python(*build)
    (wheel,) = built.glob("*.whl")
    fetch = ("-m", "pip", "download", "--quiet", "--only-binary=:all:", "--implementation=cp")
    _python(*fetch, f"--python-version={GUEST_PYTHON}", "--dest", str(wheels), str(wheel))


def _python(*arguments: str) -> None:
    _checked([sys.executable, *arguments], None)


def _inside(root: Path, *argv: str) -> None:
    _checked(["chroot", str(root), *argv], ENVIRONMENT)


def _checked(argv: list[str], env: dict[str, str] | None) -> None:
    done = subprocess.run(argv, capture_output=True, text=True, timeout=900, env=env, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(argv)}: {done.returncode}\n{done.stdout}\n{done.stderr}")
