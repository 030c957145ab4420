"""The lab of one test run: its scratch folder, the machines in it, and the end of both, whatever happens."""

import atexit
import fcntl
import itertools
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cached_property
from pathlib import Path

from lab import control_groups, images, wheel
from lab.machine import Machine, NotBooted, clear

PROGRAMS = ("mmdebstrap", "systemd-nspawn", "nsenter", "setpriv", "mount", "chroot")


def missing() -> str | None:
    """Why there can be no lab here; None: there can."""
    if os.geteuid() != 0:
        return "the lab needs root"
    for program in PROGRAMS:
        if shutil.which(program) is None:
            return f"the lab needs {program}"
    unshared = subprocess.run(
        ["unshare", "--mount", "--pid", "--fork", "true"], capture_output=True, check=False
    )
    if unshared.returncode:
        return f"the lab needs namespaces: {unshared.stderr.decode(errors='replace').strip()}"
    if not os.access(control_groups.MOUNT, os.W_OK):
        return f"the lab needs {control_groups.MOUNT} writable"
    return None


class Lab:
    """Boots machines; at most a few at a time, each from an image that the cache holds."""

    def __init__(self) -> None:
        runs = images.cache() / "runs"
        runs.mkdir(parents=True, exist_ok=True)
        self.folder = runs / f"privaudit-lab-{os.getpid()}"
        with images.locked(images.cache() / "runs.lock"):
            _sweep(runs)
            self.folder.mkdir()
            self._lock = _lock(self.folder)
        self._scratch()
        self._count = itertools.count(1)
        self.running: list[Machine] = []
        atexit.register(self.close)

    def _scratch(self) -> None:
        """Overlays cannot lie on an overlay, as in a container: then they live in memory."""
        kind = subprocess.run(
            ["stat", "-f", "-c", "%T", self.folder], capture_output=True, text=True, check=True
        )
        self._in_memory = kind.stdout.strip() == "overlayfs"
        self._space = self.folder / "space"
        self._space.mkdir()
        if self._in_memory:
            subprocess.run(["mount", "-t", "tmpfs", "privaudit-lab", self._space], check=True)

    @cached_property
    def _installed(self) -> Path:
        return wheel.layer(images.build(images.IMAGES["mariadb"]), self._space / "wheel")

    @contextmanager
    def boot(self, name: str) -> Iterator[Machine]:
        """Boot a fresh machine of the image; a boot that fails is tried once more."""
        image = images.IMAGES[name]
        layers = [self._installed, images.build(image)]
        try:
            machine = self._booted(image, layers)
        except NotBooted:
            machine = self._booted(image, layers)
        try:
            yield machine
        finally:
            self._stop(machine)

    def _booted(self, image: images.Image, layers: list[Path]) -> Machine:
        name = f"{self.folder.name}-{next(self._count)}"
        machine = Machine(name, self._space / name, layers)
        self.running.append(machine)
        _settle(machine.root, image)
        try:
            machine.boot()
        except NotBooted:
            self._stop(machine)
            raise
        return machine

    def _stop(self, machine: Machine) -> None:
        self.running.remove(machine)
        machine.stop()
        shutil.rmtree(self._space / machine.name, ignore_errors=True)

    def close(self) -> None:
        """Stop what still runs and leave nothing but the images."""
        atexit.unregister(self.close)
        for machine in list(self.running):
            self._stop(machine)
        if self._in_memory:
            subprocess.run(["umount", "-l", self._space], check=True)
        shutil.rmtree(self.folder, ignore_errors=True)
        os.close(self._lock)


def _settle(root: Path, image: images.Image) -> None:
    everywhere = {"/etc/hosts": "127.0.0.1 localhost lab\n::1 localhost\n", "/etc/hostname": "lab\n"}
    for path, text in (everywhere | image.files).items():
        file = root / path.lstrip("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    for path, (old, new) in image.replace.items():
        file = root / path.lstrip("/")
        text = file.read_text()
        assert old in text, f"{path} of {image.name} has no {old!r}"
        file.write_text(text.replace(old, new))
    for verb, unit in image.units:
        subprocess.run(["chroot", root, "systemctl", "--quiet", verb, unit], check=True)


def _lock(folder: Path) -> int:
    """Hold the folder for as long as this process lives."""
    lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        raise
    return lock


def _sweep(runs: Path) -> None:
    """Remove what a killed run left: its machines, mounts and folders."""
    for folder in sorted(runs.iterdir()):
        try:
            lock = _lock(folder)
        except BlockingIOError:
            continue
        for name in {path.name for path in (folder / "space").glob(f"{folder.name}-*")}:
            clear(name)
        for mount in sorted(_mounts(folder), reverse=True):
            subprocess.run(["umount", "-l", mount], check=False, capture_output=True)
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def _mounts(folder: Path) -> list[str]:
    with suppress(OSError):
        lines = Path("/proc/self/mounts").read_text().splitlines()
        return [fields[1] for line in lines if (fields := line.split())[1].startswith(f"{folder}/")]
    return []
