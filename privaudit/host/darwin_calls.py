"""Access control lists of macOS, which Python's os module does not know: acl_get(3)."""

import ctypes
import errno
import os
from typing import Any

_EXTENDED = 0x100  # sys/acl.h: ACL_TYPE_EXTENDED


class AccessLists:
    """Whether an entry has one; library: the C library, with `acl_get_fd_np` and `acl_get_link_np`."""

    def __init__(self, library: Any = None) -> None:  # noqa: ANN401 - ctypes gives libraries no type
        self._libc = ctypes.CDLL(None, use_errno=True) if library is None else library
        for name, first in (("acl_get_fd_np", ctypes.c_int), ("acl_get_link_np", ctypes.c_char_p)):
            call = getattr(self._libc, name)
            call.argtypes, call.restype = (first, ctypes.c_int), ctypes.c_void_p
        self._libc.acl_free.argtypes, self._libc.acl_free.restype = (ctypes.c_void_p,), ctypes.c_int

    def of_descriptor(self, descriptor: int) -> bool:
        """Whether an open file or folder has a list. OSError if the system does not say."""
        return self._has(self._libc.acl_get_fd_np(descriptor, _EXTENDED), "")

    def of_name(self, name: str) -> bool:
        """Whether an entry of the working folder has one; a link at its end is not followed."""
        return self._has(self._libc.acl_get_link_np(os.fsencode(name), _EXTENDED), name)

    def _has(self, found: int | None, name: str) -> bool:
        if found:
            self._libc.acl_free(found)
            return True
        number = ctypes.get_errno()
        if number in {0, errno.ENOENT, errno.ENOTSUP}:  # no list, or a file system without any
            return False
        raise OSError(number, os.strerror(number), name)
