"""Faults and near misses to plant on one machine: for each rule what it must flag, and what it must not."""

from dataclasses import dataclass

ACCOUNTS = """
groupadd planted
for name in svc-app svc-later svc-sudoer svc-limited svc-login; do
    useradd -r -s /usr/sbin/nologin $name
done
useradd -u 2001 -m -d /var/lib/gitea -s /bin/bash gitea
useradd -u 2002 -g 0 -M -d /nonexistent -s /usr/sbin/nologin svc-gid0
usermod -s /bin/bash svc-login
echo 'svc-login:a long enough password' | chpasswd
mkdir -p /srv /opt/ann
install -d -m 1777 /var/tmp/shared
cp /usr/bin/sleep /opt/ann/daemon
cp /usr/bin/sleep /var/tmp/shared/daemon
chown ann /opt/ann/daemon
"""
"""Beside ann and joe (in sudo), who are people. gitea: a service's, above 1000, with a shell, locked."""

FIXED = """
install -d /etc/systemd/system/redis-server.service.d
printf '[Service]\\nUser=ann\\nGroup=ann\\n' > /etc/systemd/system/redis-server.service.d/ann.conf
systemctl stop redis-server.service
chown -R ann:ann /var/lib/redis /var/log/redis /etc/redis
systemctl daemon-reload
systemctl start redis-server.service
/opt/privaudit/bin/privaudit fix redis --yes
"""
"""Redis is given to ann and fixed: what is found right after it is no fault."""

SLEEP = "/usr/bin/sleep infinity"
REDIS = "/usr/bin/redis-server --port 6400 --bind 127.0.0.1 --daemonize no --dir /srv"
NGINX = "/usr/sbin/nginx -c /etc/planted-nginx.conf"
NGINX_CONF = (
    "user root; pid /run/planted-nginx.pid; daemon off; events {} http { server { listen 127.0.0.1:8099; } }"
)


@dataclass(frozen=True)
class Plant:
    """Something done to a machine, and what a rule must say of it."""

    rule: str
    name: str
    on: str
    """The unit that is judged, or `account NAME`."""
    fault: bool
    """Whether the rule must fail; else it is a near miss."""
    unit: str = ""
    """Contents of the unit, which is written and started."""
    script: str = ""
    """Done before units start."""
    after: str = ""
    """Done when they run."""
    severity: str = ""
    """Of the fault."""
    applies: bool = True
    """A near miss that the rule looks at and passes; False: one that it knows not to be about."""
    first: bool = False
    """Judged before anything else is planted, since the machine as a whole is judged once."""

    @property
    def unit_name(self) -> str:
        """Name of the unit, if there is one to write."""
        return f"{self.on.removeprefix('account ')}.service" if self.on.startswith("account ") else self.on


def fault(
    rule: str, severity: str, name: str, on: str, unit: str = "", *, script: str = "", after: str = ""
) -> Plant:
    """Make what a rule must flag."""
    return Plant(rule, name, on, fault=True, unit=unit, script=script, after=after, severity=severity)


def near(
    rule: str,
    name: str,
    on: str,
    unit: str = "",
    *,
    applies: bool = True,
    script: str = "",
    after: str = "",
) -> Plant:
    """Make what a rule must leave alone."""
    return Plant(rule, name, on, fault=False, unit=unit, applies=applies, script=script, after=after)


def unit(user: str | None, command: str = SLEEP, *more: str) -> str:
    """Contents of a unit that runs command as user; None: as root."""
    named = [] if user is None else [f"User={user}"]
    return "\n".join(["[Service]", f"ExecStart={command}", *named, *more, ""])


def serve(port: int, address: str = "0.0.0.0") -> str:  # noqa: S104 - beyond loopback is the fault
    """Command that listens."""
    return f"/usr/bin/python3 -m http.server --directory /srv --bind {address} {port}"


def drops(user: str) -> str:
    """Command that starts as root and leaves it."""
    return f"/usr/bin/setpriv --reuid {user} --regid {user} --init-groups {SLEEP}"


IDENTITY = (
    fault("runs-as-person", "high", "a server of ann's", "p1.service", unit("ann", serve(9001))),
    near("runs-as-person", "a server's own account", "n1.service", unit("svc-app", serve(9002))),
    near("runs-as-person", "above 1000, with a shell, locked", "n2.service", unit("gitea", serve(9003))),
    near(
        "runs-as-person", "root's that becomes a service account", "n3.service", unit(None, drops("svc-app"))
    ),
    fault("runs-as-admin", "high", "a server of joe's, in sudo", "p2.service", unit("joe", serve(9004))),
    near("runs-as-admin", "a server of ann's, in no such group", "p1.service"),
    fault("listens-as-person", "high", "ann's, on all addresses", "p1.service"),
    near(
        "listens-as-person",
        "ann's, on loopback",
        "n4.service",
        unit("ann", serve(9005, "127.0.0.1")),
        applies=False,
    ),
    near("listens-as-person", "a service account's, on all addresses", "n1.service"),
    fault(
        "group-gives-root",
        "critical",
        "a daemon with group disk",
        "p13.service",
        unit("svc-app", SLEEP, "SupplementaryGroups=disk"),
    ),
    near(
        "group-gives-root",
        "a daemon with a group of no power",
        "n15.service",
        unit("svc-app", SLEEP, "Group=adm"),
    ),
    fault("runs-as-nobody", "medium", "a daemon as nobody", "p3.service", unit("nobody")),
    near("runs-as-nobody", "a dynamic user", "n5.service", unit(None, SLEEP, "DynamicUser=yes")),
    fault("needless-root", "critical", "Redis as root", "p4.service", unit(None, REDIS)),
    near("needless-root", "stock Redis, with PrivateUsers=", "redis-server.service"),
    fault(
        "worker-keeps-root",
        "critical",
        "nginx whose workers stay root",
        "p5.service",
        unit(None, NGINX),
        script=f"echo '{NGINX_CONF}' > /etc/planted-nginx.conf",
    ),
    near("worker-keeps-root", "stock nginx: a root master, unprivileged workers", "nginx.service"),
    fault(
        "running-differs",
        "medium",
        "a unit that names somebody else since it started",
        "p6.service",
        unit("svc-app"),
        after="sed -i s/svc-app/svc-later/ /etc/systemd/system/p6.service; systemctl daemon-reload",
    ),
    near("running-differs", "root's that becomes a service account", "n3.service"),
    near("running-differs", "a dynamic user", "n5.service"),
    fault(
        "definition-not-loaded",
        "low",
        "a unit that was edited and not loaded again",
        "p12.service",
        unit("svc-app"),
        after="echo '# later' >> /etc/systemd/system/p12.service",
    ),
    near("definition-not-loaded", "one that was edited and loaded again", "p6.service"),
)

ACCOUNT = (
    fault("second-root", "critical", "toor", "account root", script="useradd -o -u 0 -M toor"),
    near("second-root", "root's group", "account svc-gid0", unit("svc-gid0"), applies=False),
    fault(
        "service-account-becomes-root",
        "critical",
        "one that sudoers lets do anything",
        "account svc-sudoer",
        unit("svc-sudoer"),
        script="echo 'svc-sudoer ALL=(ALL) NOPASSWD: ALL' > /etc/sudoers.d/planted-sudoer",
    ),
    near(
        "service-account-becomes-root",
        "one that sudoers lets become another service account",
        "account svc-limited",
        unit("svc-limited"),
        script="echo 'svc-limited ALL=(www-data) NOPASSWD: /bin/true' > /etc/sudoers.d/planted-limited",
    ),
    fault(
        "service-account-logs-in", "medium", "a shell and a password", "account svc-login", unit("svc-login")
    ),
    near("service-account-logs-in", "a shell and a locked password", "account gitea"),
)

FILES = (
    fault(
        "configuration-exposed",
        "medium",
        "an environment file that everyone may write",
        "p7.service",
        unit("svc-app", SLEEP, "EnvironmentFile=/etc/p7.env"),
        script="install -m 666 /dev/null /etc/p7.env",
    ),
    near(
        "configuration-exposed",
        "one that a group without members may write",
        "n7.service",
        unit("svc-app", SLEEP, "EnvironmentFile=/etc/n7.env"),
        script="install -m 664 -g planted /dev/null /etc/n7.env",
    ),
    fault(
        "data-exposed",
        "medium",
        "a state folder that everyone may write",
        "p8.service",
        unit("svc-app", SLEEP, "StateDirectory=p8"),
        after="chmod 777 /var/lib/p8",
    ),
    near(
        "data-exposed",
        "a file that everyone may write, where nobody can get to",
        "n8.service",
        unit("svc-app", SLEEP, "StateDirectory=n8", "StateDirectoryMode=0750"),
        after="install -m 666 -o svc-app /dev/null /var/lib/n8/open",
    ),
    near(
        "data-exposed",
        "a sticky folder",
        "n10.service",
        unit("svc-app", SLEEP, "StateDirectory=n10"),
        after="chmod 1777 /var/lib/n10",
    ),
    fault(
        "data-owned-by-person",
        "high",
        "a table of ann's",
        "mariadb.service",
        after="install -m 600 -o ann /dev/null /var/lib/mysql/planted.ibd",
    ),
    near(
        "data-owned-by-person",
        "a file of another service account's",
        "redis-server.service",
        after="install -m 600 -o gitea /dev/null /var/lib/redis/planted",
    ),
    fault(
        "definition-exposed",
        "critical",
        "a unit that everyone may write",
        "p9.service",
        unit("svc-app"),
        after="chmod 666 /etc/systemd/system/p9.service",
    ),
    near(
        "definition-exposed",
        "a unit that a group without members may write",
        "n9.service",
        unit("svc-app"),
        after="chgrp planted /etc/systemd/system/n9.service; chmod 664 /etc/systemd/system/n9.service",
    ),
    fault(
        "program-exposed",
        "critical",
        "ann's program, run by root",
        "p11.service",
        unit(None, "/opt/ann/daemon infinity"),
    ),
    near(
        "program-exposed",
        "root's, in a sticky folder",
        "n11.service",
        unit(None, "/var/tmp/shared/daemon infinity"),
    ),
    fault(
        "secret-readable",
        "high",
        "a host key",
        "ssh.service",
        after="chmod 644 /etc/ssh/ssh_host_ed25519_key",
    ),
    near(
        "secret-readable",
        "a password for a group without members",
        "mariadb.service",
        after="chgrp planted /etc/mysql/debian.cnf; chmod 640 /etc/mysql/debian.cnf",
    ),
)

FIX = (
    fault(
        "fix-cut-short",
        "critical",
        "a record without an end",
        "machine",
        after="sed -e 's/redis-server.service/other.service/g; s/redis-1/other-1/g' -e '/\"done\"/d'"
        " /var/lib/privaudit/redis-1.fix > /var/lib/privaudit/other-1.fix",
    ),
    Plant("fix-cut-short", "a fix that was done", "machine", fault=False, first=True),
    fault(
        "fix-was-undone",
        "medium",
        "a log folder that went to somebody else",
        "redis-server.service",
        after="chown svc-app /var/log/redis",
    ),
    Plant("fix-was-undone", "a fix that holds", "redis-server.service", fault=False, first=True),
)

PORTS = (6400, 8099, 9001, 9002, 9003, 9004, 9005)
"""What the planted servers listen on."""

PLANTS = (*IDENTITY, *ACCOUNT, *FILES, *FIX)
