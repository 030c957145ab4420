"""A recorded machine that can be changed: reads see the changes, and the recording stays as it is."""

from collections.abc import Callable
from pathlib import Path

import pytest

from privaudit.host import Host, HostError, Missing
from privaudit.host.overlay import Overlay
from privaudit.host.recorded import RecordedHost

YAML = """
platform: linux
hostname: web1
time: 1750000000
passwd: ["root:x:0:0::/root:/bin/bash", "joe:x:1000:1000::/home/joe:/bin/bash"]
groups: ["root:x:0:", "joe:x:1000:"]
trees: {/srv/data: {owner: joe, group: joe}}
files:
  /srv/data/: {mode: "0750"}
  /srv/data/tool: {mode: "4755", text: "#!/bin/sh\\n", capabilities: true}
  /srv/link: {link: data}
  /etc/app.conf: {text: "user=joe\\n"}
processes:
  - {pid: 1, program: /usr/lib/systemd/systemd}
  - {pid: 71, program: /usr/sbin/appd, uid: joe, gid: joe}
commands:
  - {argv: [/usr/bin/systemctl, is-active, app], stdout: "active\\n"}
  - {argv: [/usr/bin/systemctl, is-active, app], status: 3, stdout: "inactive\\n"}
  - argv: /usr/sbin/useradd --system app
    then: {passwd: ["app:x:990:990::/nonexistent:/usr/sbin/nologin"], groups: ["app:x:990:"]}
  - argv: /usr/bin/systemctl restart app
    then:
      ended: [71]
      processes: [{pid: 90, program: /usr/sbin/appd, uid: 990, gid: 990}]
      files: {/run/app.pid: {text: "90\\n"}, /etc/app.conf: null}
"""


@pytest.fixture
def machine(tmp_path: Path) -> Overlay:
    (tmp_path / "host.yaml").write_text(YAML)
    (tmp_path / "rootfs/run").mkdir(parents=True)
    return Overlay(str(tmp_path))


def test_it_is_a_host(machine: Overlay) -> None:
    host: Host = machine
    assert host.hostname() == "web1"


def test_files_come_move_and_go(machine: Overlay, tmp_path: Path) -> None:
    machine.write_file("/etc/app.conf", b"user=app\n", mode=0o600)
    machine.make_folder("/etc/app.d", gid=1000)
    machine.write_file("/etc/app.d/x", b"1")
    machine.make_link("/etc/app.d/y", "x")
    machine.rename("/etc/app.d", "/etc/other.d")
    assert machine.read("/etc/app.conf") == b"user=app\n"
    assert machine.read("/etc/other.d/y") == b"1"
    assert machine.listdir("/etc") == ["app.conf", "other.d"]
    with pytest.raises(HostError, match="not empty"):
        machine.remove("/etc/other.d")
    machine.remove("/etc/other.d/y")
    with pytest.raises(Missing):
        machine.lstat("/etc/other.d/y")
    again = RecordedHost(str(tmp_path))
    assert again.read("/etc/app.conf") == b"user=joe\n"
    assert again.listdir("/etc") == ["app.conf"]


def test_owners_and_modes(machine: Overlay) -> None:
    machine.chown("/srv/link", 990, 990)
    machine.chown("/srv/data/tool", 990, 990)
    machine.chmod("/srv/link", 0o700)
    assert machine.lstat("/srv/link").uid == 990
    assert machine.lstat("/srv/data").mode == 0o700
    tool = machine.lstat("/srv/data/tool")
    assert (tool.uid, tool.gid, tool.mode) == (990, 990, 0o755)
    assert not machine.file_capabilities("/srv/data/tool")
    assert {row.uid for row in machine.census("/srv/data").rows} == {990, 1000}


def test_commands_answer_in_their_order_and_do_what_they_do(machine: Overlay) -> None:
    ask = ["/usr/bin/systemctl", "is-active", "app"]
    assert [machine.run(ask).stdout for _ in range(3)] == [b"active\n", b"inactive\n", b"inactive\n"]
    assert machine.passwd("app") is None
    machine.run(["/usr/sbin/useradd", "--system", "app"])
    account = machine.passwd("app")
    assert account is not None
    assert machine.group_list("app", account.gid) == (990,)
    machine.run(["/usr/bin/systemctl", "restart", "app"])
    assert [(row.pid, row.uids.real) for row in machine.processes()] == [(1, 0), (90, 990)]
    assert machine.read("/run/app.pid") == b"90\n"
    with pytest.raises(Missing):
        machine.read("/etc/app.conf")
    with pytest.raises(Missing):
        machine.run(["/usr/bin/systemctl", "reboot"])
    assert machine.log[-1] == ("run", "/usr/bin/systemctl", "reboot")


def test_what_a_machine_would_refuse(machine: Overlay) -> None:
    attempts: tuple[Callable[[], None], ...] = (
        lambda: machine.write_file("/srv/data", b""),
        lambda: machine.write_file("/no/where", b""),
        lambda: machine.write_file("/etc/app.conf/x", b""),
        lambda: machine.make_folder("/srv"),
        lambda: machine.make_link("/srv/link", "x"),
        lambda: machine.rename("/srv", "/srv/data/srv"),
        lambda: machine.remove("/"),
    )
    for refused in attempts:
        with pytest.raises(HostError):
            refused()
