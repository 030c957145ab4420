"""How one service should live: a file of `fixers/` as a value."""

from collections.abc import Mapping
from dataclasses import field

from privaudit.model.frozen import frozen
from privaudit.model.path import Role
from privaudit.model.service import Model


@frozen
class Matches:
    """What makes a service this one. Patterns are fnmatch(3)."""

    systemd: tuple[str, ...] = ()
    """Unit names: `mariadb.service`, `php*-fpm.service`; instances match by their own name."""
    launchd: tuple[str, ...] = ()
    """Labels: `homebrew.mxcl.mysql`."""
    programs: tuple[str, ...] = ()
    """File names of the programs that do the work: `mysqld`, `mariadbd`. Judged: a start script is not."""
    titles: tuple[str, ...] = ()
    """Beginnings of a rewritten argv[0] that tell a worker whose program is shared: `nginx: worker`."""


@frozen
class Workers:
    """Children of a root master that must be unprivileged."""

    account: str
    """Whom they should run as, `{account}` for the profile's own."""
    programs: tuple[str, ...] = ()
    """File names (fnmatch); empty: any."""
    titles: tuple[str, ...] = ()
    """Beginnings of argv[0]; empty: any."""
    accounts: Mapping[str, str] = field(default_factory=dict)
    """Platform -> account, where they differ."""
    keeps_root_saved: bool = False
    """By design they keep root as their saved id, to come back to it for a moment (squid)."""
    may_be_root: bool = False
    """Some releases leave them root by design (Dovecot 2.4): only a person is wrong there."""


@frozen
class OwnedPath:
    """A path that the service owns or reads."""

    path: str
    """Absolute; `{prefix}` is a package manager's prefix, `{account}` the account. fnmatch in a component."""
    kind: Role
    mode: str | None = None
    """Four octal digits that a fix sets on the top; None: left as it is."""
    tree: bool = False
    """Everything below belongs to it too."""
    on: tuple[str, ...] = ()
    """Platforms it holds on: `debian`, `rhel`, `homebrew`, `macports`, …; empty: all."""
    owner: str | None = None
    """Who owns it: `root` or `account`; None: the account (data, log, run), root (all others)."""


@frozen
class Directive:
    """Where the program's own configuration names its user, and which reader understands it."""

    reader: str
    """A reader of `collect.directives`: `nginx`, `apache`, `mysql`, …"""
    files: tuple[str, ...]
    """Candidates, the first that exists counts; `{prefix}` allowed."""


@frozen
class Health:
    """How to ask the service whether it works."""

    command: tuple[str, ...]
    """Absolute. `{programs}` is the folder of its program, `{socket}` and `{port}` say where it listens;
    a word that names what it does not have is left out, with the option before it."""
    run_as: str = "account"
    answers: str = ""
    """Text that the answer must contain; alternatives are divided by `|`."""


@frozen
class Profile:
    """One service of the catalogue."""

    service: str
    """= file name."""
    names: tuple[str, ...]
    """What a person may call it on the command line."""
    matches: Matches
    model: Model
    account: Mapping[str, str]
    """Platform (`debian`, `rhel`, `macos`, `homebrew`, …) -> account; `default` for all others."""
    why: str = ""
    """For root-master, root-required and per-user: why that is right."""
    workers: tuple[Workers, ...] = ()
    serves_people: bool = False
    """Children act as the person they serve (sshd, cron, dovecot): a person below it is no fault."""
    owns: tuple[OwnedPath, ...] = ()
    directive: Directive | None = None
    stays_root: bool = False
    """Started as root it works as root: it changes to nobody by itself."""
    accepts: Mapping[str, str] = field(default_factory=dict)
    """Rule -> why it is right by design here."""
    move: Mapping[str, str] = field(default_factory=dict)
    """Manager -> how its account changes: `drop-in`, `system-daemon`, `directive`, `ownership`, `never`."""
    move_reason: str = ""
    """Why never."""
    disruption: str = "restart"
    """`none`, `reload` or `restart`."""
    health: Health | None = None
    stops_with: tuple[str, ...] = ()
    """Further units that would restart it: `mariadb.socket`."""
    leaves: tuple[str, ...] = ()
    """Sockets and locks in /tmp that it leaves when it ends badly, and that keep another account out."""
    stop_timeout: int = 120
    """Seconds it may take to stop."""

    def account_on(self, *platforms: str) -> str | None:
        """Name the account for the first platform that the profile knows; None: it does not say."""
        for platform in (*platforms, "default"):
            if platform in self.account:
                return self.account[platform]
        return None
