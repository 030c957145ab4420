"""How each setting takes an assignment: some replace, some gather, an empty value resets.

systemd.exec(5) and systemd.service(5) say which. A value that is wrong is passed over, or makes systemd
refuse the unit: Fatal.
"""

import re
from collections.abc import Callable, Mapping

from privaudit.collect.systemd import capabilities, paths
from privaudit.collect.systemd.execline import BadCommand, commands
from privaudit.collect.systemd.query import KINDS, OUTPUTS, SEARCH_KEY, STAGES, TO_FILES
from privaudit.collect.systemd.settings import PROTECTIONS, Fatal, Settings, bounded
from privaudit.collect.systemd.specifiers import BadSpecifier
from privaudit.collect.systemd.syntax import Assignment
from privaudit.collect.systemd.words import BadWord, escaped, plain, words

TYPES = frozenset({"simple", "exec", "forking", "oneshot", "dbus", "notify", "notify-reload", "idle"})

DEPENDENCIES = ("Wants", "Requires", "Requisite", "BindsTo", "Upholds", "OnFailure", "OnSuccess")
"""Keys of [Unit] that name units which may be started with it."""

_TRUE = frozenset({"1", "yes", "y", "true", "t", "on"})
_FALSE = frozenset({"0", "no", "n", "false", "f", "off"})
_MAPPINGS = frozenset({"self", "identity", "full", "managed"})
"""What `PrivateUsers=` takes beside yes and no, systemd 257 and later."""
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_NOT_IN_NAMES = re.compile("[\x01-\x1f\x7f:/\ud800-\udfff]")
_DIGITS = re.compile(r"-?[0-9]*")
_UID = re.compile(r"0|[1-9][0-9]{0,9}")
_NO_UID = frozenset({0xFFFF, 0xFFFFFFFF})
"""Numbers that stand for no account, and are refused as one."""


def assign(settings: Settings, item: Assignment) -> None:
    """Apply one assignment; raises Fatal."""
    handler = _HANDLERS.get((item.section, item.key))
    if handler is not None:
        handler(settings, item.key, item.value)


def is_account(name: str) -> bool:
    """Whether systemd takes it for the name or the number of an account, by its relaxed rules."""
    if name and _DIGITS.fullmatch(name):
        return _UID.fullmatch(name) is not None and int(name) < 1 << 32 and int(name) not in _NO_UID
    if not name or name.strip(" ") != name or name in {".", ".."}:
        return False
    return _NOT_IN_NAMES.search(name) is None


def _flag(settings: Settings, key: str, value: str) -> None:
    if value.lower() in _TRUE | _FALSE:
        settings.flags[key] = value.lower() in _TRUE
    elif key == "DynamicUser":
        raise Fatal(f"{key}= is neither yes nor no")


def _private_users(settings: Settings, key: str, value: str) -> None:
    if value.lower() in _TRUE | _FALSE | _MAPPINGS:
        settings.flags[key] = value.lower() not in _FALSE


def _type(settings: Settings, key: str, value: str) -> None:
    if value in TYPES:
        settings.texts[key] = value


def _text(settings: Settings, key: str, value: str) -> None:
    found = settings.expanded(value)
    if found:
        settings.texts[key] = found
    elif not value:
        settings.texts.pop(key, None)


def _account(settings: Settings, key: str, value: str) -> str:
    found = settings.expanded(value)
    if found is None or not is_account(found):
        raise Fatal(f"{key}= names no valid account")
    return found


def _identity(settings: Settings, key: str, value: str) -> None:
    if value:
        settings.texts[key] = _account(settings, key, value)
    else:
        settings.texts.pop(key, None)


def _groups(settings: Settings, key: str, value: str) -> None:
    if not value:
        settings.groups.clear()
    for name in escaped(value):
        settings.groups.append(_account(settings, key, name))
    bounded(key, settings.groups)


def _exec(settings: Settings, key: str, value: str) -> None:
    found = settings.commands.setdefault(key, [])
    if not value:
        found.clear()
        return

    def expand(text: str) -> str:
        try:
            return settings.specifiers.expand(text)
        except BadSpecifier as error:
            raise BadCommand(str(error)) from None

    more, bad = commands(key, value, expand)
    found += more
    bounded(key, found)
    if bad is not None:
        raise Fatal(f"{key}=: {bad}")


def _environment(settings: Settings, key: str, value: str) -> None:
    if not value:
        settings.environment.clear()
        return
    try:
        for word in words(value, strict=True):
            name, sign, text = (settings.expanded(word) or "").partition("=")
            if sign and _VARIABLE.fullmatch(name):
                settings.environment[name] = text
    except BadWord:
        return  # what came before it counts
    bounded(key, settings.environment)


def _bounding(settings: Settings, _: str, value: str) -> None:
    settings.bounding = capabilities.merged(settings.bounding, value)


def _ambient(settings: Settings, _: str, value: str) -> None:
    settings.ambient = capabilities.merged(settings.ambient or None, value)


def _list(settings: Settings, key: str, value: str) -> None:
    found = settings.lists.setdefault(key, [])
    if not value:
        found.clear()
    found += [name for word in plain(value) if (name := settings.expanded(word))]
    bounded(key, found)


def _last(settings: Settings, key: str, value: str) -> None:
    found = settings.expanded(value)
    if found:
        settings.lists[key] = [found]


def _first(settings: Settings, key: str, value: str) -> None:
    if key not in settings.lists:
        _last(settings, key, value)


def _output(settings: Settings, key: str, value: str) -> None:
    kind, sign, _ = value.partition(":")
    if sign and kind in TO_FILES:
        settings.texts[key] = kind
    else:
        settings.texts.pop(key, None)


_Handler = Callable[[Settings, str, str], None]
_SERVICE: dict[str, _Handler] = {
    "User": _identity,
    "Group": _identity,
    "SupplementaryGroups": _groups,
    "PrivateUsers": _private_users,
    "Type": _type,
    "BusName": _text,
    "PIDFile": paths.pid_file,
    "Environment": _environment,
    "EnvironmentFile": paths.environment_file,
    "WorkingDirectory": paths.working_directory,
    "RootDirectory": paths.path,
    "CapabilityBoundingSet": _bounding,
    "AmbientCapabilities": _ambient,
    "Sockets": _list,
    SEARCH_KEY: paths.search,
    **dict.fromkeys(("DynamicUser", "PermissionsStartOnly", "RemainAfterExit", *PROTECTIONS), _flag),
    **dict.fromkeys(KINDS, paths.directory),
    **dict.fromkeys(STAGES, _exec),
    **dict.fromkeys(OUTPUTS, _output),
}
_HANDLERS: Mapping[tuple[str, str], _Handler] = {
    **{("Service", key): handler for key, handler in _SERVICE.items()},
    **{("Install", key): _list for key in ("WantedBy", "RequiredBy", "UpheldBy", "Alias", "Also")},
    ("Install", "DefaultInstance"): _last,
    **{("Unit", key): _list for key in DEPENDENCIES},
    ("Unit", "SourcePath"): paths.path,
    ("Unit", "SuccessAction"): _text,
    ("Socket", "Accept"): _flag,
    ("Socket", "Service"): _last,
    ("Socket", "ListenStream"): _list,
    ("Socket", "ListenDatagram"): _list,
    ("Timer", "Unit"): _first,
    ("Path", "Unit"): _first,
}
