"""Settings that name files and folders, systemd.exec(5): absolute, simplified, and which are refused."""

from privaudit.collect.systemd.execline import simplified
from privaudit.collect.systemd.settings import Fatal, Settings, bounded
from privaudit.collect.systemd.words import BadWord, fields, unquoted


def absolute(path: str | None) -> str | None:
    """Simplify a path; None: systemd takes only absolute ones without `..` where this is asked."""
    found = simplified(path or "")
    return found if found.startswith("/") and ".." not in found.split("/") else None


def environment_file(settings: Settings, key: str, value: str) -> None:
    """Take a file of variables; `-` before it says that it may be missing."""
    if not value:
        settings.environment_files.clear()
        return
    found = settings.expanded(value) or ""
    path = absolute(found.removeprefix("-"))
    if path is not None:
        settings.environment_files.append(f"-{path}" if found.startswith("-") else path)
        bounded(key, settings.environment_files)


def path(settings: Settings, key: str, value: str) -> None:
    """Take one absolute path."""
    if not value:
        settings.texts.pop(key, None)
        return
    found = absolute(settings.expanded(value))
    if found is not None:
        settings.texts[key] = found
    elif key == "RootDirectory":
        raise Fatal(f"{key}= is no absolute path")


def working_directory(settings: Settings, key: str, value: str) -> None:
    """Take an absolute path or `~`; `-` before it says that it may be missing."""
    text = value.removeprefix("-")
    if text == "~":
        settings.texts[key] = "~"
        return
    found = absolute(settings.expanded(text))
    if not value:
        settings.texts.pop(key, None)
    elif found is not None:
        settings.texts[key] = found
    elif text == value:
        raise Fatal(f"{key}= is no absolute path")


def pid_file(settings: Settings, key: str, value: str) -> None:
    """Take a path, one that is relative below the runtime folder."""
    found = settings.expanded(value)
    if not value:
        settings.texts.pop(key, None)
    elif found:
        runtime = settings.specifiers.scope.bases.runtime
        path = absolute(found if found.startswith("/") else f"{runtime}/{found}")
        if path is None:
            raise Fatal(f"{key}= holds ..")
        settings.texts[key] = f"/run/{path[9:]}" if f"{path}/".startswith("/var/run/") else path


def directory(settings: Settings, key: str, value: str) -> None:
    """Gather folders that the manager makes, each perhaps with the name of a link to it."""
    found = settings.directories.setdefault(key, [])
    if not value:
        found.clear()
        return
    try:
        for word in unquoted(value):
            name, *links = map(settings.expanded, fields(word)[:2])
            if name and None not in links and not name.startswith("/") and name.split("/")[0] != "private":
                found.append(simplified(name))
    except BadWord:
        return  # what came before it counts
    bounded(key, found)


def search(settings: Settings, key: str, value: str) -> None:
    """Gather folders in which programs are looked for, up to the first that is no absolute path."""
    found = settings.lists.setdefault(key, [])
    if not value:
        found.clear()
    for part in value.split(":"):
        path = absolute(settings.expanded(part))
        if path is None:
            break
        found.append(path)
    bounded(key, found)
