"""Which names in configurations, environments and command lines stand before a secret."""

import re

HINT = "pass|pwd|pw|secret|token|key|cred|auth|psk|cookie|salt|community|pin|dsn|hash|bearer|jwt"
"""A name with none of these in it is no secret's: a cheap look before the exact one."""

_PARTS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_STRONG = re.compile(
    r"password|passwd|passphrase|passcode|secret|token|credential|apikey|privatekey|presharedkey|accesskey"
    r"|signingkey|encryptionkey|masterkey|authkey|licensekey|authtok|bindpw|rootpw|requirepass|masterauth|jwt"
    r"|sshpass|mysqlpwd|userpass|authpass|cookie|psk|bearer|cachemgrpasswd"
)
_ALONE = frozenset(
    {
        "pass",
        "pwd",
        "pw",
        "key",
        "auth",
        "pin",
        "salt",
        "community",
        "rocommunity",
        "rwcommunity",
        "hash",
        "dsn",
    }
    | {"creds", "cred", "authorization"}
)
_NEUTRAL = frozenset(
    {
        "file",
        "files",
        "path",
        "paths",
        "dir",
        "dirs",
        "directory",
        "folder",
        "authentication",
        "policy",
        "length",
    }
    | {
        "min",
        "max",
        "minlen",
        "maxlen",
        "timeout",
        "ttl",
        "expiry",
        "expire",
        "expires",
        "age",
        "lifetime",
        "type",
    }
    | {"method", "methods", "mechanism", "mechanisms", "algorithm", "algorithms", "algo", "hasher", "command"}
    | {"helper", "provider", "enabled", "required", "retries", "attempts", "tries", "buffer", "size", "cache"}
    | {"prompt", "user", "users", "group", "lookup", "map", "maps", "scheme", "db", "format", "agent", "bits"}
    | {
        "rotation",
        "interval",
        "count",
        "location",
        "quality",
        "strategy",
        "verify",
        "check",
        "exec",
        "program",
    }
    | {"options", "bucket", "days"}
)
"""What a name may end in that speaks about secrets and is none."""
_NO_SECRETS = frozenset(
    {"nopasswd", "loadcredential", "loadcredentialencrypted", "importcredential", "passcredentials"}
)
"""Words of sudoers(5) and systemd.exec(5) that only look like it."""
_SPACED_ALONE = frozenset({"pass", "pwd", "community", "rocommunity", "rwcommunity"})


def is_secret(name: str) -> bool:
    """Whether `name = value` gives a secret."""
    parts = [part.lower() for part in _PARTS.findall(name)]
    joined = "".join(parts)
    if not parts or parts[-1] in _NEUTRAL or joined in _NO_SECRETS:
        return False
    return bool(_STRONG.search(joined)) or parts[-1] in _ALONE or joined in _ALONE


def is_spaced_secret(name: str) -> bool:
    """Whether `name value`, with a blank between, gives one: `requirepass …`, `--db-password …`."""
    if not is_secret(name):
        return False
    joined = "".join(part.lower() for part in _PARTS.findall(name))
    found = list(_STRONG.finditer(joined))
    return name.startswith("-") or joined in _SPACED_ALONE or bool(found and found[-1].end() == len(joined))
