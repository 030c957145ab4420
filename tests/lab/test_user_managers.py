"""People's own managers on a real machine: one that runs, one that hangs, one that was never started."""

import json
from functools import partial

from lab.machine import Machine, wait_for
from lab.session import Lab
from lab.test_units_equal_systemctl import Inside, differences

from privaudit.collect.systemd import query
from privaudit.collect.systemd.offline import open_files
from privaudit.collect.systemd.properties import units
from privaudit.collect.systemd.scope import user_scope
from privaudit.collect.systemd.specifiers import Machine as Facts
from privaudit.host import PasswdEntry

OWN = "/home/joe/.config/systemd/user"

UNIT = '[Service]\nExecStart=/bin/sh -c "exec sleep 1000"\n[Install]\nWantedBy=default.target\n'
EXACT = {
    "specifiers": "ExecStart=/bin/echo %u %U %g %G %h %s %t %S %C %L %E %T %V %n %H",
    "folders": "StateDirectory=s\nCacheDirectory=c\nLogsDirectory=l\nRuntimeDirectory=r\nExecStart=/bin/true",
    "files": "PIDFile=x.pid\nEnvironmentFile=%h/env\nWorkingDirectory=%h/work\nExecStart=/bin/true",
    "identity": "User=joe\nPrivateUsers=yes\nProtectClock=yes\nExecStart=/bin/true",
}
"""Lines of units whose reading is compared with what the manager itself says."""
SCRIPT = """
import json, sys
from privaudit.collect.systemd.managed import definitions
from privaudit.host.local import LocalHost
found = definitions(LocalHost())
print(json.dumps({
    "services": [
        [d.owner, d.id, d.domain, d.active_state, d.enabled, d.path, [c.argv for c in d.commands]]
        for d in found.definitions if d.domain == "user-manager"
    ],
    "limits": [[limit.what, limit.why] for limit in found.limits],
}))
"""


def collected(machine: Machine) -> dict[str, list[list[object]]]:
    done = machine.run(["/opt/privaudit/bin/python", "-c", SCRIPT])
    answer: dict[str, list[list[object]]] = json.loads(done.stdout)
    return answer


def own_unit(machine: Machine, person: str, name: str) -> str:
    """Write an enabled unit of a person's own."""
    folder = f"/home/{person}/.config/systemd/user"
    owner = f"{person}:{person}"
    machine.sh(f"install -d -o {person} -g {person} {folder}/default.target.wants")
    machine.write(f"{folder}/{name}", UNIT, owner=owner)
    machine.run(["ln", "-s", f"../{name}", f"{folder}/default.target.wants/{name}"])
    return f"{folder}/{name}"


def test_managers_of_people_who_linger_hang_or_are_away(lab: Lab) -> None:
    with lab.boot("mariadb") as machine:
        paths = {}
        for person in ("joe", "ann", "eve"):
            machine.add_person(person)
            paths[person] = own_unit(machine, person, "homebrew.redis.service")
        for person in ("joe", "eve"):
            machine.run(["loginctl", "enable-linger", person])
        uids = {p: int(machine.run(["id", "-u", p]).stdout) for p in paths}
        for person in ("joe", "eve"):
            wait_for(partial(_serves, machine, person), f"the service of {person}", 60)
        sessions = machine.run(["loginctl", "list-sessions", "--no-legend"]).stdout
        machine.sh(f"kill -STOP $(systemctl show -P MainPID user@{uids['eve']}.service)")

        answer = collected(machine)

        mine = {
            owner: [state, enabled, path, argv]
            for owner, name, _, state, enabled, path, argv in answer["services"]
            if name == "homebrew.redis.service"
        }
        argv = [["/bin/sh", "-c", "exec sleep 1000"]]
        assert mine == {
            uids["joe"]: ["active", "enabled", paths["joe"], argv],
            uids["ann"]: ["", "enabled", paths["ann"], argv],
            uids["eve"]: ["", "enabled", paths["eve"], argv],
        }
        assert answer["limits"] == [["/usr/bin/systemctl", "no answer within 5 s"]]
        assert machine.run(["loginctl", "list-sessions", "--no-legend"]).stdout == sessions


def test_units_of_a_person_are_read_as_the_persons_manager_has_them(lab: Lab) -> None:
    with lab.boot("mariadb") as machine:
        machine.add_person("joe")
        for name, lines in EXACT.items():
            machine.write(f"{OWN}/exact-{name}.service", f"[Service]\n{lines}\n", owner="joe:joe")
        machine.write(f"{OWN}/exact-.service.d/a.conf", "[Service]\nEnvironment=A=%p\n", owner="joe:joe")
        machine.run(["ln", "-s", "exact-files.service", f"{OWN}/exact-alias.service"])
        machine.run(["loginctl", "enable-linger", "joe"])
        uid = int(machine.run(["id", "-u", "joe"]).stdout)
        runtime = f"/run/user/{uid}"
        wait_for(
            lambda: machine.run(["test", "-S", f"{runtime}/systemd/private"], check=False).returncode == 0,
            "it",
        )
        listed = machine.run(["ls", "/usr/lib/systemd/user"]).stdout.split()
        names = [name for name in listed if name.endswith(".service") and "@" not in name]
        names += [f"exact-{name}.service" for name in (*EXACT, "alias")]
        asking = ["env", f"XDG_RUNTIME_DIR={runtime}", "systemctl", "--user", "show", "--all"]
        asking += [f"--property={','.join(query.PROPERTIES)}", "--", *names]
        answers = list(units(machine.run(asking, user="joe").stdout))
        host = Inside(machine.leader)
        scope = user_scope(host, PasswdEntry("joe", uid, uid, "", "/home/joe", "/bin/bash"))
        loader = open_files(host, scope, Facts(host), booted=True)
        assert len(answers) == len(names)
        found = [
            line
            for name, unit in zip(names, answers, strict=True)
            for line in differences(name, unit, loader)
        ]
        assert not found, "\n".join(found)


def _serves(machine: Machine, person: str) -> bool:
    return machine.run(["pgrep", "-u", person, "sleep"], check=False).returncode == 0
