"""Change who a configuration names, and nothing else: comments, order and spacing stay as they are.

One editor a reader of `privaudit.collect.directives`. Each finds the words by the reader's own grammar.
"""

import posixpath
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from privaudit.collect.directives import apache, keyword, nginx
from privaudit.host import Host

Texts = dict[str, str]
"""New contents by path; empty: nothing there names the user."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Who stands there, and who is to."""

    host: Host
    source: str
    """The file that names the user."""
    former: str
    former_group: str
    user: str
    group: str

    def text(self, path: str) -> str:
        """Contents of a file; HostError."""
        return self.host.read(path).decode("utf-8", "surrogateescape")


_NAME = r"""["']?([A-Za-z0-9_][A-Za-z0-9_.-]*)"""

Editor = Callable[[Wanted], Texts]


def _nginx(wanted: Wanted) -> Texts:
    """`user NAME [GROUP];` of the main context; ngx_core_module. Without one, it is written at the top."""
    text = wanted.text(wanted.source)
    depth = 0
    words: list[tuple[int, int, str]] = []
    for match in nginx.TOKEN.finditer(text):
        double, single, sign, bare = match.groups()
        word = next((part for part in (double, single, bare) if part is not None), None)
        if word is not None:
            words.append((*match.span(), word))
        elif sign is not None:
            if depth == 0 and sign == ";" and words and words[0][2] == "user" and words[1:]:
                new = wanted.user if len(words) == len(["user", "NAME"]) else f"{wanted.user} {wanted.group}"
                return {wanted.source: text[: words[1][0]] + new + text[words[-1][1] :]}
            depth = max(0, depth + {"{": 1, "}": -1}.get(sign, 0))
            words = []
    return {}


def _keyword(wanted: Wanted, name: str) -> Texts:
    """The last line that names the user, which is the one that counts; and the group's, if it was his."""
    text = wanted.text(wanted.source)
    line = re.compile(rf"\s*{keyword.KEYWORDS[name].before}{_NAME}")
    changed = _replaced(text, line, wanted.user, None)
    if changed is None:
        return {}
    if name in _GROUPS:
        changed = _replaced(changed, _GROUPS[name], wanted.group, wanted.former_group) or changed
    return {wanted.source: changed}


_GROUPS: Mapping[str, re.Pattern[str]] = {
    "dnsmasq": re.compile(rf"\s*group\s*=\s*{_NAME}"),
    "haproxy": re.compile(rf"\s*group\s+{_NAME}"),
    "lighttpd": re.compile(rf"\s*server\.groupname\s*=\s*{_NAME}"),
}


def _replaced(text: str, pattern: re.Pattern[str], new: str, only: str | None) -> str | None:
    """Replace group 1 in the last line that matches and is no comment; only: if it holds that."""
    found: tuple[int, int] | None = None
    start = 0
    for line in text.splitlines(keepends=True):
        match = pattern.match(line)
        if match is not None and only in {None, match[1]}:
            found = (start + match.start(1), start + match.end(1))
        start += len(line)
    return None if found is None else text[: found[0]] + new + text[found[1] :]


_APACHE = re.compile(r"^([ \t]*(User|Group)[ \t]+[\"']?)([^\s\"'#]+)", re.MULTILINE | re.IGNORECASE)


def _apache(wanted: Wanted) -> Texts:
    """`User` and `Group` (mod_unixd), or the variables of Debian's envvars that they name."""
    envvars = posixpath.join(posixpath.dirname(wanted.source), "envvars")
    new = {"user": wanted.user, "group": wanted.group}
    variables: dict[str, str] = {}

    def directive(match: re.Match[str]) -> str:
        value = new[match[2].lower()]
        variable = apache.VARIABLE.fullmatch(match[3])
        if variable is None:
            return match[1] + value
        variables[variable[1]] = value
        return match[0]

    changed = {wanted.source: _APACHE.sub(directive, wanted.text(wanted.source))}
    if variables:
        changed[envvars] = wanted.text(envvars)
    for variable, value in variables.items():
        line = re.compile(rf"^([ \t]*(?:export[ \t]+)?{variable}=[\"']?)[^\"'\s;#]*", re.MULTILINE)
        changed[envvars] = line.sub(partial(_after_first, value=value), changed[envvars])
    return changed


def _after_first(match: re.Match[str], value: str) -> str:
    return f"{match[1]}{value}"


_POOL = re.compile(r"^([ \t]*(user|group)[ \t]*=[ \t]*[\"']?)([^\"'\s;]+)", re.MULTILINE)


def _php_fpm(wanted: Wanted) -> Texts:
    """`user =` and `group =` of the former account's pools; other pools stay."""

    def line(match: re.Match[str]) -> str:
        former = wanted.former if match[2] == "user" else wanted.former_group
        new = wanted.user if match[2] == "user" else wanted.group
        return match[1] + new if match[3] == former else match[0]

    folder = posixpath.dirname(wanted.source)
    files = [wanted.source]
    if folder.endswith(".d"):
        files = [f"{folder}/{name}" for name in wanted.host.listdir(folder) if name.endswith(".conf")]
    return {path: _POOL.sub(line, wanted.text(path)) for path in files}


EDITORS: Mapping[str, Editor] = {
    "nginx": _nginx,
    "apache": _apache,
    "php-fpm": _php_fpm,
    **{name: partial(_keyword, name=name) for name in keyword.KEYWORDS},
}
