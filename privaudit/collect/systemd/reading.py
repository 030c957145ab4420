"""Read unit files within bounds: one file, and all files of one manager together."""

from dataclasses import field

from privaudit.collect.systemd.unitfiles import real_path
from privaudit.host import Host, HostError
from privaudit.model.frozen import slotted
from privaudit.model.path import FileKind

MAX_BYTES = 8 << 20
"""Bytes of unit files and drop-ins that one manager may have; a big server has less than a tenth of it."""
MAX_FILES = 20_000
"""How often one manager's files are read; a drop-in for a type counts once a unit."""


@slotted
class Reader:
    """Reads the files of one manager."""

    host: Host
    _bytes: int = 0
    _files: int = 0
    _known: dict[str, bytes] = field(default_factory=dict)

    def read(self, path: str) -> bytes:
        """Contents of a unit file; empty for one that masks. HostError also if there were too many before."""
        if self._files >= MAX_FILES or self._bytes >= MAX_BYTES:
            raise HostError(path, "not read: its manager has more unit files than privaudit looks at")
        self._files += 1
        if path not in self._known:
            self._known[path] = b"" if self._masks(path) else self.host.read(path)
        self._bytes += len(self._known[path])
        return self._known[path]

    def _masks(self, path: str) -> bool:
        """Whether a path is a link to a device, as masks are, and which nobody should open."""
        try:
            if self.host.lstat(path).kind is not FileKind.LINK:
                return False
            real = real_path(self.host, path)
            return real == "/dev/null" or self.host.lstat(real).kind is FileKind.DEVICE
        except HostError:
            return False  # reading it says what is wrong
