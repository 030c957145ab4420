"""Units that try every corner of unit files: our reader must make of them what systemd does."""

from collections.abc import Mapping

ETC = "/etc/systemd/system"
RUN = "/run/systemd/system"
LOCAL = "/usr/local/lib/systemd/system"
USR = "/usr/lib/systemd/system"
TRUE = "ExecStart=/bin/true"


def _service(*lines: str) -> str:
    return "\n".join(("[Service]", *lines, ""))


_QUOTING = {
    "double": 'ExecStart=/bin/echo "a b" c "d"e"f g"',
    "single": "ExecStart=/bin/echo 'a \"b\" c' d''e",
    "escapes": r'ExecStart=/bin/echo a\tb "c\x41d" \u263a \101 e\sf',
    "unknown-escape": r"ExecStart=/bin/echo a\qb \d+ 'x\yz'",
    "trailing-backslash-quoted": 'ExecStart=/bin/echo "a\\\\"',
    "unbalanced": 'ExecStart=/bin/echo "a b',
    "unbalanced-ignored": 'ExecStart=/bin/true\nExecStartPre=-/bin/echo "a b\nUser=daemon',
    "empty-words": "ExecStart=/bin/echo \"\" '' a",
    "quoted-program": 'ExecStart="/bin/echo" a',
    "quoted-prefix": 'ExecStart="-/bin/echo" a',
    "bytes": r"ExecStart=/bin/echo \xe2\x98\xba x",
    "unicode": "ExecStart=/bin/echo grüße ☺",
    "dollar": "ExecStart=/bin/echo $HOME ${USER} $$ $$HOME",
    "tabs": "ExecStart=/bin/echo\ta\t \tb",
    "mid-quotes": 'ExecStart=/bin/sh -c \'echo "$0" | tee /dev/null\' --x="y z"',
    "hash-inside": "ExecStart=/bin/echo # not a comment ; nor this",
    "null-escape": r"ExecStart=/bin/echo a\x00b",
    "long-unicode": r"ExecStart=/bin/echo \U0001F600 \u12",
}
_LINES = {
    "continued": "ExecStart=/bin/echo a \\\n  b \\\n\tc",
    "comment-inside": "ExecStart=/bin/echo a \\\n# comment\n  ; other comment\n  b",
    "blank-inside": "ExecStart=/bin/echo a \\\n\n  b\nUser=daemon",
    "continued-at-end": "ExecStart=/bin/echo a \\",
    "double-backslash-end": "ExecStart=/bin/echo a \\\\\nUser=daemon",
    "continued-key": "ExecStart=/bin/true\nUser=\\\ndaemon",
    "carriage-returns": "ExecStart=/bin/echo a\r\nUser=daemon\r\n",
    "spaces-around": "  ExecStart  =  /bin/echo a  \n\tUser\t=\tdaemon\t",
    "no-equals": "ExecStart=/bin/true\nnonsense\nUser=daemon",
    "no-key": "ExecStart=/bin/true\n=nonsense\nUser=daemon",
    "unknown-key": "ExecStart=/bin/true\nNonsense=yes\nX-Own=1\nUser=daemon",
    "wrong-case": "ExecStart=/bin/true\nuser=daemon\nUSER=bin",
    "other-section": "ExecStart=/bin/true\n[X-Own]\nUser=daemon\n[Service]\nGroup=bin\n[Nonsense]\nUser=bin",
    "comments": "# User=bin\n; User=bin\n  # User=bin\nExecStart=/bin/true\nUser=daemon",
    "continued-comment": "# comment \\\nUser=daemon\nExecStart=/bin/true",
}
_EXEC = {
    "all-prefixes": "ExecStart=-@:+/bin/echo name a",
    "identity": "User=daemon\nExecStart=!/bin/echo a",
    "ambient": "User=daemon\nExecStart=!!/bin/echo a",
    "prefix-order": "ExecStart=:-!/bin/echo a",
    "doubled-prefix": "ExecStart=--/bin/echo a",
    "plus-and-bang": "ExecStart=+!/bin/echo a",
    "argv0": "ExecStart=@/bin/echo other-name a b",
    "argv0-missing": "ExecStart=@/bin/echo",
    "several": "Type=oneshot\nExecStart=/bin/echo a ; /bin/echo b ; -/bin/echo c",
    "several-lines": "Type=oneshot\nExecStart=/bin/echo a\nExecStart=+/bin/echo b",
    "semicolon-escaped": r"ExecStart=/bin/echo a \; b",
    "semicolon-quoted": 'ExecStart=/bin/echo a ";" b',
    "semicolon-glued": "ExecStart=/bin/echo a; b",
    "semicolon-end": "Type=oneshot\nExecStart=/bin/echo a ;",
    "semicolon-start": "Type=oneshot\nExecStart=; /bin/echo a",
    "reset": "Type=oneshot\nExecStart=/bin/echo a\nExecStart=\nExecStart=/bin/echo b",
    "reset-all": "ExecStart=/bin/echo a\nExecStart=",
    "two-starts": "ExecStart=/bin/echo a\nExecStart=/bin/echo b",
    "bare-name": "ExecStart=true -x\nExecSearchPath=/opt/bin:/usr/bin",
    "relative": "ExecStart=bin/true",
    "folder": "ExecStart=/bin/",
    "slashes": "ExecStart=//bin/./true a",
    "dots": "ExecStart=/bin/../bin/true a",
    "all-stages": "\n".join(
        f"Exec{stage}=/bin/echo {stage}"
        for stage in ("Condition", "StartPre", "Start", "StartPost", "Reload", "Stop", "StopPost")
    ),
    "bad-then-good": "ExecStart=/bin/true\nExecStartPre=/bin/echo %z\nUser=daemon",
    "ignored-bad": "ExecStart=/bin/true\nExecStartPre=-/bin/echo %z\nUser=daemon",
    "empty-prefix": "ExecStart=-",
    "only-stop": "Type=oneshot\nRemainAfterExit=yes\nExecStop=/bin/true",
    "nothing": "Type=oneshot",
}
_SPECIFIERS = {
    "unit-names": "ExecStart=/bin/echo %n %N %p %P %i %I %j %J %f",
    "manager": "ExecStart=/bin/echo %u %U %g %G %h %s %t %S %C %L %E %T %V %d",
    "machine": "ExecStart=/bin/echo %H %l %m %b %v %o %w %a %q %A %B %M %W",
    "percent": "ExecStart=/bin/echo 100%% %%n %%%n % %- %",
    "in-program": "ExecStart=/bin/%j a",
    "in-user": "User=%p\nExecStart=/bin/true",
    "fragment": "ExecStart=/bin/echo %y %Y",
    "unknown": "ExecStart=/bin/echo %z",
    "group": "ExecStart=/bin/echo %c",
    "group-root": "ExecStart=/bin/echo [%R] [%r]",
    "path-": "ExecStart=/bin/echo %f",
    "path-ignored-": "ExecStart=/bin/true\nExecStartPre=-/bin/echo %f",
    "in-quotes": "ExecStart=/bin/echo \"%n x\" '%p y'",
    "in-environment": "ExecStart=/bin/true\nEnvironment=A=%p B=%z C=1",
}
_IDENTITY = {
    "reset-user": "User=daemon\nUser=\nExecStart=/bin/true",
    "numeric": "User=1\nGroup=01x\nExecStart=/bin/true",
    "numbers": "User=65534\nGroup=0\nExecStart=/bin/true",
    "leading-zero": "User=007\nExecStart=/bin/true",
    "no-uid": "User=4294967295\nExecStart=/bin/true",
    "negative": "User=-1\nExecStart=/bin/true",
    "odd-name": "User=joe.b@example\nExecStart=/bin/true",
    "blank-name": "User=joe b\nExecStart=/bin/true",
    "slash-name": "User=joe/b\nExecStart=/bin/true",
    "groups": "SupplementaryGroups=daemon bin\nSupplementaryGroups=sys\nExecStart=/bin/true",
    "groups-reset": "SupplementaryGroups=daemon\nSupplementaryGroups=\nSupplementaryGroups=sys\n" + TRUE,
    "dynamic": "DynamicUser=yes\nExecStart=/bin/true",
    "dynamic-named": "DynamicUser=1\nUser=named\nExecStart=/bin/true",
    "dynamic-off": "DynamicUser=yes\nDynamicUser=no\nExecStart=/bin/true",
    "dynamic-wrong": "DynamicUser=maybe\nExecStart=/bin/true",
    "dynamic.dotted": "DynamicUser=yes\nExecStart=/bin/true",
    "dash-group": "SupplementaryGroups=-\nExecStart=/bin/true",
    "escaped-group": "SupplementaryGroups=a\\ b c\nExecStart=/bin/true",
    "private-users-wrong": "PrivateUsers=maybe\nExecStart=/bin/true",
    "private-users": "PrivateUsers=TRUE\nExecStart=/bin/true",
}
_CAPABILITIES = {
    "bounding": "CapabilityBoundingSet=CAP_CHOWN cap_net_raw\nExecStart=/bin/true",
    "bounding-merge": "CapabilityBoundingSet=CAP_CHOWN\nCapabilityBoundingSet=CAP_KILL\n" + TRUE,
    "bounding-invert": "CapabilityBoundingSet=~CAP_SYS_ADMIN CAP_SYS_PTRACE\nExecStart=/bin/true",
    "bounding-take": "CapabilityBoundingSet=CAP_CHOWN CAP_KILL\nCapabilityBoundingSet=~CAP_KILL\n" + TRUE,
    "bounding-empty": "CapabilityBoundingSet=\nExecStart=/bin/true",
    "bounding-reset": "CapabilityBoundingSet=CAP_CHOWN\nCapabilityBoundingSet=\n" + TRUE,
    "bounding-all": "CapabilityBoundingSet=CAP_CHOWN\nCapabilityBoundingSet=~\nExecStart=/bin/true",
    "bounding-unknown": "CapabilityBoundingSet=CAP_NONSENSE CAP_KILL\nExecStart=/bin/true",
    "bounding-numbers": "CapabilityBoundingSet=0 1 99\nExecStart=/bin/true",
    "bounding-odd-quotes": "CapabilityBoundingSet=' CAP_KILL\nExecStart=/bin/true",
    "ambient": "AmbientCapabilities=CAP_NET_BIND_SERVICE\nAmbientCapabilities=CAP_CHOWN\n" + TRUE,
    "ambient-reset": "AmbientCapabilities=CAP_CHOWN\nAmbientCapabilities=\nExecStart=/bin/true",
    "protections": "ProtectKernelModules=yes\nProtectClock=yes\nProtectKernelLogs=yes\nPrivateDevices=yes\n"
    + TRUE,
    "protection-off": "ProtectClock=yes\nProtectClock=no\nExecStart=/bin/true",
    "protected-set": "CapabilityBoundingSet=CAP_MKNOD CAP_KILL\nPrivateDevices=yes\nExecStart=/bin/true",
}
_REST = {
    "environment": r"""Environment=A=1 "B=two words" 'C=x\ty' D=a=b 9=no =no E
Environment="A=again" F='it\'s'
ExecStart=/bin/true""",
    "environment-bad": 'Environment=A=1 B="x\nExecStart=/bin/true',
    "environment-escape": "Environment=A=1 B=a\\qb C=2\nExecStart=/bin/true",
    "environment-files": "EnvironmentFile=/etc//a\nEnvironmentFile=-/etc/b\nEnvironmentFile=c\n" + TRUE,
    "files-reset": "EnvironmentFile=/etc/a\nEnvironmentFile=\nEnvironmentFile=-/etc/%p\nExecStart=/bin/true",
    "folders": "StateDirectory=b a\nLogsDirectory=%p\nRuntimeDirectory=x/y /abs ../up private/x\n" + TRUE,
    "environment-controls": "Environment=A=\\x07\\n\nExecStart=/bin/true",
    "files-up": "EnvironmentFile=/etc/../a\nExecStart=/bin/true",
    "working-up": "WorkingDirectory=/srv/..\nExecStart=/bin/true",
    "folders-link": "StateDirectory=a:%z b:c d\\x2fe\nExecStart=/bin/true",
    "folders-escape": "StateDirectory=a b\\q c\nExecStart=/bin/true",
    "folders-quotes": "StateDirectory='a b' \"c\nExecStart=/bin/true",
    "folders-reset": "StateDirectory=a\nStateDirectory=\nCacheDirectory=c:link\nExecStart=/bin/true",
    "pid-file": "Type=forking\nPIDFile=a/b.pid\nExecStart=/bin/true",
    "pid-file-var": "Type=forking\nPIDFile=/var/run/%p.pid\nExecStart=/bin/true",
    "working": "WorkingDirectory=-/srv//x\nExecStart=/bin/true",
    "working-home": "User=daemon\nWorkingDirectory=~\nExecStart=/bin/true",
    "working-relative": "WorkingDirectory=srv\nExecStart=/bin/true",
    "root-folder": "RootDirectory=/srv/./root/\nExecStart=/bin/true",
    "search-relative": "ExecSearchPath=/opt/a:b:/opt/c\nExecSearchPath=/opt/d\nExecStart=true",
    "search-odd": "ExecSearchPath=//opt/./a/:/opt/../b:/:/opt/c\nExecStart=true",
    "search-empty": "ExecSearchPath=:/opt/a::/opt/b:\nExecStart=true",
    "search-middle": "ExecSearchPath=/opt/a::/opt/b\nExecStart=true",
    "search-reset": "ExecSearchPath=/opt/a\nExecSearchPath=\nExecSearchPath=/opt/%p:/b\nExecStart=true",
    "search-specifier": "ExecSearchPath=/opt/a:%z:/opt/c\nExecStart=true",
    "search-quotes": "ExecSearchPath=\"/opt/a b\":'/opt/c':/opt/d e\nExecStart=true",
    "search-open": 'ExecSearchPath=/opt/a:"/opt/b:/opt/c\nExecStart=true',
    "type-wrong": "Type=nonsense\nExecStart=/bin/true",
    "type-last": "Type=forking\nType=oneshot\nExecStart=/bin/true",
    "type-dbus": "BusName=org.example.%p\nExecStart=/bin/true",
}
GROUPS: Mapping[str, Mapping[str, str]] = {
    "quoting": _QUOTING,
    "lines": _LINES,
    "exec": _EXEC,
    "specifiers": _SPECIFIERS,
    "identity": _IDENTITY,
    "capabilities": _CAPABILITIES,
    "rest": _REST,
}
"""Lines of a [Service] section, each of a unit that lies alone in /etc."""

_DASHES = "hostile-dash-one-two.service"
_TREES: Mapping[str, str] = {
    # the same name in several folders: the first counts
    f"{ETC}/hostile-order.service": _service("User=daemon", TRUE),
    f"{RUN}/hostile-order.service": _service("User=bin", TRUE),
    f"{LOCAL}/hostile-order.service": _service("User=sys", TRUE),
    f"{RUN}/hostile-run.service": _service("User=bin", TRUE),
    f"{USR}/hostile-run.service": _service("User=sys", TRUE),
    f"{USR}/hostile-usr.service": _service("User=sys", TRUE),
    # drop-ins: order by name, not by folder, and the first folder hides the same name in later ones
    f"{USR}/hostile-drops.service": _service("User=sys", "Environment=A=unit", TRUE),
    f"{USR}/hostile-drops.service.d/10-first.conf": _service("Environment=A=usr B=usr"),
    f"{USR}/hostile-drops.service.d/90-last.conf": _service("User=games"),
    f"{ETC}/hostile-drops.service.d/10-first.conf": _service("Environment=A=etc"),
    f"{ETC}/hostile-drops.service.d/50-reset.conf": _service("ExecStart=", "ExecStart=/bin/echo new"),
    f"{RUN}/hostile-drops.service.d/70-run.conf": _service("Group=bin"),
    f"{ETC}/hostile-drops.service.d/not-a-drop-in": _service("User=root"),
    f"{ETC}/hostile-drops.service.d/.hidden.conf": _service("SupplementaryGroups=sys"),
    # a masked drop-in
    f"{USR}/hostile-masked-drop.service": _service("User=sys", TRUE),
    f"{USR}/hostile-masked-drop.service.d/a.conf": _service("User=daemon"),
    f"{ETC}/hostile-masked-drop.service.d/b.conf": "",
    f"{USR}/hostile-masked-drop.service.d/b.conf": _service("User=bin"),
    # every prefix that ends in a dash, and the type as a whole
    f"{USR}/{_DASHES}": _service(TRUE),
    f"{ETC}/hostile-dash-one-.service.d/20-b.conf": _service("Environment=B=1"),
    f"{ETC}/hostile-dash-.service.d/20-a.conf": _service("Environment=A=1", "User=daemon"),
    f"{ETC}/hostile-dash-.service.d/20-b.conf": _service("Environment=B=2"),
    f"{USR}/{_DASHES}.d/20-a.conf": _service("Environment=A=2"),
    f"{ETC}/service.d/99-every.conf": _service("Environment=EVERY=1"),
    f"{USR}/hostile-dash--.service": _service(TRUE),
    f"{ETC}/hostile-dash--.service.d/x.conf": _service("User=bin"),
    # templates: an instance's own drop-ins, the template's, and dashes in both
    f"{USR}/hostile-tpl@.service": _service("User=%i", "ExecStart=/bin/echo %i %I %p %n %f"),
    f"{ETC}/hostile-tpl@.service.d/t.conf": _service("Environment=T=%i"),
    f"{ETC}/hostile-tpl@daemon.service.d/i.conf": _service("Environment=I=1"),
    f"{ETC}/hostile-@daemon.service.d/d.conf": _service("Environment=D=1"),
    f"{ETC}/hostile-tpl@bin.service": _service("User=bin", "ExecStart=/bin/echo own file of %i"),
    f"{USR}/hostile-dyn@.service": _service("DynamicUser=yes", TRUE),
    f"{USR}/hostile-path@.service": _service(r"ExecStart=/bin/echo %I %f %i"),
    # a drop-in that breaks off: what came before counts, and the unit is loaded
    f"{USR}/hostile-broken-drop.service": _service("User=sys", TRUE),
    f"{ETC}/hostile-broken-drop.service.d/a.conf": _service("Group=bin", "User=a/b", "User=daemon"),
    f"{ETC}/hostile-broken-drop.service.d/b.conf": _service("SupplementaryGroups=bin"),
    f"{USR}/hostile-headless-drop.service": _service("User=sys", TRUE),
    f"{ETC}/hostile-headless-drop.service.d/a.conf": "User=daemon\n[Service\nUser=bin\n",
    # aliases by link, and drop-ins under the alias; none says %n, which is the name that was asked for first
    f"{USR}/hostile-main.service": _service("User=daemon", TRUE) + "[Install]\nAlias=hostile-alias.service\n",
    f"{ETC}/hostile-alias.service.d/a.conf": _service("Environment=ALIAS=1"),
    f"{USR}/hostile-real@.service": _service("ExecStart=/bin/echo %i"),
    # linked from outside, and a link to a link
    "/opt/hostile/outside.service": _service("User=daemon", "ExecStart=/bin/echo %y %Y"),
    # files that systemd refuses
    f"{ETC}/hostile-header.service": "[Service\nUser=daemon\nExecStart=/bin/true\n",
    f"{ETC}/hostile-no-section.service": "User=daemon\nExecStart=/bin/true\n",
    f"{ETC}/hostile-empty.service": "",
    f"{ETC}/hostile-bom.service": "\ufeff" + _service("User=daemon", TRUE),
    f"{ETC}/hostile-nul.service": _service("User=daemon\0Group=bin", TRUE),
    f"{ETC}/hostile-latin.service": _service("User=daemon", TRUE, "Environment=A=gr\udcfc\udcdf"),
    f"{ETC}/hostile-latin-comment.service": "# gr\udcfc\udcdf\n" + _service("User=daemon", TRUE),
    f"{ETC}/hostile-only-blank.service": "\n\n",
    rf"{ETC}/hostile-esc\x2daped.service": _service("ExecStart=/bin/echo %n %N %p %P %j %J"),
}
_LINKS: Mapping[str, str] = {
    f"{ETC}/hostile-masked.service": "/dev/null",
    f"{RUN}/hostile-drops.service.d/90-last.conf": "/dev/null",
    f"{ETC}/hostile-masked-drop.service.d/a.conf": "/dev/null",
    f"{ETC}/hostile-alias.service": f"{USR}/hostile-main.service",
    f"{ETC}/hostile-alias-two.service": "hostile-alias.service",
    f"{ETC}/hostile-relative.service": "../../../usr/lib/systemd/system/hostile-main.service",
    f"{ETC}/hostile-linked.service": "/opt/hostile/outside.service",
    f"{ETC}/hostile-linked-again.service": f"{ETC}/hostile-linked.service",
    f"{ETC}/hostile-nick@.service": f"{USR}/hostile-real@.service",
    f"{ETC}/hostile-one@x.service": f"{USR}/hostile-real@.service",
    f"{ETC}/hostile-wrong-type.service": f"{USR}/hostile.socket",
    f"{ETC}/hostile-dangling.service": f"{USR}/hostile-nowhere.service",
    f"{ETC}/hostile-dangling-outside.service": "/opt/hostile/nowhere.service",
    f"{ETC}/hostile-loop-a.service": "hostile-loop-b.service",
    f"{ETC}/hostile-loop-b.service": "hostile-loop-a.service",
    f"{ETC}/hostile-self.service": "hostile-self.service",
    f"{ETC}/multi-user.target.wants/hostile-tpl@games.service": f"{USR}/hostile-tpl@.service",
}
_INSTANCES = (
    "hostile-tpl@daemon.service",
    "hostile-tpl@bin.service",
    "hostile-tpl@games.service",
    "hostile-dyn@x.service",
    r"hostile-path@srv-a\x20b.service",
    "hostile-path@a@b.service",
    "hostile-nick@y.service",
    "hostile-one@x.service",
    "hostile-real@x.service",
)
"""Asked for by name: nothing but a template has a file."""


def files() -> dict[str, str]:
    """Give all files, by path."""
    alone = {
        f"{ETC}/hostile-{group}-{name}.service": _service(lines)
        for group, units in GROUPS.items()
        for name, lines in units.items()
    }
    return alone | dict(_TREES)


def links() -> dict[str, str]:
    """Give all links: path to text."""
    return dict(_LINKS)


def units() -> list[str]:
    """Name every service to be compared, aliases and instances among them."""
    paths = [*files(), *links()]
    found = {path.rpartition("/")[2] for path in paths if ".d/" not in path and path.endswith(".service")}
    return sorted({name for name in found if "@." not in name and name.startswith("hostile")} | {*_INSTANCES})
