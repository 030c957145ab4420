"""Every unit that Homebrew writes on Linux, read as a person's own and as the system's."""

from pathlib import Path

import pytest
from memory_host import MemoryHost

from privaudit.collect.systemd.managed import definitions
from privaudit.collect.systemd.syntax import assignments
from privaudit.model.definition import Domain

COUNT = 421


@pytest.mark.corpus
@pytest.mark.parametrize(
    ("folder", "domain", "owner"),
    [
        ("/home/joe/.config/systemd/user", Domain.USER_MANAGER, 1000),
        ("/usr/lib/systemd/system", Domain.SYSTEM, 0),
    ],
)
def test_all_homebrew_units_are_read_with_program_and_user(
    corpus: Path, folder: str, domain: Domain, owner: int
) -> None:
    files = sorted(corpus.rglob("*.service"))
    assert len(files) == COUNT
    host = MemoryHost(live=False).account("root", 0, home="/root").account("joe", 1000, home="/home/joe")
    written: dict[str, bytes] = {}
    for number, file in enumerate(files):  # the same formula is in several collections
        name = f"homebrew.{file.stem}.{number}.service"
        written[name] = file.read_bytes()
        host.file(f"{folder}/{name}", written[name], uid=owner)
    result = definitions(host)
    assert result.limits == ()
    assert sorted(each.id for each in result.definitions) == sorted(written)
    for made in result.definitions:
        start = [command for command in made.commands if command.stage == "ExecStart"]
        said = {item.key: item.value for item in assignments(written[made.id])}
        assert len(start) == 1
        assert start[0].path == start[0].argv[0] == said["ExecStart"].split('"')[1]
        assert made.user == said.get("User")
        assert (made.domain, made.owner, made.path) == (domain, owner, f"{folder}/{made.id}")
