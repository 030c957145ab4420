"""Evidence reads as an administrator would say it, and says nothing twice."""

from privaudit.model.finding import Evidence
from privaudit.report.evidence import in_words


def test_facts_are_said_in_words_and_those_for_programs_are_not() -> None:
    facts = (
        Evidence("service.purpose", "server"),
        Evidence("declared.source", "/etc/systemd/system/mariadb.service"),
        Evidence("listeners", "tcp [::]:3306"),
        Evidence("listeners", "tcp 0.0.0.0:3306"),
    )
    said = in_words(facts, "")
    assert said == "set in /etc/systemd/system/mariadb.service; listens on tcp [::]:3306, tcp 0.0.0.0:3306"


def test_what_was_said_is_not_said_again() -> None:
    assert in_words((Evidence("runs_as.name", "joe"),), "mariadb runs as joe") == ""


def test_many_alike_are_counted() -> None:
    facts = [Evidence("via", f"joe owns /srv/{name}") for name in "abcde"]
    assert in_words(facts, "") == "joe owns /srv/a; joe owns /srv/b; joe owns /srv/c; and 2 more"


def test_a_fact_of_a_site_s_own_rule_is_said_by_its_name() -> None:
    assert in_words((Evidence("definition.sub_state", "exited"),), "") == "definition sub state exited"
