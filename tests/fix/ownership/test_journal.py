"""The journal: readable, checksummed, whole up to the last batch however it was cut, damage told apart."""

import json
from pathlib import Path

import pytest
from fix.ownership.ground import JOE, Ground, picture

from privaudit.fix.ownership import JournalDamaged, Untrusted
from privaudit.model.ownership import Status


def journal_of(ground: Ground) -> Path:
    return Path(ground.state) / "a.journal"


def test_a_person_can_read_it(ground: Ground) -> None:
    ground.data()
    ground.change()
    lines = [json.loads(line) for line in journal_of(ground).read_text().splitlines()]
    assert lines[1]["trees"][0]["path"] == str(ground.tree)
    assert [line["state"] for line in lines if "state" in line] == [
        *("freezing", "changing", "releasing", "changed")
    ]
    entries = {name: line["was"] for line in lines if "entries" in line for name in line["entries"]}
    assert entries["helper"] == f"{JOE}:{JOE} 4755"
    assert journal_of(ground).stat().st_mode & 0o7777 == 0o600
    assert all("crc" in line for line in lines)


def test_it_is_small(ground: Ground) -> None:
    ground.folder(ground.tree)
    for number in range(3000):
        ground.file(ground.tree / f"f{number:04}")
    ground.change()
    assert journal_of(ground).stat().st_size < 3000 * 24


def test_every_torn_tail_is_undone(ground: Ground) -> None:
    """A crash leaves any beginning of what was written after the last sync."""
    ground.data(files=6, folders=2)
    before = picture(ground.tree)
    ground.change()
    whole = journal_of(ground).read_bytes()
    ground.undo()
    ends = [0, *(index + 1 for index, byte in enumerate(whole) if byte == 0x0A)]
    for end in ends:
        for extra in (0, 1, 17):
            cut = min(end + extra, len(whole))
            journal_of(ground).write_bytes(whole[:cut])
            undone = ground.undo()
            assert undone.status in {Status.DONE, Status.NOTHING}, cut
            assert picture(ground.tree) == before, cut


def test_damage_in_the_middle_is_said_and_nothing_is_touched(ground: Ground) -> None:
    ground.data()
    ground.change()
    changed = picture(ground.tree)
    lines = journal_of(ground).read_bytes().splitlines(keepends=True)
    index = next(number for number, text in enumerate(lines) if b'"entries"' in text)
    lines[index] = lines[index].replace(b'"kind":"file"', b'"kind":"link"').replace(b"50001", b"00000")
    journal_of(ground).write_bytes(b"".join(lines))
    with pytest.raises(JournalDamaged, match="damaged"):
        ground.undo()
    assert picture(ground.tree) == changed


@pytest.mark.parametrize("text", [b"", b"nonsense\n", b"\0" * 9000, b'{"state":"changed"}\n'])
def test_what_is_no_journal_touches_nothing(ground: Ground, text: bytes) -> None:
    ground.data()
    ground.change()
    changed = picture(ground.tree)
    journal_of(ground).write_bytes(text)
    assert ground.undo().status is Status.NOTHING
    assert picture(ground.tree) == changed


def test_somebody_elses_journal_is_not_believed(ground: Ground) -> None:
    ground.data()
    ground.change()
    journal_of(ground).chmod(0o660)
    with pytest.raises(Untrusted):
        ground.undo()
