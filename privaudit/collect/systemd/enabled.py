"""Whether a unit is enabled, by links that its [Install] section asks for: systemctl(1), is-enabled."""

import posixpath

from privaudit.collect.systemd import names
from privaudit.collect.systemd.dropins import MAX_DROP_INS
from privaudit.collect.systemd.load import Loaded, Loader
from privaudit.host import HostError, Missing

Wanted = dict[str, list[str]]
"""Name of a unit -> the folders whose `x.wants`, `x.requires` or `x.upholds` has a link of that name."""

_BESIDE = (".wants", ".requires", ".upholds")
_INSTALL = ("WantedBy", "RequiredBy", "UpheldBy", "Alias")


def wanted(loader: Loader) -> Wanted:
    """List what other units pull in by links."""
    found: Wanted = {name: [place] for name, place in loader.asked.items()}
    for beside, places in loader.files.folders.items():
        if not beside.endswith(_BESIDE):
            continue
        for _, folder in places:
            try:
                entries = loader.host.listdir(folder, MAX_DROP_INS)
            except Missing:
                continue
            except HostError as error:
                loader.limits.append(error.limit())
                continue
            for name in entries:
                if names.is_unit(name):
                    found.setdefault(name, []).append(posixpath.dirname(folder))
    return found


def state(loader: Loader, loaded: Loaded, pulled: Wanted) -> str:
    """Give the state in systemctl's words: `enabled`, `disabled`, `static`, `generated` and the others."""
    scope = loader.scope
    place = posixpath.dirname(loaded.fragment)
    if loaded.state == "masked":
        return "masked-runtime" if place in scope.runtime else "masked"
    if place in scope.generated or place.endswith("/transient"):
        return "generated" if place in scope.generated else "transient"
    places = enabling(loader, loaded, pulled)
    if places & {*scope.config, *scope.runtime, *scope.generated}:
        return "enabled" if places & set(scope.config) else "enabled-runtime"
    return _dormant(loaded, pulled=bool(places))


def _dormant(loaded: Loaded, *, pulled: bool) -> str:
    install = loaded.settings.lists
    if names.template(loaded.unit) is not None and pulled:
        return "static"
    if any(install.get(key) for key in _INSTALL):
        return "disabled"
    return "indirect" if install.get("Also") else "static"


def enabling(loader: Loader, loaded: Loaded, pulled: Wanted) -> set[str]:
    """List the folders of the search path in which links enable a unit."""
    found = {place for name in loaded.names for place in pulled.get(name, ())}
    for alias in loaded.settings.lists.get("Alias", ()):
        if loader.files.id_of(alias) == loaded.unit:
            found.update(posixpath.dirname(path) for path in loader.files.links.get(alias, ()))
    return found
