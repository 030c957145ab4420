"""Everything on a disk that must be as before when a fix is taken back."""

import os
import stat
from pathlib import Path

from macos.mac_disk import MacDisk

STATE = "private/var/db/privaudit"

Picture = dict[str, tuple[int, int, str, bytes]]


def picture(disk: MacDisk) -> Picture:
    """Every entry but our own records: owner, group, kind and mode, contents or text of a link."""
    found: Picture = {}
    for folder, folders, files in os.walk(disk.top):
        for name in (*folders, *files):
            path = Path(folder, name)
            key = str(path.relative_to(disk.top))
            if key.startswith(STATE):
                continue
            seen = path.lstat()
            data = b""
            if stat.S_ISLNK(seen.st_mode):
                data = os.fsencode(path.readlink())
            elif stat.S_ISREG(seen.st_mode):
                data = path.read_bytes()
            found[key] = (seen.st_uid, seen.st_gid, stat.filemode(seen.st_mode), data)
    return found
