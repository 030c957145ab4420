"""A whole scan beside the floor, on a booted Debian with 35 daemons: `python -m bench.scan`, as root.

The floor is what reading the same costs with the system's own programs, and nothing else: processes, units,
package lists, and the data folders of the services.
"""

import json
import sys
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(CHECKOUT / "tests"))

from lab.machine import Machine  # noqa: E402 - the lab is a neighbour of the tests
from lab.session import Lab, missing  # noqa: E402 - the same

FLOOR = """
set -e
ps axo pid,ppid,ruid,euid,suid,rgid,egid,sgid,supgid,comm,lstart,cgroup,args
systemctl show '*'
cat /var/lib/dpkg/info/*.list
find {folders} -printf '%U %G %m %y %p\\n'
"""
SCAN = ["/opt/privaudit/bin/privaudit", "scan", "--format", "json"]
PEERS = (
    ["/usr/bin/systemd-analyze", "security", "--no-pager"],
    ["/usr/sbin/lynis", "audit", "system", "--quick"],
)
TARGET = 2.0


def folders(machine: Machine) -> list[str]:
    """List the trees that a scan looks at as a whole."""
    report = json.loads(machine.run(SCAN).stdout)
    paths = [path for service in report["services"] for path in service["paths"]]
    return sorted({path["target"] for path in paths if path["kind"] == "directory" and path["entries"] > 1})


def main() -> None:
    """Measure inside the machine and print."""
    reason = missing()
    if reason is not None:
        sys.exit(reason)
    lab = Lab()
    try:
        with lab.boot("hosting") as machine:
            floor = ["sh", "-c", FLOOR.format(folders=" ".join(folders(machine)))]
            script = (CHECKOUT / "bench" / "pairs.py").read_text(encoding="utf-8")
            script += (
                "\nif not settled():\n    print('the machine never came to rest: what follows says little')\n"
            )
            script += f"print(paired({SCAN!r}, {floor!r}, 25).line('scan / floor', {TARGET}))\n"
            script += f"for peer in {PEERS!r}:\n    if os.path.exists(peer[0]):\n"
            script += f"        print(paired({SCAN!r}, peer, 3).line('scan / ' + peer[0], None))\n"
            print(machine.run(["/opt/privaudit/bin/python", "-"], stdin=script, timeout=1800).stdout, end="")
    finally:
        lab.close()


if __name__ == "__main__":
    main()
