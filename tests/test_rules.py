"""Every rule is right by the rules about rules, does what its examples say, and a broken one is refused."""

from pathlib import Path

import pytest
import yaml

from privaudit.engine import BadData, Rule, load_rules
from privaudit.engine.lint import check, lint
from privaudit.model.remedy import Remedy

ROOT = Path(__file__).resolve().parent.parent
RULES = load_rules()

GOOD = """\
id: sample
title: A sample
status: stable
severity: high
applies-to: service
why: It matters.
match:
  runs_as.kind: person
  purpose: server
message: "{name} runs as {runs_as.name}"
remedy: none
advice: Change it.
false-positives: None known.
controls: {cwe: ["250"]}
examples:
  - {name: bad, given: {runs_as.kind: person, purpose: server}, expect: fail}
  - {name: good, given: {runs_as.kind: service, purpose: server}, expect: pass}
"""
KIND = "runs_as.kind: person\n"
MATCH = "  runs_as.kind: person\n  purpose: server\n"


def written(folder: Path, text: str, name: str = "sample.yaml") -> str:
    path = folder / name
    path.write_text(text)
    path.chmod(0o644)  # whatever the umask: as root, what a group may write is refused
    return str(path)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_every_example_comes_out_as_it_says(rule: Rule) -> None:
    assert [str(fault) for fault in lint(rule)] == []


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rule_says_what_a_person_needs(rule: Rule) -> None:
    assert not rule.title.endswith(".")
    assert rule.why.endswith(".")
    assert rule.advice.endswith(".")
    assert rule.false_positives.endswith(".")
    assert len(rule.title) <= 80
    assert dict(rule.controls), "a rule relates to at least one control"


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_severity_that_a_fact_tells_is_shown_in_each_failing_example(rule: Rule) -> None:
    if rule.severity.source is not None:
        graded = [example for example in rule.examples if example.severity is not None]
        assert graded


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rule_lies_in_one_folder_below_rules(rule: Rule) -> None:
    assert Path(rule.path).parent.parent == ROOT / "rules"


def test_the_good_sample_is_good(tmp_path: Path) -> None:
    rule, faults = check(written(tmp_path, GOOD))
    assert faults == ()
    assert rule is not None
    assert rule.remedy is Remedy.NONE


@pytest.mark.parametrize(
    ("old", "new", "place", "says"),
    [
        (KIND, "runs_as.kind: {not: person, empty: true}\n", "8:17", "one operator is expected here"),
        (KIND, "definition.extra: {empty: true}\n", "8:3", "definition.extra is not a single fact"),
        (KIND, "runs_as.knid: person\n", "8:3", "no field runs_as.knid (did you mean runs_as.kind?)"),
        (KIND, "runs_as.kind: persona\n", "8:17", "unknown value persona (did you mean person?)"),
        (KIND, "runs_as.kind: unknown\n", "8:17", "no rule can ask for unknown"),
        (KIND, "runs_as: person\n", "8:3", "runs_as is not a single fact"),
        (KIND, "running: 1\n", "8:12", "true or false is expected here"),
        (KIND, 'running: "true"\n', "8:12", "true or false is expected here"),
        (KIND, "running: yes\n", "8:12", "true or false is expected here"),
        (KIND, "runs_as.uid: 0755\n", "8:16", "a whole number is expected here"),
        (KIND, "runs_as.name: 12\n", "8:17", "text is expected here"),
        (KIND, "runs_as.name: on\n", "8:17", "text is expected here"),
        (KIND, "running: [true, false]\n", "8:12", "running is always one of these"),
        (KIND, "running: [true, true]\n", "8:12", "stands here twice"),
        (KIND, "running: []\n", "8:12", "an empty list matches nothing"),
        (KIND, "running: {empty: true}\n", "8:12", "running is one value, not many"),
        (KIND, "runs_as.kind: {at-least: person}\n", "8:28", "has no order"),
        (KIND, "runs_as.kind: {nto: person}\n", "8:18", "unknown key nto (did you mean not?)"),
        (KIND, "runs_as.kind: null\n", "8:17", "runs_as.kind is never null"),
        (KIND, "runs_as.kind: !!str person\n", "8:17", "text is expected here"),
        (MATCH, "  any: []\n", "8:8", "any needs at least one condition"),
        (MATCH, "  not: {}\n", "8:8", "an empty condition would hold always"),
        (
            "  purpose: server\n",
            "  purpose: server\n  purpose: server\n",
            "10:3",
            "key purpose stands here twice",
        ),
        ("{runs_as.name}", "{runs_as.nmae}", "10:10", "no field runs_as.nmae (did you mean runs_as.name?)"),
        ("{runs_as.name}", "{runs_as.name", "10:10", "a brace without its partner"),
        ("remedy: none", "remedy: nonne", "11:9", "unknown value nonne (did you mean none?)"),
        ("status: stable", "status: stabel", "3:9", "unknown value stabel (did you mean stable?)"),
        ("severity: high", "severity: hihg", "4:11", "unknown value hihg (did you mean high?)"),
        ("severity: high", "severity: {from: gain}", "4:18", "no field gain"),
        ("severity: high", "severity: {from: runs_as.kind}", "4:11", "runs_as.kind is no severity"),
        ("severity: high", "severity: {from: persons.kind}", "4:18", "persons.kind is not a single fact"),
        ("high", "{from: runs_as.kind, values: {root: high}}", "4:11", "give values and otherwise"),
        ("high", "{from: runs_as.kind, values: {rot: high}, otherwise: low}", "4:41", "unknown value rot"),
        ("applies-to: service", "applies-to: servic", "5:13", "unknown value servic (did you mean service?)"),
        ("title: A sample", "titel: A sample", "2:1", "unknown key titel (did you mean title?)"),
        ("title: A sample\n", "", "1:1", "key title is missing"),
        ("title: A sample", "title: ''", "2:8", "it must not be empty"),
        ("id: sample", "id: other", "1:5", "stands in a file of another name"),
        ("id: sample", "id: Sample", "1:5", "an id is lower case words joined by hyphens"),
        ('{cwe: ["250"]}', '{cwe: ["CWE-250"]}', "14:18", "CWE-250 is no id of cwe"),
        ('{cwe: ["250"]}', '{cew: ["250"]}', "14:12", "unknown framework cew (did you mean cwe?)"),
        ('{cwe: ["250"]}', "{cwe: []}", "14:17", "at least one"),
        ("expect: fail", "expect: pass", "16:3", "there is no example with `expect: fail`"),
        ("expect: pass", "expect: fail", "16:3", "there is no example with `expect: pass`"),
        ("{runs_as.kind: person, purpose", "{persons.kind: person, purpose", "16:39", "is many: give a list"),
        ("{runs_as.kind: person, purpose", "{runs_as: person, purpose", "16:25", "not a single fact"),
        ("name: good", "name: bad", "16:3", "two examples have the same name"),
        ("kind: service, purpose: server", "kind: service, purpose: serve", "17:58", "unknown value serve"),
    ],
)
def test_a_broken_rule_is_refused_with_its_place(
    tmp_path: Path, old: str, new: str, place: str, says: str
) -> None:
    assert GOOD.count(old) >= 1
    _, (fault, *_) = check(path := written(tmp_path, GOOD.replace(old, new, 1)))
    assert says in str(fault)
    assert str(fault).startswith(f"{path}:{place}: ")


def test_an_example_that_comes_out_otherwise_is_a_fault(tmp_path: Path) -> None:
    text = GOOD.replace(
        "{runs_as.kind: service, purpose: server}", "{runs_as.kind: person, purpose: unknown}"
    )
    _, (fault,) = check(written(tmp_path, text))
    assert (fault.line, fault.text) == (17, "example 'good': expected pass, it is unknown")


def test_an_example_of_another_severity_is_a_fault(tmp_path: Path) -> None:
    graded = "{from: runs_as.kind, values: {person: high}, otherwise: low}"
    text = GOOD.replace("severity: high", f"severity: {graded}").replace(
        "expect: fail", "expect: fail, severity: low"
    )
    _, (fault,) = check(written(tmp_path, text))
    assert fault.text == "example 'bad': expected severity low, it is high"


def test_a_severity_needs_no_second_word_for_what_is_one(tmp_path: Path) -> None:
    text = GOOD.replace("service\n", "path\n", 1).replace(
        "severity: high", "severity: {from: gain, otherwise: low}"
    )
    _, (fault,) = check(
        written(tmp_path, text.replace("runs_as", "service.runs_as").replace("purpose", "service.purpose"))
    )
    assert "gain is a severity itself" in fault.text


def test_an_example_must_give_every_fact(tmp_path: Path) -> None:
    text = GOOD.replace("given: {runs_as.kind: service, purpose: server}", "given: {runs_as.kind: service}")
    _, (fault,) = check(written(tmp_path, text))
    assert fault.text == "example 'good': it does not give purpose"


def test_every_faulty_file_of_a_folder_is_named(tmp_path: Path) -> None:
    written(tmp_path, GOOD.replace("severity: high", "severity: huge"))
    written(tmp_path, "a: [", "second.yaml")
    with pytest.raises(BadData) as caught:
        load_rules([str(tmp_path)])
    assert [Path(fault.path).name for fault in caught.value.faults] == ["sample.yaml", "second.yaml"]


def test_a_further_folder_adds_rules_and_replaces_none(tmp_path: Path) -> None:
    written(tmp_path, GOOD)
    assert {rule.id for rule in load_rules([str(tmp_path)])} == {rule.id for rule in RULES} | {"sample"}
    shipped = Path(next(rule.path for rule in RULES))
    written(tmp_path, shipped.read_text(), shipped.name)
    with pytest.raises(BadData, match=r"stands in .* too"):
        load_rules([str(tmp_path)])


def test_a_folder_without_rules_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadData, match=r"no file here ends in \.yaml"):
        load_rules([str(tmp_path)])
    with pytest.raises(BadData, match="cannot be read: No such file"):
        load_rules([str(tmp_path / "missing")])


def test_other_readers_of_yaml_see_the_same_rules() -> None:
    for rule in RULES:
        loaded = yaml.safe_load(Path(rule.path).read_text())
        assert loaded["id"] == rule.id
        assert len(loaded["examples"]) == len(rule.examples)
        assert " ".join(loaded["why"].split()) == rule.why


def test_a_scan_leaves_out_examples_and_nothing_else() -> None:
    def told(rule: Rule) -> tuple[object, ...]:
        fields = tuple(field.name for field in (*rule.match.fields, *rule.evidence))
        return (rule.id, rule.title, rule.severity, rule.why, rule.advice, rule.controls, rule.path, fields)

    short = load_rules(examples=False)
    assert [told(rule) for rule in short] == [told(rule) for rule in RULES]
    assert all(rule.examples for rule in RULES)
    assert not any(rule.examples for rule in short)
