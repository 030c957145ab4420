"""Every service that Homebrew defines and that needs no root: a plan, or a refusal with its reason."""

import json
import os
import plistlib
import posixpath
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from fix.macos.fake_mac import FakeMac, MacChanges
from macos.mac_disk import ADMIN, JOE, MACH_O, STAFF, MacDisk

from privaudit.collect.snapshot import collect
from privaudit.engine import audit, load_catalogue
from privaudit.engine.rules import load_rules
from privaudit.fix.case import Wish
from privaudit.fix.plan import make_plan
from privaudit.model.plan import NoPlan, Plan
from privaudit.model.plan_launchd import MakeMacAccount
from privaudit.model.steps import WriteFile

pytestmark = [
    pytest.mark.root,
    pytest.mark.skipif(os.geteuid() != 0, reason="gives files to other accounts: needs root"),
]
PLISTUTIL = "/usr/bin/plistutil"
AGENTS = "/Users/joe/Library/LaunchAgents"
PREFIXES = {"opt-homebrew": "/opt/homebrew", "usr-local": "/usr/local"}

REFUSED = {
    *("code-server", "colima", "gitlab-runner", "onedrive-cli"),  # work in joe's home, closed to others
    *("proftpd", "pulseaudio", "rsyslog", "squid", "syncthing", "varnish"),  # never move, says the catalogue
}


def needing_no_root(folder: Path, kind: str) -> Iterator[tuple[str, bytes]]:
    """(label, file) of every formula's job."""
    index = {each["formula"]: each for each in json.loads((folder / "index.json").read_text())}
    for path in sorted(folder.glob(f"*.{kind}.plist")):
        name = path.name.removesuffix(f".{kind}.plist")
        if not index[name]["requires_root"]:
            data = path.read_bytes()
            yield plistlib.loads(data)["Label"], data


def install(disk: MacDisk, data: bytes) -> None:
    """What a job stands on: its program and its folders, joe's as brew makes them."""
    job = plistlib.loads(data)
    disk.file(f"{AGENTS}/{job['Label']}.plist", data, JOE, STAFF)
    program = job.get("Program") or job["ProgramArguments"][0]
    if program.startswith(("/opt/homebrew", "/usr/local")):
        folders(disk, posixpath.dirname(program))
        disk.file(program, MACH_O, JOE, ADMIN, 0o755)
    folders(disk, job.get("WorkingDirectory", "/opt"))
    for key in ("StandardOutPath", "StandardErrorPath"):
        if job.get(key, "/dev/null") != "/dev/null":
            folders(disk, posixpath.dirname(job[key]))
            disk.file(job[key], b"", JOE, STAFF)


def folders(disk: MacDisk, path: str) -> None:
    """A folder with those above it: joe's in brew's prefix and in his home."""
    if path != "/" and not disk.at(path).exists():
        folders(disk, posixpath.dirname(path))
        prefixed = path.startswith(("/opt/homebrew", "/usr/local"))
        owner = (JOE, ADMIN) if prefixed else (JOE, STAFF) if path.startswith("/Users/joe/") else (0, 0)
        disk.folder(path, *owner, 0o755)


@pytest.mark.parametrize("kind", list(PREFIXES))
def test_a_plan_or_a_reason(corpus: Path, tmp_path: Path, kind: str) -> None:
    disk = MacDisk(tmp_path / "disk")
    disk.person("joe", JOE)
    jobs = dict(needing_no_root(corpus / "homebrew-plists", kind))
    folders(disk, PREFIXES[kind])
    for data in jobs.values():
        install(disk, data)
    mac = FakeMac(disk)
    for label in jobs:
        mac.command(["/bin/launchctl", "bootstrap", "gui/501", f"{AGENTS}/{label}.plist"])
    catalogue = load_catalogue()
    snapshot = collect(mac, catalogue)
    findings = audit(snapshot, load_rules(()))
    known = {service.id: service for service in snapshot.services}
    planned = {}
    for label, data in jobs.items():
        user = None if label in known and known[label].should_run_as else "_www"
        made = make_plan(mac, MacChanges(mac), snapshot, findings, catalogue, Wish(label, user))
        if isinstance(made, NoPlan):
            assert made.refusals, label
            assert all(each.why and each.todo for each in made.refusals)
        else:
            planned[label] = made
            proved(tmp_path, data, made)
    assert len(jobs) > 250
    assert {label.removeprefix("homebrew.mxcl.") for label in jobs.keys() - planned.keys()} == REFUSED


def proved(tmp_path: Path, data: bytes, plan: Plan) -> None:
    """The new file reads as the old one with the change alone, to plistlib and to libplist."""
    (write,) = (step for step in plan.steps if isinstance(step, WriteFile))
    account = next((step.name for step in plan.steps if isinstance(step, MakeMacAccount)), plan.account)
    change = {"Label": plan.service, "UserName": account, "GroupName": account}
    wanted = {**plistlib.loads(data), **change}
    text = write.text.encode()
    assert plistlib.loads(text) == wanted
    if os.access(PLISTUTIL, os.X_OK):
        (tmp_path / "new.plist").write_bytes(text)
        command = [PLISTUTIL, "-i", str(tmp_path / "new.plist"), "-f", "bin", "-o", str(tmp_path / "new.bin")]
        subprocess.run(command, check=True, timeout=60, capture_output=True)
        assert plistlib.loads((tmp_path / "new.bin").read_bytes()) == wanted
