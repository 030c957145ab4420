"""Reading all processes beside `ps axo` with the same fields: `python -m bench.processes [COUNT]`."""

import subprocess
import sys

from bench.pairs import paired

READ = "from privaudit.host.local import LocalHost; list(LocalHost().processes())"
FIELDS = "pid,ppid,ruid,euid,suid,rgid,egid,sgid,supgid,comm,lstart,cgroup,args"
TARGET = 2.5


def main() -> None:
    """Measure and print."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    sleepers = [subprocess.Popen(["sleep", "infinity"]) for _ in range(count)]
    try:
        pair = paired([sys.executable, "-c", READ], ["ps", "axo", FIELDS], rounds=15)
    finally:
        for sleeper in sleepers:
            sleeper.kill()
        for sleeper in sleepers:
            sleeper.wait()
    print(pair.line(f"{count} processes / ps axo", TARGET))


if __name__ == "__main__":
    main()
