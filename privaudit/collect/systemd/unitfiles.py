"""Which unit files there are: names, aliases, masks and the folders beside them, over one search path.

A name belongs to the first folder that has it. A link into the search path is an alias, a link out of it a
unit file of its own, and a link to /dev/null or an empty file masks the name.
"""

import posixpath
from dataclasses import field

from privaudit.collect.systemd import names
from privaudit.host import Host, HostError, Missing
from privaudit.model.frozen import slotted
from privaudit.model.path import FileKind
from privaudit.model.unknown import Limit

MAX_ENTRIES = 20_000
"""Names of one folder that are looked at."""
MAX_ALIASES = 8
"""Links from name to name that systemd follows."""
MAX_NAMES = 64
"""Names of one unit that are looked at."""
MAX_STEPS = 200
"""Parts of a path, those of links in it among them, that are followed."""
FOLDERS = (".d", ".wants", ".requires", ".upholds")
"""What a folder beside a unit file ends in."""


@slotted
class UnitFiles:
    """Everything that one manager would find."""

    units: dict[str, str] = field(default_factory=dict)
    """Name -> absolute path of its file, or the name that it is an alias of."""
    links: dict[str, list[str]] = field(default_factory=dict)
    """Name -> every path in the search path that has it, the one that counts first."""
    folders: dict[str, list[tuple[int, str]]] = field(default_factory=dict)
    """`x.service.d` -> (rank, path) of the folders of that name; rank: of the search path, 0 counts first."""
    aliases: dict[str, set[str]] = field(default_factory=dict)
    """Name of a unit -> the names that lead to it, its own among them if it has a file."""
    limits: list[Limit] = field(default_factory=list)

    def put(self, name: str, path: str) -> None:
        """Take a file for one more unit."""
        self.units[name] = path
        self.aliases.setdefault(name, set()).add(name)

    def alias(self, name: str, unit: str) -> None:
        """Take a name for an alias of a unit, if it leads to nothing yet."""
        if name not in self.units:
            self.units[name] = unit
            self.aliases.setdefault(unit, set()).add(name)

    def fragment(self, name: str) -> str | None:
        """Find the file of a unit, for an instance its template's; None: there is none."""
        found = self._follow(name)
        template = names.template(name)
        return self._follow(template) if found is None and template is not None else found

    def _follow(self, name: str) -> str | None:
        current = name
        for _ in range(MAX_ALIASES):
            target = self.units.get(current)
            if target is None and current != name:
                target = self.units.get(names.template(current) or "")
            if target is None:
                return None
            if target.startswith("/"):
                return target
            current = target
        return None

    def id_of(self, name: str) -> str | None:
        """Give the name that a unit is known by, whichever of its names was asked; None: it has no file."""
        fragment = self.fragment(name)
        if fragment is None:
            return None
        main = posixpath.basename(fragment)
        value = names.instance(name)
        return names.with_instance(main, value) if names.is_template(main) and value else main

    def names_of(self, unit: str) -> tuple[str, ...]:
        """List every name that leads to a unit, given by its id; sorted."""
        found = {unit, *self.aliases.get(unit, ())}
        template = names.template(unit)
        value = names.instance(unit)
        if template is not None and value:
            for alias in self.aliases.get(template, ()):
                name = names.with_instance(alias, value) if names.is_template(alias) else alias
                if self.id_of(name) == unit:
                    found.add(name)
        return tuple(sorted(name for name in found if not names.is_template(name) or name == unit))


def scan(host: Host, search: tuple[str, ...]) -> UnitFiles:
    """Look through all folders of a search path."""
    files = UnitFiles()
    real = {folder: real_path(host, folder) for folder in search}
    inside = {*search, *real.values()}
    for rank, folder in enumerate(search):
        if real[folder] in {real[before] for before in search[:rank]}:
            continue  # /lib is /usr/lib on most machines
        try:
            found = host.listdir(folder, MAX_ENTRIES)
        except Missing:
            continue
        except HostError as error:
            files.limits.append(error.limit())
            continue
        for name in found:
            if names.is_unit(name):
                _file(host, files, inside, folder, name)
            elif name.endswith(FOLDERS):
                files.folders.setdefault(name, []).append((rank, f"{folder}/{name}"))
    _index(files)
    return files


def real_path(host: Host, folder: str) -> str:
    """Follow the links of a path as far as it exists."""
    parts = folder.strip("/").split("/")
    done, left = "", parts
    for _ in range(MAX_STEPS):
        if not left:
            break
        path = f"{done}/{left[0]}"
        try:
            kind = host.lstat(path).kind
            text = host.readlink(path) if kind is FileKind.LINK else None
        except HostError:
            return posixpath.join(done or "/", *left)
        if text is None:
            done, left = path, left[1:]
        else:
            target = posixpath.normpath(posixpath.join(done or "/", text))
            done, left = "", [*target.strip("/").split("/"), *left[1:]]
    return done or folder


def _file(host: Host, files: UnitFiles, inside: set[str], folder: str, name: str) -> None:
    path = f"{folder}/{name}"
    try:
        kind = host.lstat(path).kind
        target = path
        if kind is FileKind.LINK:
            text = host.readlink(path)
            target = _target(host, text, path, inside) or ""
            if not target and not names.is_unit(posixpath.basename(text)):
                files.limits.append(Limit(path, "links to what no unit can be called: it was passed over"))
        elif kind is not FileKind.FILE:
            if kind is not FileKind.DIRECTORY:
                files.limits.append(Limit(path, f"is a {kind}, not a regular file"))
            return
    except HostError as error:
        files.limits.append(error.limit())
        return
    if target:
        files.units.setdefault(name, target)
        files.links.setdefault(name, []).append(path)


def _target(host: Host, text: str, path: str, inside: set[str]) -> str | None:
    """Say what a link means: another name, or its own path for one out of the search path; None: nothing."""
    folder, name = posixpath.split(path)
    target = posixpath.normpath(posixpath.join(folder, text))
    if not _lies_in(target, inside):
        place, other = posixpath.split(target)
        target = posixpath.join(real_path(host, place), other)
    if not _lies_in(target, inside):
        return path
    other = posixpath.basename(target)
    return other if _may_alias(name, other) else None


def _lies_in(path: str, folders: set[str]) -> bool:
    return any(path.startswith(f"{folder}/") for folder in folders)


def _may_alias(name: str, other: str) -> bool:
    """Whether systemd takes the link for an alias: same type, same kind of name, same instance."""
    if name == other or not names.is_unit(other) or names.suffix(name) != names.suffix(other):
        return False
    mine, its = names.instance(name), names.instance(other)
    if mine is None or its is None:
        return mine == its
    return its in {"", mine} if mine else its == ""


def _index(files: UnitFiles) -> None:
    crowded: set[str] = set()
    for name in files.units:
        unit = files.id_of(name)
        if unit is None:
            continue
        known = files.aliases.setdefault(unit, set())
        if len(known) < MAX_NAMES:
            known.add(name)
        elif unit not in crowded:
            crowded.add(unit)
            files.limits.append(Limit(unit, f"has more than {MAX_NAMES} names: the rest were passed over"))
