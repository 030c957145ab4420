"""No secret of a machine is in its recording, and the recording means the same."""

# ruff: noqa: E501 - a file with its secrets stays one line

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from memory_host import MemoryHost

from privaudit.collect.accounts import databases
from privaudit.collect.accounts.keys import scan as scan_keys
from privaudit.host import HostError, RawProcess
from privaudit.host.recorded import RecordedHost
from privaudit.host.recorder import Recorder
from privaudit.host.recording.save import save
from privaudit.host.secrets import Secrets
from privaudit.model.process import Ids

CANARY = "CanaryX7"
C = CANARY

FILES = {
    "/etc/shadow": f"joe:$6${C}${C}/{C}:19000::::::\nold:!$y$j9T${C}${C}:1::::::\nhere:abCanaryX7abc:1::::::\n",
    "/etc/gshadow": f"joe:$6$x${C}::\n",
    "/etc/passwd": f"joe:$1$x${C}:1000:1000::/home/joe:/bin/sh\n",
    "/home/joe/.ssh/authorized_keys": f"no-pty ssh-rsa AAAA{C}AAAAAAAAAAAA {C}@host\n# {C}\nssh-ed25519 {C * 4} x\n",
    "/etc/ssl/private/web.key": f"-----BEGIN PRIVATE KEY-----\n{C}\n-----END PRIVATE KEY-----\n",
    "/etc/app/bundle.conf": f"-----BEGIN RSA PRIVATE KEY-----\n{C}\nhalf of it",
    "/etc/app/one-line.json": f'{{"key": "-----BEGIN EC PRIVATE KEY-----\\n{C}\\n-----END EC PRIVATE KEY-----\\n"}}',
    "/etc/mysql/debian.cnf": f"[client]\nuser = debian-sys-maint\npassword = {C}\nsocket = /run/mysqld/mysqld.sock\n",
    "/root/.my.cnf": f'[client]\npassword="{C} with blanks"\n',
    "/etc/redis/redis.conf": f"requirepass {C}\nmasterauth {C}\nuser default on >{C} ~* +@all\n",
    "/etc/nginx/htpasswd": f"joe:$apr1$x${C}\nbob:{{SHA}}{C}=\n",
    "/etc/nginx/sites/x": f'proxy_set_header Authorization "Basic {C}abcd";\nproxy_set_header X-Api-Key "{C}";\n',
    "/etc/app/app.ini": f"# was {C}\n; or {C}\n[main]\ndb = postgres://joe:{C}@db/x\nDB_PASS={C}\nsecret = a {C} b\n",
    "/etc/app/app.yaml": f"password: |\n  {C}\n  {C}\nname: x\ntokens:\n  - {C}\n  - {C}\napi_key: '{C}'\n",
    "/etc/app/app.json": f'{{"password": "a\\"{C}", "tokens": ["{C}", "{C}"], "aws": {{"secretAccessKey":"{C}"}}}}',
    "/etc/app/app.toml": f'password = """{C}\n{C}"""\n[x]\ntoken="{C}"\n',
    "/etc/app/app.xml": f'<c><password>{C}</password><db user="x" password="{C}"/><!-- {C} --></c>',
    "/etc/app/env": f"export API_TOKEN={C}\nGITHUB=ghp_{C}{C}0000\nAWS=AKIACANARYX7CANARYX7\nJWT=eyJ{C}aa.eyJ{C}bb.{C}\n",
    "/etc/systemd/system/a.service": (
        f"[Service]\nEnvironment=A=b PASSWORD={C} C=d\nEnvironment=\"TOKEN=a {C}\" 'SECRET={C}'\n"
        f"ExecStart=/usr/bin/a --password {C} --db-token={C} -c /etc/a.conf\nExecStartPre=/usr/bin/mysql -p{C} x\n"
        f"ExecStartPre=/usr/bin/curl -u joe:{C} http://joe:{C}@x/\nSetCredential=x:{C}\n"
    ),
    "/Library/LaunchDaemons/a.plist": (
        f"<?xml version='1.0'?><plist><dict><key>DB_PASSWORD</key><string>{C}</string><key>ProgramArguments</key>"
        f"<array><string>--token</string><string>{C}</string><string>--secret={C}</string></array></dict></plist>"
    ),
    "/etc/snmp/snmpd.conf": f'rocommunity {C} default\ncreateUser joe MD5 "{C}" DES {C}\n',
    "/etc/bind/named.conf": f'key "x" {{\n  algorithm hmac-sha256;\n  secret "{C}==";\n}};\n// {C}\n/* {C} */\n',
    "/etc/wireguard/wg0.conf": f"[Interface]\nPrivateKey = {C}=\n[Peer]\nPresharedKey={C}\n",
    "/etc/haproxy/haproxy.cfg": f"user joe insecure-password {C}\nstats auth joe:{C}\n",
    "/etc/pam.d/mysql": f"auth required pam_mysql.so user=x passwd={C}\n",
    "/etc/fstab": f"//srv/x /mnt cifs username=joe,password={C},uid=0 0 0\n",
    "/etc/ldap.conf": f"bindpw {C}\nrootpw {{SSHA}}{C}\nolcRootPW:: {C}\n",
    "/etc/proftpd/sql.conf": f"SQLConnectInfo db@localhost joe {C}\n",
    "/etc/dovecot/sql.conf": f"connect = host=db user=joe password={C}\n",
    "/etc/exim4/passwd.client": f"mail.example:joe:{C}\n",
    "/etc/ipsec.conf": f": PSK {C}\njoe : EAP {C}\n",
    "/etc/sudoers.d/x": f"# {C}\njoe ALL=(ALL) NOPASSWD: ALL\n",
    "/etc/curlrc": f'user = "joe:{C}"\n',
    "/etc/squid/squid.conf": f"cachemgr_passwd {C} all\ncache_peer h parent 3128 0 login=u:{C}\n",
    "/etc/hook.conf": f"url = https://hooks.slack.com/services/T0/B0/{C}\ndb = mysql://root:a@{C}/{C}@host/db\n",
    "/etc/long": f"x = {C}aB3dE5gH7{C}jK9mN1pQ\n",
    "/var/lib/x/.erlang.cookie": C,
    "/usr/bin/script": f"#!/bin/sh\nexport PASSWORD={C}\n",
    "/etc/utf16.conf": f"password={C}".encode("utf-16").decode("latin-1"),
    "/var/db/dslocal/nodes/Default/users/joe.plist": (
        "<?xml version='1.0'?><plist version='1.0'><dict><key>name</key><array><string>joe</string></array>"
        "<key>ShadowHashData</key><array><data>Q2FuYXJ5WDc=</data></array><key>hint</key><string/></dict></plist>"
    ),
}
ARGV = (
    ("/usr/bin/x", "--password", C, "--user", "joe"),
    ("/usr/bin/x", f"--db-password={C} {C}", "--keep=this"),
    ("mysqld_exporter", f"-p{C}"),
    ("redis-cli", "-a", C, "ping"),
    ("curl", "-u", f"joe:{C}", f"https://joe:{C}@x/"),
    ("x", f"PASSWORD={C}", f"Authorization: Bearer {C}"),
    ("x", f"-----BEGIN PRIVATE KEY-----\n{C}\n-----END PRIVATE KEY-----"),
    ("worker", f"redis://:{C}@localhost:6379/0"),
    ("sshpass", "-p", C, "ssh", "x"),
)


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Record a machine that has a canary wherever a secret may be."""
    host = MemoryHost()
    for path, text in FILES.items():
        host.file(path, text.encode("latin-1"))
    host.command(
        ["/usr/bin/systemctl", "show"], stdout=f"Id=x\nEnvironment=TOKEN={C}\nExecStart=/x --password {C}\n"
    )
    for pid, argv in enumerate(ARGV, 10):
        ids = Ids(0, 0, 0)
        host.rows.append(RawProcess(pid, 1, ids, ids, (), argv[0], argv[0], argv, 0.0))
    recorder = Recorder(host)
    for path in FILES:
        assert CANARY.encode()[:6] in recorder.read(path) or path.endswith((".plist", "env", "utf16.conf"))
        recorder.head(path)
    recorder.run(["/usr/bin/systemctl", "show"])
    list(recorder.processes())
    folder = tmp_path_factory.mktemp("recording") / "machine"
    save(recorder.recording(), str(folder), "test")
    return folder


def test_no_canary(recording: Path) -> None:
    assert len(FILES) + len(ARGV) >= 30
    seen = 0
    for file in recording.rglob("*"):
        if file.is_file():
            seen += 1
            data = file.read_bytes()
            assert not re.search(rb"canaryx7|C\0?a\0?n\0?a\0?r\0?y|Q2FuYXJ5", data, re.IGNORECASE), file
    assert seen > len(FILES)


def test_what_it_means_stays(recording: Path) -> None:
    host = RecordedHost(str(recording))
    shadow = databases.shadow(host.read("/etc/shadow"))
    before = databases.shadow(FILES["/etc/shadow"].encode())
    assert {name: (s.password, s.was_hashed) for name, s in shadow.items()} == {
        name: (s.password, s.was_hashed) for name, s in before.items()
    }
    keys = "/home/joe/.ssh/authorized_keys"
    assert scan_keys(host.read(keys)) == scan_keys(FILES[keys].encode())
    assert b"NOPASSWD: ALL" in host.read("/etc/sudoers.d/x")
    assert b"-c /etc/a.conf" in host.read("/etc/systemd/system/a.service")
    assert b"user = debian-sys-maint" in host.read("/etc/mysql/debian.cnf")
    argv = {row.pid: row.argv for row in host.processes()}
    assert argv[10][3:] == ("--user", "joe")
    assert argv[11][2] == "--keep=this"
    assert [len(words) for words in argv.values()] == [len(words) for words in ARGV]


def test_it_is_for_root_alone(recording: Path) -> None:
    assert recording.stat().st_mode & 0o777 == 0o700
    assert {file.stat().st_mode & 0o077 for file in recording.rglob("*")} == {0}


@pytest.mark.parametrize(
    "text",
    [
        "passwd:         files systemd\nshadow: files\n",
        "PasswordAuthentication yes\nPermitRootLogin prohibit-password\nHostKey /etc/ssh/ssh_host_rsa_key\n",
        "User ${APACHE_RUN_USER}\nErrorLog ${APACHE_LOG_DIR}/error.log\nSSLCertificateKeyFile /etc/ssl/private/x.key\n",
        "[Service]\nPassEnvironment=A B\nLoadCredential=a:/etc/a\nKeyringMode=private\nEnvironment=SERVICE_MODE=1\n",
        "[mysqld]\nuser = mysql\nkey_buffer_size = 128M\nssl-key=/etc/mysql/key.pem\n",
        "password_file /etc/mosquitto/passwd\nauth-enable = yes\npassword=${DB_PASSWORD}\n",
        "auth_param basic program /usr/lib/squid/basic_ncsa_auth\n",
        "<plist><dict><key>KeepAlive</key><true/><key>Label</key><string>x</string></dict></plist>",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    path = "/etc/nsswitch.conf" if text.startswith("passwd:") else "/etc/x.conf"
    assert Secrets().file(path, text.encode()).decode() == text


@given(
    st.text(alphabet="ab=:\"' \n\\{}[]<>#;/$-|", max_size=60),
    st.sampled_from(["password", "token=", "a", "key:"]),
)
def test_cleaning_twice_changes_nothing_more(text: str, word: str) -> None:
    secrets = Secrets()
    data = f"{word}{text}{word}".encode()
    once = secrets.file("/etc/x", data)
    assert once.count(b"\n") <= data.count(b"\n")
    secrets.file("/etc/x", once)
    assert len(secrets.words(["x", text, word])) == 3


@pytest.mark.parametrize(
    "text",
    [
        *(
            "pass",
            "a-",
            "ssh-",
            "mysql ",
            "eyJ-",
            "password=",
            'password="',
            '"password ',
            "://a:",
            "<a ",
            "<!--",
        ),
        *(
            "-----BEGIN A-----",
            "\n/*",
            "<key>a</key>\n",
            "{A",
            "password: [",
            "password:\n- ",
            "password=\\\n",
            "user a ",
        ),
    ],
)
def test_cleaning_is_linear(text: str) -> None:
    """A file of a mebibyte that means harm is cleaned within 10 s of CPU."""
    code = (
        "import resource; resource.setrlimit(resource.RLIMIT_CPU, (10, 10))\n"
        "from privaudit.host.secrets import Secrets\n"
        f"Secrets().file('/etc/x', ({text!r} * (1 << 20))[:1 << 20].encode())"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=600)


def test_a_folder_that_is_taken_is_refused(recording: Path, tmp_path: Path) -> None:
    recorder = Recorder(MemoryHost())
    (tmp_path / "file").write_text("")
    (tmp_path / "link").symlink_to(tmp_path)
    for taken, why in (
        (recording, "not empty"),
        (tmp_path / "file", "no folder"),
        (tmp_path / "link", "no folder"),
    ):
        with pytest.raises(HostError, match=why):
            save(recorder.recording(), str(taken), "test")
    (tmp_path / "empty").mkdir()
    save(recorder.recording(), str(tmp_path / "empty"), "test")
    assert sorted(os.listdir(tmp_path)) == ["empty", "file", "link"]
    assert sorted(os.listdir(tmp_path / "empty")) == ["host.yaml", "rootfs"]


@pytest.mark.skipif(os.geteuid() != 0, reason="gives a link to somebody else: needs root")
def test_nobody_elses_link_is_followed(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "real")
    save(Recorder(MemoryHost()).recording(), str(link / "mine"), "test")
    os.lchown(link, 1000, 1000)
    with pytest.raises(HostError, match="permission denied"):
        save(Recorder(MemoryHost()).recording(), str(link / "other"), "test")
    assert os.listdir(tmp_path / "real") == ["mine"]
