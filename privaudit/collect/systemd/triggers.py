"""Which units start which services; systemd.socket(5), systemd.timer(5), systemd.path(5)."""

from dataclasses import field, replace

from privaudit.collect.systemd import names
from privaudit.collect.systemd.load import Loaded, Loader
from privaudit.model.definition import Definition
from privaudit.model.frozen import slotted

_TRIGGERS = (".socket", ".timer", ".path")


@slotted
class Triggers:
    """What starts what."""

    of: dict[str, set[str]] = field(default_factory=dict)
    """Name of a service -> the units that start it."""
    templates: set[str] = field(default_factory=set)
    """Templates of which a socket with `Accept=yes` makes an instance a connection."""


def triggers(loader: Loader) -> Triggers:
    """Look at all units that start others."""
    found = Triggers()
    for name in sorted(loader.files.units):
        if not name.endswith(_TRIGGERS) or names.is_template(name):
            continue
        loaded = loader.load(name)
        if loaded is None or loaded.state != "loaded":
            continue
        service = started(loaded)
        found.of.setdefault(service, set()).add(loaded.unit)
        if names.is_template(service):
            found.templates.add(service)
    return found


def with_addresses(definition: Definition, loader: Loader) -> Definition:
    """Add what the sockets of a service listen on, as their files say."""
    found: list[str] = []
    for name in definition.triggered_by:
        loaded = loader.load(name) if name.endswith(".socket") else None
        if loaded is not None and loaded.state == "loaded":
            for key in ("ListenStream", "ListenDatagram"):
                found += loaded.settings.lists.get(key, ())
    return replace(definition, socket_addresses=tuple(found)) if found else definition


def started(loaded: Loaded) -> str:
    """Name the service that a socket, timer or path starts; a template where each connection gets one."""
    settings = loaded.settings
    if settings.flags.get("Accept"):
        return f"{names.prefix(loaded.unit)}@.service"
    for key in ("Service", "Unit"):
        if settings.lists.get(key):
            return settings.lists[key][0]
    return names.stem(loaded.unit) + names.SERVICE
