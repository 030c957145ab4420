"""A running Mac for tests: a disk with real owners, and a launchd and a directory that behave as described.

Every answer and delay is one of the captures or reports behind `privaudit.fix.launchd.launchctl`; no Mac was
ever asked by it. A command can be given other answers, once each, to try every failure.
"""

import plistlib
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from macos.mac_disk import NODE, MacDisk

from privaudit.collect.files.trace import Tracer
from privaudit.host import CommandResult, GroupEntry, Missing, PasswdEntry, Platform, RawProcess
from privaudit.host.act import Kept, RunAs
from privaudit.host.act_local import LocalHands
from privaudit.host.changes import Holder
from privaudit.host.changes_rooted import RootedChanges
from privaudit.host.rooted import RootedHost
from privaudit.model.process import Ids
from privaudit.model.service import Listener

DATA = "/opt/homebrew/var/mysql"
START = 1_750_000_000.0
ENDS = 1.2
"""Seconds that a job lingers after `bootout` has returned."""
_OK = CommandResult(0, b"", b"")


@dataclass(slots=True)
class Job:
    """A label that a domain holds."""

    domain: str
    label: str
    path: str
    keys: dict[str, object]
    pid: int | None = None
    runs: int = 0
    last_exit: str = "(never exited)"
    gone_at: float | None = None
    """Booted out: until then `print` still shows it, and `bootstrap` fails with 5."""


class FakeMac(RootedHost):
    """See `privaudit.host.Host`; `log` keeps what a fix asked and did, in order."""

    def __init__(self, disk: MacDisk) -> None:
        super().__init__(str(disk.top), Platform.DARWIN)
        self.disk = disk
        self.live = True
        self.clock = START
        self.rows: dict[int, RawProcess] = {}
        self.jobs: dict[str, Job] = {}
        self.off: dict[str, dict[str, bool]] = {"system": {}, "501": {}}
        """Domain, or the uid whose two domains share a list -> label -> disabled."""
        self.sessions = {"gui/501", "user/501"}
        self.log: list[str] = []
        self.quiet = False
        self.answers: dict[str, list[CommandResult]] = {}
        """Beginning of a command -> what its next calls answer instead, without doing anything."""
        self.crashes: Callable[[Job], str | None] = lambda _: None
        """Why a job that was started ends at once; None: it stays up."""
        self.version = "9.4.0"
        """Of the mysql that a start of it runs."""
        self.deaf: set[str] = set()
        """Programs that SIGTERM does not end."""
        self.actions, self.killed_at = 0, sys.maxsize
        """How many changes a fix made, and at which one it is killed."""
        self._next = 900
        self.process(1, "/sbin/launchd", 0, 0)
        self.process(515, "/usr/sbin/cfprefsd", 501, 1)

    # What runs.

    def process(self, pid: int, program: str, uid: int, ppid: int, *argv: str) -> None:
        self.rows[pid] = RawProcess(
            pid=pid,
            ppid=ppid,
            uids=Ids(uid, uid, uid),
            gids=Ids(uid, uid, uid),
            groups=(),
            name=program.rpartition("/")[2],
            program=program,
            argv=argv or (program,),
            started=self.clock,
        )

    def processes(self) -> Iterator[RawProcess]:
        return iter(sorted(self.rows.values(), key=lambda row: row.pid))

    def listeners(self) -> tuple[Listener, ...]:
        working = [row for row in self.rows.values() if row.name == "mysqld"]
        return tuple(
            Listener("tcp", "127.0.0.1", 3306, row.pid, row.uids.real, loopback=True) for row in working
        )

    def now(self) -> float:
        return self.clock

    def hostname(self) -> str:
        return "mini"

    # Accounts, as opendirectoryd knows them.

    def records(self, kind: str) -> list[dict[str, list[str]]]:
        folder = self.disk.at(f"{NODE}/{kind}")
        return [plistlib.loads(path.read_bytes()) for path in sorted(folder.glob("*.plist"))]

    def passwd(self, key: int | str) -> PasswdEntry | None:
        for each in self.records("users"):
            uid = int(each.get("uid", ["-9"])[0]) & 0xFFFFFFFF
            if key in {uid, *each["name"]} and "uid" in each:
                gid = int(each.get("gid", ["-1"])[0]) & 0xFFFFFFFF
                home, shell = each.get("home", [""])[0], each.get("shell", [""])[0]
                return PasswdEntry(each["name"][0], uid, gid, "", home, shell)
        return None

    def group(self, key: int | str) -> GroupEntry | None:
        for each in self.records("groups"):
            gid = int(each.get("gid", ["-9"])[0]) & 0xFFFFFFFF
            if key in {gid, *each["name"]}:
                return GroupEntry(each["name"][0], gid, tuple(each.get("users", ())))
        return None

    def group_list(self, name: str, gid: int) -> tuple[int, ...]:
        others = [int(g["gid"][0]) for g in self.records("groups") if name in g.get("users", ())]
        return (gid, *(other for other in others if other != gid))

    # Commands.

    def run(
        self,
        argv: Sequence[str],
        *,
        timeout: float = 30,
        uid: int | None = None,
        env: Mapping[str, str] | None = None,
        stdin: bytes = b"",
    ) -> CommandResult:
        del timeout, uid, env, stdin
        return self.command(argv)

    def command(self, argv: Sequence[str], account: str = "") -> CommandResult:
        said = " ".join(argv)
        for beginning, answers in self.answers.items():
            if said.startswith(beginning) and answers:
                answer = answers.pop(0)
                break
        else:
            answer = self._done(list(argv))
        self._note(said + (f" (as {account})" if account else "") + f"  -> {answer.status}")
        return answer

    def _note(self, line: str) -> None:
        if not self.quiet:
            self.log.append(line)

    def _done(self, argv: list[str]) -> CommandResult:
        match argv:
            case ["/bin/launchctl", verb, *words]:
                return getattr(self, f"_{verb.replace('-', '_')}")(*words)  # type: ignore[no-any-return]
            case ["/bin/kill", "-TERM", pid]:
                self._terminate(int(pid))
                return _OK
            case ["/usr/bin/dscl", *words]:
                return self._dscl(words)
            case ["/usr/bin/id", option, name]:
                return self._id(option, name)
            case ["/usr/bin/sw_vers", *_]:
                return CommandResult(0, b"15.5\n", b"")
            case [program, "ping"] if program.endswith("/mysqladmin"):
                alive = any(row.name == "mysqld" for row in self.rows.values())
                return CommandResult(0 if alive else 1, b"mysqld is alive\n" if alive else b"", b"")
        raise Missing(argv[0], f"unknown to this Mac: {' '.join(argv)}")

    def _id(self, option: str, name: str) -> CommandResult:
        entry = self.passwd(name)
        if entry is None:
            return CommandResult(1, b"", f"id: {name}: no such user\n".encode())
        return CommandResult(0, f"{entry.uid if option == '-u' else entry.gid}\n".encode(), b"")

    # launchctl(1).

    def _print(self, target: str) -> CommandResult:
        self._forget()
        if target in {"system", *self.sessions}:
            rows = [
                f"\t\t{job.pid or 0:8} {'-':>6} \t{job.label}"
                for job in self.jobs.values()
                if job.domain == target
            ]
            lines = [f"{target} = {{", "\tservices = {", *rows, "\t}", *self._switches(target), "}"]
            return CommandResult(0, "\n".join(lines).encode(), b"")
        job = self.jobs.get(target)
        if job is None:
            domain, _, label = target.rpartition("/")
            where = "for system" if domain == "system" else "for user gui: 501"
            text = f'Bad request.\nCould not find service "{label}" in domain {where}\n'
            return CommandResult(113, b"", text.encode())
        return CommandResult(0, self._shown(job).encode(), b"")

    def _shown(self, job: Job) -> str:
        kind = "LaunchDaemon" if job.domain == "system" else "LaunchAgent"
        state = "running" if job.pid else "spawn scheduled"
        lines = [f"{job.domain}/{job.label} = {{", f"\tpath = {job.path}", f"\ttype = {kind}"]
        lines.append(f"\tstate = {'SIGTERMed' if job.gone_at else state}")
        for key, name in (("UserName", "username"), ("GroupName", "group")):
            if job.domain == "system" and key in job.keys:
                lines.append(f"\t{name} = {job.keys[key]}")
        arguments = job.keys["ProgramArguments"]
        assert isinstance(arguments, list)
        lines += [f"\tprogram = {arguments[0]}", "\targuments = {", *(f"\t\t{word}" for word in arguments)]
        lines += ["\t}", f"\texit timeout = {job.keys.get('ExitTimeOut', 5)}", f"\truns = {job.runs}"]
        lines += [f"\tpid = {job.pid}"] if job.pid else []
        return "\n".join([*lines, f"\tlast exit code = {job.last_exit}", "}"])

    def _switches(self, domain: str) -> list[str]:
        known = self.off[domain.rpartition("/")[2]]
        lines = [f'\t\t"{label}" => {"disabled" if off else "enabled"}' for label, off in known.items()]
        return ["\tdisabled services = {", *lines, "\t}"]

    def _print_disabled(self, domain: str) -> CommandResult:
        if domain not in {"system", *self.sessions}:
            return CommandResult(112, b"", b"Could not find specified domain\n")
        text = "\n".join(line.removeprefix("\t") for line in self._switches(domain))
        return CommandResult(0, f"{text}\n".encode(), b"")

    def _enable(self, target: str) -> CommandResult:
        return self._switch(target, off=False)

    def _disable(self, target: str) -> CommandResult:
        return self._switch(target, off=True)

    def _switch(self, target: str, *, off: bool) -> CommandResult:
        domain, _, label = target.rpartition("/")
        if domain != "system" and domain not in self.sessions:
            return CommandResult(112, b"", b"Could not find specified domain\n")
        self.off[domain.rpartition("/")[2]][label] = off
        return _OK

    def _bootout(self, target: str) -> CommandResult:
        self._forget()
        job = self.jobs.get(target)
        if job is None:
            return CommandResult(3, b"", b"Boot-out failed: 3: No such process\n")
        if job.pid is not None:
            self._end_tree(job.pid)
        job.pid, job.gone_at = None, self.clock + ENDS
        return _OK

    def _bootstrap(self, domain: str, path: str) -> CommandResult:
        self._forget()
        if domain != "system" and domain not in self.sessions:
            return _failed(125, "Domain does not support specified action")
        kept = Tracer(self).trace(path).end  # launchd follows links
        assert kept is not None
        if (kept.stat.uid != 0 and domain == "system") or kept.stat.mode & 0o022:
            return _failed(122, "Path had bad ownership/permissions")
        keys = plistlib.loads(self.read(path))
        target = f"{domain}/{keys['Label']}"
        if target in self.jobs:
            return _failed(5, "Input/output error")
        if self.off[domain.rpartition("/")[2]].get(keys["Label"]):
            return _failed(119, "Service is disabled")
        if domain == "system" and "UserName" in keys and self.passwd(keys["UserName"]) is None:
            return _failed(114, "The specified username does not exist")
        self.jobs[target] = Job(domain, keys["Label"], path, keys)
        self._spawn(self.jobs[target])
        return _OK

    def _kill(self, _signal: str, target: str) -> CommandResult:
        pid = self.jobs[target].pid
        if pid is not None:
            self._terminate(pid)
        return _OK

    def _forget(self) -> None:
        for target, job in list(self.jobs.items()):
            if job.gone_at is not None and job.gone_at <= self.clock:
                del self.jobs[target]

    def _spawn(self, job: Job) -> None:
        job.runs += 1
        why = self.crashes(job)
        if why is not None:
            job.last_exit, job.pid = why, None
            return
        name = str(job.keys.get("UserName", "root"))
        entry = self.passwd(name if job.domain == "system" else int(job.domain.rpartition("/")[2]))
        assert entry is not None
        arguments = job.keys["ProgramArguments"]
        assert isinstance(arguments, list)
        job.pid = self._next
        real = arguments[0].replace("/opt/mysql/", f"/Cellar/mysql/{self.version}/")
        if real.endswith("_safe"):
            self.process(job.pid, "/bin/sh", entry.uid, 1, "/bin/sh", *arguments)
            self.process(job.pid + 1, real.removesuffix("_safe"), entry.uid, job.pid)
        else:
            self.process(job.pid, real, entry.uid, 1, *arguments)
        self._next += 10

    def _terminate(self, pid: int) -> None:
        """SIGTERM: mysqld_safe does not care, its server ends and takes it along; launchd starts it again."""
        row = self.rows.get(pid)
        if row is None or row.name in self.deaf or row.name == "sh":
            return
        for job in self.jobs.values():
            if job.pid in {pid, row.ppid}:
                self._end_tree(job.pid or pid)
                job.pid = None
                if job.keys.get("KeepAlive") and job.gone_at is None:
                    self._spawn(job)
                return

    def restart(self, job: Job) -> None:
        """`launchctl kickstart -k`."""
        self._end_tree(job.pid or 0)
        self._spawn(job)

    def _end_tree(self, pid: int) -> None:
        for each in [row.pid for row in self.rows.values() if pid in {row.pid, row.ppid}]:
            del self.rows[each]

    # dscl(1).

    def _dscl(self, words: list[str]) -> CommandResult:
        match words:
            case ["-plist", ".", "-readall", folder, *_]:
                return CommandResult(0, plistlib.dumps(self.records(folder[1:].lower())), b"")
            case [".", verb, record, *rest]:
                kind, name = record[1:].lower().split("/")
                path = self.disk.at(f"{NODE}/{kind}/{name}.plist")
                return self._record(verb, kind, name, rest, known=path.exists())
            case _:
                pass
        raise Missing("/usr/bin/dscl", " ".join(words))

    def _record(self, verb: str, kind: str, name: str, rest: list[str], *, known: bool) -> CommandResult:
        path = self.disk.at(f"{NODE}/{kind}/{name}.plist")
        values = plistlib.loads(path.read_bytes()) if known else {"name": [name]}
        absent = CommandResult(56, b"", b"<dscl_cmd> DS Error: -14136 (eDSRecordNotFound)\n")
        match verb, rest:
            case "-read", _:
                return _OK if known else absent
            case "-delete", []:
                path.unlink()
                return _OK
            case "-delete", [key]:
                if values.pop(_SHORT.get(key, key), None) is None:
                    return absent
            case "-create", []:
                pass
            case "-create", [key, value]:
                if key == "UniqueID":  # the system adds it by itself
                    values["authentication_authority"] = [";ShadowHash;"]
                values[_SHORT.get(key, key)] = [value]
            case _:
                raise Missing("/usr/bin/dscl", verb)
        form = path.read_bytes()[:6] if known else b"bplist"
        self.disk.record(kind, name, values, binary=form == b"bplist")
        return _OK


_SHORT = {
    "UniqueID": "uid",
    "PrimaryGroupID": "gid",
    "NFSHomeDirectory": "home",
    "UserShell": "shell",
    "RealName": "realname",
    "Password": "passwd",
    "AuthenticationAuthority": "authentication_authority",
}


def _failed(status: int, why: str) -> CommandResult:
    return CommandResult(status, b"", f"Bootstrap failed: {status}: {why}\n".encode())


class Killed(BaseException):
    """The fix was killed: nothing that it would have done afterwards happens."""


class MacChanges(RootedChanges):
    """Changes owners on the disk for real; whoever holds a file there runs on the Mac, not here."""

    def __init__(self, mac: FakeMac) -> None:
        super().__init__(mac.root)
        self._mac = mac

    def append(self, descriptor: int, data: bytes) -> int:
        if self._mac.actions >= self._mac.killed_at:
            raise Killed
        return super().append(descriptor, data)

    def holders(self, wanted: Callable[[int, int], bool]) -> tuple[Holder, ...]:
        held = self._mac.disk.at(DATA)
        if not held.exists() or not wanted(held.stat().st_dev, held.stat().st_ino):
            return ()
        return tuple(
            Holder(row.pid, row.uids.real, row.name, "working folder", held.stat().st_dev, held.stat().st_ino)
            for row in self._mac.rows.values()
            if row.name == "mysqld"
        )


class MacHands(LocalHands):
    """Acts on the disk for real, and on the running Mac above it."""

    def __init__(self, mac: FakeMac) -> None:
        super().__init__(mac.root)
        self.mac = mac

    def _act(self) -> None:
        """Count what is done; a fix that was killed does nothing more."""
        self.mac.actions += 1
        if self.mac.actions >= self.mac.killed_at:
            raise Killed

    def run(
        self, argv: Sequence[str], *, limit: float, account: RunAs | None = None, stdin: bytes = b""
    ) -> CommandResult:
        del limit, stdin
        self._act()
        return self.mac.command(argv, account.name if account is not None else "")

    def write(self, path: str, kept: Kept) -> None:
        self._act()
        self.mac.log.append(f"write {path}: {kept.uid}:{kept.gid} {kept.mode:04o}")
        super().write(path, kept)

    def remove(self, path: str) -> None:
        if self.look(path) is not None:
            self._act()
            self.mac.log.append(f"remove {path}")
        super().remove(path)

    def can_use(self, path: str, account: RunAs) -> bool:
        return self.mac.lstat(path).uid == account.uid

    def boot(self) -> str:
        return "boot"

    def now(self) -> float:
        return self.mac.clock

    def wait(self, seconds: float) -> None:
        if self.mac.actions >= self.mac.killed_at:
            raise Killed
        self.mac.clock += seconds
        self.mac.log.append(f"wait {seconds:g} s")
