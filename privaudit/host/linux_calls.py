"""Linux system calls that Python's os module lacks: statx(2), openat2(2), fallocate(2)."""

import ctypes
import errno
import os
import struct

from privaudit.host.changes import Marks

_AT_EMPTY_PATH = 0x1000
_AT_SYMLINK_NOFOLLOW = 0x100
_AT_NO_AUTOMOUNT = 0x800
_AT_STATX_DONT_SYNC = 0x4000  # an answer from memory: a dead network or FUSE server cannot hang us
_STATX_BASIC = 0x7FF
_STATX_MNT_ID = 0x1000
_ATTR_IMMUTABLE = 0x10  # linux/stat.h
_ATTR_APPEND = 0x20
_ATTR_MOUNT_ROOT = 0x2000
_FIELDS = struct.Struct("<I4xQ16xQ96xIIQ")
"""struct statx: stx_mask, stx_attributes, stx_ino at 0x20, stx_dev_major/minor at 0x88, stx_mnt_id."""

_SYS_OPENAT2 = 437  # the same on every architecture
_RESOLVE = 0x01 | 0x02 | 0x04 | 0x08  # NO_XDEV, NO_MAGICLINKS, NO_SYMLINKS, BENEATH: linux/openat2.h
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_FALLOC_KEEP_SIZE = 1

_PROC_MAGIC = 0x9FA0  # statfs(2)


class LinuxCalls:
    """The C library, with argument types declared once."""

    def __init__(self) -> None:
        libc = ctypes.CDLL(None, use_errno=True)
        self._statx = libc.statx
        self._statx.argtypes = (ctypes.c_int, ctypes.c_char_p, ctypes.c_int, ctypes.c_uint, ctypes.c_void_p)
        self._fallocate = libc.fallocate
        self._fallocate.argtypes = (ctypes.c_int, ctypes.c_int, ctypes.c_int64, ctypes.c_int64)
        self._statfs = libc.statfs
        self._statfs.argtypes = (ctypes.c_char_p, ctypes.c_void_p)
        self._syscall = libc.syscall
        self._syscall.argtypes = (
            ctypes.c_long,
            ctypes.c_int,
            ctypes.c_char_p,
            ctypes.c_void_p,
            ctypes.c_size_t,
        )
        self._syscall.restype = ctypes.c_long
        self._buffer = ctypes.create_string_buffer(256)
        self._how = ctypes.create_string_buffer(struct.pack("<QQQ", _FOLDER, 0, _RESOLVE), 24)
        self._openat2_missing = False
        self._proc_seen = False

    def marks(self, folder: int, name: str) -> Marks:
        """Mount identity and flags of an entry, not following a link; name empty: of folder itself."""
        mask, attributes, _inode, _major, _minor, mount = self._ask(folder, name, _AT_SYMLINK_NOFOLLOW)
        return Marks(
            mount=mount if mask & _STATX_MNT_ID else 0,
            mount_root=bool(attributes & _ATTR_MOUNT_ROOT),
            immutable=bool(attributes & _ATTR_IMMUTABLE),
            append_only=bool(attributes & _ATTR_APPEND),
        )

    def identity(self, path: str) -> tuple[int, int]:
        """(device, inode) of what path leads to, links followed; asks no server."""
        _mask, _attributes, inode, major, minor, _mount = self._ask(-100, path, _AT_STATX_DONT_SYNC)
        return os.makedev(major, minor), inode

    def open_folder(self, folder: int, name: str) -> int:
        """Open a folder that is no link and on which nothing is mounted."""
        if not self._openat2_missing:
            ctypes.set_errno(0)
            found = int(self._syscall(_SYS_OPENAT2, folder, os.fsencode(name), self._how, 24))
            if found >= 0:
                return found
            number = ctypes.get_errno()
            if number not in {errno.ENOSYS, errno.EPERM}:  # EPERM: some sandboxes for "no such call"
                raise OSError(number, os.strerror(number), name)
            self._openat2_missing = True
        return self._open_folder_checked(folder, name)

    def _open_folder_checked(self, folder: int, name: str) -> int:
        """Before Linux 5.6: open, then compare the mounts."""
        opened = os.open(name, _FOLDER, dir_fd=folder)
        above, here = self.marks(folder, ""), self.marks(opened, "")
        if above.mount != here.mount or os.fstat(folder).st_dev != os.fstat(opened).st_dev:
            os.close(opened)
            raise OSError(errno.EXDEV, os.strerror(errno.EXDEV), name)
        return opened

    def reserve(self, descriptor: int, offset: int, size: int) -> None:
        """Allocate blocks without changing the length."""
        if self._fallocate(descriptor, _FALLOC_KEEP_SIZE, offset, size):
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))

    def require_proc(self) -> None:
        """Nothing but the kernel's own /proc may lead us through /proc/self/fd."""
        if self._proc_seen:
            return
        buffer = ctypes.create_string_buffer(256)
        if self._statfs(b"/proc", buffer):
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number), "/proc")
        if struct.unpack_from("@l", buffer)[0] != _PROC_MAGIC:
            raise OSError(errno.ENOTSUP, "not the kernel's proc file system", "/proc")
        self._proc_seen = True

    def _ask(self, folder: int, name: str, flags: int) -> tuple[int, ...]:
        flags |= _AT_NO_AUTOMOUNT | (0 if name else _AT_EMPTY_PATH)
        if self._statx(folder, os.fsencode(name), flags, _STATX_BASIC | _STATX_MNT_ID, self._buffer):
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number), name)
        return _FIELDS.unpack_from(self._buffer)
