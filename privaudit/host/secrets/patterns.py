"""What secrets look like by themselves, whatever stands before them; all are found in linear time."""

import re

PEM = re.compile(r"(-----BEGIN[ \x1c][^-\n]{1,60}-----).*?(-----END[ \x1c][^-\n]{1,60}-----|\Z)", re.DOTALL)
SSH_KEY = re.compile(
    r"(?<![\w-])((?:sk-)?(?:ssh|ecdsa)-[a-z0-9-]{1,60}+(?:@openssh\.com)?)([ \t]+)"
    r"[A-Za-z0-9+/=]{16,}[^\n\"'<]*"
)
CRYPT = re.compile(
    r"\$(?:[0-9]{1,2}[a-z]?|y|gy|md5|sha\d+|apr1|argon2\w*|scrypt|pbkdf2[\w-]*|bcrypt[\w-]*)\$[^\s:\"'<>,;\\]+"
)
SCHEME = re.compile(r"(?<![$%])(\{[A-Z][A-Z0-9.\-]+\})([^\s:\"'<>,;{}]{4,})")
DIGEST = re.compile(r"SCRAM-SHA-\d+\$[^\s\"']+|\bmd5[0-9a-f]{32}\b|(?<![\w*])\*[0-9A-F]{40}\b")
URL = re.compile(r"(://[^\s/:@\"'<>]*:)([^\s\"'<>]{1,512})(?=@)")
HEADER = re.compile(
    r"\b((?:Basic|Bearer|Digest|Token|Negotiate)[ \t\x1c]+)([A-Za-z0-9+/=._~-]{6,})", re.IGNORECASE
)
KNOWN = re.compile(
    r"(?<![\w-])(?:(?:AKIA|ASIA)[0-9A-Z]{12,}|gh[oprsu]_\w{16,}|github_pat_\w{16,}|gl[a-z]{2,4}-[\w-]{16,}"
    r"|xox[a-z]-[\w-]{8,}|sk[-_][\w-]{16,}|hv[bs]\.[\w-]{16,}|AIza[\w-]{20,}|SG\.[\w-]{10,}\.[\w-]{10,}"
    r"|npm_\w{16,}|pypi-[\w-]{16,}|dop_v1_\w{16,}|AGE-SECRET-KEY-\w+|eyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?)"
)
OPTIONS = (
    re.compile(
        r"(\b(?:curl|wget|https?|smbclient|lftp)\b[^\n]{0,400}?\s"
        r"(?:-u|--user|--proxy-user|-U)[ =]?[^\s:%/]+[:%])()([^\s\"']+)"
    ),
    re.compile(r"(\b(?:mysql|mariadb|sshpass)[^\n]{0,400}?\s-p)()([^\s\"'<]+)"),
    re.compile(r"(\bsshpass[^\n]{0,400}?\s-p\s+)()([^\s\"'<]+)"),
    re.compile(r"(\b(?:redis|valkey)-cli[^\n]{0,400}?\s(?:-a|--pass)\s+)()([^\s\"'<]+)"),
    re.compile(r"(\bldap\w{1,20}\s[^\n]{0,400}?\s-w\s*)()([^\s\"'<]+)"),
    re.compile(r"(\bpass:)()([^\s\"'<]+)"),
    re.compile(r"(?m)(^[ \t]*user[ \t]+\S+[ \t][^\n]{0,400}?[ \t])([>#<!])([^\s\"']{4,})"),
    re.compile(r"(\b(?:hooks\.slack\.com/services|/api/webhooks)/)()([^\s\"'<>]+)"),
    re.compile(r"(\blogin=[^\s:\"']{1,80}:)()([^\s\"']+)"),
    re.compile(r"(\bstats[ \t]+auth[ \t]+[^\s:]+:)()([^\s\"']+)"),
    re.compile(r"(?m)(^[ \t]*-{0,2}(?:proxy-)?user[ \t]*[=:]?[ \t]*[\"']?[^\s:\"'=]+:)()([^\n\"']+)"),
    re.compile(r"(?m)(^[ \t]*SQLConnectInfo[ \t]+\S+[ \t]+)()([^\n]+)"),
    re.compile(r"(?m)(^[ \t]*createUser[ \t]+\S+[ \t]+)()([^\n]+)"),
    re.compile(r"(?m)(^[ \t]*(?:[^\s:]+[ \t]+)?:[ \t]*(?:PSK|RSA|EAP|XAUTH)[ \t]+)()([^\n]+)"),
    re.compile(r"(?m)(^[ \t]*SetCredential(?:Encrypted)?[ \t]*=[^:\n]*:)()([^\n]+)"),
)
"""Options and lines of well-known programs whose secret no name announces: (before)(mark)(secret)."""
LONG = re.compile(r"(?<![\w/.+@~-])[A-Za-z0-9+/_-]{24,}+={0,2}(?![\w=])", re.ASCII)
ELEMENT = re.compile(r"(?P<open><(?P<tag>[\w.:-]+)(?:\s[^<>]*)?>)(?P<value>[^<]+)(?=</)", re.ASCII)
PLIST_PAIR = re.compile(
    r"(?P<before><(?:key|string)>(?P<name>-{0,2}[\w.-]+)</(?:key|string)>\s*<(?:string|data)>)(?P<value>[^<]+)",
    re.ASCII,
)
