r"""The journal: one JSON object a line with its checksum, on the disk before anything it speaks of changes.

Records, in the order in which they come:

    {"privaudit":"ownership","version":1,"at":…,"trees":[{"path":…,"inode":…,"from":501,"to":"74:74"}]}
    {"state":"freezing","at":…}     freezing · changing · releasing · changed · undoing · undone
    {"folder":0,"in":null,"tree":0,"name":…,"inode":…,"was":"501:20 0755"}
    {"in":0,"kind":"file","was":"501:20 0644","entries":{"ibdata1":123,"ib_buffer_pool":124}}

    {"synced":1234}    all of the file before it is on the disk

Entries of a folder with the same kind, owner, group and mode share a record; `entries` maps names to
inode numbers. Names that are not UTF-8 carry their bytes as `\udcXX`. Damage after the last `synced` is what
a crash left of records that were never acted upon.
"""

import contextlib
import json
import zlib
from collections.abc import Iterator, Mapping
from enum import StrEnum

from privaudit.fix.ownership.failure import JournalDamaged
from privaudit.host.changes import Changes

_BLOCK = 1 << 18
_TAIL = 1 << 16
"""Bytes kept free for the records that end a run, whatever else fills the disk."""
_STEP = 4 << 20
_LINE_LIMIT = 64 << 20


class State(StrEnum):
    """Where a run is; the last one in a journal counts."""

    FREEZING = "freezing"
    CHANGING = "changing"
    RELEASING = "releasing"
    CHANGED = "changed"
    UNDOING = "undoing"
    UNDONE = "undone"


def line(record: Mapping[str, object]) -> bytes:
    """One record as it stands in the file."""
    body = json.dumps(record, separators=(",", ":"))[:-1]
    return f'{body},"crc":"{zlib.crc32(body.encode()):08x}"}}\n'.encode()


def parse_line(text: bytes) -> dict[str, object] | None:
    """The record of one line without its newline; None if it is torn or changed."""
    body, found, tail = text.rpartition(b',"crc":"')
    if not found or tail != b'%08x"}' % zlib.crc32(body):
        return None
    record = json.loads(body + b"}")
    return record if isinstance(record, dict) else None


class Journal:
    """An open journal: records are gathered, and written and synced a batch at a time."""

    def __init__(self, changes: Changes, descriptor: int, path: str) -> None:
        self._changes = changes
        self._descriptor = descriptor
        self._lines: list[bytes] = []
        self._gathered = 0
        self._synced = True
        self._size = changes.status(descriptor).st_size
        self._reserved = self._size
        self.path = path

    def reserve(self, size: int) -> None:
        """Take room for size more bytes and for the records that end the run; OSError if there is none."""
        wanted = self._size + self._gathered + size + _TAIL
        if wanted > self._reserved:
            self._changes.reserve(self._descriptor, self._reserved, wanted - self._reserved)
            self._reserved = wanted

    def write(self, record: Mapping[str, object]) -> None:
        """Gather a record; it is nothing to rely on before `sync`."""
        if self._synced:
            self._synced = False
            self._gather({"synced": self._size})
        self._gather(record)
        if self._gathered >= _BLOCK:
            self._flush(spare=_STEP)

    def sync(self) -> None:
        """Return when every record is on the disk."""
        if not self._synced:
            self._flush(spare=_STEP)
            self._changes.sync(self._descriptor)
            self._synced = True

    def state(self, state: StrEnum, at: float, **more: object) -> None:
        """Say where the run is, on the disk; uses the room kept free if there is no other."""
        self.write({"state": state, "at": round(at, 3), **more})
        self._flush(spare=0)
        self._changes.sync(self._descriptor)
        self._synced = True

    def _gather(self, record: Mapping[str, object]) -> None:
        text = line(record)
        self._lines.append(text)
        self._gathered += len(text)

    def _flush(self, spare: int) -> None:
        """Write what was gathered; with spare, leave the room that the records ending the run need."""
        data = b"".join(self._lines)
        needed = self._size + len(data) + (_TAIL if spare else 0)
        if needed > self._reserved:
            self._changes.reserve(self._descriptor, self._reserved, needed + spare - self._reserved)
            self._reserved = needed + spare
        self._lines, self._gathered = [], 0
        while data:
            written = self._changes.append(self._descriptor, data)
            self._size += written
            data = data[written:]

    def close(self) -> None:
        """Give unused room back and close.

        A failure to give it back is no failure of the run, which has been told on the disk by then: it
        must not stand in the place of the outcome.
        """
        with contextlib.suppress(OSError):
            self._changes.truncate(self._descriptor, self._changes.status(self._descriptor).st_size)
        self._changes.close(self._descriptor)

    def cut_torn_tail(self) -> None:
        """Before appending to a journal that a crash left: remove what follows the last whole record."""
        size = 0
        for end, _record in self._numbered():
            size = end
        if size != self._size:
            self._changes.truncate(self._descriptor, size)
            self._size = size

    def records(self) -> Iterator[dict[str, object]]:
        """Every whole record from the start; JournalDamaged if one in the middle is not whole."""
        for _end, record in self._numbered():
            yield record

    def salvage(self) -> Iterator[dict[str, object] | None]:
        """Every line's record, None for one that is not whole: to tell of damage, never to act by."""
        size = 0
        for text in self._text_lines():
            size += len(text) + 1
            yield parse_line(text)
        if size != self._size:
            yield None

    def _numbered(self) -> Iterator[tuple[int, dict[str, object]]]:
        """(offset after it, record) of every whole record.

        A `synced` record begins each batch: all before it was on the disk when it was written, so what
        is damaged before one was relied upon, and what is damaged after the last one was not.
        """
        offset = 0
        damaged = False
        for text in self._text_lines():
            record = parse_line(text)
            if record is not None and not damaged:
                offset += len(text) + 1
                yield offset, record
            elif record is not None and "synced" in record:
                raise JournalDamaged(f"{self.path}: the record at byte {offset} is damaged")
            else:
                damaged = True

    def _text_lines(self) -> Iterator[bytes]:
        """Whole lines without their newlines; what follows the last newline is left out."""
        offset, rest = 0, b""
        while block := self._changes.read(self._descriptor, _BLOCK, offset):
            offset += len(block)
            *lines, rest = (rest + block).split(b"\n")
            yield from lines
            if len(rest) > _LINE_LIMIT:
                raise JournalDamaged(f"{self.path}: a line of more than {_LINE_LIMIT} bytes")
