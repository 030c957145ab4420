"""`fix`, `undo` and `history` on a Debian's disk: plan, answer, exit code, record; no machine is booted."""

import json
import os
from pathlib import Path

import pytest
from cli_runs import Ended, Run

from privaudit.cli import main, own_code, terminal

pytestmark = [pytest.mark.root, pytest.mark.skipif(os.geteuid() != 0, reason="gives files away: needs root")]

JOE, MYSQL = 1000, 106
UNIT = "[Service]\nUser=mysql\nGroup=mysql\nExecStart=/usr/sbin/mariadbd\n"
FILES = {
    "etc/os-release": "ID=debian\nVERSION_ID=12\n",
    "etc/passwd": (
        "root:x:0:0:root:/root:/bin/bash\njoe:x:1000:1000::/home/joe:/bin/bash\n"
        "mysql:x:106:106::/nonexistent:/bin/false\n"
    ),
    "etc/group": "root:x:0:\nsudo:x:27:joe\njoe:x:1000:\nmysql:x:106:\n",
    "etc/shadow": "root:*:1::::::\njoe:$y$x:1::::::\nmysql:!:1::::::\n",
    "usr/lib/systemd/system/mariadb.service": UNIT,
    "usr/lib/systemd/system/ssh.service": "[Service]\nExecStart=/usr/sbin/sshd -D\n",
    "etc/systemd/system/mariadb.service.d/joe.conf": "[Service]\nUser=joe\nGroup=joe\n",
    "usr/sbin/mariadbd": "",
    "usr/sbin/sshd": "",
    "var/lib/mysql/ibdata1": "data",
    "var/lib/mysql/shop/t.ibd": "rows",
}
OURS = "etc/systemd/system/mariadb.service.d/zz-privaudit.conf"


@pytest.fixture
def disk(tmp_path: Path) -> Path:
    top = tmp_path / "disk"
    for name, text in FILES.items():
        file = top / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        file.chmod(0o755 if "sbin" in name else 0o644)
    for folder, _, names in os.walk(top):
        os.chmod(folder, 0o755)
        if "var/lib/mysql" in folder:
            for path in (folder, *(f"{folder}/{name}" for name in names)):
                os.chown(path, JOE, JOE)
    return top


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], disk: Path) -> Run:
    """Run a command on the disk, from code that counts as root's alone."""
    monkeypatch.setattr(own_code, "weak_places", lambda _: ())

    def command(name: str, *arguments: str) -> Ended:
        code = main([name, "--root", str(disk), *arguments])
        captured = capsys.readouterr()
        return Ended(code, captured.out, captured.err)

    return command


def picture(disk: Path) -> dict[str, tuple[int, int, int, str]]:
    """Owner, group, mode and contents of everything but the records."""
    found = {}
    for path in sorted(disk.rglob("*")):
        name = str(path.relative_to(disk))
        if not name.startswith("var/lib/privaudit"):
            about = path.lstat()
            text = path.read_text() if path.is_file() else ""
            found[name] = (about.st_uid, about.st_gid, about.st_mode, text)
    return found


def test_a_plan_is_shown_and_nothing_is_done(run: Run, disk: Path) -> None:
    before = picture(disk)
    shown = run("fix", "mysql", "--dry-run")
    assert shown.code == 0
    assert "it will run as mysql" in shown.out
    assert "/var/lib/mysql: 4 of 4 entries go from joe to mysql" in shown.out
    assert f"+++ /{OURS}" in shown.out
    assert "+User=mysql" in shown.out
    assert "nothing is started" in shown.out
    plan = json.loads(run("fix", "mysql", "--dry-run", "--format", "json").out)
    assert (plan["schema"], plan["status"]) == ("privaudit/fix/v1", "planned")
    assert [step["kind"] for step in plan["plan"]["steps"]] == ["GiveTrees", "WriteFile", "Rescan"]
    assert picture(disk) == before
    assert not (disk / "var/lib/privaudit").exists()


def test_it_is_fixed_remembered_undone_and_remembered(run: Run, disk: Path) -> None:
    before = picture(disk)
    fixed = run("fix", "mariadb", "--yes")
    assert fixed.code == 0, fixed.out + fixed.err
    after = picture(disk)
    assert {name for name in after if after[name] != before.get(name)} == {
        *("var/lib/mysql", "var/lib/mysql/ibdata1", "var/lib/mysql/shop", "var/lib/mysql/shop/t.ibd", OURS)
    }
    assert after["var/lib/mysql/ibdata1"][:2] == (MYSQL, MYSQL)
    assert run("fix", "mysql", "--yes").out == "mariadb.service: nothing to do\n"
    history = json.loads(run("history", "--format", "json").out)["fixes"]
    assert [(fix["id"], fix["state"]) for fix in history] == [("mysql-1", "done")]
    assert (disk / "var/lib/privaudit").stat().st_mode & 0o7777 == 0o700

    undone = run("undo", "mysql", "--yes")
    assert undone.code == 0, undone.out + undone.err
    assert picture(disk) == before
    assert "taken back" in run("history").out
    assert run("undo", "--yes").out == "nothing to do\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("nothing",), "there is no such service"),
        (("ssh",), "It becomes whoever logs in"),
        (("mysql", "--user", "joe"), "an account that people log in with"),
        (("mysql", "--user", "new"), "is no account of that system"),
        (("mysql", "--owns", "/srv/none"), "/srv/none"),
        (("mysql", "--owns", "/usr"), "/usr"),
    ],
)
def test_what_is_refused_changes_nothing(run: Run, disk: Path, arguments: tuple[str, ...], said: str) -> None:
    before = picture(disk)
    refused = run("fix", *arguments, "--yes")
    assert refused.code == 3, refused.out + refused.err
    assert said in refused.out
    answer = json.loads(run("fix", *arguments, "--yes", "--format", "json").out)
    assert answer["status"] == "refused"
    assert answer["refusals"][0]["todo"]
    assert picture(disk) == before


@pytest.mark.parametrize(
    "arguments", [("fix", "mysql"), ("fix",), ("fix", "mysql", "--owns"), ("undo", "--no")]
)
def test_usage_errors(run: Run, disk: Path, arguments: tuple[str, ...]) -> None:
    before = picture(disk)
    assert run(*arguments).code == 2
    assert picture(disk) == before
    assert not (disk / "var/lib/privaudit").exists()


@pytest.mark.parametrize(("answer", "code", "owner"), [("y\n", 0, MYSQL), ("n\n", 3, JOE), ("\n", 3, JOE)])
def test_on_a_terminal_it_asks(
    run: Run, disk: Path, monkeypatch: pytest.MonkeyPatch, answer: str, code: int, owner: int
) -> None:
    monkeypatch.setattr(terminal, "is_terminal", lambda _: True)
    monkeypatch.setattr("click.termui.visible_prompt_func", lambda _: answer)
    assert run("fix", "mysql").code == code
    assert (disk / "var/lib/mysql").stat().st_uid == owner


def test_nobody_is_asked_about_a_plan_that_is_not_shown(
    run: Run, disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(terminal, "is_terminal", lambda _: True)
    monkeypatch.setattr("click.termui.visible_prompt_func", lambda _: "y\n")
    assert run("fix", "mysql", "--format", "json").code == 2
    assert (disk / "var/lib/mysql").stat().st_uid == JOE


def test_undo_by_a_name_that_is_none(run: Run) -> None:
    run("fix", "mysql", "--yes")
    refused = run("undo", "redis-1", "--yes")
    assert refused.code == 3
    assert "known are: mysql-1" in refused.err
    refused = run("undo", "redis-1", "--yes", "--format", "json")
    assert refused.code == 3
    assert json.loads(refused.out)["refusals"][0]["todo"] == "known are: mysql-1"


def test_nothing_was_ever_fixed(run: Run, disk: Path) -> None:
    assert run("history").out == "nothing was fixed on this machine\n"
    assert json.loads(run("history", "--format", "json").out)["fixes"] == []
    assert run("undo", "--yes").out == "nothing to do\n"
    assert not (disk / "var/lib/privaudit").exists()


def test_only_the_newest_fix_of_a_service_is_undone(run: Run, disk: Path) -> None:
    run("fix", "mysql", "--yes")
    os.chown(disk / "var/lib/mysql/ibdata1", JOE, JOE)
    assert run("fix", "mysql", "--yes").code == 0
    refused = run("undo", "mysql-1", "--yes")
    assert (refused.code, "undo mysql-2 first" in refused.err) == (3, True)
    assert run("undo", "mysql-2", "--yes").code == 0
    assert run("undo", "mysql-1", "--yes").code == 0


def test_a_second_run_at_the_same_time_is_refused(run: Run, disk: Path) -> None:
    import fcntl

    assert run("fix", "mysql", "--yes").code == 0
    with (disk / "var/lib/privaudit/lock").open("rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for command in (("fix", "mysql", "--yes"), ("undo", "--yes"), ("history",)):
            busy = run(*command)
            assert (busy.code, "another run" in busy.err) == (3, True)


def test_a_record_that_was_changed_is_not_relied_upon(run: Run, disk: Path) -> None:
    assert run("fix", "mysql", "--yes").code == 0
    record = disk / "var/lib/privaudit/mysql-1.fix"
    record.write_bytes(record.read_bytes().replace(b"/var/lib/mysql", b"/etc/shadow000"))
    before = picture(disk)
    damaged = run("undo", "--yes")
    assert damaged.code == 4
    assert "damaged" in damaged.err
    assert picture(disk) == before


def spoilt(disk: Path, fix: str, *, ended: bool = True) -> None:
    """Put a record beside that of mysql-1 whose first line is damaged."""
    state = disk / "var/lib/privaudit"
    whole = (state / "mysql-1.fix").read_bytes().replace(b"/var/lib/mysql", b"/etc/shadow000")
    lines = whole.splitlines(keepends=True)
    file = state / f"{fix}.fix"
    file.write_bytes(b"".join(lines if ended else lines[:-1]))
    file.chmod(0o600)


def test_history_lists_what_can_be_read_beside_a_damaged_record(run: Run, disk: Path) -> None:
    assert run("fix", "mysql", "--yes").code == 0
    spoilt(disk, "redis-1")
    listed = run("history")
    assert listed.code == 4
    assert listed.out.startswith("mysql-1 ")
    assert "redis-1: the record of this fix is damaged, and the fix had ended" in listed.out
    assert "move it away" in listed.out
    document = json.loads(run("history", "--format", "json").out)
    assert [each["id"] for each in document["fixes"]] == ["mysql-1"]
    assert [(each["id"], each["open"]) for each in document["damaged"]] == [("redis-1", False)]


def test_a_damaged_record_of_another_service_is_in_the_way_only_if_it_may_be_half_done(
    run: Run, disk: Path
) -> None:
    assert run("fix", "mysql", "--yes").code == 0
    os.chown(disk / "var/lib/mysql/ibdata1", JOE, JOE)
    spoilt(disk, "redis-1", ended=False)
    before = picture(disk)
    refused = run("fix", "mysql", "--yes")
    assert (refused.code, "redis-1 may be half done" in refused.err) == (4, True)
    assert picture(disk) == before
    spoilt(disk, "redis-1")
    assert run("fix", "mysql", "--yes").code == 0
    spoilt(disk, "mysql-2")
    os.chown(disk / "var/lib/mysql/ibdata1", JOE, JOE)
    refused = run("fix", "mysql", "--yes")
    assert (refused.code, "mysql-2.fix" in refused.err) == (4, True)
    assert run("undo", "mysql-1", "--yes").code == 4


def test_a_program_gets_a_document_where_a_person_gets_a_message(
    run: Run, disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import fcntl

    assert json.loads(run("fix", "mysql", "--format", "json").out)["status"] == "refused"
    assert run("fix", "mysql", "--yes").code == 0
    with (disk / "var/lib/privaudit/lock").open("rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for command in (("fix", "mysql", "--yes"), ("undo", "--yes"), ("history",)):
            busy = run(*command, "--format", "json")
            document = json.loads(busy.out)
            assert (busy.code, document["schema"], document["status"]) == (3, "privaudit/fix/v1", "refused")
            assert "another run" in document["reason"]
            assert document["todo"] == "wait until it has ended"
    spoilt(disk, "mysql-1")
    damaged = run("undo", "--yes", "--format", "json")
    assert (damaged.code, json.loads(damaged.out)["status"]) == (4, "left open")
    monkeypatch.setattr("privaudit.fix.undo.read_all", lambda _: 1 / 0)
    failed = run("undo", "--yes", "--format", "json")
    assert (failed.code, json.loads(failed.out)["status"]) == (5, "failed")


def test_a_record_that_others_could_have_written_is_refused(run: Run, disk: Path) -> None:
    assert run("fix", "mysql", "--yes").code == 0
    (disk / "var/lib/privaudit/mysql-1.fix").chmod(0o666)
    for command in (("fix", "mysql", "--yes"), ("undo", "--yes"), ("history",)):
        refused = run(*command)
        assert (refused.code, "only root can write" in refused.err) == (3, True)


def test_a_third_account_in_the_data_is_named(run: Run, disk: Path) -> None:
    for name, line in (("passwd", "ann:x:1001:1001::/home/ann:/bin/sh\n"), ("group", "ann:x:1001:\n")):
        with (disk / "etc" / name).open("a", encoding="ascii") as file:
            file.write(line)
    os.chown(disk / "var/lib/mysql/shop/t.ibd", 1001, 1001)
    refused = run("fix", "mysql", "--dry-run")
    assert (refused.code, "a third account, ann (uid 1001)" in refused.out) == (3, True)


@pytest.mark.parametrize("form", ["text", "json"])
def test_an_end_that_cannot_be_written_is_told_by_the_code(
    run: Run, disk: Path, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    assert run("fix", "mysql", "--yes").code == 0
    with open("/dev/full", "w", encoding="ascii") as full:
        monkeypatch.setattr("sys.stdout", full)
        undone = run("undo", "--yes", "--format", form)
        monkeypatch.undo()
    assert undone.code == 0
    assert "could not be written" in undone.err
    assert (disk / "var/lib/mysql").stat().st_uid == JOE


def test_code_that_somebody_weaker_can_change_is_refused(
    run: Run, disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from privaudit.model.account import AccountKind
    from privaudit.model.path import Exposure

    weak = Exposure("joe", JOE, AccountKind.PERSON, "/home/joe/venv", "owns the folder")
    monkeypatch.setattr(own_code, "weak_places", lambda _: (weak,))
    before = picture(disk)
    for command in (("fix", "mysql", "--yes"), ("undo", "--yes"), ("history",)):
        refused = run(*command)
        assert refused.code == 3
        assert "joe can change the code that would run as root" in refused.err
    assert picture(disk) == before
