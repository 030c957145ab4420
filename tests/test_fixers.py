"""Every file of the catalogue is right, tells its service from its neighbours, or is refused if broken."""

from pathlib import Path

import pytest

from privaudit.collect.services.matching import Index
from privaudit.engine import BadData, data, load_catalogue, load_rules
from privaudit.engine.catalogue import ProfileExample, ProfileFile, profile_file
from privaudit.engine.data import files_in, folder
from privaudit.engine.document import Document
from privaudit.model.definition import Manager
from privaudit.model.path import Role
from privaudit.model.profile import Profile
from privaudit.model.service import Model

CATALOGUE = load_catalogue()
INDEX = Index(CATALOGUE)


def read(path: str) -> ProfileFile:
    return profile_file(Document(path, Path(path).read_bytes()))


FILES = [read(path) for path in files_in(folder("fixers"))]
EXAMPLES = [
    pytest.param(file.profile.service, example, id=f"{file.profile.service}: {example.name}")
    for file in FILES
    for example in file.examples
]

GOOD = """\
service: sampled
names: [sampled]
matches: {systemd: [sampled.service], programs: [sampled]}
model: dedicated
account: {default: sampled}
owns:
  - {path: /var/lib/sampled, kind: data, mode: "0750", tree: true, on: debian}
move: {systemd: drop-in}
examples:
  - {name: it, given: {unit: sampled.service}, expect: sampled}
  - {name: another, given: {unit: other.service}, expect: null}
"""


def found(example: ProfileExample) -> Profile | None:
    """Ask as the join does: by name first, then by program."""
    if example.label is not None:
        by = INDEX.by_name(Manager.LAUNCHD, (example.label,))
    else:
        by = INDEX.by_name(Manager.SYSTEMD, (example.unit,)) if example.unit is not None else None
    if by is None and example.program is not None:
        return INDEX.by_program((example.program,))
    return by


@pytest.mark.parametrize(("service", "example"), EXAMPLES)
def test_an_example_is_the_service_or_a_near_miss(service: str, example: ProfileExample) -> None:
    profile = found(example)
    if example.expect is None:
        assert profile is None or profile.service != service
    else:
        assert profile is not None
        assert profile.service == example.expect


def test_examples_are_the_last_key_so_that_a_scan_can_leave_them_out() -> None:
    whole = {file.profile.service: file.profile for file in FILES}
    assert {profile.service: profile for profile in CATALOGUE} == whole


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.profile.service)
def test_a_profile_says_what_is_needed_of_its_model(file: ProfileFile) -> None:
    profile = file.profile
    if profile.model in {Model.DEDICATED, Model.ROOT_MASTER}:
        assert profile.account
    if profile.model is Model.DEDICATED:
        assert "root" not in profile.account.values()


def test_the_catalogue_is_whole_and_sorted() -> None:
    assert [profile.service for profile in CATALOGUE] == sorted(file.profile.service for file in FILES)
    assert len({profile.service for profile in CATALOGUE}) == len(CATALOGUE) >= 41


def test_what_a_profile_accepts_are_rules() -> None:
    rules = {rule.id for rule in load_rules()}
    for profile in CATALOGUE:
        assert set(profile.accepts) <= rules


def test_no_unit_belongs_to_two_services() -> None:
    owner: dict[str, str] = {}
    for profile in CATALOGUE:
        for pattern in (*profile.matches.systemd, *profile.matches.launchd):
            assert owner.setdefault(pattern, profile.service) == profile.service


def test_the_good_sample_is_read_as_it_stands() -> None:
    profile = profile_file(Document("sampled.yaml", GOOD.encode())).profile
    (owned,) = profile.owns
    assert (owned.path, owned.kind, owned.mode, owned.tree) == ("/var/lib/sampled", Role.DATA, "0750", True)
    assert owned.on == ("debian",)
    assert profile.move == {"systemd": "drop-in"}
    assert profile.stop_timeout == 120


@pytest.mark.parametrize(
    ("old", "new", "place", "says"),
    [
        ('mode: "0750"', "mode: 0750", "7:48", 'text is expected here (put it in quotes: "0750")'),
        ('mode: "0750"', 'mode: "750"', "7:48", "a mode has four octal digits"),
        ('mode: "0750"', 'mode: "0790"', "7:48", "a mode has four octal digits"),
        ("tree: true", "tree: yes", "7:62", "true or false is expected here"),
        ("kind: data", "kind: dta", "7:36", "unknown value dta (did you mean data?)"),
        ("on: debian", "on: debain", "7:72", "unknown platform debain (did you mean debian?)"),
        ("path: /var/lib", "path: var/lib", "7:12", "a path is absolute and without .."),
        ("path: /var/lib/sampled", "path: /var/lib/../sampled", "7:12", "a path is absolute and without .."),
        ("path: /var/lib/sampled", 'path: "{prfix}/sampled"', "7:12", "unknown placeholder {prfix}"),
        ("model: dedicated", "model: dedicatd", "4:8", "unknown value dedicatd (did you mean dedicated?)"),
        ("model: dedicated", "model: root-master", "4:8", "must say why that is right"),
        ("service: sampled", "service: other", "1:10", "stands in a file of another name"),
        ("names: [sampled]", "name: [sampled]", "2:1", "unknown key name (did you mean names?)"),
        ("names: [sampled]\n", "names: [sampled]\nnames: [again]\n", "3:1", "key names stands here twice"),
        ("{default: sampled}", "{defualt: sampled}", "5:11", "unknown platform defualt"),
        ("{systemd: [sampled.service], programs: [sampled]}", "{}", "3:10", "nothing here would ever match"),
        ("move: {systemd: drop-in}", "move: {systemd: never}", "8:7", "needs a move_reason"),
        ("move: {systemd: drop-in}", "move: {systemd: dropin}", "8:17", "unknown value dropin"),
        ("expect: null", "expect: other", "11:59", "unknown value other"),
        ("expect: null", "expect: sampled", "10:3", "one is a near miss"),
        ("unit: other.service", "uint: other.service", "11:29", "unknown key uint (did you mean unit?)"),
        ("given: {unit: other.service}", "given: {}", "11:28", "gives a unit, a label or a program"),
    ],
)
def test_a_broken_profile_is_refused_with_its_place(old: str, new: str, place: str, says: str) -> None:
    assert old in GOOD
    with pytest.raises(BadData) as caught:
        profile_file(Document("sampled.yaml", GOOD.replace(old, new, 1).encode()))
    (fault,) = caught.value.faults
    assert says in str(fault)
    assert str(fault).startswith(f"sampled.yaml:{place}: ")


@pytest.mark.parametrize(
    ("extra", "says"),
    [
        ("directive: {reader: mysq, files: [/etc/x]}\n", "unknown value mysq"),
        ("directive: {reader: mysql, files: [etc/x]}\n", "a path is absolute"),
        ('health: {command: ["mysqladmin"], as: account}\n', "a path is absolute"),
        ('health: {command: ["{programs}/x"], as: root}\n', "unknown value root"),
        ("health: {command: [], as: account}\n", "it must not be empty"),
        ("workers:\n  - {account: '{acount}'}\n", "unknown placeholder {acount}"),
        ("disruption: reboot\n", "unknown value reboot"),
        ("stop_timeout: 1.5\n", "a whole number is expected here"),
        ("accepts: [a]\n", "a mapping is expected here"),
    ],
)
def test_a_broken_part_is_refused(extra: str, says: str) -> None:
    with pytest.raises(BadData) as caught:
        profile_file(Document("sampled.yaml", (GOOD + extra).encode()))
    assert says in str(caught.value)


def shipped(folder: Path, monkeypatch: pytest.MonkeyPatch, **files: str) -> None:
    """Make these files the whole catalogue."""
    folder.chmod(0o755)
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text(text)
        (folder / f"{name}.yaml").chmod(0o644)
    monkeypatch.setattr(data, "folder", lambda _: str(folder))


def test_two_services_may_not_answer_to_one_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = GOOD.replace("sampled", "other").replace("names: [other]", "names: [sampled]")
    shipped(tmp_path, monkeypatch, sampled=GOOD, other=other)
    with pytest.raises(BadData, match="sampled and other both answer to sampled"):
        load_catalogue()


def test_every_faulty_file_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shipped(tmp_path, monkeypatch, sampled=GOOD.replace("dedicated", "x"), other="[", third=GOOD)
    with pytest.raises(BadData) as caught:
        load_catalogue()
    assert len(caught.value.faults) == 3
