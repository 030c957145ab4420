"""People's own managers on a real machine: one that runs, one that hangs, one that was never started."""

import json
from functools import partial

from lab.machine import Machine, wait_for
from lab.session import Lab

UNIT = '[Service]\nExecStart=/bin/sh -c "exec sleep 1000"\n[Install]\nWantedBy=default.target\n'
SCRIPT = """
import json, sys
from privaudit.collect.systemd import definitions
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


def _serves(machine: Machine, person: str) -> bool:
    return machine.run(["pgrep", "-u", person, "sleep"], check=False).returncode == 0
