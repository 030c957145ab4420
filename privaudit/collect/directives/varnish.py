"""varnishd -j unix,user=NAME,workuser=NAME: the jail's accounts (varnishd(1), "Jail")."""

from privaudit.collect.directives.reading import Reading, Request
from privaudit.model.service import Declared

_DEFAULTS = {"user": "varnish", "workuser": "vcache"}


def read(request: Request) -> Reading:
    """Read the jail; another one than unix, or none, takes nobody that can be told."""
    kind, *settings = (request.option("-j") or "unix").split(",")
    if kind != "unix":
        return Reading()
    named = _DEFAULTS | dict(setting.split("=", 1) for setting in settings if "=" in setting)
    source = request.definition.path or ""
    return Reading(takes=tuple(Declared(named[key], source=source) for key in _DEFAULTS))
