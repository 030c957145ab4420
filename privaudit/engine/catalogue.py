"""The catalogue: each file of `fixers/` checked and read as a profile."""

import posixpath
import re
from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

from privaudit.collect.directives import READERS
from privaudit.engine import data
from privaudit.engine.document import Document, Node
from privaudit.engine.fault import BadData, Fault, meant
from privaudit.host.doors import Ways
from privaudit.model.frozen import frozen
from privaudit.model.path import Role
from privaudit.model.profile import Directive, Health, Matches, OwnedPath, Profile, Workers
from privaudit.model.service import Model

T = TypeVar("T")

_NEEDED = ("service", "names", "matches", "model", "account", "move")
_EXAMPLES = "examples"
_OPTIONAL = (
    "why",
    "workers",
    "serves_people",
    "owns",
    "directive",
    "stays_root",
    "leaves",
    "accepts",
    "move_reason",
    "disruption",
    "health",
    "stops_with",
    "stop_timeout",
)
_MOVES = ("drop-in", "system-daemon", "directive", "ownership", "never")
_MANAGERS = ("systemd", "launchd")
_DISRUPTIONS = ("none", "reload", "restart")
_ROLES = tuple(str(role) for role in Role)
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_PLATFORMS = (
    *("alpine", "arch", "debian", "default", "rhel", "suse"),
    *("edb", "fink", "homebrew", "macos", "macports", "oracle"),
)
"""Layouts of `collect.platform`, and the installers of macOS (`collect.services.installed`)."""


@frozen
class ProfileExample:
    """A unit, a label or a program, and whether it is this service."""

    name: str
    unit: str | None
    label: str | None
    program: str | None
    expect: str | None
    """The service; None: another one."""


@frozen
class ProfileFile:
    """A profile with the examples that its file gives."""

    profile: Profile
    examples: tuple[ProfileExample, ...]


def load_catalogue() -> tuple[Profile, ...]:
    """Read the whole catalogue, sorted by service; BadData with every faulty file."""
    top, trusted = data.folder("fixers"), data.shipped_trust()
    found: list[Profile] = []
    faults: list[Fault] = []
    ways: Ways = {}
    for path in data.files_in(top):
        try:
            doc = data.read(path, trusted, examples=False, ways=ways)
            found.append(_profile(doc, doc.keys(doc.root, _NEEDED, _OPTIONAL)))
        except BadData as error:
            faults += error.faults
    faults += _twice(top, found)
    if faults:
        raise BadData(*faults)
    return tuple(sorted(found, key=lambda profile: profile.service))


def _twice(top: str, profiles: Iterable[Profile]) -> list[Fault]:
    """Two services may not answer to one name: a fix must know which is meant."""
    owner: dict[str, str] = {}
    faults = []
    for profile in profiles:
        for name in {profile.service, *profile.names}:
            if owner.setdefault(name, profile.service) != profile.service:
                text = f"{profile.service} and {owner[name]} both answer to {name}"
                faults.append(Fault(posixpath.join(top, f"{profile.service}.yaml"), 0, 0, text))
    return faults


def profile_file(doc: Document) -> ProfileFile:
    """Check one file and make its value."""
    keys = doc.keys(doc.root, (*_NEEDED, _EXAMPLES), _OPTIONAL)
    profile = _profile(doc, keys)
    return ProfileFile(profile, _examples(doc, keys[_EXAMPLES], profile.service))


def _profile(doc: Document, keys: Mapping[str, Node]) -> Profile:
    service = doc.text(keys["service"])
    if posixpath.basename(doc.path) != f"{service}.yaml":
        doc.refuse(keys["service"], f"service {service} stands in a file of another name")
    model = Model(doc.word(keys["model"], Model))
    if model is not Model.DEDICATED and "why" not in keys:
        doc.refuse(keys["model"], f"a profile that is {model} must say why that is right")
    move = _move(doc, keys["move"])
    if "never" in move.values() and "move_reason" not in keys:
        doc.refuse(keys["move"], "what never moves needs a move_reason")
    return Profile(
        service=service,
        names=doc.texts(keys["names"]),
        matches=_matches(doc, keys["matches"]),
        model=model,
        account=_accounts(doc, keys["account"]),
        why=_optional(keys, "why", doc.line, ""),
        workers=_each(doc, keys, "workers", _workers),
        serves_people=_optional(keys, "serves_people", doc.flag, default=False),
        owns=_each(doc, keys, "owns", _owned),
        directive=_optional(keys, "directive", lambda node: _directive(doc, node), None),
        stays_root=_optional(keys, "stays_root", doc.flag, default=False),
        accepts=_optional(keys, "accepts", doc.table, {}),
        move=move,
        move_reason=_optional(keys, "move_reason", doc.line, ""),
        disruption=_optional(keys, "disruption", lambda node: doc.word(node, _DISRUPTIONS), "restart"),
        health=_optional(keys, "health", lambda node: _health(doc, node), None),
        stops_with=_optional(keys, "stops_with", doc.texts, ()),
        leaves=_each(doc, keys, "leaves", lambda inner, node: _path(inner, node, ())),
        stop_timeout=_optional(keys, "stop_timeout", doc.number, 120),
    )


def _optional(keys: Mapping[str, Node], name: str, read: Callable[[Node], T], default: T) -> T:
    return read(keys[name]) if name in keys else default


def _each(
    doc: Document, keys: Mapping[str, Node], name: str, read: Callable[[Document, Node], T]
) -> tuple[T, ...]:
    return tuple(read(doc, item) for item in doc.items(keys[name])) if name in keys else ()


def _matches(doc: Document, node: Node) -> Matches:
    keys = doc.keys(node, (), ("systemd", "launchd", "programs", "titles"))
    if not keys:
        doc.refuse(node, "nothing here would ever match")
    return Matches(**{name: doc.texts(value) for name, value in keys.items()})


def _accounts(doc: Document, node: Node) -> dict[str, str]:
    found = {}
    for platform, key, value in doc.pairs(node):
        if platform not in _PLATFORMS:
            doc.refuse(key, f"unknown platform {platform}", meant(platform, _PLATFORMS))
        found[platform] = doc.text(value)
    return found


def _workers(doc: Document, node: Node) -> Workers:
    keys = doc.keys(node, ("account",), ("programs", "titles", "accounts", "keeps_root_saved", "may_be_root"))
    account = doc.text(keys["account"])
    _placeholders(doc, keys["account"], account, ("account",))
    return Workers(
        account=account,
        programs=_optional(keys, "programs", doc.texts, ()),
        titles=_optional(keys, "titles", doc.texts, ()),
        accounts=_accounts(doc, keys["accounts"]) if "accounts" in keys else {},
        keeps_root_saved=_optional(keys, "keeps_root_saved", doc.flag, default=False),
        may_be_root=_optional(keys, "may_be_root", doc.flag, default=False),
    )


def _owned(doc: Document, node: Node) -> OwnedPath:
    keys = doc.keys(node, ("path", "kind"), ("mode", "tree", "on", "owner"))
    on = doc.texts(keys["on"]) if "on" in keys else ()
    for platform in on:
        if platform not in _PLATFORMS:
            doc.refuse(keys["on"], f"unknown platform {platform}", meant(platform, _PLATFORMS))
    mode = _optional(keys, "mode", doc.text, None)
    if mode is not None and not re.fullmatch("[0-7]{4}", mode):
        doc.refuse(keys["mode"], "a mode has four octal digits", 'as in "0750"')
    return OwnedPath(
        path=_path(doc, keys["path"], ("prefix", "account")),
        kind=Role(doc.word(keys["kind"], _ROLES)),
        mode=mode,
        tree=_optional(keys, "tree", doc.flag, default=False),
        on=on,
        owner=_optional(keys, "owner", lambda value: doc.word(value, ("root", "account")), None),
    )


def _path(doc: Document, node: Node, known: tuple[str, ...]) -> str:
    found = doc.text(node)
    _placeholders(doc, node, found, known)
    if not found.startswith(("/", "{")) or ".." in found.split("/"):
        doc.refuse(node, "a path is absolute and without ..")
    return found


def _placeholders(doc: Document, node: Node, text: str, known: tuple[str, ...]) -> None:
    for name in _PLACEHOLDER.findall(text):
        if name not in known:
            doc.refuse(node, f"unknown placeholder {{{name}}}", meant(name, known))


def _directive(doc: Document, node: Node) -> Directive:
    keys = doc.keys(node, ("reader", "files"))
    files = tuple(_path(doc, item, ("prefix",)) for item in doc.items(keys["files"]))
    return Directive(doc.word(keys["reader"], READERS), files)


def _move(doc: Document, node: Node) -> dict[str, str]:
    keys = doc.keys(node, (), _MANAGERS)
    return {manager: doc.word(value, _MOVES) for manager, value in keys.items()}


def _health(doc: Document, node: Node) -> Health:
    keys = doc.keys(node, ("command", "as"), ("answers",))
    words = doc.items(keys["command"])
    if not words:
        doc.refuse(keys["command"], "it must not be empty")
    program = _path(doc, words[0], ("programs",))
    return Health(
        command=(program, *(doc.text(word) for word in words[1:])),
        run_as=doc.word(keys["as"], ("account",)),
        answers=_optional(keys, "answers", doc.text, ""),
    )


def _examples(doc: Document, node: Node, service: str) -> tuple[ProfileExample, ...]:
    found = []
    for item in doc.items(node):
        keys = doc.keys(item, ("name", "given", "expect"))
        given = doc.keys(keys["given"], (), ("unit", "label", "program"))
        if not given:
            doc.refuse(keys["given"], "an example gives a unit, a label or a program")
        expect = None if doc.null(keys["expect"]) else doc.word(keys["expect"], (service,))
        facts = {
            name: doc.text(given[name]) if name in given else None for name in ("unit", "label", "program")
        }
        found.append(ProfileExample(doc.text(keys["name"]), expect=expect, **facts))
    if not any(e.expect for e in found) or all(e.expect for e in found):
        doc.refuse(node, "one example is the service, and one is a near miss with `expect: null`")
    return tuple(found)
