"""This machine, acted upon: programs by absolute path, root's files by descriptor and atomically."""
# ruff: noqa: D102 - the protocol says what each method does

import contextlib
import errno
import os
import stat
import time
from collections.abc import Iterator, Sequence

from privaudit.host import CommandResult, HostError, PasswdEntry, commands
from privaudit.host.act import KEPT_LIMIT, ActError, Kept, RunAs, beside
from privaudit.host.resolve import KINDS
from privaudit.model.path import FileKind

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_TEST = ("/usr/bin/test", "/bin/test")
_LINKS = 10
_BLOCK = 1 << 16


class LocalHands:
    """The machine that privaudit runs on, or a disk below root: then no program is run."""

    def __init__(self, root: str = "/") -> None:
        self.root = root

    def run(
        self, argv: Sequence[str], *, limit: float, account: RunAs | None = None, stdin: bytes = b""
    ) -> CommandResult:
        if self.root != "/":
            raise ActError(argv[0], "is not run: the machine is a folder")
        whom = None
        env = {}
        if account is not None:
            entry = PasswdEntry(account.name, account.uid, account.gid, "", account.home, "")
            whom = (entry, account.groups)
            env = {"HOME": account.home, "USER": account.name, "LOGNAME": account.name}
            env |= dict(account.environment)
        try:
            return commands.run(argv, timeout=limit, account=whom, env=env, stdin=stdin)
        except HostError as problem:
            raise ActError(problem.what, problem.why) from None

    def look(self, path: str) -> Kept | None:
        try:
            with self._holding(path, trusted=False) as (folder, name):
                return _look(path, folder, name)
        except FileNotFoundError:
            return None
        except OSError as problem:
            raise _failed(path, problem) from None

    def write(self, path: str, kept: Kept) -> None:
        try:
            if kept.uid != 0:
                with self._holding(path, trusted=False) as (folder, name):
                    if os.fstat(folder).st_uid == kept.uid:
                        _write(folder, name, kept)  # whatever they make of it there is theirs already
                        return
            with self._holding(path, trusted=True) as (folder, name):
                _write(folder, name, kept)
        except OSError as problem:
            raise _failed(path, problem) from None

    def remove(self, path: str) -> None:
        try:
            with self._holding(path, trusted=False) as (folder, name):
                os.unlink(name, dir_fd=folder)
                os.fsync(folder)
        except FileNotFoundError:
            return
        except OSError as problem:
            raise _failed(path, problem) from None

    def make_folders(self, path: str) -> tuple[str, ...]:
        made: list[str] = []
        parts = [part for part in path.split("/") if part]
        for end in range(1, len(parts) + 1):
            where = "/" + "/".join(parts[:end])
            try:
                with self._holding(where, trusted=True) as (folder, name):
                    try:
                        os.mkdir(name, 0o700, dir_fd=folder)
                    except FileExistsError:
                        continue
                    made.append(where)
                    self._open_up(folder, name)
            except OSError as problem:
                raise _failed(where, problem) from None
        return tuple(made)

    def remove_folder(self, path: str) -> None:
        try:
            with self._holding(path, trusted=True) as (folder, name):
                os.rmdir(name, dir_fd=folder)
                os.fsync(folder)
        except OSError as problem:
            if problem.errno not in {errno.ENOENT, errno.ENOTEMPTY, errno.EEXIST}:
                raise _failed(path, problem) from None

    def can_use(self, path: str, account: RunAs) -> bool:
        for program in _TEST:
            if os.access(program, os.X_OK):
                return all(
                    self.run([program, sign, path], limit=30, account=account).status == 0
                    for sign in ("-r", "-w", "-x")
                )
        raise ActError(_TEST[0], "no such program")

    def boot(self) -> str:
        try:
            with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
                return file.read().strip()
        except FileNotFoundError:
            return ""

    def now(self) -> float:
        return time.time()

    def wait(self, seconds: float) -> None:
        time.sleep(seconds)

    def _open_up(self, folder: int, name: str) -> None:
        """Give a new folder its mode whatever the umask says."""
        descriptor = os.open(name, _FOLDER, dir_fd=folder)
        try:
            os.fchmod(descriptor, 0o755)
        finally:
            os.close(descriptor)
        os.fsync(folder)

    @contextlib.contextmanager
    def _holding(self, path: str, *, trusted: bool) -> Iterator[tuple[int, str]]:
        """Open the folder that holds path: (descriptor, name); trusted: only root can change the way."""
        if not path.startswith("/") or "\0" in path or path.endswith("/"):
            raise ActError(path, "not an absolute path")
        folders = [os.open(self.root, _FOLDER)]
        waiting = [part for part in reversed(path.split("/")) if part not in {"", "."}]
        links = 0
        try:
            while True:
                if trusted:
                    _only_root(path, folders[-1])
                part = waiting.pop()
                if part == "..":
                    raise ActError(path, "holds ..")
                if not waiting:
                    yield folders[-1], part
                    return
                text = _root_link(folders[-1], part)
                if text is None:
                    folders.append(os.open(part, _FOLDER, dir_fd=folders[-1]))
                    continue
                links += 1
                if links > _LINKS:
                    raise ActError(path, "too many links on the way")
                waiting += [piece for piece in reversed(text.split("/")) if piece not in {"", "."}]
                if text.startswith("/"):
                    while len(folders) > 1:
                        os.close(folders.pop())
        finally:
            for folder in folders:
                os.close(folder)


def _only_root(path: str, folder: int) -> None:
    found = os.fstat(folder)
    if found.st_uid != 0 or found.st_mode & 0o022:
        raise ActError(path, "a folder on the way can be changed by others than root")


def _root_link(folder: int, name: str) -> str | None:
    """Text of a link that only root can have put there (/etc of macOS, /lib of Debian); None: no link."""
    found = os.stat(name, dir_fd=folder, follow_symlinks=False)
    if not stat.S_ISLNK(found.st_mode):
        return None
    holder = os.fstat(folder)
    if found.st_uid != 0 or holder.st_uid != 0 or holder.st_mode & 0o022:
        raise OSError(errno.ELOOP, "a link that others than root can replace", name)
    return os.readlink(name, dir_fd=folder)


def _look(path: str, folder: int, name: str) -> Kept | None:
    found = os.stat(name, dir_fd=folder, follow_symlinks=False)
    kind = KINDS[stat.S_IFMT(found.st_mode)]
    data = b""
    if kind is FileKind.LINK:
        data = os.fsencode(os.readlink(name, dir_fd=folder))
    elif kind is FileKind.FILE:
        file = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
        try:
            found = os.fstat(file)
            if not stat.S_ISREG(found.st_mode):
                raise ActError(path, "changed while it was opened")
            while block := os.read(file, _BLOCK):
                data += block
                if len(data) > KEPT_LIMIT:
                    raise ActError(path, f"larger than {KEPT_LIMIT} bytes")
        finally:
            os.close(file)
    return Kept(kind, found.st_uid, found.st_gid, stat.S_IMODE(found.st_mode), data)


def _write(folder: int, name: str, kept: Kept) -> None:
    """Write beside it, then take its place: whoever reads sees the old file or the new one."""
    new = beside(name)
    with contextlib.suppress(FileNotFoundError):
        os.unlink(new, dir_fd=folder)  # left by a run that was killed
    try:
        if kept.kind is FileKind.LINK:
            os.symlink(kept.data, os.fsencode(new), dir_fd=folder)
            os.chown(new, kept.uid, kept.gid, dir_fd=folder, follow_symlinks=False)
        else:
            _write_file(folder, new, kept)
        os.rename(new, name, src_dir_fd=folder, dst_dir_fd=folder)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(new, dir_fd=folder)
        raise
    os.fsync(folder)


def _write_file(folder: int, name: str, kept: Kept) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    file = os.open(name, flags, 0o600, dir_fd=folder)
    try:
        rest = memoryview(kept.data)
        while rest:
            rest = rest[os.write(file, rest) :]
        os.fchown(file, kept.uid, kept.gid)
        os.fchmod(file, kept.mode)
        os.fsync(file)
    finally:
        os.close(file)


def _failed(path: str, problem: OSError) -> ActError:
    return ActError(path, (problem.strerror or str(problem)).lower())
