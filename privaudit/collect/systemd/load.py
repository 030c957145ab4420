"""Load units from files as systemd would: the file, then its drop-ins, then what follows from both."""

import posixpath

from privaudit.collect.systemd import capabilities, names
from privaudit.collect.systemd.assign import assign
from privaudit.collect.systemd.dropins import drop_ins
from privaudit.collect.systemd.dynamic import user_of
from privaudit.collect.systemd.folders import directories
from privaudit.collect.systemd.query import OUTPUTS, SEARCH_KEY, STAGES
from privaudit.collect.systemd.reading import Reader
from privaudit.collect.systemd.scope import Scope
from privaudit.collect.systemd.settings import Fatal, Settings
from privaudit.collect.systemd.specifiers import Machine, Specifiers
from privaudit.collect.systemd.syntax import SyntaxFailure, assignments
from privaudit.collect.systemd.unitfiles import UnitFiles
from privaudit.host import Host, HostError, Missing
from privaudit.model.definition import Command, Definition, Manager
from privaudit.model.frozen import frozen
from privaudit.model.unknown import Limit

START_ONLY = "PermissionsStartOnly"
"""In `extra` of a definition: all but ExecStart= runs as root, whatever User= says."""


@frozen
class Loaded:
    """A unit as files say it is."""

    unit: str
    names: tuple[str, ...]
    fragment: str
    drop_ins: tuple[str, ...]
    settings: Settings
    state: str
    """`loaded`, `masked`, `bad-setting`, `error`: as systemd calls them."""
    written: bool = False
    """It is a generator's, and lies in no file yet."""


class Loader:
    """Loads the units of one manager."""

    def __init__(self, host: Host, scope: Scope, files: UnitFiles, machine: Machine) -> None:
        self.host, self.scope, self.files, self.machine = host, scope, files, machine
        self.limits: list[Limit] = []
        self.written: dict[str, bytes] = {}
        """Files that a generator would write, by path."""
        self.asked: dict[str, str] = {}
        """Units that a generator would have started: name -> the folder where it would say so."""
        self._done: dict[str, Loaded | None] = {}
        self._reader = Reader(host)

    def load(self, name: str) -> Loaded | None:
        """Load the unit that a name leads to; None: it has no file, or a limit says why not."""
        unit = self.files.id_of(name)
        if unit is None:
            return None
        if unit not in self._done:
            self._done[unit] = self._load(unit)
        return self._done[unit]

    def write(self, path: str, data: bytes) -> None:
        """Take a file as if a generator had written it."""
        self.written[path] = data
        self.files.put(posixpath.basename(path), path)

    def _load(self, unit: str) -> Loaded | None:
        fragment = self.files.fragment(unit)
        if fragment is None:
            return None
        known = self.files.names_of(unit)
        settings = Settings(Specifiers(unit, fragment, self.scope, self.machine))
        try:
            data = self.written[fragment] if fragment in self.written else self._reader.read(fragment)
        except Missing:
            return None  # a link to nothing: systemd finds no unit either
        except HostError as error:
            self.limits.append(error.limit(unit))
            return None
        if not data:
            return Loaded(unit, known, fragment, (), settings, "masked")
        state = self._apply(settings, fragment, data)
        others = tuple(name for name in known if name != unit)
        applied, limits = drop_ins(self.host, self.files, unit, others)
        self.limits += limits
        for path in applied:
            self._drop_in(settings, unit, path)
        return Loaded(unit, known, fragment, tuple(applied), settings, state, fragment in self.written)

    def _drop_in(self, settings: Settings, unit: str, path: str) -> None:
        try:
            self._apply(settings, path, self._reader.read(path))
        except Missing:
            return
        except HostError as error:
            self.limits.append(error.limit(unit))

    def _apply(self, settings: Settings, path: str, data: bytes) -> str:
        """Apply a file; where systemd stops reading so does this, and a limit says so."""
        try:
            for item in assignments(data):
                assign(settings, item)
        except SyntaxFailure as error:
            self.limits.append(Limit(path, f"{error}: systemd reads no further"))
            return "error"
        except Fatal as error:
            self.limits.append(Limit(path, f"{error}: systemd reads no further"))
            return "bad-setting"
        return "loaded"


def definition(loaded: Loaded) -> Definition | None:
    """Make the definition of a service; None: systemd would not start it."""
    settings = loaded.settings
    texts = settings.texts
    user, group = _identity(loaded)
    lines = tuple(line for stage in STAGES for line in settings.commands.get(stage, ()))
    started = any(line.stage == "ExecStart" for line in lines)
    kind = texts.get("Type") or ("dbus" if "BusName" in texts else "simple" if started else "oneshot")
    if loaded.state != "loaded" or not _startable(settings, lines, kind):
        return None
    scope = settings.specifiers.scope
    return Definition(
        manager=Manager.SYSTEMD,
        domain=scope.domain,
        id=loaded.unit,
        names=loaded.names,
        owner=scope.owner.uid,
        template=names.template(loaded.unit),
        path=None if loaded.written else loaded.fragment,
        drop_ins=loaded.drop_ins,
        source_path=texts.get("SourcePath"),
        user=user,
        group=group,
        supplementary_groups=tuple(settings.groups),
        dynamic_user=settings.flags.get("DynamicUser", False),
        private_users=settings.flags.get("PrivateUsers", False),
        commands=lines,
        type=kind,
        environment=tuple(settings.environment.items()),
        environment_files=tuple(settings.environment_files),
        working_directory=texts.get("WorkingDirectory"),
        root_directory=texts.get("RootDirectory"),
        directories=directories(settings.directories, scope.bases),
        pid_file=texts.get("PIDFile"),
        capabilities=_bounding(settings),
        ambient_capabilities=tuple(sorted(settings.ambient)),
        load_state=loaded.state,
        triggered_by=tuple(sorted(set(settings.lists.get("Sockets", ())))),
        extra=_extra(settings),
    )


def _identity(loaded: Loaded) -> tuple[str | None, str | None]:
    settings = loaded.settings
    user, group = settings.texts.get("User"), settings.texts.get("Group")
    if settings.flags.get("DynamicUser"):
        user = user or user_of(names.prefix(loaded.unit))
        group = group or user
    return user, group


def _extra(settings: Settings) -> tuple[tuple[str, str], ...]:
    found = []
    if settings.lists.get(SEARCH_KEY):
        found.append((SEARCH_KEY, ":".join(settings.lists[SEARCH_KEY])))
    if settings.flags.get(START_ONLY):
        found.append((START_ONLY, "yes"))
    found += [(key, settings.texts[key]) for key in OUTPUTS if key in settings.texts]
    return tuple(found)


def _startable(settings: Settings, lines: tuple[Command, ...], kind: str) -> bool:
    """Whether it has the commands that systemd insists on, systemd.service(5)."""
    starts = sum(line.stage == "ExecStart" for line in lines)
    if kind == "dbus" and "BusName" not in settings.texts:
        return False
    if starts:
        return starts == 1 or kind == "oneshot"
    stops = any(line.stage == "ExecStop" for line in lines)
    remains = settings.flags.get("RemainAfterExit", False)
    return kind == "oneshot" and ((stops and remains) or "SuccessAction" in settings.texts)


def _bounding(settings: Settings) -> tuple[str, ...] | None:
    if settings.bounding is None and not settings.withheld:
        return None
    everything = capabilities.ALL if settings.bounding is None else settings.bounding
    return capabilities.restricted(everything - settings.withheld)
