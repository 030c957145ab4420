"""Rules besides sudoers: polkit's administrators, doas, su by group."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from memory_host import MemoryHost

from privaudit.collect.accounts import other_rules
from privaudit.collect.accounts.other_rules import Rule
from privaudit.collect.accounts.who import Who
from privaudit.model.account import Password
from privaudit.model.unknown import Limit


def test_polkit_s_administrators() -> None:
    text = """
    /* unix-group:no1 */ // unix-group:no2
    polkit.addAdminRule(function(action, subject) {
        return ["unix-group:sudo", "unix-user:joe", "unix-user:0"];
    });
    polkit.addRule(function(action, subject) { return "unix-group:no3"; });
    """
    assert other_rules.polkit(text) == [
        Rule("polkit: administrator, as member of group sudo", group="sudo"),
        Rule("polkit: administrator", user="joe"),
    ]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("permit :wheel", [Rule("doas: as root, as member of group wheel", group="wheel")]),
        ("permit nopass joe", [Rule("doas: as root without a password", user="joe")]),
        ("permit persist keepenv setenv { PATH=/bin } joe as root", [Rule("doas: as root", user="joe")]),
        ("permit joe as postgres", []),
        ("permit nopass joe as root cmd reboot", []),
        ("deny joe", []),
        ("# permit joe", []),
        ("permit", []),
    ],
)
def test_doas(line: str, expected: list[Rule]) -> None:
    assert other_rules.doas(line) == expected


@pytest.mark.parametrize(
    ("line", "groups"),
    [
        ("auth sufficient pam_wheel.so trust use_uid", ["wheel"]),
        ("auth sufficient pam_wheel.so trust group=ops", ["ops"]),
        ("auth required pam_wheel.so", []),
        ("auth required pam_wheel.so deny group=nosu trust", []),
        ("# auth sufficient pam_wheel.so trust", []),
    ],
)
def test_su_without_a_password(line: str, groups: list[str]) -> None:
    assert [rule.group for rule in other_rules.su(line)] == groups


def test_all_are_read_from_where_they_lie() -> None:
    host = MemoryHost().file("/etc/doas.conf", "permit joe\n").file("/etc/doas.d/1.conf", "permit ann\n")
    host.file("/etc/pam.d/su", "auth sufficient pam_wheel.so trust\n").fifo("/etc/pam.d/su-l")
    host.file(
        "/usr/share/polkit-1/rules.d/50.rules", 'polkit.addAdminRule(function() {return "unix-group:wheel"})'
    )
    host.file("/usr/share/polkit-1/rules.d/README", "unix-group:no")
    limits: list[Limit] = []
    found = other_rules.read(host, limits)
    assert [(rule.user, rule.group) for rule in found] == [
        ("", "wheel"),
        ("joe", ""),
        ("ann", ""),
        ("", "wheel"),
    ]
    assert [limit.what for limit in limits] == ["/etc/pam.d/su-l"]


def test_whom_a_rule_means() -> None:
    joe = Who(1000, ("joe",), (1000, 10), ("joe", "wheel"), Password.USABLE)
    assert Rule("", user="joe").holds(joe)
    assert Rule("", user="1000").holds(joe)
    assert Rule("", group="wheel").holds(joe)
    assert Rule("", group="10").holds(joe)
    assert not Rule("", user="ann").holds(joe)
    assert not Rule("", group="joe2").holds(joe)


@given(st.text(max_size=200))
def test_no_text_breaks_a_reader(text: str) -> None:
    for parse in (other_rules.polkit, other_rules.doas, other_rules.su):
        assert isinstance(parse(text), list)


GRANTING = 'polkit.addRule(function(a, s) { if (s.user == "joe") return polkit.Result.YES; });'


@pytest.mark.parametrize(
    ("path", "text", "named"),
    [
        ("/etc/polkit-1/rules.d/10-own.rules", GRANTING, True),
        ("/etc/polkit-1/rules.d/10-own.rules", f"// {GRANTING}", False),
        (
            "/etc/polkit-1/rules.d/10-own.rules",
            'polkit.addAdminRule(function() { return ["unix-user:joe"]; });',
            False,
        ),
        ("/etc/polkit-1/rules.d/10-own.rules.bak", GRANTING, False),
        ("/etc/polkit-1/rules.d/50-packaged.rules", GRANTING, False),
        ("/usr/share/polkit-1/rules.d/10-x.rules", GRANTING, False),
    ],
)
def test_polkit_rules_of_no_package_are_named(path: str, text: str, named: bool) -> None:  # noqa: FBT001
    host = MemoryHost().file(path, text).file("/var/lib/dpkg/status", "Package: x\nVersion: 1\n\n")
    host.file("/var/lib/dpkg/info/x.list", "/.\n/etc/polkit-1/rules.d/50-packaged.rules\n")
    limits: list[Limit] = []
    other_rules.read(host, limits)
    assert [limit.what for limit in limits] == ([path] if named else [])
