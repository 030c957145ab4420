"""Keys that let somebody in over ssh: where sshd looks, and whether what stands there gives a shell."""

import posixpath
import re
from fnmatch import fnmatchcase

from privaudit.host import Host, HostError, Missing, PasswdEntry
from privaudit.model.frozen import frozen
from privaudit.model.unknown import Limit, Unknown

_DEFAULT = (".ssh/authorized_keys", ".ssh/authorized_keys2")
"""AuthorizedKeysFile, sshd_config(5)."""
_CONFIGURATION = "/etc/ssh/sshd_config"
_MAX_INCLUDES = 64
_MAX_DEPTH = 16
_SIZE = 1 << 20
_KEY = re.compile(r"(?:^|[\s,])(?:(?:ssh|sk-ssh|ecdsa|sk-ecdsa)-[a-z0-9@.-]+)\s+[A-Za-z0-9+/]{16}")
"""A key type and the beginning of its blob, sshd(8), AUTHORIZED_KEYS FILE FORMAT."""
_FORCED = re.compile(r'(?:^|,)\s*command\s*=\s*"', re.IGNORECASE)


@frozen
class Held:
    """What the key files of one account hold."""

    shell: bool | Unknown = False
    """A key that gives a shell."""
    forced: bool = False
    """A key with a forced command."""


def scan(data: bytes) -> Held:
    """Read an authorized_keys file."""
    shell = forced = False
    for line in data.decode("utf-8", "replace").splitlines():
        text = line.strip()
        found = None if text.startswith("#") else _KEY.search(text)
        if found is None:
            continue
        if _FORCED.search(text[: found.start() + 1]):
            forced = True
        else:
            shell = True
    return Held(shell, forced)


class KeyFiles:
    """Reads the key files of one machine's accounts."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._patterns: tuple[str, ...] | None = None
        self.limits: list[Limit] = []

    def of(self, entry: PasswdEntry) -> Held:
        """Read what sshd would read for an account."""
        if self._patterns is None:
            self._patterns = self._configured()
        shell: bool | Unknown = False
        forced = False
        for pattern in self._patterns:
            path = _expanded(pattern, entry)
            if path is None:
                continue
            try:
                held = scan(self._host.read(path, _SIZE))
            except Missing:
                continue
            except HostError as error:
                shell = shell or Unknown(f"{path}: {error.why}")
                continue
            shell = True if held.shell is True else shell
            forced = forced or held.forced
        return Held(shell, forced)

    def _configured(self) -> tuple[str, ...]:
        """Where sshd looks: the first global setting, and those of every Match block."""
        settings: list[tuple[bool, str, str]] = []
        self._read(_CONFIGURATION, settings, 0)
        patterns: list[str] = []
        decided = False
        for matched, key, value in settings:
            if key == "authorizedkeyscommand" and value.lower() != "none":
                why = f"keys that {value.split()[0]} gives to sshd are not known (AuthorizedKeysCommand)"
                self.limits.append(Limit(_CONFIGURATION, why))
            if key == "trustedusercakeys" and value.lower() != "none":
                why = "whoever an ssh authority vouches for is not known (TrustedUserCAKeys)"
                self.limits.append(Limit(_CONFIGURATION, why))
            if key == "authorizedkeysfile" and (matched or not decided):
                decided = decided or not matched
                patterns += [word for word in value.split() if word.lower() != "none"]
        return tuple(dict.fromkeys(patterns if decided else (*_DEFAULT, *patterns)))

    def _read(self, path: str, settings: list[tuple[bool, str, str]], depth: int) -> None:
        if depth > _MAX_DEPTH or len(settings) > 10_000:  # noqa: PLR2004 - hostile or broken
            self.limits.append(Limit(path, "included too deeply"))
            return
        try:
            text = self._host.read(path).decode("utf-8", "replace")
        except Missing:
            return
        except HostError as error:
            self.limits.append(error.limit())
            return
        matched = False
        for line in text.splitlines():
            words = line.strip().replace("=", " ", 1).split(None, 1)
            if len(words) < 2 or words[0].startswith("#"):  # noqa: PLR2004 - key and value
                continue
            key, value = words[0].lower(), words[1].strip().replace('"', "")
            if key == "match":
                matched = value.lower() != "all"
            elif key == "include":
                for pattern in value.split():
                    for included in self._included(pattern):
                        self._read(included, settings, depth + 1)
            else:
                settings.append((matched, key, value))

    def _included(self, pattern: str) -> list[str]:
        path = pattern if pattern.startswith("/") else f"/etc/ssh/{pattern}"
        folder, name = posixpath.split(path)
        if not any(sign in name for sign in "*?["):
            return [path]
        try:
            names = self._host.listdir(folder)
        except Missing:
            return []
        except HostError as error:
            self.limits.append(error.limit())
            return []
        return [f"{folder}/{each}" for each in names if fnmatchcase(each, name)][:_MAX_INCLUDES]


def _expanded(pattern: str, entry: PasswdEntry) -> str | None:
    """Expand the tokens of sshd_config(5); a relative path is below the home."""
    tokens = {"%%": "%", "%h": entry.home, "%u": entry.name, "%U": str(entry.uid)}
    path = re.sub(r"%[%huU]", lambda found: tokens[found.group()], pattern)
    if path.startswith("/"):
        return path
    return posixpath.join(entry.home, path) if entry.home.startswith("/") else None
