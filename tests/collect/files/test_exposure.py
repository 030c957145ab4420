"""Who can replace a path, tried on a real file system with real owners."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from privaudit.collect.files.exposure import Reach
from privaudit.collect.files.trace import Tracer
from privaudit.host.local import LocalHost
from privaudit.model.account import Account, AccountKind, Group

JOE, ANN, SVC, OTHER = 50001, 50002, 50003, 50004
PRIVATE, STAFF, OPEN = 60001, 60002, 60003
MEMBERS = {PRIVATE: (SVC,), STAFF: (JOE, ANN), OPEN: ()}
NAMES = {JOE: "joe", ANN: "ann", SVC: "svc", OTHER: "other"}

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="gives files away: needs root")


class People:
    """A fixed set of accounts in the place of the collector."""

    def account(self, uid: int) -> Account:
        kind = {0: AccountKind.ROOT, SVC: AccountKind.SERVICE, OTHER: AccountKind.SERVICE}
        groups = tuple(gid for gid, members in MEMBERS.items() if uid in members)
        return Account(uid, NAMES.get(uid), uid, "", "", kind.get(uid, AccountKind.PERSON), (), groups)

    def group(self, gid: int) -> Group:
        return Group(gid, str(gid), MEMBERS.get(gid, ()), complete=gid != OPEN)

    def members(self, gid: int) -> tuple[int, ...]:
        return MEMBERS.get(gid, ())


Ask = Callable[..., list[tuple[str, str]]]


@pytest.fixture
def ask() -> Ask:
    """(who, component relative to the base) for everyone who can replace a path, svc being allowed."""

    def judged(path: Path, base: Path, allowed: frozenset[int] = frozenset({SVC})) -> list[tuple[str, str]]:
        reach = Reach(People())  # type: ignore[arg-type]
        found = reach.replacers(Tracer(LocalHost()).trace(str(path)), allowed)
        return [(e.who, os.path.relpath(e.via, base)) for e in found]

    return judged


@pytest.fixture
def base() -> Iterator[Path]:
    """A folder that nobody but root can change, on a way that nobody but root can change."""
    folder = Path(os.path.realpath("/var/lib")) / f"privaudit-test-{os.getpid()}"
    folder.mkdir(mode=0o755)
    yield folder
    shutil.rmtree(folder)


def make(path: Path, *, uid: int = 0, gid: int = 0, mode: int = 0o644, text: str | None = "x") -> Path:
    if text is None:
        path.mkdir()
    else:
        path.write_text(text)
    os.chown(path, uid, gid)
    path.chmod(mode)
    return path


def test_roots_file_is_nobodys(base: Path, ask: Ask) -> None:
    assert ask(make(base / "f"), base) == []


def test_the_owner_counts_whatever_the_bits_say(base: Path, ask: Ask) -> None:
    assert ask(make(base / "f", uid=JOE, mode=0o400), base) == [("joe", "f")]


def test_the_allowed_account_is_no_exposure(base: Path, ask: Ask) -> None:
    assert ask(make(base / "f", uid=SVC, mode=0o600), base) == []


def test_whoever_owns_a_folder_on_the_way_can_replace_what_is_below(base: Path, ask: Ask) -> None:
    make(base / "a", uid=JOE, mode=0o755, text=None)
    make(base / "a/b", mode=0o755, text=None)
    assert ask(make(base / "a/b/f"), base) == [("joe", "a")]


def test_a_group_with_people_counts_and_a_private_one_does_not(base: Path, ask: Ask) -> None:
    assert ask(make(base / "f", gid=STAFF, mode=0o664), base) == [("ann", "f"), ("joe", "f")]
    assert ask(make(base / "g", gid=PRIVATE, mode=0o664), base) == []


def test_a_closed_folder_hides_an_open_file(base: Path, ask: Ask) -> None:
    make(base / "closed", mode=0o700, text=None)
    assert ask(make(base / "closed/f", mode=0o666), base) == []


def test_everyone_stands_for_all(base: Path, ask: Ask) -> None:
    assert ask(make(base / "f", gid=STAFF, mode=0o666), base) == [("everyone", "f")]


def test_a_sticky_folder_exposes_an_entry_to_its_owner_only(base: Path, ask: Ask) -> None:
    make(base / "t", mode=0o1777, text=None)
    assert ask(make(base / "t/roots"), base) == []
    assert ask(make(base / "t/joes", uid=JOE), base) == [("joe", "t/joes")]


def test_the_owner_of_a_sticky_folder_can_still_replace(base: Path, ask: Ask) -> None:
    make(base / "t", uid=ANN, mode=0o1755, text=None)
    assert ask(make(base / "t/f"), base) == [("ann", "t")]


def test_a_links_own_mode_never_counts_and_its_folder_does(base: Path, ask: Ask) -> None:
    target = make(base / "target")
    (base / "link").symlink_to(target)
    assert ask(base / "link", base) == []
    make(base / "joes", uid=JOE, mode=0o755, text=None)
    (base / "joes/link").symlink_to(target)
    assert ask(base / "joes/link", base) == [("joe", "joes")]


def test_a_link_that_joe_owns_in_roots_folder_is_no_exposure(base: Path, ask: Ask) -> None:
    link = base / "link"
    link.symlink_to(make(base / "target"))
    os.chown(link, JOE, 0, follow_symlinks=False)
    assert ask(link, base) == []


def test_folders_behind_a_link_count(base: Path, ask: Ask) -> None:
    make(base / "joes", uid=JOE, mode=0o755, text=None)
    make(base / "joes/f")
    (base / "way").symlink_to("joes/../joes")
    assert ask(base / "way/f", base) == [("joe", "joes")]


def test_what_is_missing_can_be_made_by_who_may_write_the_folder(base: Path, ask: Ask) -> None:
    make(base / "t", mode=0o1777, text=None)
    assert ask(base / "t/missing/deeper", base) == [("everyone", "t")]
    assert ask(base / "missing", base) == []


def test_a_group_that_cannot_be_listed_is_said(base: Path) -> None:
    reach = Reach(People())  # type: ignore[arg-type]
    path = make(base / "f", gid=OPEN, mode=0o664)
    assert reach.replacers(Tracer(LocalHost()).trace(str(path)), frozenset()) == ()
    assert OPEN in reach.unlisted


def test_an_access_list_counts_under_its_mask(base: Path, ask: Ask) -> None:
    import struct

    path = make(base / "f", mode=0o664)
    for mask, expected in ((6, [("joe", "f")]), (4, [])):
        entries = [
            (1, 6, 0xFFFFFFFF),
            (2, 6, JOE),
            (4, 4, 0xFFFFFFFF),
            (0x10, mask, 0xFFFFFFFF),
            (0x20, 4, 0xFFFFFFFF),
        ]
        raw = struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *entry) for entry in entries)
        try:
            os.setxattr(path, "system.posix_acl_access", raw)
        except OSError as error:
            pytest.skip(f"no ACLs on this file system: {error.strerror}")
        assert ask(path, base) == expected


def test_a_loop_of_links_is_an_error_with_its_place(base: Path) -> None:
    (base / "a").symlink_to("b")
    (base / "b").symlink_to("a")
    trace = Tracer(LocalHost()).trace(str(base / "a"))
    assert trace.end is None
    assert trace.error is not None
    assert "links" in trace.error.why


def test_readers_of_a_secret(base: Path) -> None:
    reach = Reach(People())  # type: ignore[arg-type]
    tracer = Tracer(LocalHost())
    for name, gid, mode, expected in (
        ("a", 0, 0o600, []), ("b", STAFF, 0o640, ["ann", "joe"]),
        ("c", PRIVATE, 0o640, []), ("d", 0, 0o644, ["everyone"]),
    ):  # fmt: skip
        trace = tracer.trace(str(make(base / name, gid=gid, mode=mode)))
        assert [e.who for e in reach.readers(trace, frozenset({SVC}))] == expected
