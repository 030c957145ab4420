"""Root file systems of Debian, built once by mmdebstrap into a cache folder and never changed again."""

import fcntl
import hashlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

SUITE = "bookworm"
BASE = "acl attr dbus libcap2-bin libpam-systemd procps python3 python3-venv sudo systemd systemd-sysv"
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
BUILD_LIMIT = 3600
"""Seconds that mmdebstrap may take: a slow mirror is slow, not wrong."""


@dataclass(frozen=True)
class Image:
    """What is installed, and what has to be settled before all of it can run side by side."""

    name: str
    packages: str
    """Names, apart by spaces."""
    files: dict[str, str] = field(default_factory=dict)
    """Written before the first boot: path to contents."""
    replace: dict[str, tuple[str, str]] = field(default_factory=dict)
    """A word of a stock configuration file and what stands there instead."""
    units: tuple[tuple[str, str], ...] = ()
    """`systemctl` verb and unit, applied before the first boot."""


IMAGES = {
    image.name: image
    for image in (
        Image("mariadb", "mariadb-server nginx openssh-server redis-server"),
        Image(
            "hosting",
            (
                "apache2 bind9 chrony clamav-daemon clamav-freshclam cron cups-daemon dnsmasq dovecot-imapd"
                " haproxy lighttpd mailman3 mariadb-server memcached mosquitto nginx opendkim openssh-server"
                " php-fpm postfix postgresql procmail proftpd-core prometheus-node-exporter rabbitmq-server"
                " redis-server rsyslog rspamd samba spamd squid tor unbound varnish"
            ),
            files={
                # without a network freshclam brings no signatures, and clamd waits for them
                "/etc/systemd/system/clamav-daemon.service.d/lab.conf": (
                    "[Unit]\nConditionPathExistsGlob=\n[Service]\nTimeoutStartSec=600\n"
                ),
                "/var/lib/clamav/lab.ndb": "Lab.Nothing:0:*:" + "6c6162" * 12 + "\n",
                # a container may not set the clock
                "/etc/systemd/system/chrony.service.d/lab.conf": "[Unit]\nConditionCapability=\n",
                "/etc/default/chrony": 'DAEMON_OPTS="-F 1 -x"\n',
                "/etc/dnsmasq.d/lab.conf": "port=5354\n",
                "/etc/unbound/unbound.conf.d/lab.conf": "server:\n  port: 5353\n",
            },
            replace={
                "/etc/apache2/ports.conf": ("Listen 80\n", "Listen 8080\n"),
                "/etc/lighttpd/lighttpd.conf": ("= 80\n", "= 8081\n"),
            },
            # nmbd waits for a network that is not there
            units=(("enable", "clamav-freshclam.service"), ("mask", "nmbd.service")),
        ),
        Image("second", "exim4-daemon-light vsftpd"),
    )
}


def cache() -> Path:
    """Folder of the images: PRIVAUDIT_LAB_CACHE, or one in the caller's cache folder."""
    named = os.environ.get("PRIVAUDIT_LAB_CACHE")
    return Path(named) if named else Path("~/.cache/privaudit/lab").expanduser()


def build(image: Image) -> Path:
    """Folder of the image's root file system; the first caller builds it, others wait for that."""
    packages = sorted({*BASE.split(), *image.packages.split()})
    key = hashlib.sha256(" ".join([SUITE, *packages]).encode()).hexdigest()[:12]
    root = cache() / f"{image.name}-{key}"
    cache().mkdir(parents=True, exist_ok=True)
    with locked(cache() / f"{image.name}-{key}.lock"):
        if not root.is_dir():
            partial = cache() / f"{image.name}-{key}.partial"
            _bootstrap(partial, packages)
            partial.rename(root)
    return root


def _bootstrap(target: Path, packages: list[str]) -> None:
    """Build the tree; a mirror that fails once is asked again."""
    argv = ["mmdebstrap", "--variant=minbase", f"--include={','.join(packages)}"]
    argv += ["--dpkgopt=force-unsafe-io", '--aptopt=Acquire::Retries "5"', SUITE, str(target)]
    argv += [f"deb [signed-by={KEYRING}] {mirror()} {SUITE} main"]
    output = ""
    for _ in range(2):
        shutil.rmtree(target, ignore_errors=True)
        done = subprocess.run(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=BUILD_LIMIT,
            check=False,
        )
        if done.returncode == 0:
            return
        output = done.stdout[-4000:]
    shutil.rmtree(target, ignore_errors=True)
    raise RuntimeError(f"mmdebstrap failed twice:\n{output}")


def mirror() -> str:
    """Where this host's own apt gets the suite from; Debian's name for "nearest" if it says nothing."""
    asked = subprocess.run(
        ["apt-get", "indextargets", "--format", "$(SITE) $(RELEASE) $(COMPONENT)"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    for line in asked.stdout.splitlines():
        site, _, rest = line.partition(" ")
        if rest == f"{SUITE} main":
            return site
    return "http://deb.debian.org/debian"


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold a lock file against other test runs."""
    with path.open("w", encoding="ascii") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
