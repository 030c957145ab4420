"""Real job files: every ordinary one is read with its program and user, the rest pinned with its reason."""

import re
from pathlib import Path

import pytest

from privaudit.collect.launchd import job
from privaudit.collect.plists import Unreadable, read
from privaudit.model.definition import Definition, Domain

pytestmark = pytest.mark.corpus

TEMPLATE = "a template, not a job: its program or user is a placeholder"
UNREADABLE = {
    "derived/array-root.plist": "not a dictionary, so no job",
    "derived/empty.plist": "the file is empty",
    "derived/entity-bomb.plist": "a document type of its own",
    "derived/garbage.plist": "neither XML, binary nor old-style property list: more than one value at line 1",
    "derived/mysql.args-string.plist": "ProgramArguments is no list of texts",
    "derived/mysql.no-program.plist": "neither Program nor ProgramArguments",
    "derived/mysql.truncated.plist": "a string that never ends at line 14",
    "derived/nul.plist": "holds a NUL",
    "derived/oracle.json.plist": "not an old-style property list (JSON is none): no = after a key at line 2",
    "dotfiles/homebrew.mxcl.postgresql@14.plist": (
        "neither XML, binary nor old-style property list: more than one value at line 1"
    ),
    "embedded/daemonic.info.1.plist": TEMPLATE,
    "embedded/openvpn.info.1~2.plist": TEMPLATE,
    "embedded/persistence.ts.1.plist": "a template, not a job: not the beginning of a value at line 9",
    "embedded/pp.2.plist": "a template, not a job: not the beginning of a value at line 10",
    "embedded/start.rb.1.plist": "a template, not a job: not the beginning of a value at line 13",
    "embedded/svc.go.1.plist": "a template, not a job: not the beginning of a value at line 11",
    "macports-generated/postgresql16-server.wrapper": (
        "not a property list: no value where one is expected at line 1"
    ),
    "repos/actions.runner.plist.template": TEMPLATE,
    "repos/com.bareos.bareos-fd.plist.in": TEMPLATE,
    "repos/launchd.test.service.plist.j2": (
        "a template, not a job: not a property list: no value where one is expected at line 1"
    ),
    "repos/mac-inetd.plist.in": TEMPLATE,
    "repos/mac-init.plist.in": TEMPLATE,
    "repos/modified.launchd.test.service.plist.j2": (
        "a template, not a job: not a property list: no value where one is expected at line 1"
    ),
    "repos/org.openzfsonosx.zconfigd.plist.in": TEMPLATE,
    "repos/org.openzfsonosx.zpool-import-all.plist.in": TEMPLATE,
    "symlinks/homebrew.mxcl.postgresql.plist.target.txt": "not a property list: plain text",
    "symlinks/homebrew.mxcl.postgresql~2.plist.target.txt": "not a property list: plain text",
    "transcribed/com.edb.launchd.postgresql-VERSION.plist.template": TEMPLATE,
}
REFUSED_BY_PLISTLIB = {
    "repos/T1037_005_agent.plist": "/usr/bin/touch",
    "repos/T1037_005_daemon.plist": "/usr/bin/touch",
    "repos/com.erikng.installapplications.plist": (
        "/Library/installapplications/Python.framework/Versions/Current/bin/python3"
    ),
    "repos/com.hochhauser.dailyMaintenance.plist": "/Users/dave/bin_home/dailyMaintenance",
    "repos/homebrew.mxcl.postgresql@14.plist": "/bin/zsh",
    "repos/launchd.plist": "/Users/your-build-user/.buildkite-agent/bin/buildkite-agent",
    "derived/mysql.no-xml-decl.plist": "/opt/homebrew/opt/mysql/bin/mysqld_safe",
    "derived/trailing.plist": "/opt/homebrew/opt/mysql/bin/mysqld_safe",
}
USERS = {
    "transcribed/com.oracle.oss.mysql.mysqld.plist": ("_mysql", "_mysql"),
    "transcribed/org.postgresql.postgres.plist": ("postgres", None),
    "macports-generated/org.macports.example-userd.plist": ("_exampled", "_exampled"),
    "macports-generated/org.macports.redis.plist": (None, None),
    "derived/oracle.binary.plist": ("_mysql", "_mysql"),
    "derived/oracle.libplist.binary.plist": ("_mysql", "_mysql"),
    "derived/mysql.user-empty.plist": (None, "_mysql"),
    "repos/com.apple.mDNSResponder.plist": ("_mdnsresponder", "_mdnsresponder"),
    "repos/com.apple.dhcp6d.plist": ("nobody", None),
    "repos/launchd.plist": ("your-build-user", None),
}


def made(path: Path, domain: Domain = Domain.SYSTEM) -> Definition:
    place = job.Placement(domain, 0 if domain is Domain.SYSTEM else 501, str(path))
    return job.definition(read(path.read_bytes()), place, lambda name: f"/usr/bin/{name}")


def wild(corpus: Path) -> dict[str, Path]:
    folder = corpus / "wild-plists"
    files = {str(path.relative_to(folder)): path for path in sorted(folder.rglob("*")) if path.is_file()}
    return {
        name: path
        for name, path in files.items()
        if name != "SOURCES.md" and not name.startswith("libplist-tests/")
    }


def test_every_homebrew_job_is_read_with_its_program(corpus: Path) -> None:
    files = sorted((corpus / "homebrew-plists").rglob("*.plist"))
    assert len(files) == 900
    for path in files:
        definition = made(path)
        assert re.fullmatch(r"(homebrew\.mxcl|homebrew)\..+|[\w.@-]+", definition.id), path
        assert definition.commands[0].path.startswith("/"), path
        assert definition.ignored == (), path
        user = path.name.split(".")[-2] if path.parent.name == "sudo-service-user" else None
        assert definition.user == user, path


def test_a_user_for_sudo_has_no_effect_in_an_agent(corpus: Path) -> None:
    path = corpus / "homebrew-plists" / "sudo-service-user" / "mysql.opt-homebrew._mysql.plist"
    agent = made(path, Domain.GUI)
    assert (agent.user, agent.owner) == (None, 501)
    assert agent.ignored == ("UserName _mysql: an agent runs as the person whose session loads it",)


def test_every_ordinary_wild_job_is_read_and_the_rest_is_pinned(corpus: Path) -> None:
    refused = {}
    for name, path in wild(corpus).items():
        try:
            definition = made(path)
        except (Unreadable, job.NotAJob) as fault:
            refused[name] = str(fault)
        else:
            assert definition.id, name
            assert definition.commands or "bundle-program" in dict(definition.extra), name
    for name in UNREADABLE.keys() & wild(corpus).keys():
        assert refused.pop(name).startswith(UNREADABLE[name]), name
    assert not [name for name, why in refused.items() if why != TEMPLATE or not name.endswith(".in")]


def test_what_plistlib_refuses_is_read_with_its_program(corpus: Path) -> None:
    present = wild(corpus)
    for name, program in REFUSED_BY_PLISTLIB.items():
        if name in present:
            assert made(present[name]).commands[0].path == program, name


def test_users_of_wild_jobs(corpus: Path) -> None:
    present = wild(corpus)
    for name, expected in USERS.items():
        if name in present:
            definition = made(present[name])
            assert (definition.user, definition.group) == expected, name


def test_apples_records_are_read(corpus: Path) -> None:
    for path in sorted((corpus / "dslocal").rglob("*.plist")):
        assert isinstance(read(path.read_bytes()), dict), path
