"""Trees of many small files to measure on."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

FILES_A_FOLDER = 250


@contextmanager
def tree(entries: int, uid: int = 0) -> Iterator[str]:
    """A tree with about that many entries of uid's, as a database or a mail store has them."""
    with tempfile.TemporaryDirectory(prefix="privaudit-bench-", dir="/var/tmp") as base:
        os.chmod(base, 0o755)  # noqa: S103 - another account has to get to it
        top = f"{base}/tree"
        os.mkdir(top)
        os.chown(top, uid, uid)
        for number in range(entries // (FILES_A_FOLDER + 1)):
            folder = f"{top}/d{number // 100}/d{number}"
            os.makedirs(folder, exist_ok=True)
            os.chown(os.path.dirname(folder), uid, uid)
            os.chown(folder, uid, uid)
            for index in range(FILES_A_FOLDER):
                file = os.open(f"{folder}/f{index}", os.O_WRONLY | os.O_CREAT, 0o640)
                os.fchown(file, uid, uid)
                os.close(file)
        yield top
