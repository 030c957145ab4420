"""Our reader of /proc against psutil, on a machine with 35 daemons: both say the same of each process."""

import json

from lab.session import Lab

COMPARE = r"""
import json, os, psutil
from privaudit.host.local import LocalHost

def ours():
    return {
        p.pid: {
            "ppid": p.ppid,
            "uids": [p.uids.real, p.uids.effective, p.uids.saved],
            "gids": [p.gids.real, p.gids.effective, p.gids.saved],
            "name": p.name,
            "program": p.program,
            "argv": list(p.argv),
            "started": p.started,
        }
        for p in LocalHost().processes()
        if not p.kernel
    }

def theirs():
    found = {}
    for p in psutil.process_iter():
        try:
            with p.oneshot():
                found[p.pid] = {
                    "ppid": p.ppid(),
                    "uids": list(p.uids()),
                    "gids": list(p.gids()),
                    "name": open(f"/proc/{p.pid}/comm").read()[:-1],
                    "program": p.exe() or None,
                    "argv": p.cmdline(),
                    "started": p.create_time(),
                }
        except (psutil.NoSuchProcess, FileNotFoundError):
            pass
    return found

mine = {os.getpid(), os.getppid()}
differ = None
for _ in range(20):  # daemons fork and exec while we look: what differs each time is a fault
    a, b = ours(), theirs()
    now = {
        (pid, field)
        for pid in (a.keys() | b.keys()) - mine
        for field in a.get(pid, b.get(pid))
        if not same(field, a.get(pid, {}).get(field), b.get(pid, {}).get(field))
    }
    differ = now if differ is None else differ & now
    if not differ:
        break
print(json.dumps({"compared": len(a), "differ": [[*d, a.get(d[0]), b.get(d[0])] for d in sorted(differ)]}))
"""
SAME = """
def same(field, a, b):
    if field == "started" and a is not None and b is not None:
        return abs(a - b) < 1.5  # both come from ticks since boot and a boot time in whole seconds
    if field == "argv" and a is not None and b is not None:
        return " ".join(a).split() == " ".join(b).split()  # psutil splits a rewritten title at its blanks
    return a == b
"""


def test_psutil_agrees_on_every_process(lab: Lab) -> None:
    with lab.boot("hosting") as machine:
        answer = machine.run(["/opt/privaudit/bin/python", "-"], stdin=SAME + COMPARE).stdout
    found = json.loads(answer)
    assert found["differ"] == []
    assert found["compared"] > 60
