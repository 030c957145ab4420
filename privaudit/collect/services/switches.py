"""Programs that start another one, perhaps as somebody else: what a command line really runs, and as whom.

sudo(8), doas(1), su(1), runuser(1), setpriv(1), start-stop-daemon(8), chpst(8), setuidgid(8), gosu, su-exec,
env(1), nice(1) and their like.
"""

import posixpath
import re
import shlex
from collections.abc import Iterator, Mapping, Sequence

from privaudit.host import Host, HostError
from privaudit.model.frozen import frozen

_SHELL = re.compile(r"(?:ba|da|a|z|k|mk)?sh")
_BETWEEN = re.compile(r"&&|\|\||[;&|\n(){}`]|(?<!\S)(?:exec|then|do|else|if|while|until|!)(?=\s)")
_ASSIGNMENT = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)=(.*)", re.DOTALL)
_SET = re.compile(r"""^\s*(?:export\s+)?([A-Za-z_]\w*)=["']?([\w./:-]+)["']?\s*(?:#.*)?$""", re.MULTILINE)
_VARIABLE = re.compile(r"\$(?:\{([A-Za-z_]\w*)\}|([A-Za-z_]\w*))")
_MAX_NESTING = 8
_MAX_SCRIPT = 1 << 17


@frozen
class Behind:
    """What a wrapper starts."""

    argv: tuple[str, ...]
    """Of the program behind it, its name or path first."""
    user: str | None = None
    """Whom it changes to, a name or a number; None: nobody."""


@frozen
class _Options:
    """How one wrapper reads its command line."""

    valued: str = ""
    """Letters of options that take a value."""
    long: frozenset[str] = frozenset()
    """Long options whose value may be the next word."""
    before: int = 0
    """Words that stand between the options and the program."""
    user: frozenset[str] = frozenset()
    """Options that name the user."""
    named: bool = False
    """The first word before the program is the user."""
    default: str | None = None
    """Whom it changes to if nobody is named."""


def _long(words: str) -> frozenset[str]:
    return frozenset(f"--{word}" for word in words.split())


_USER = frozenset({"-u", "--user"})
_PRIVILEGES = (
    "reuid ruid euid regid rgid egid groups inh-caps ambient-caps bounding-set securebits pdeathsig"
    " selinux-label apparmor-profile"
)
_WRAPPERS: Mapping[str, _Options] = {
    "sudo": _Options(
        "ugpChrtTURD",
        _long("user group prompt close-from host role type command-timeout other-user chroot chdir"),
        user=_USER,
        default="root",
    ),
    "doas": _Options("uCa", user=frozenset({"-u"}), default="root"),
    "setpriv": _Options(long=_long(_PRIVILEGES), user=frozenset({"--reuid", "--euid"})),
    "chpst": _Options("uU/bedofcrtlLnmp", user=frozenset({"-u"})),
    "daemonize": _Options("acepoluE", user=frozenset({"-u"})),
    "gosu": _Options(before=1, named=True),
    "su-exec": _Options(before=1, named=True),
    "setuidgid": _Options(before=1, named=True),
    "env": _Options("uCS", _long("unset chdir")),
    "nice": _Options("n", _long("adjustment")),
    "ionice": _Options("cnpPu", _long("class classdata")),
    "chrt": _Options("TPD", before=1),
    "taskset": _Options(before=1),
    "numactl": _Options("iNmCpPl", _long("interleave cpunodebind membind physcpubind preferred")),
    "timeout": _Options("ks", _long("kill-after signal"), before=1),
    "stdbuf": _Options("ioe", _long("input output error")),
    "setsid": _Options(),
    "nohup": _Options(),
    "catchsegv": _Options(),
    "dumb-init": _Options("r", _long("rewrite")),
    "tini": _Options("pe"),
    "systemd-cat": _Options("tp", _long("identifier priority stderr-priority level-prefix")),
    "xvfb-run": _Options("efnpsw", _long("error-file auth-file server-num server-args xauth-protocol wait")),
    "flock": _Options("wEc", _long("timeout conflict-exit-code"), before=1),
    "unshare": _Options("SGRw", _long("setuid setgid root wd map-user map-group")),
}
_SSD = _Options(
    "xacpnugRsNPIkrdO",
    _long(
        "exec startas chuid pidfile name user group retry signal nicelevel procsched iosched umask chroot"
        " chdir output pid ppid"
    ),
)
_SU = _Options("csgGwT", _long("command shell group supp-group whitelist-environment"))
CHANGING = frozenset(
    {"sudo", "doas", "su", "runuser", "setpriv", "chpst", "daemonize", "gosu", "su-exec", "setuidgid"}
    | {"start-stop-daemon"}
)
"""Those that change the user."""
_CHANGES = re.compile(rf"\b(?:{'|'.join(CHANGING)})\b")


def behind(argv: Sequence[str]) -> Behind | None:
    """Look one wrapper deep; None: it is none that is known, or starts nothing that can be told."""
    if not argv:
        return None
    name = posixpath.basename(argv[0])
    if name == "start-stop-daemon":
        return _start_stop_daemon(argv)
    if name == "su" or (name == "runuser" and not _gives(argv, _Options("u"), "-u", "--user")):
        return _su(argv)
    options = _WRAPPERS.get("sudo" if name == "runuser" else name)
    if options is None:
        return _in_shell(argv) if _SHELL.fullmatch(name) else None
    given, rest = _split(argv[1:], options)
    user = next((value for option, value in reversed(given) if option in options.user), options.default)
    if options.named and rest:
        user = rest[0]
    if name == "env":
        inline = [word for option, value in given if option == "-S" for word in value.split()]
        rest = [*inline, *rest]
    if name in {"env", "sudo"}:
        while rest and _ASSIGNMENT.match(rest[0]):
            rest = rest[1:]
    started = tuple(rest[options.before :])
    return Behind(started, _account(user)) if started else None


def unwrapped(argv: Sequence[str]) -> Behind:
    """Go to the innermost program, with the last user that is changed to on the way."""
    current = Behind(tuple(argv))
    for _ in range(_MAX_NESTING):
        found = behind(current.argv)
        if found is None:
            break
        current = Behind(found.argv, found.user or current.user)
    return current


def in_script(host: Host, path: str) -> Behind | None:
    """What a shell script starts as somebody else, if every place in it names the same user."""
    try:
        if not _SHELL.fullmatch(posixpath.basename(_interpreter(host.head(path, 256)))):
            return None
        text = host.read(path, _MAX_SCRIPT).decode("utf-8", "replace")
    except HostError:
        return None  # the trace of the script says what is wrong with it
    known: dict[str, str] = dict(_SET.findall(text))

    def value(match: re.Match[str]) -> str:
        return known.get(match[1] or match[2], match[0])

    lines = text.replace("\\\n", " ").splitlines()
    code = "\n".join(line for line in lines if not line.lstrip().startswith("#"))
    told = _VARIABLE.sub(value, code).splitlines()
    commands = commands_of("\n".join(line for line in told if _CHANGES.search(line)))  # splitting all is slow
    found = [each for words in commands if (each := _changed(words)) is not None]
    return found[0] if len({each.user for each in found}) == 1 else None


def commands_of(code: str) -> Iterator[list[str]]:
    """Simple commands of a shell's code, each as its words."""
    for part in _BETWEEN.split(code):
        try:
            words = shlex.split(part)
        except ValueError:
            words = part.split()
        while words and _ASSIGNMENT.match(words[0]):
            words.pop(0)
        if words:
            yield words


def _changed(words: Sequence[str]) -> Behind | None:
    if posixpath.basename(words[0]) not in CHANGING:
        return None
    found = unwrapped(words)
    return found if found.user is not None and "$" not in found.user else None


def _interpreter(head: bytes) -> str:
    first = head.split(b"\n", 1)[0]
    words = first[2:].split() if first.startswith(b"#!") else []
    if len(words) > 1 and words[0].endswith(b"/env"):
        words = words[1:]
    return words[0].decode("utf-8", "replace") if words else ""


def _in_shell(argv: Sequence[str]) -> Behind | None:
    """Of `sh -c CODE`: what it starts as somebody else, else the program of a single command."""
    for index, word in enumerate(argv[1:], 1):
        if re.fullmatch(r"-[a-z]*c[a-z]*", word):
            found = list(commands_of(argv[index + 1])) if index + 1 < len(argv) else []
            for words in found:
                changed = _changed(words)
                if changed is not None:
                    return changed
            return Behind(tuple(found[0])) if len(found) == 1 else None
        if not word.startswith(("-", "+")):
            return None
    return None


def _start_stop_daemon(argv: Sequence[str]) -> Behind | None:
    given, rest = _split(argv[1:], _SSD)
    values = dict(given)
    program = next((values[o] for o in ("-a", "--startas", "-x", "--exec") if o in values), None)
    user = next((values[o] for o in ("-c", "--chuid") if o in values), None)
    return None if program is None else Behind((program, *rest), _account(user))


def _su(argv: Sequence[str]) -> Behind | None:
    given, rest = _split(argv[1:], _SU, permuted=True)
    words = [word for word in rest if word != "-"]
    code = next((value for option, value in reversed(given) if option in {"-c", "--command"}), None)
    user = words[0] if words else "root"
    if code is None and len(words) > 1:
        return Behind(("sh", *words[1:]), user)
    return None if code is None else Behind(("sh", "-c", code), user)


def _gives(argv: Sequence[str], options: _Options, *names: str) -> bool:
    given, _ = _split(argv[1:], options)
    return any(option in names for option, _ in given)


def _account(user: str | None) -> str | None:
    """Without its group: `joe:web`."""
    if user is None:
        return None
    return user.lstrip(":").partition(":")[0].lstrip("#") or None


def _split(
    words: Sequence[str], options: _Options, *, permuted: bool = False
) -> tuple[list[tuple[str, str]], list[str]]:
    """Part options with their values from the rest, as getopt(3) does; permuted: options may come later."""
    given: list[tuple[str, str]] = []
    rest: list[str] = []
    waiting = list(words)
    while waiting:
        word = waiting.pop(0)
        if word == "--":
            return given, rest + waiting
        if word.startswith("--"):
            name, sign, value = word.partition("=")
            if not sign and name in options.long and waiting:
                value = waiting.pop(0)
            given.append((name, value))
        elif word.startswith("-") and word != "-":
            given.append(_cluster(word[1:], waiting, options))
        elif permuted:
            rest.append(word)
        else:
            return given, [word, *waiting]
    return given, rest


def _cluster(letters: str, waiting: list[str], options: _Options) -> tuple[str, str]:
    """The last option of `-Sc joe` or `-ujoe`."""
    for position, letter in enumerate(letters):
        if letter in options.valued:
            value = letters[position + 1 :] or (waiting.pop(0) if waiting else "")
            return f"-{letter}", value
    return f"-{letters[-1:]}", ""
