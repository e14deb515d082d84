"""Sort any number of records by the id of their papers in little memory.

pages ─► runs, each sorted, in packed blocks ─► merged, with one block of each run in memory
"""

from __future__ import annotations

import marshal
import zlib
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from heapq import merge
from operator import attrgetter, itemgetter
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, TYPE_CHECKING, Any

from syncd.archive.files.folder_tree import translate_errors
from syncd.core.author_names import make_author
from syncd.core.model import Author, Metadata, PaperId, Record, Version

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_BLOCK = 32
_IN_MEMORY = 8 << 20
"""Bytes of packed records in memory: about 11,000 records."""
_FASTEST = 1
_Row = list[Any]
_Place = tuple[int, int]
"""Where a block stands in the file, and its length."""

_get_version = attrgetter(*(one.name for one in fields(Version) if one.name != "created"))
_get_author = attrgetter(*(one.name for one in fields(Author)))
_get_stated = attrgetter(*(one.name for one in fields(Metadata) if one.name != "authors"))


@dataclass(slots=True)
class SortedRecords:
    """Records, each with the moment at which it was seen. Few of them are in memory, packed, and more in a file. To be closed.

    The file is in `folder` and has no name, so that it goes with the process.
    """

    folder: Path | None
    count: int = 0
    _runs: list[list[bytes | _Place]] = field(default_factory=list)
    _held: int = 0
    _file: IO[bytes] | None = None

    def add(self, records: Iterable[Record], seen: datetime) -> None:
        """Add a page of records."""
        rows = sorted((_to_row(record, seen) for record in records), key=itemgetter(0))
        blocks: list[bytes | _Place] = []
        for at in range(0, len(rows), _BLOCK):
            packed = zlib.compress(marshal.dumps(rows[at : at + _BLOCK]), _FASTEST)
            blocks.append(self._put_away(packed))
        self._runs.append(blocks)
        self.count += len(rows)

    def __iter__(self) -> Iterator[tuple[Record, datetime]]:
        """Yield the records by ascending id, those of one paper in the order in which they were added. Add none meanwhile."""
        for row in merge(*map(self._read_run, self._runs), key=itemgetter(0)):
            yield _to_record(row)

    def close(self) -> None:
        """Forget all records."""
        if self._file is not None:
            self._file.close()
        self._runs, self._held, self._file, self.count = [], 0, None, 0

    def _put_away(self, packed: bytes) -> bytes | _Place:
        self._held += len(packed)
        if self._held <= _IN_MEMORY:
            return packed
        with translate_errors(self.folder or Path()):
            if self._file is None:
                self._file = TemporaryFile(dir=self.folder)  # noqa: SIM115  `close` closes it
            place = self._file.tell(), len(packed)
            self._file.write(packed)
        return place

    def _read_run(self, blocks: Iterable[bytes | _Place]) -> Iterator[_Row]:
        for block in blocks:
            yield from marshal.loads(zlib.decompress(self._fetch(block)))  # noqa: S302  packed by this process

    def _fetch(self, block: bytes | _Place) -> bytes:
        if isinstance(block, bytes):
            return block
        file: Any = self._file
        file.seek(block[0])
        return bytes(file.read(block[1]))


def _to_row(record: Record, seen: datetime) -> _Row:
    authors = record.metadata.authors
    return [
        record.id,
        record.title,
        record.abstract,
        record.categories,
        [(one.created.isoformat(), *_get_version(one)) for one in record.versions],
        record.datestamp and record.datestamp.isoformat(),
        None if authors is None else [_get_author(one) for one in authors],
        _get_stated(record.metadata),
        seen.isoformat(),
    ]


def _to_record(row: _Row) -> tuple[Record, datetime]:
    paper, title, abstract, categories, versions, datestamp, authors, stated, seen = row
    record = Record(
        PaperId(paper),
        title,
        abstract,
        tuple(categories),
        tuple(Version(number, datetime.fromisoformat(created), *rest) for created, number, *rest in versions),
        datestamp and date.fromisoformat(datestamp),
        Metadata(None if authors is None else tuple([make_author(*one) for one in authors]), *stated),
    )
    return record, datetime.fromisoformat(seen)
