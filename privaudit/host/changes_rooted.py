"""Owners on a mounted disk or an unpacked image: the calls of Linux below a folder that stands for `/`."""
# ruff: noqa: D102 - the protocol says what each method does

import os
from dataclasses import replace

from privaudit.host.changes import Mount
from privaudit.host.changes_linux import LinuxChanges


class RootedChanges(LinuxChanges):
    """Paths and links are resolved inside the folder; ids are numbers of its own accounts."""

    def __init__(self, folder: str) -> None:
        super().__init__()
        self._root = os.path.realpath(folder)

    def root(self) -> int:
        return os.open(self._root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)

    def mounts(self) -> tuple[Mount, ...]:
        """Those below the folder, as it names them; `/` is the one that the folder lies on."""
        found = super().mounts()
        below = [mount for mount in found if mount.point.startswith(f"{self._root}/")]
        holding = max(
            (mount for mount in found if _holds(mount.point, self._root)),
            key=lambda mount: len(mount.point),
            default=None,
        )
        inside = [replace(mount, point=mount.point[len(self._root) :]) for mount in below]
        return (*(() if holding is None else (replace(holding, point="/"),)), *inside)


def _holds(point: str, folder: str) -> bool:
    return point in {"/", folder} or folder.startswith(f"{point}/")
