"""The public metadata set from a file into the database: plain, gzip or zip, streamed, without any network."""

from __future__ import annotations

import gzip
import zipfile
import zlib
from array import array
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import partial
from itertools import islice
from typing import IO, TYPE_CHECKING

from syncd.core.errors import FolderError
from syncd.core.mailing import Bound
from syncd.core.model import PaperId, Record
from syncd.sources import snapshot
from syncd.usecases.backfill.harvest import to_current
from syncd.usecases.progress import Cancelled, Progress

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from syncd.sources.snapshot import Malformed
    from syncd.usecases.progress import RunControl
    from syncd.usecases.workspace import Workspace

_PAGE = 2500
_NAMED = 20
_LINES = 20_000
"""After so many lines progress is told, and the work may end: most papers of the set are of no use here."""
_LONGEST = 16 << 20
"""Bytes of a line; what is longer comes in pieces, none of which is a record."""


@dataclass(frozen=True, slots=True)
class LoadedSnapshot:
    """What a snapshot gave: records of the category kept, lines that are none (the first of them named), and bounds of others.

    `ended` says that it was told to end before the end of the file.
    """

    records: int
    malformed: int
    named: tuple[Malformed, ...]
    others: Others
    ended: bool = False


@dataclass(slots=True)
class Others:
    """Bounds of papers beyond the category, in little memory.

    Of a run of them between two papers of the category only the latest first version and the earliest datestamp can bound
    anything, and only those are kept.
    """

    oldest: str
    ids: list[str] = field(default_factory=list)
    moments: array[int] = field(default_factory=lambda: array("q"))
    days: array[int] = field(default_factory=lambda: array("l"))
    _run: list[Bound] = field(default_factory=list)

    def __iter__(self) -> Iterator[Bound]:
        """The bounds kept, in the order of the file."""
        self.end_run()
        for paper, moment, day in zip(self.ids, self.moments, self.days, strict=True):
            yield Bound(PaperId(paper), datetime.fromtimestamp(moment, UTC), date.fromordinal(day))

    def add(self, found: Bound) -> None:
        """Take one paper into the present run; one with an id older than the range, or of the old style, bounds nothing."""
        if self.oldest <= found.id < "a" and found.datestamp is not None:
            run = [*self._run, found]
            earliest, latest = min(run, key=_stamp), max(run, key=_submitted)
            self._run = [earliest] if earliest is latest else [earliest, latest]

    def end_run(self) -> None:
        """A paper of the category follows: keep what bounds it."""
        for found in self._run:
            self.ids.append(found.id)
            self.moments.append(int(found.submitted.timestamp()))
            self.days.append(_stamp(found).toordinal())
        self._run = []


def _stamp(found: Bound) -> date:
    return found.datestamp or date.max


def _submitted(found: Bound) -> datetime:
    return found.submitted


def load(work: Workspace, path: Path, since: date, watch: RunControl) -> LoadedSnapshot:
    """Keep every record of the category, and the bounds of all other papers whose id is of `since`'s month or later.

    FolderError when the file cannot be read; a line that is no record stops nothing.
    """
    reading = _Reading(work.config.archive.category, Others(f"{since:%y%m}."), watch)
    ended = False
    with _opened(path) as (file, position):
        wanted = reading.records(iter(partial(file.readline, _LONGEST), b""), position)
        try:
            while page := list(islice(wanted, _PAGE)):
                work.store.put_records(to_current(page, "snapshot", work.wall()))
        except Cancelled:
            ended = True
    return LoadedSnapshot(reading.kept, reading.malformed, tuple(reading.named), reading.others, ended)


@dataclass(slots=True)
class _Reading:
    """The lines of a snapshot on their way: what was counted and named so far."""

    category: str
    others: Others
    watch: RunControl
    kept: int = 0
    malformed: int = 0
    named: list[Malformed] = field(default_factory=list)

    def records(self, lines: Iterator[bytes], position: Callable[[], float]) -> Iterator[Record]:
        """The records of the category; Stopped where the work is to end."""
        for number, found in enumerate(snapshot.read_lines(lines, self.category)):
            if number % _LINES == 0:
                self.watch.report(Progress("snapshot", records=self.kept, share=position()))
                self.watch.check_cancelled()
            if isinstance(found, Bound):
                self.others.add(found)
            elif isinstance(found, Record):
                self.kept += 1
                self.others.end_run()
                yield found
            else:
                self.malformed += 1
                self.named.extend([found] if len(self.named) < _NAMED else [])


@contextmanager
def _opened(path: Path) -> Iterator[tuple[IO[bytes], Callable[[], float]]]:
    """The unpacked file, and a function that says which share of the packed one has been read."""
    try:
        size = max(path.stat().st_size, 1)
        with path.open("rb") as raw:
            head = raw.read(4)
            raw.seek(0)
            with _unpacked(raw, head, path) as file:
                yield file, lambda: min(raw.tell() / size, 1.0)
    except (OSError, EOFError, zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError) as error:
        raise FolderError(str(error) or "cannot be read", path=str(path)) from error


@contextmanager
def _unpacked(raw: IO[bytes], head: bytes, path: Path) -> Iterator[IO[bytes]]:
    if snapshot.is_gzip(head):
        with gzip.open(raw, "rb") as file:
            yield file  # type: ignore[misc]  # a reader of bytes in all but name
        return
    if not snapshot.is_zip(head):
        yield raw
        return
    with zipfile.ZipFile(raw) as packed:
        names = [name for name in packed.namelist() if not name.endswith("/")]
        if len(names) != 1:
            raise FolderError(f"holds {len(names)} files, one is expected", path=str(path))
        with packed.open(names[0]) as file:
            yield file
