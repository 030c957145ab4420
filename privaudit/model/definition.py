"""What a service manager was told: a systemd unit with its drop-ins, or a launchd job."""

from enum import StrEnum

from privaudit.model.frozen import frozen


class Manager(StrEnum):
    """Who starts it."""

    SYSTEMD = "systemd"
    LAUNCHD = "launchd"
    NONE = "none"
    """Nobody: a process tree that listens with no definition."""


class Domain(StrEnum):
    """Which instance of the manager, and so whose identity a definition can give."""

    SYSTEM = "system"
    USER_MANAGER = "user-manager"
    GUI = "gui"


class Elevation(StrEnum):
    """The prefixes of systemd.service(5) that change which identity a command line gets."""

    NONE = ""
    FULL = "+"
    """Runs as root whatever `User=` says."""
    IDENTITY = "!"
    """Starts as root and is expected to change ids by itself."""
    AMBIENT = "!!"
    """As `!`, only where ambient capabilities are missing; without effect on every kernel in
    use."""


@frozen
class Command:
    """One command line of a definition."""

    stage: str
    """The key it stands in: `ExecStart`, `ExecStartPre`, …; `ProgramArguments` on launchd."""
    path: str
    """The program."""
    argv: tuple[str, ...]
    """With argv[0]."""
    elevation: Elevation = Elevation.NONE
    ignore_failure: bool = False
    no_env_expand: bool = False


@frozen
class ServiceDirectory:
    """A folder that the manager makes for it: `StateDirectory=` and its kin, systemd.exec(5)."""

    kind: str
    """`state`, `cache`, `logs`, `runtime` or `configuration`."""
    path: str
    """Absolute."""


@frozen
class Definition:
    """One service as its manager defines it, all drop-ins applied."""

    manager: Manager
    domain: Domain
    id: str
    """Canonical unit name or label: `mariadb.service`."""
    names: tuple[str, ...] = ()
    """Every name it answers to, the id among them, sorted."""
    owner: int = 0
    """uid whose manager this is; 0 for the system's."""
    template: str | None = None
    """`getty@.service` for an instance of it."""
    path: str | None = None
    """The file it came from; None if there is none (transient, submitted)."""
    drop_ins: tuple[str, ...] = ()
    """In the order in which they apply."""
    source_path: str | None = None
    """What a generator made it from: a SysV script."""
    user: str | None = None
    """As declared, unresolved: a name or a number; None: not declared."""
    group: str | None = None
    supplementary_groups: tuple[str, ...] = ()
    dynamic_user: bool = False
    private_users: bool = False
    commands: tuple[Command, ...] = ()
    type: str = ""
    """`simple`, `forking`, `oneshot`, …"""
    environment: tuple[tuple[str, str], ...] = ()
    environment_files: tuple[str, ...] = ()
    working_directory: str | None = None
    root_directory: str | None = None
    directories: tuple[ServiceDirectory, ...] = ()
    pid_file: str | None = None
    capabilities: tuple[str, ...] | None = None
    """`CapabilityBoundingSet=`, lower case `cap_…`, sorted; None: not restricted."""
    ambient_capabilities: tuple[str, ...] = ()
    load_state: str = "loaded"
    active_state: str = ""
    """`active`, `inactive`, `failed`, …; empty where no manager was asked."""
    sub_state: str = ""
    enabled: str = ""
    """`enabled`, `disabled`, `static`, `masked`, …; empty: unknown."""
    main_pid: int | None = None
    control_group: str | None = None
    triggered_by: tuple[str, ...] = ()
    """Sockets, timers and paths that start it."""
    socket_addresses: tuple[str, ...] = ()
    """What those sockets listen on, as ListenStream= and ListenDatagram= say it: `7000`, `127.0.0.1:25`."""
    needs_reload: bool = False
    """The files changed since the manager read them."""
    ignored: tuple[str, ...] = ()
    """Keys that its manager does not heed, and why: `UserName joe: an agent runs as …`."""
    refused: tuple[str, ...] = ()
    """Why its manager will not load it: `owned by joe`, `mode 0664: others may write it`."""
    extra: tuple[tuple[str, str], ...] = ()
    """Further keys that a rule or a fix of one manager needs, as (key, text)."""
