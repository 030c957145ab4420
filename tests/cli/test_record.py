"""`privaudit record`: the recording is scanned as the machine was, and with --mask it names nobody."""

import json
import os
from pathlib import Path

import pytest

from privaudit.cli import main
from privaudit.cli.exits import Exit


@pytest.fixture
def disk(tmp_path: Path) -> Path:
    """A Debian on which joe runs a server, with joe's name wherever names are."""
    root = tmp_path / "disk"
    texts = {
        "etc/passwd": (
            "root:x:0:0:root:/root:/bin/bash\n"
            "joe:x:1000:1000:Joe Example,,,:/home/joe:/bin/bash\n"
            "mysql:x:100:100::/nonexistent:/bin/false\n"
        ),
        "etc/group": "root:x:0:\njoe:x:1000:\nsudo:x:27:joe\nmysql:x:100:\n",
        "etc/shadow": "root:!:19000::::::\njoe:$6$salt$hash:19000::::::\n",
        "etc/hostname": "joes-server.example.org\n",
        "etc/os-release": "ID=debian\nVERSION_ID=12\n",
        "etc/systemd/system/mariadb.service": (
            "# made by joe\n[Service]\nUser=joe\nExecStart=/home/joe/bin/mariadbd --datadir=/home/joe/data\n"
            "Environment=PASSWORD=hunter2\n[Install]\nWantedBy=multi-user.target\n"
        ),
        "home/joe/bin/mariadbd": "#!/bin/sh\n",
        "home/joe/data/ibdata1": "",
    }
    for place, text in texts.items():
        path = root / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    if os.geteuid() == 0:
        for path in (root / "home/joe").rglob("*"):
            os.chown(path, 1000, 1000)
    return root


def scanned(capsys: pytest.CaptureFixture[str], *where: str) -> tuple[int, dict[str, object]]:
    code = main(["scan", *where, "--format", "json", "--show", "all"])
    report = json.loads(capsys.readouterr().out)
    del report["host"], report["scan"]
    return code, report


def test_the_same_is_found(disk: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["record", str(tmp_path / "recording"), "--root", str(disk)]) == Exit.CLEAN
    assert "privaudit scan --recorded" in capsys.readouterr().out
    before = scanned(capsys, "--root", str(disk))
    assert before[0] == Exit.FINDINGS
    assert scanned(capsys, "--recorded", str(tmp_path / "recording")) == before


def test_it_names_nobody(disk: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "recording"
    assert main(["record", "--mask", str(folder), "--root", str(disk)]) == Exit.CLEAN
    capsys.readouterr()
    assert main(["scan", "--recorded", str(folder)]) == Exit.FINDINGS
    assert "would run as person1" in capsys.readouterr().out
    for file in folder.rglob("*"):
        assert "joe" not in str(file.relative_to(folder))
        if file.is_file():
            data = file.read_bytes()
            assert not [
                word for word in (b"joe", b"Joe", b"example.org", b"hunter2", b"$6$salt") if word in data
            ]


def test_a_folder_with_something_in_it_is_left_alone(
    disk: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["record", str(disk), "--root", str(disk)]) == Exit.USAGE
    assert "is not empty" in capsys.readouterr().err
    assert main(["record", str(tmp_path / "no" / "where"), "--root", str(disk)]) == Exit.USAGE
    assert "no such file or folder" in capsys.readouterr().err
    assert sorted(os.listdir(tmp_path)) == ["disk"]


def test_no_recording_is_no_machine(disk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["scan", "--recorded", str(disk)]) == Exit.USAGE
    assert "host.yaml" in capsys.readouterr().err
