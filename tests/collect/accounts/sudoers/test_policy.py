"""Whom sudoers lets become root: the same rules as sudo's own tool exports them and as we read them."""

import json
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from memory_host import MemoryHost

from privaudit.collect.accounts import sudoers
from privaudit.collect.accounts.sudoers import exported
from privaudit.collect.accounts.sudoers.escapes import reaches_root
from privaudit.collect.accounts.sudoers.policy import Grant, Item, Policy, root_by
from privaudit.collect.accounts.who import Who
from privaudit.model.account import Password
from privaudit.model.unknown import Limit

STOCK = """
Defaults	env_reset
Defaults	secure_path="/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
root	ALL=(ALL:ALL) ALL
%sudo	ALL=(ALL:ALL) ALL   # a comment
"""


def who(
    name: str = "joe",
    uid: int = 1000,
    groups: tuple[str, ...] = (),
    gids: tuple[int, ...] = (1000,),
    password: Password = Password.USABLE,
) -> Who:
    return Who(uid, (name,), gids, groups, password)


def read(text: str, host: MemoryHost | None = None) -> Policy:
    host = host or MemoryHost(live=False)
    host.file("/etc/sudoers", text)
    found = sudoers.read(host, [])
    assert isinstance(found, Policy)
    return found


def ways(text: str, account: Who | None = None, hostname: str = "web1") -> list[str]:
    policy = read(text)
    assert policy.gaps == []
    return root_by(policy, account or who(), hostname)


def test_the_stock_file_gives_root_to_its_group_alone() -> None:
    assert ways(STOCK) == []
    assert ways(STOCK, who(groups=("sudo",))) == ["ALL as root, as member of group sudo"]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("joe ALL=(ALL) NOPASSWD: ALL", ["ALL as root without a password"]),
        ("joe ALL = ALL", ["ALL as root"]),
        ("joe ALL=(root) ALL", ["ALL as root"]),
        ("joe ALL=(#0) ALL", ["ALL as root"]),
        ("#1000 ALL=ALL", ["ALL as root, as uid 1000"]),
        ("%#1000 ALL=ALL", ["ALL as root, as member of group 1000"]),
        ('"joe" ALL=ALL', ["ALL as root"]),
        ("ann, joe ALL=ALL", ["ALL as root"]),
        ("joe ALL=(ALL, !root) ALL", ["ALL as anybody but root"]),
        ("joe ALL=(:disk) /bin/bash", ["/bin/bash as itself with group disk"]),
        ("joe ALL=(ALL) ALL, !/bin/su", ["ALL as root"]),
        ("joe ALL=(root) /bin/bash, /usr/bin/id", ["/bin/bash as root"]),
        ("joe ALL=(root) NOEXEC: NOPASSWD: /usr/bin/vim", ["/usr/bin/vim as root without a password"]),
        ("joe ALL=(root) NOPASSWD: /usr/bin/id, PASSWD: /bin/sh", ["/bin/sh as root"]),
        ("joe web2=ALL : web1=NOPASSWD: ALL", ["ALL as root without a password"]),
        ("joe web1.example.org=ALL", ["ALL as root"]),
        ("joe fe80::1, 2001:db8::/32 = ALL : web2 = /bin/id", ["ALL as root"]),
        ("%:ext, joe 10.0.0.0/8=ALL", ["ALL as root"]),
        ("joe ALL=TIMEOUT=5m CWD=/tmp (root) NOPASSWD: ALL", None),
        ("joe ALL=(root) TIMEOUT=5m CWD=/tmp NOPASSWD: ALL", ["ALL as root without a password"]),
        ("User_Alias OPS = joe, ann : DEV = bob\nOPS ALL=ALL", ["ALL as root"]),
        ("Cmnd_Alias SH = /bin/sh, /bin/bash\njoe ALL=(root) SH", ["/bin/sh as root", "/bin/bash as root"]),
        ("OPS ALL=ALL\nUser_Alias OPS = joe", ["ALL as root"]),
        ("Host_Alias WEB = web1\nRunas_Alias R = root\njoe WEB=(R) \\\n  ALL", ["ALL as root"]),
        ("Defaults:joe !authenticate\njoe ALL=ALL", ["ALL as root without a password"]),
        ("Defaults !authenticate\nDefaults authenticate\njoe ALL=ALL", ["ALL as root"]),
        ("ALL ALL=(ALL) ALL", ["ALL as root, as everybody"]),
        ("joe ALL=(root) sudoedit /etc/sudoers", ["sudoedit /etc/sudoers as root"]),
        ("joe ALL=(root) sha224:0GomF8mNN3wlDt1HD9XldjJ3SNgpFdbjO1+NsQ== /bin/sh", ["/bin/sh as root"]),
    ],
)
def test_a_rule_that_gives_root(line: str, expected: list[str] | None) -> None:
    policy = read(line + "\n")
    if expected is None:
        assert policy.gaps  # an option before the runas list is not sudoers(5)'s form
        return
    assert policy.gaps == []
    assert root_by(policy, who(), "web1") == expected


@pytest.mark.parametrize(
    "line",
    [
        "ann ALL=ALL",
        "# joe ALL=ALL",
        "joe ALL=(postgres) ALL",
        "joe ALL=() ALL",
        "joe ALL=(postgres, !root) ALL",
        "joe web2=ALL",
        "joe ALL,!web1=ALL",
        "ALL, !joe ALL=ALL",
        "joe ALL=ALL\njoe ALL=(ALL) !ALL",
        "joe ALL=(root) /bin/sh\njoe ALL=(root) !/bin/sh",
        "joe ALL=(root) NOPASSWD: /usr/sbin/smartctl -x --json=o /dev/*",
        "joe ALL=(root) /usr/bin/systemctl restart nginx",
        "joe ALL=(:adm) /bin/bash",
        "joe ALL=(root) sudoedit /etc/motd",
        "Defaults targetpw\nALL ALL=(ALL) ALL",
        "Defaults rootpw\njoe ALL=(ALL) ALL",
        "Defaults runas_default=ann\njoe ALL=ALL",
        "User_Alias OPS = ann\nOPS ALL=ALL",
        "User_Alias A = B : B = A\nA ALL=ALL",
    ],
)
def test_a_rule_that_does_not(line: str) -> None:
    assert ways(line + "\n") == []


def test_a_rule_for_everybody_means_nothing_to_an_account_without_a_password() -> None:
    service = who("mysql", 105, password=Password.LOCKED)
    assert ways("ALL ALL=(ALL) ALL\n", service) == []
    assert ways("ALL ALL=(ALL) NOPASSWD: ALL\n", service) == ["ALL as root without a password, as everybody"]
    assert ways("mysql ALL=(ALL) ALL\n", service) == ["ALL as root"]


def test_includes_are_followed_where_they_stand() -> None:
    host = MemoryHost(live=False)
    host.file("/etc/sudoers.d/90-joe", "joe ALL=ALL\n").file("/etc/sudoers.d/README.md", "not sudoers\n")
    host.file("/etc/sudoers.d/old~", "nor this\n").file("/etc/sudoers.local", "%ops ALL=ALL\n")
    policy = read("#includedir /etc/sudoers.d\n@include sudoers.local\n@include /missing\n", host)
    assert policy.gaps == []
    assert root_by(policy, who(groups=("ops",)), "") == ["ALL as root, as member of group ops"]
    assert root_by(policy, who(), "") == ["ALL as root"]


def test_what_cannot_be_read_is_a_gap() -> None:
    host = MemoryHost(live=False).fifo("/etc/sudoers.d/pipe").file("/etc/sudoers.d/secret")
    host.denied.add("/etc/sudoers.d/secret")
    policy = read("@includedir /etc/sudoers.d\nwhat is this\n@include sudoers\n", host)
    whats = {gap.what for gap in policy.gaps}
    assert {"/etc/sudoers.d/pipe", "/etc/sudoers.d/secret", "/etc/sudoers, line 2", "/etc/sudoers"} <= whats


def test_a_regular_expression_is_named_not_guessed() -> None:
    assert read("joe ALL=(root) ^/bin/.*$\n").gaps[0].what == "/etc/sudoers, line 1"


def test_aliases_that_grow_without_bound_end() -> None:
    lines = [f"User_Alias A{i} = A{i + 1}, A{i + 1}" for i in range(40)]
    policy = read("\n".join([*lines, "User_Alias A40 = joe", "A0 ALL=ALL", "joe ALL=ALL"]) + "\n")
    assert policy.gaps == [Limit("/etc/sudoers", "aliases that grow without bound")]
    assert root_by(policy, who(), "") == ["ALL as root"]


@given(st.text(alphabet='joe ALL=(:),!%#@+"\\\n\t/bin*^$.0_NOPASSWD', max_size=120) | st.text(max_size=80))
def test_no_text_breaks_the_reader(text: str) -> None:
    host = MemoryHost(live=False).file("/etc/sudoers", text.encode("utf-8", "surrogatepass"))
    assert isinstance(sudoers.read(host, []), Policy)


def test_live_the_tool_is_asked() -> None:
    host = MemoryHost().file("/etc/sudoers", "ann ALL=ALL\n")
    document = {
        "Defaults": [{"Binding": [{"hostname": "web2"}], "Options": [{"targetpw": True}]}],
        "User_Specs": [
            {
                "User_List": [{"username": "joe"}, {"netgroup": "ng"}],
                "Host_List": [{"hostname": "ALL"}],
                "Cmnd_Specs": [
                    {
                        "runasusers": [{"username": "ALL"}],
                        "Options": [{"authenticate": False}, {"setenv": True}],
                        "Commands": [{"command": "ALL"}, {"command": "/bin/su", "negated": True}],
                    }
                ],
            }
        ],
    }
    host.command(exported.COMMAND, json.dumps(document))
    limits: list[Limit] = []
    policy = sudoers.read(host, limits)
    assert isinstance(policy, Policy)
    assert root_by(policy, who(), "") == ["ALL as root without a password"]
    assert limits == [Limit("/etc/sudoers", "nobody can list who is in ng")]


@pytest.mark.parametrize("answer", ["", "[]", "{}x", '{"User_Specs": [{}]}', '{"User_Specs": [1]}'])
def test_an_answer_that_makes_no_sense_is_read_by_us(answer: str) -> None:
    host = MemoryHost().file("/etc/sudoers", "joe ALL=ALL\n").command(exported.COMMAND, answer)
    policy = sudoers.read(host, [])
    assert isinstance(policy, Policy)
    assert root_by(policy, who(), "") == ["ALL as root"]


def test_no_sudo_no_policy() -> None:
    assert sudoers.read(MemoryHost(), []) == Policy()


def test_a_file_that_is_none_says_why() -> None:
    limits: list[Limit] = []
    assert "fifo" in str(sudoers.read(MemoryHost().fifo("/etc/sudoers"), limits))
    assert limits


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("/bin/bash", True),
        ("/usr/bin/python3.11", True),
        ("/usr/bin/vim *", True),
        ("/usr/sbin/", True),
        ("/usr/bin/*", True),
        ("sudoedit", True),
        ("sudoedit /etc/*", True),
        ("/opt/tools/", False),
        ("/opt/tools/*", False),
        ("/usr/bin/id", False),
        ('/usr/bin/systemctl ""', False),
        ("/usr/bin/rsync --server --sender /srv", False),
    ],
)
def test_commands_that_give_all_of_root(command: str, expected: bool) -> None:  # noqa: FBT001
    assert reaches_root(command) is expected


@pytest.mark.skipif(shutil.which("cvtsudoers") is None, reason="cvtsudoers is not installed")
@pytest.mark.parametrize(
    "text",
    [
        STOCK,
        "User_Alias OPS = ann, %ops, !bob\nRunas_Alias DB = a, b\nOPS web1 = (DB) NOPASSWD: /x, PASSWD: /y\n",
        "Cmnd_Alias S = /bin/sh, /bin/vi *.conf : E = /bin/e\njoe ALL = (root) !S, /usr/sbin/, (b) E\n",
        "#5 ALL=(#0) sudoedit /etc/hosts\n%#27 ALL,!web2=ALL\njoe,ann ALL=(:disk) /x : web1=NOPASSWD: ALL\n",
        'joe ALL=(root) /bin/a x\\,y, /bin/id "", sha224:0GomF8mNN3wlDt1HD9XldjJ3SNgpFdbjO1+NsQ== /bin/ls\n',
        'joe fe80::1, !web2 = (: #6) /bin/a"b c", () /bin/x !y : web9=(ALL : ALL) NOPASSWD : list\n',
        "%:ext, DOM\\\\joe, j\\,x +hosts=(#0,!root)/bin/x a\\=b # end\n",
        "Defaults:joe !authenticate\nDefaults targetpw, runas_default=ann\nDefaults@web1 rootpw\nx ALL=ALL\n",
    ],
)
def test_both_readings_agree(text: str, tmp_path: Path) -> None:
    file = tmp_path / "sudoers"
    file.write_text(text)
    tool = str(shutil.which("cvtsudoers"))
    answer = subprocess.run(
        [tool, *exported.COMMAND[1:-1], str(file)], capture_output=True, check=True, timeout=60
    )
    theirs, ours = exported.policy(answer.stdout), read(text)
    assert ours.gaps == []
    assert ours.defaults == theirs.defaults
    assert _flat(ours) == _flat(theirs)


def _flat(policy: Policy) -> list[tuple[Grant, Item]]:
    return [(replace(grant, commands=()), command) for grant in policy.grants for command in grant.commands]


def test_a_missing_word_is_said_without_quoting_the_line() -> None:
    policy = read("joe ALL=(root ALL\n")
    assert policy.gaps[0].why == "not understood: `)` is missing"
