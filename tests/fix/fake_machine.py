"""A machine in memory that a fix can act upon: files, and a systemd that reads drop-ins and starts units."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from memory_host import Entry, MemoryHost

from privaudit.host import CommandResult
from privaudit.host.act import ActError, Kept, RunAs
from privaudit.host.changes_linux import LinuxChanges
from privaudit.model.path import FileKind

BASES = ("/etc/systemd/system", "/run/systemd/system")


class Killed(BaseException):
    """The process was killed: nothing that it would have done afterwards happens."""


@dataclass(slots=True)
class Unit:
    """What systemd knows of one unit."""

    user: str
    """What its own file says."""
    active: str = "active"
    loaded: dict[str, str] = field(default_factory=dict)
    pid: int = 0
    restarts: int = 0


@dataclass(slots=True)
class FakeHands:
    """See `privaudit.host.act.Hands`; `before_each` is called before every single action."""

    host: MemoryHost
    units: dict[str, Unit] = field(default_factory=dict)
    before_each: Callable[[str], None] = lambda _: None
    done: list[str] = field(default_factory=list)
    """Every command and every change of a file, in order."""
    answers: dict[str, CommandResult] = field(default_factory=dict)
    """What a program answers, by its path."""
    hangs: set[str] = field(default_factory=set)
    """Units that do not stop."""
    missing: set[str] = field(default_factory=set)
    """Units whose files are gone."""
    dies: Callable[[Unit], bool] = lambda _: False
    """Whether a unit that starts fails at once."""

    def unit(self, name: str, user: str, *, active: bool = True) -> None:
        """Add a unit; it runs if active."""
        self.units[name] = Unit(user, "inactive")
        self._reload()
        if active:
            self._start(name)

    def _act(self, what: str) -> None:
        self.before_each(what)
        self.done.append(what)

    # What the protocol asks.

    def run(
        self, argv: Sequence[str], *, limit: float, account: RunAs | None = None, stdin: bytes = b""
    ) -> CommandResult:
        del limit, stdin
        words = [word for word in argv[1:] if word != "--"]
        if argv[0] != "/usr/bin/systemctl":
            self._act(" ".join(argv) + (f" as {account.name}" if account else ""))
            return self.answers.get(argv[0], CommandResult(0, b"", b""))
        if words[0] == "show":
            keys = words[1].removeprefix("--property=").split(",")
            return CommandResult(0, self._shown(words[2], keys).encode(), b"")
        self._act(" ".join(["systemctl", *words]))
        if words[0] == "start" and words[-1] in self.missing:
            return CommandResult(5, b"", f"Unit {words[-1]} not found.\n".encode())
        match words:
            case ["daemon-reload"]:
                self._reload()
            case ["stop", "--no-block", name]:
                self._stop(name)
            case ["start", "--no-block", "--job-mode=ignore-dependencies", name] if name.endswith(".target"):
                self.units[name].active = "active"
            case ["stop", "--no-block", "--job-mode=ignore-dependencies", name] if name.endswith(".target"):
                self.units[name].active = "inactive"
            case ["start", "--no-block", name] if not name.endswith(".target"):
                self._start(name)
            case ["reset-failed", name]:
                self.units[name].active = "inactive"
            case _:
                raise AssertionError(words)
        return CommandResult(0, b"", b"")

    def look(self, path: str) -> Kept | None:
        found = self.host.entries.get(path)
        return None if found is None else Kept(found.kind, found.uid, found.gid, found.mode, found.content)

    def write(self, path: str, kept: Kept) -> None:
        self._act(f"write {path}")
        self.host.put(path, Entry(kept.kind, kept.mode, kept.uid, kept.gid, kept.data))

    def remove(self, path: str) -> None:
        if path in self.host.entries:
            self._act(f"remove {path}")
            del self.host.entries[path]

    def make_folders(self, path: str) -> tuple[str, ...]:
        if not path or path in self.host.entries:
            return ()
        made = (*self.make_folders(path.rpartition("/")[0]), path)
        self._act(f"make {path}")
        self.host.dir(path)
        return made

    def remove_folder(self, path: str) -> None:
        if path in self.host.entries and not any(each.startswith(f"{path}/") for each in self.host.entries):
            self._act(f"remove {path}")
            del self.host.entries[path]

    def can_use(self, path: str, account: RunAs) -> bool:
        return self.host.entries[path].uid == account.uid

    def boot(self) -> str:
        return "boot"

    def now(self) -> float:
        return self.host.time

    def wait(self, seconds: float) -> None:
        self.host.time += seconds

    # systemd.

    def _shown(self, name: str, keys: Sequence[str]) -> str:
        unit = self.units[name]
        known = {
            "ActiveState": unit.active,
            "SubState": "running",
            "MainPID": str(unit.pid),
            "Job": "0",
            "Result": "success",
            "LoadState": "not-found" if name in self.missing else "loaded",
            "NRestarts": str(unit.restarts),
            **unit.loaded,
        }
        return "".join(f"{key}={known.get(key, '')}\n" for key in keys)

    def _reload(self) -> None:
        for name, unit in self.units.items():
            unit.loaded = {"User": unit.user, "Group": unit.user, "SupplementaryGroups": ""}
            found = {
                path.rpartition("/")[2]: path
                for base in BASES
                for path in self.host.entries
                if path.startswith(f"{base}/{name}.d/") and path.endswith(".conf")
            }
            for _, path in sorted(found.items()):
                for line in self.host.entries[path].content.decode().splitlines():
                    key, sign, value = line.partition("=")
                    if sign and not line.startswith("#"):
                        unit.loaded[key] = value

    def _start(self, name: str) -> None:
        unit = self.units[name]
        if unit.active in {"active", "deactivating"}:
            return
        if self.dies(unit):
            unit.active = "failed"
            return
        unit.active, unit.pid = "active", 100 + len(self.done)
        account = self.host.passwd(unit.loaded["User"])
        if account is None:
            raise ActError(name, "no such account")
        self.host.process(unit.pid, f"/usr/sbin/{name.removesuffix('.service')}d", account.uid, unit=name)

    def _stop(self, name: str) -> None:
        unit = self.units[name]
        if name in self.hangs:
            unit.active = "deactivating"
        elif unit.active in {"active", "activating"}:
            self.host.rows[:] = [row for row in self.host.rows if row.pid != unit.pid]
            unit.active, unit.pid = "inactive", 0


class Mortal(LinuxChanges):
    """The calls behind the records: after a kill nothing more is written."""

    dead = False

    def append(self, descriptor: int, data: bytes) -> int:
        if self.dead:
            raise Killed
        return super().append(descriptor, data)


def picture(hands: FakeHands) -> tuple[object, ...]:
    """Everything that must be as before when all is put back; process numbers apart."""
    entries = {path: entry for path, entry in hands.host.entries.items() if entry.kind is not FileKind.LINK}
    units = {name: (unit.active, unit.loaded) for name, unit in hands.units.items()}
    uids = sorted((row.name, row.uids.real) for row in hands.host.rows)
    return entries, units, uids
