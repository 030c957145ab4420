"""Hostile contents for any file, a small machine to put them into, and the places where a scan reads."""

import os
import socket
from collections.abc import Callable
from pathlib import Path

from hostile.scan_child import TRAP

Put = Callable[[Path], None]

UNIT = "[Service]\nUser=joe\nExecStart=/usr/bin/tool\n[Install]\nWantedBy=multi-user.target\n"
NGINX = "user www-data;\ninclude /etc/nginx/conf.d/*.conf;\n"

PLACES = (
    "etc/systemd/system/x.service",
    "etc/systemd/system/nginx.service.d/10.conf",
    "etc/systemd/system/multi-user.target.wants/x.service",
    "etc/systemd/system",
    "usr/lib/systemd/system/nginx.service",
    "home/joe/.config/systemd/user/x.service",
    "etc/init.d/x",
    "etc/passwd",
    "etc/group",
    "etc/shadow",
    "etc/sudoers",
    "etc/sudoers.d/x",
    "etc/nsswitch.conf",
    "etc/login.defs",
    "etc/subuid",
    "etc/os-release",
    "etc/hostname",
    "etc/ssh/sshd_config",
    "home/joe/.ssh/authorized_keys",
    "etc/nginx/nginx.conf",
    "etc/nginx/conf.d/x.conf",
    "etc/mysql/my.cnf",
    "etc/apache2/apache2.conf",
    "etc/php/8.2/fpm/pool.d/www.conf",
    "etc/memcached.conf",
    "etc/redis/redis.conf",
    "etc/default/x",
    "usr/bin/tool",
    "var/lib/dpkg/status",
    "var/lib/dpkg/info/tool.list",
    "var/lib/mysql",
)


def machine(root: Path) -> None:
    """Make a small Debian with a person, three services and their configuration, and traps beside it."""
    for folder in ("usr/bin", "usr/lib/systemd/system", "etc/systemd/system", "var/lib/mysql", "run", "proc"):
        (root / folder).mkdir(parents=True)
    people = "root:x:0:0::/root:/bin/sh\nwww-data:x:33:33::/var/www:/usr/sbin/nologin\n"
    texts = {
        "etc/passwd": people
        + "joe:x:1000:1000::/home/joe:/bin/sh\nmysql:x:100:100::/nonexistent:/bin/false\n",
        "etc/group": "root:x:0:\nwww-data:x:33:\njoe:x:1000:\nmysql:x:100:\nsudo:x:27:joe\n",
        "etc/shadow": "root:!:1::::::\njoe:$6$x$y:1::::::\n",
        "etc/os-release": "ID=debian\nVERSION_ID=12\n",
        "etc/systemd/system/x.service": UNIT,
        "usr/lib/systemd/system/nginx.service": UNIT.replace("/usr/bin/tool", "/usr/sbin/nginx"),
        "usr/lib/systemd/system/mariadb.service": UNIT.replace("/usr/bin/tool", "/usr/sbin/mariadbd"),
        "usr/bin/tool": "#!/bin/sh\n",
        "usr/sbin/nginx": "\x7fELF",
        "usr/sbin/mariadbd": "\x7fELF",
        "etc/nginx/nginx.conf": NGINX,
    }
    for place, content in texts.items():
        put_text(root / place, content)
    outside = root.parent / "outside"
    outside.mkdir()
    put_text(outside / "x.service", UNIT.replace("User=joe", f"User={TRAP}\nEnvironment=A={TRAP}"))
    put_text(outside / "list", f"user {TRAP};\n{TRAP}:x:0:0::/{TRAP}:/bin/{TRAP}\n")


def put_text(path: Path, content: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)
    path.chmod(0o755)


def bytes_of(data: bytes) -> Put:
    return lambda path: void(path.write_bytes(data))


def void(_: object) -> None:
    """Throw a result away."""


def sparse(path: Path) -> None:
    with path.open("wb") as file:
        file.write(b"[Service]\nUser=joe\n")
        file.truncate(2 << 30)


def unix_socket(path: Path) -> None:
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(f"/proc/self/fd/{folder}/{path.name}")
    finally:
        os.close(folder)


def loop(path: Path) -> None:
    path.symlink_to(f"{path.name}.back")
    Path(f"{path}.back").symlink_to(path.name)


def chain(path: Path) -> None:
    for number in range(50):
        Path(f"{path}.{number}").symlink_to(f"{path.name}.{number + 1}")
    Path(f"{path}.50").write_text(UNIT)
    path.symlink_to(f"{path.name}.0")


def device(path: Path) -> None:
    os.mknod(path, 0o20666, os.makedev(1, 5))  # zero(4): it never ends


CONTENTS: dict[str, Put] = {
    "nothing": bytes_of(b""),
    "binary": bytes_of(bytes(range(256)) * 40),
    "truncated": bytes_of(UNIT.encode()[:-25] + b"\\"),
    "NULs": bytes_of(b"[Service]\n\0User=joe\0\n" + b"\0" * 5000),
    "UTF-16": bytes_of(UNIT.encode("utf-16")),
    "wrong UTF-8": bytes_of(b"[Service]\nUser=\xff\xfe\xc3\x28\nExecStart=/\xed\xa0\x80 \xf8\n"),
    "escapes": bytes_of(
        b"[Service]\nUser=\x1b[2J\x1b]0;\x07joe\nExecStart=/bin/\x1b[31mtool\x9b1m\n\x1b[H:x:0:0:::\n"
    ),
    "right to left": bytes_of(
        "[Service]\nUser=\u202ejoe\u2066\nExecStart=/usr/bin/\u200btool\u2028x\n".encode()
    ),
    "one long line": bytes_of(b"User=" + b"a" * 900_000),
    "many lines": bytes_of(b"ExecStart=/usr/bin/tool\n" * 40_000),
    "brackets": bytes_of(b"[{(<" * 100_000),
    "quotes": bytes_of(b"[Service]\nExecStart=" + b"\"'" * 100_000),
    "backslashes": bytes_of(b"[Service]\nExecStart=/usr/bin/tool " + b"\\\n" * 100_000),
    "percent": bytes_of(b"[Service]\nUser=%i%j%%%h%\nExecStart=/%h/%t/%" + b"%n" * 20_000),
    "includes itself": bytes_of(
        b"include *;\ninclude /etc/nginx/*.conf;\n!includedir .\nInclude /etc/ssh/*\n@include x\n" * 99
    ),
    "includes the outside": bytes_of(
        b"include ../../../../../outside/list;\n!include /../outside/list\nEnvironmentFile=/../outside/list"
    ),
    "huge numbers": bytes_of(
        b"joe:x:99999999999999999999:-1::/:/x\nUser=4294967296\nuser 18446744073709551616;\n"
    ),
    "two gigabytes": sparse,
    "FIFO": os.mkfifo,
    "socket": unix_socket,
    "device": device,
    "folder": Path.mkdir,
    "loop of links": loop,
    "chain of links": chain,
    "link to nowhere": lambda path: path.symlink_to("/no/where"),
    "link outside": lambda path: path.symlink_to(
        path.anchor.join(["", "../../../../../../outside/x.service"])
    ),
    "absolute link outside": lambda path: path.symlink_to(f"{_machine_of(path).parent}/outside/x.service"),
    "link to its folder": lambda path: path.symlink_to("."),
    "link to the root": lambda path: path.symlink_to("/"),
    "link to /dev/zero": lambda path: path.symlink_to("/dev/zero"),
    "link to itself through /proc": lambda path: path.symlink_to("/proc/self/root/etc/shadow"),
}


def _machine_of(path: Path) -> Path:
    while path.name != "machine":
        path = path.parent
    return path
