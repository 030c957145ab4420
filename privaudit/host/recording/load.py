"""Read a recorded machine from its folder; what is wrong in it is said with its place, and refused."""

import os
from collections.abc import Hashable
from typing import Any

import yaml

from privaudit.host import GroupEntry, HostError, Missing, PasswdEntry, Platform
from privaudit.host.accounts import group_entries, passwd_entries
from privaudit.host.files import Files
from privaudit.host.recording import FORMAT, HOST_FILE, ROOT_FOLDER, Recording, unescape
from privaudit.host.recording.fields import Fields, Wrong
from privaudit.host.recording.files import Owners, put_files, put_root
from privaudit.host.recording.running import answers, listeners, processes
from privaudit.host.resolve import Roots, failure

_LIMIT = 256 << 20
"""Bytes of host.yaml."""
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Once(_Loader):  # type: ignore[misc]
    """Refuses a key that stands twice in a mapping."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, object]:  # noqa: FBT001, FBT002
        """Build one mapping."""
        seen = set()
        for key, _ in node.value:
            if key.value in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"{key.value!r} stands twice", key.start_mark
                )
            seen.add(key.value)
        found: dict[Hashable, object] = super().construct_mapping(node, deep=deep)
        return found


def open_folder(folder: str) -> Files:
    """Open a recording's folder; HostError if there is none."""
    try:
        return Files(Roots(folder))
    except OSError as error:
        raise failure(folder, error) from None


def load(name: str, folder: Files) -> Recording:
    """Read the recording in the open folder, called name; HostError with the place of what is wrong."""
    where = os.path.join(name, HOST_FILE)
    try:
        raw = yaml.load(folder.read(f"/{HOST_FILE}", _LIMIT), _Once)  # noqa: S506 - a safe loader
    except HostError as error:
        raise type(error)(where, error.why) from None
    except yaml.YAMLError as error:
        raise HostError(where, _problem(error)) from None
    except (ValueError, RecursionError) as error:
        raise HostError(where, f"cannot be read as YAML: {error}") from None
    try:
        return _recording(Fields(raw, "the file"), folder)
    except Wrong as error:
        raise HostError(where, str(error)) from None


def _problem(error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    place = f" at line {mark.line + 1}" if mark is not None else ""
    return f"{getattr(error, 'problem', None) or 'is no YAML'}{place}"


def _recording(given: Fields, folder: Files) -> Recording:
    if given.number("format", FORMAT) != FORMAT:
        raise Wrong(f"format: this version reads {FORMAT}")
    platform = given.text("platform")
    if platform not in {known.value for known in Platform}:
        raise Wrong("platform: must be linux or darwin")
    found = Recording(
        Platform(platform),
        hostname=given.text("hostname"),
        kernel=given.text("kernel"),
        time=given.real("time", 0.0),
        live=given.flag("live", default=True),
        privileged=given.flag("privileged", default=True),
    )
    given.text("recorded-by")
    found.passwd, found.groups = _accounts(given, folder)
    owners = Owners(found.passwd, found.groups, given.mapping("trees"))
    given_lists = given.mapping("group-lists")
    lists = Fields(given_lists, "group-lists")
    found.group_lists = {
        unescape(name): tuple(owners.gid(gid, f"group-lists: {name}") for gid in lists.list(name))
        for name in given_lists
    }
    if ROOT_FOLDER in folder.listdir("/"):
        put_root(found.tree, folder, owners)
    put_files(found.tree, given.mapping("files"), owners)
    cannot = Fields(given.mapping("cannot"), "cannot")
    found.processes = cannot.text("processes") or processes(given.list("processes"), owners, found.time)
    found.listeners = cannot.text("listeners") or listeners(given.list("listeners"), owners)
    cannot.done()
    found.answers = answers(given.list("commands"), owners, folder, found)
    given.done()
    return found


def _accounts(given: Fields, folder: Files) -> tuple[list[PasswdEntry], list[GroupEntry]]:
    """Those of host.yaml, else those of the machine's own files."""
    texts = []
    for key, stored in (("passwd", f"/{ROOT_FOLDER}/etc/passwd"), ("groups", f"/{ROOT_FOLDER}/etc/group")):
        if given.has(key):
            texts.append("\n".join(map(unescape, given.texts(key))))
            continue
        try:
            texts.append(os.fsdecode(folder.read(stored)))
        except Missing:
            texts.append("")
    return list(passwd_entries(texts[0])), list(group_entries(texts[1]))
