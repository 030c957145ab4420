r"""A recorded machine: a folder with `host.yaml`, `rootfs/` (contents of files) and outputs of commands.

    platform: darwin                 # linux, darwin
    hostname: mini
    kernel: Darwin 24.5.0
    time: 1750000000                 # seconds since the epoch
    passwd: ["root:*:0:0:System Administrator:/var/root:/bin/sh", "joe:*:501:20:Joe:/Users/joe:/bin/zsh"]
    groups: ["wheel:*:0:root", "staff:*:20:root", "admin:*:80:root,joe"]
    trees:                           # who owns what lies at and below a path, unless `files` says otherwise
      /opt/homebrew: {owner: joe, group: admin}
    files:                           # what rootfs/ cannot say; everything in rootfs/ is there without it
      /opt/homebrew/var/mysql/: {mode: "0750"}                      # a slash at the end: a folder
      /opt/homebrew/opt/mysql: {link: ../Cellar/mysql/9.3.0}
      /tmp/mysql.sock: {kind: socket, owner: joe, mode: "0777"}
      /etc/sudoers: {mode: "0440", text: "%admin ALL=(ALL) ALL\n"}
      /private/var/db/secret: {cannot: {read: permission denied}}
    processes:
      - {pid: 1, program: /sbin/launchd}
      - {pid: 71, program: /opt/homebrew/bin/mysqld, argv: mysqld --no-defaults, uid: joe, gid: staff}
    listeners:
      - {port: 3306, address: 0.0.0.0, pid: 71, uid: joe}
    commands:                        # the same argv may stand more than once: answers in this order
      - {argv: /bin/launchctl print system, stdout-file: commands/print-system}
      - {argv: [/usr/bin/id, joe], status: 1, stderr: "no such user\n"}

Owners are names of `passwd` and `groups` or numbers. Without more, all is root's: folders and programs (files
of rootfs/ that may be executed) 0755, files 0644. Bytes that are no printable UTF-8, and backslashes, are
written `\xNN` and `\\` in paths, names and argv, in rootfs/ too. Every other key is in `load`.
"""

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from privaudit.host import CommandResult, GroupEntry, PasswdEntry, Platform, RawProcess
from privaudit.host.tree import Node, Tree
from privaudit.model.frozen import frozen
from privaudit.model.service import Listener

HOST_FILE = "host.yaml"
ROOT_FOLDER = "rootfs"
FORMAT = 1
"""Of host.yaml; only ever gains keys within one number."""

_ESCAPED = re.compile(rb"\\(\\|x[0-9a-f]{2})")
_FIRST_SURROGATE, _LAST_SURROGATE = "\udc80", "\udcff"


@frozen
class Effect:
    """What a recorded command does to the machine; only an overlay lets it happen."""

    files: tuple[tuple[str, Node | None], ...] = ()
    """(path, what is there then); None: nothing."""
    processes: tuple[RawProcess, ...] = ()
    """Started, or changed."""
    ended: tuple[int, ...] = ()
    """pids."""
    passwd: tuple[PasswdEntry, ...] = ()
    groups: tuple[GroupEntry, ...] = ()
    """Added."""
    removed: tuple[str, ...] = ()
    """Names of accounts and groups."""


@frozen
class Answer:
    """What one call of a command answered."""

    argv: tuple[str, ...]
    uid: int | None
    """As whom it was asked; None: the scanner."""
    stdin: bytes
    result: CommandResult | str
    """Or why it could not be run: `no such program`, `no answer within 30 s`."""
    effect: Effect | None = None


@dataclass(slots=True)
class Recording:
    """All that is known of a recorded machine."""

    platform: Platform
    hostname: str = ""
    kernel: str = ""
    time: float = 0.0
    live: bool = True
    privileged: bool = True
    passwd: Sequence[PasswdEntry] = ()
    groups: Sequence[GroupEntry] = ()
    group_lists: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    """Name -> every gid, primary first; of others it follows from groups."""
    tree: Tree = field(default_factory=Tree)
    processes: Sequence[RawProcess] | str = ()
    """Or why they could not be listed."""
    listeners: Sequence[Listener] | str = ()
    """Or why they could not be listed."""
    answers: Sequence[Answer] = ()


def escape(text: str) -> str:
    r"""Write what the machine calls something so that any text file can hold it; `\` and `\xNN`."""
    if text.isprintable() and "\\" not in text:
        return text
    parts = []
    for character in text:
        if character == "\\":
            parts.append("\\\\")
        elif character.isprintable():
            parts.append(character)
        else:
            parts += [f"\\x{byte:02x}" for byte in os.fsencode(character)]
    return "".join(parts)


def unescape(text: str) -> str:
    """Read what `escape` wrote."""
    if "\\" not in text:
        return text
    return os.fsdecode(_ESCAPED.sub(_byte, os.fsencode(text)))


def _byte(found: re.Match[bytes]) -> bytes:
    return b"\\" if found[1] == b"\\" else bytes([int(found[1][1:], 16)])
