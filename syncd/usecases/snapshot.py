"""The public metadata set from a file into the database: plain, gzip or zip, streamed, without any network."""

from __future__ import annotations

import gzip
import zipfile
from array import array
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from itertools import islice
from typing import IO, TYPE_CHECKING

from syncd.errors import FolderError
from syncd.mailing import Bound
from syncd.model import PaperId, Record
from syncd.sources import snapshot
from syncd.usecases.harvest import currents
from syncd.usecases.watching import Progress

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from syncd.sources.snapshot import Malformed
    from syncd.usecases.watching import Watch
    from syncd.usecases.workspace import Workspace

_PAGE = 2500
_NAMED = 20


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a snapshot gave: records of the category kept, lines that are none (the first of them named), and bounds of others."""

    records: int
    malformed: int
    named: tuple[Malformed, ...]
    others: Others


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


def load(work: Workspace, path: Path, since: date, watch: Watch) -> Loaded:
    """Keep every record of the category, and the bounds of all other papers whose id is of `since`'s month or later.

    FolderError when the file cannot be read; a line that is no record stops nothing.
    """
    bad: list[Malformed] = []
    counts = {"records": 0, "malformed": 0}
    others = Others(f"{since:%y%m}.")

    def records(lines: Iterator[bytes]) -> Iterator[Record]:
        for found in snapshot.read_lines(lines, work.config.archive.category):
            if isinstance(found, Record):
                counts["records"] += 1
                others.end_run()
                yield found
            elif isinstance(found, Bound):
                others.add(found)
            else:
                counts["malformed"] += 1
                bad.extend([found] if len(bad) < _NAMED else [])

    with _opened(path) as (file, position):
        wanted = records(iter(file))
        while page := list(islice(wanted, _PAGE)):
            watch.go_on()
            work.store.put_records(currents(page, "snapshot", work.wall()))
            watch.tell(Progress("snapshot", records=counts["records"], share=position()))
    return Loaded(counts["records"], counts["malformed"], tuple(bad), others)


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
    except (OSError, EOFError, zipfile.BadZipFile) as error:
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
