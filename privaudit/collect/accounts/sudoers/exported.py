"""sudoers as `cvtsudoers -e -f json` prints it (cvtsudoers(1)): aliases expanded, includes followed."""

from collections.abc import Iterable, Mapping
from typing import Any

from privaudit.collect.accounts.sudoers.policy import Default, Grant, Item, Kind, Policy

COMMAND = ("/usr/bin/cvtsudoers", "-c", "/dev/null", "-e", "-f", "json", "/etc/sudoers")
"""`-c /dev/null`: no configuration of its own changes what it prints."""

_KINDS = {
    "username": Kind.NAME,
    "userid": Kind.ID,
    "usergroup": Kind.GROUP,
    "usergid": Kind.GROUP_ID,
    "hostname": Kind.HOST,
    "networkaddr": Kind.HOST,
    "command": Kind.COMMAND,
}


def policy(output: bytes) -> Policy:
    """Read the output; ValueError if it is not what cvtsudoers prints."""
    import json  # only where sudo is installed

    try:
        document = json.loads(output)
        found = Policy()
        for default in document.get("Defaults", ()):
            found.defaults.append(_default(default))
        for spec in document.get("User_Specs", ()):
            users, hosts = _items(spec["User_List"]), _items(spec["Host_List"])
            for each in spec["Cmnd_Specs"]:
                found.grants.append(_grant(users, hosts, each))
    except (KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError("not in the form of cvtsudoers") from error
    return found


def _grant(users: tuple[Item, ...], hosts: tuple[Item, ...], spec: Mapping[str, Any]) -> Grant:
    options = _options(spec.get("Options", ()))
    authenticate = options.get("authenticate")
    return Grant(
        users,
        hosts,
        _items(spec["Commands"]),
        _items(spec["runasusers"]) if "runasusers" in spec else None,
        _items(spec["runasgroups"]) if "runasgroups" in spec else None,
        authenticate if isinstance(authenticate, bool) else None,
    )


def _default(spec: Mapping[str, Any]) -> Default:
    binding = spec.get("Binding")
    users = tuple(item for item in _items(binding or ()) if item.kind not in {Kind.HOST, Kind.COMMAND})
    return Default(_options(spec["Options"]), users, binding is not None)


def _options(options: Iterable[Mapping[str, Any]]) -> dict[str, bool | str]:
    return {
        name: value for option in options for name, value in option.items() if isinstance(value, bool | str)
    }


def _items(items: Iterable[Mapping[str, Any]]) -> tuple[Item, ...]:
    return tuple(_item(item) for item in items)


def _item(item: Mapping[str, Any]) -> Item:
    negated = item.get("negated") is True
    for key, kind in _KINDS.items():
        if key in item:
            value = str(item[key])
            if value == "ALL":
                kind = Kind.ALL  # noqa: PLW2901 - whatever it is a list of
            elif kind is Kind.GROUP and value.startswith(
                "#"
            ):  # groups of a runas list stand as they are written
                kind, value = Kind.GROUP_ID, value[1:]  # noqa: PLW2901
            return Item(kind, value, negated)
    return Item(Kind.OPAQUE, next(iter(str(value) for value in item.values()), ""), negated)
