"""A mounted disk or image of a machine that does not run: its files with their real owners, its own names."""

import os
import time
from collections.abc import Iterator, Mapping, Sequence

from privaudit.host import CommandResult, GroupEntry, HostError, Missing, PasswdEntry, Platform, RawProcess
from privaudit.host.accounts import Directory, group_entries, passwd_entries
from privaudit.host.files import Files
from privaudit.host.mountinfo import parse_mountinfo
from privaudit.host.resolve import Roots, failure
from privaudit.model.service import Listener

_MAC = ("/System/Library/CoreServices/SystemVersion.plist", "/private/var/db/dslocal")
_SYSTEM = ("/etc", "/usr/lib", "/private")
_MAC_NAME = "/Library/Preferences/SystemConfiguration/preferences.plist"
_ACCOUNTS_LIMIT = 16 << 20
_KERNEL = frozenset(
    {"proc", "sysfs", "cgroup", "cgroup2", "debugfs", "tracefs", "securityfs", "pstore", "bpf", "configfs"}
    | {"fusectl", "mqueue", "devpts", "devtmpfs", "efivarfs", "binfmt_misc", "autofs", "rpc_pipefs"}
)
"""File systems through which a kernel shows itself: below DIR they show the scanner's machine, not DIR's."""
_DATA = "/System/Volumes/Data"
_FIRMLINKS = (
    *("Applications", "Library", "Users", "Volumes", "cores", "opt", "private", "usr/local"),
    *("usr/libexec/cups", "usr/share/snmp"),
)
"""Folders of the system volume that are the data volume's (/usr/share/firmlinks of macOS 10.15 and later)."""
_PRIVATE = ("etc", "tmp", "var")
"""Links of the system volume into /private; a data volume that is mounted alone lacks them."""


class RootedHost(Files):
    """The machine whose `/` is mounted at a folder; see `privaudit.host.Host` for what each method promises.

    Every link is resolved inside the folder; kernel file systems mounted below it count as not there. A Mac's
    data volume may be mounted alone. Names are compared byte by byte, also where macOS would ignore case.
    """

    def __init__(self, folder: str, platform: Platform | None = None) -> None:
        """Open the machine; platform: None works it out. HostError if folder holds no system."""
        try:
            foreign = _kernel_devices()
            super().__init__(Roots(folder, foreign=foreign))
        except OSError as error:
            raise failure(folder, error) from None
        if not any(self._exists(path) for path in (*_MAC, *_SYSTEM)):
            raise HostError(folder, "holds no system: neither /etc nor /usr/lib nor /private")
        mac = Platform.DARWIN if any(map(self._exists, _MAC)) else Platform.LINUX
        self.platform = platform or mac
        self.root = os.path.abspath(folder)
        self.live = False
        self.privileged = os.geteuid() == 0
        if self.platform is Platform.DARWIN and (stand_ins := self._stand_ins()):
            self._roots = Roots(folder, foreign=foreign, stand_ins=stand_ins)
        self._known: Directory | None = None

    def hostname(self) -> str:
        """Name in the machine's own files."""
        try:
            if self.platform is Platform.DARWIN:
                return _mac_name(self.read(_MAC_NAME))
            text = self.read("/etc/hostname").decode("utf-8", "replace")
        except HostError:
            return ""
        return next((line.strip() for line in text.splitlines() if line.strip()[:1] not in {"", "#"}), "")

    def kernel(self) -> str:
        """Not known: none runs."""
        return ""

    def now(self) -> float:
        """Seconds since the epoch."""
        return time.time()

    def run(
        self,
        argv: Sequence[str],
        *,
        timeout: float = 30,  # noqa: ARG002
        uid: int | None = None,  # noqa: ARG002
        env: Mapping[str, str] | None = None,  # noqa: ARG002
        stdin: bytes = b"",  # noqa: ARG002
    ) -> CommandResult:
        """Refuse: its programs are never run."""
        raise Missing(argv[0], "the machine does not run; nothing of it is executed")

    def processes(self) -> Iterator[RawProcess]:
        """Nothing runs."""
        return iter(())

    def listeners(self) -> tuple[Listener, ...]:
        """Nothing listens."""
        return ()

    def passwd(self, key: int | str) -> PasswdEntry | None:
        """Look one account up in the machine's own file."""
        return self._directory().passwd(key)

    def group(self, key: int | str) -> GroupEntry | None:
        """Look one group up in the machine's own file."""
        return self._directory().group(key)

    def group_list(self, name: str, gid: int) -> tuple[int, ...]:
        """Every gid of an account by the machine's own file, primary first."""
        return self._directory().group_list(name, gid)

    def _directory(self) -> Directory:
        if self._known is None:
            passwd, groups = (self._accounts_file(path) for path in ("/etc/passwd", "/etc/group"))
            self._known = Directory(passwd_entries(passwd), group_entries(groups))
        return self._known

    def _accounts_file(self, path: str) -> str:
        try:
            return os.fsdecode(self.read(path, _ACCOUNTS_LIMIT))
        except HostError:
            return ""  # ids stay numbers then; whoever reads the file for its accounts says why

    def _exists(self, path: str) -> bool:
        try:
            self.lstat(path)
        except HostError:
            return False
        return True

    def _stand_ins(self) -> dict[tuple[str, ...], str]:
        """What the running macOS would add: firmlinks, and the links of the system volume."""
        found = {}
        if self._exists(f"{_DATA}/private/var"):
            found = {
                tuple(name.split("/")): f"{_DATA}/{name}"
                for name in _FIRMLINKS
                if self._exists(f"{_DATA}/{name}")
            }
        for name in _PRIVATE:
            if not self._exists(f"/{name}") and (found or self._exists(f"/private/{name}")):
                found[name,] = f"/private/{name}"
        return found


def _mac_name(plist: bytes) -> str:
    import plistlib
    from xml.parsers.expat import ExpatError

    try:
        system = plistlib.loads(plist)["System"]
        names = (system["System"].get("HostName"), system["System"].get("ComputerName"))
    except (ValueError, LookupError, TypeError, AttributeError, OverflowError, RecursionError, ExpatError):
        return ""  # a name for the report; nothing is judged by it
    return next((name for name in names if isinstance(name, str) and name), "")


def _kernel_devices() -> frozenset[int]:
    try:
        with open("/proc/self/mountinfo", "rb") as table:
            mounts = parse_mountinfo(table.read())
    except FileNotFoundError:
        return frozenset()  # macOS mounts none of them
    numbers = (mount.device.split(":") for mount in mounts if mount.kind in _KERNEL)
    return frozenset(os.makedev(int(major), int(minor)) for major, minor in numbers)
