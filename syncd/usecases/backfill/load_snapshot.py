"""Load the public metadata set from a file into the database: plain, gzip or zip, streamed, without any network."""

from __future__ import annotations

import gzip
import lzma
import struct
import zipfile
import zlib
from array import array
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import field, replace
from datetime import UTC, date, datetime
from itertools import islice
from typing import IO, TYPE_CHECKING

from syncd.core.errors import READING_ERRORS, FolderError
from syncd.core.mailing.evidence import Bound, bound
from syncd.core.model import PaperId, Record, Unreadable
from syncd.core.values import dataclass
from syncd.sources import snapshot
from syncd.usecases.backfill.modified_days import to_current
from syncd.usecases.progress import Cancelled, Progress

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from syncd.sources.snapshot import Malformed
    from syncd.usecases.progress import RunControl
    from syncd.usecases.workspace import Workspace

_BROKEN = (*READING_ERRORS, RuntimeError, zlib.error, lzma.LZMAError, struct.error, zipfile.BadZipFile)
"""What opening and reading a packed file raises where it is cut, damaged, encrypted or packed in an unknown way."""
_PAGE = 2500
"""Records stored in one transaction."""
_MAX_NAMED = 20
"""How many malformed lines are named. The others are only counted."""
_MAX_UNREAD = 1000
"""How many lines are kept with the ids around them. Of more, only where the first of them stood is known."""
_REPORT_EVERY = 20_000
"""Lines between two reports of progress, where the work may also end: most papers of the set are of other categories."""
_BEGINNING = 100
"""Among so few lines, the first two that are not blank say what a file is."""
_REPORT_BYTES = 32 << 20
"""Bytes between two reports, where lines are long."""
_MAX_LINE = 16 << 20
"""Bytes of the longest line read at once. A longer one comes in pieces, none of which is a record."""


@dataclass(frozen=True, slots=True)
class LoadedSnapshot:
    """What was loaded: records of the category, malformed lines (the first of them named), and bounds of other papers.

    `unread` are the malformed lines that may be of the category, with the ids around them. `newest` is the highest id of the new
    style, of any category, and `modified` the latest datestamp. `ended` says that the load was cancelled before its end.
    """

    records: int
    malformed: int
    named: tuple[Malformed, ...]
    others: OtherBounds
    unread: tuple[Unreadable, ...] = ()
    newest: PaperId | None = None
    modified: date | None = None
    ended: bool = False


@dataclass(slots=True)
class OtherBounds:
    """Bounds of papers of other categories, in little memory.

    Of a run of them between two papers of the category, only the latest first version and the earliest datestamp can bound
    anything. Only those two are kept.
    """

    oldest: str
    ids: list[str] = field(default_factory=list)
    moments: array[int] = field(default_factory=lambda: array("q"))
    days: array[int] = field(default_factory=lambda: array("l"))
    _run: list[Bound] = field(default_factory=list)

    def __iter__(self) -> Iterator[Bound]:
        """Yield the bounds kept, in the order of the file."""
        self.end_run()
        for paper, moment, day in zip(self.ids, self.moments, self.days, strict=True):
            yield Bound(PaperId(paper), datetime.fromtimestamp(moment, UTC), date.fromordinal(day))

    def add(self, found: Bound) -> None:
        """Add one paper to the present run. One with an id older than the range, or of the old style, bounds nothing."""
        if self.oldest <= found.id < "a" and found.datestamp is not None:
            run = [*self._run, found]
            earliest, latest = min(run, key=_datestamp_of), max(run, key=lambda one: one.submitted)
            self._run = [earliest] if earliest is latest else [earliest, latest]

    def end_run(self, newest: Bound | None = None) -> None:
        """Keep what bounds the paper of the category that follows. At the end of the set, keep its newest paper too."""
        for found in [*self._run, *([newest] if newest is not None and newest not in self._run else [])]:
            self.ids.append(found.id)
            self.moments.append(int(found.submitted.timestamp()))
            self.days.append(_datestamp_of(found).toordinal())
        self._run = []


def _datestamp_of(found: Bound) -> date:
    return found.datestamp or date.max


def load(work: Workspace, path: Path, since: date, control: RunControl) -> LoadedSnapshot:
    """Store every record of the category, and return the bounds of all other papers with an id of `since`'s month or later.

    Raise FolderError when the file cannot be read. A malformed line stops nothing.
    """
    reading = _Reading(work.config.archive.category, OtherBounds(f"{since:%y%m}."), control)
    is_cancelled = False
    with _open(path) as (file, position):
        wanted = reading.records(_read_lines(file), position)
        try:
            while page := list(islice(wanted, _PAGE)):
                work.store.put_records(to_current(page, "snapshot", work.wall()))
        except Cancelled:
            is_cancelled = True
    if not reading.kept and not reading.malformed and not is_cancelled:
        reading.unread.append(Unreadable("the whole file", f"it has no record of {reading.category}"))
    newest = reading.newest
    reading.others.end_run(newest)
    return LoadedSnapshot(
        reading.kept,
        reading.malformed,
        tuple(reading.named),
        reading.others,
        tuple(reading.unread),
        newest.id if newest else None,
        reading.modified,
        is_cancelled,
    )


def find_other_form(path: Path) -> str | None:
    """Return what the file is by its first two lines, None where it may be the set. FolderError where it cannot be read."""
    lines: list[bytes] = []
    with _open(path) as (file, _):
        beginning = islice(_read_lines(file), _BEGINNING)
        try:
            lines.extend(islice((line for line in beginning if not line.isspace()), 2))
        except _DamagedError as error:
            # Damage behind the first line is no reason to refuse the lines before it.
            if not lines:
                raise FolderError(f"cut or damaged: {error}", path=str(path), remedy="get the file again") from error
    if not lines:
        return "empty"
    forms = [snapshot.describe_other_form(line) for line in lines]
    # One odd line may be damage. An array, or two of them, are another kind of file.
    is_other = all(forms) or snapshot.is_array(lines[0])
    return forms[0] if is_other else None


@dataclass(slots=True)
class _Reading:
    """The state of a load while it goes through the lines: what was counted and named so far.

    `newest` is the paper with the highest id of the new style, and `_last` the id of the line before.
    """

    category: str
    others: OtherBounds
    control: RunControl
    kept: int = 0
    malformed: int = 0
    named: list[Malformed] = field(default_factory=list)
    unread: list[Unreadable] = field(default_factory=list)
    newest: Bound | None = None
    modified: date | None = None
    _last: PaperId | None = None
    _unplaced: int = 0
    _is_cut: bool = False
    _lines: int = 0
    _unreported: int = 0

    def records(self, lines: Iterator[bytes], position: Callable[[], float]) -> Iterator[Record]:
        """Yield the records of the category. Raise Cancelled where the work is to end."""
        for found in snapshot.read_lines(self._watch(lines, position), self.category):
            if isinstance(found, snapshot.Malformed):
                self._note(found)
                continue
            seen = found if isinstance(found, Bound) else bound(found)
            self._advance(seen)
            if isinstance(found, Record):
                self.kept += 1
                self.others.end_run()
                yield found
            else:
                self.others.add(seen)

    def _watch(self, lines: Iterator[bytes], position: Callable[[], float]) -> Iterator[bytes]:
        """Yield lines up to where the file ends, is damaged, or shows that it is no set. Raise Cancelled where `records` does."""
        try:
            for self._lines, line in enumerate(lines, 1):
                # By lines, not by records: a file of blank lines must end, too, when it is asked to.
                self._unreported += len(line)
                if self._lines % _REPORT_EVERY == 1 or self._unreported > _REPORT_BYTES:
                    self._unreported = 0
                    self.control.report(Progress("reading the snapshot", self.kept, unit="record", share=position()))
                    self.control.check_cancelled()
                form = snapshot.describe_other_form(line) if self._lines <= 2 and not self.kept else None
                # One odd line may be damage. An array, or two of them, are another kind of file.
                if form and (self._lines == 2 or snapshot.is_array(line)):
                    self._note(snapshot.Malformed(self._lines, form))
                    return
                self._is_cut = not line.endswith(b"\n")
                yield line
        except _DamagedError as error:
            self._note(snapshot.Malformed(self._lines + 1, f"the packed file is cut or damaged here: {error}"))

    def _note(self, found: Malformed) -> None:
        """Count a line that is not a record, and keep where it stood if it may be of the category."""
        if self._is_cut and found.line == self._lines:
            found = replace(found, why=f"the file ends in the middle of this line ({found.why})")
        self.malformed += 1
        self.named += [found] if len(self.named) < _MAX_NAMED else []
        if found.is_other:
            return
        if len(self.unread) < _MAX_UNREAD:
            self.unread.append(Unreadable(f"line {found.line}", found.why, found.id, self._last))
            self._unplaced += 1
        else:
            rest = replace(self.unread[-1], where=f"{self.unread[-1].where.partition(' and')[0]} and more", id=None)
            self.unread[-1], self._unplaced = rest, 0

    def _advance(self, seen: Bound) -> None:
        """Take the next readable line: it is the one behind those that could not be read before it."""
        for at in range(len(self.unread) - self._unplaced, len(self.unread)):
            self.unread[at] = replace(self.unread[at], before=seen.id)
        self._unplaced, self._last = 0, seen.id
        if "0" <= seen.id < "a" and (self.newest is None or seen.id > self.newest.id):
            self.newest = seen
        if seen.datestamp is not None:
            self.modified = max(self.modified or seen.datestamp, seen.datestamp)


@contextmanager
def _open(path: Path) -> Iterator[tuple[IO[bytes], Callable[[], float]]]:
    """Open the unpacked file, with a function that returns which share of the packed one has been read."""
    opened = ExitStack()
    try:
        with _translate_errors(path):
            size = max(path.stat().st_size, 1)
            raw = opened.enter_context(path.open("rb"))
            head = raw.read(4)
            raw.seek(0)
            file = opened.enter_context(_unpack(raw, head, path))
        yield file, lambda: min(raw.tell() / size, 1.0)
    finally:
        # Nothing was written: what the disk says at the end changes nothing.
        with suppress(*_BROKEN):
            opened.close()


@contextmanager
def _translate_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except _BROKEN as error:
        detail = (error.strerror if isinstance(error, OSError) else None) or str(error) or "cannot be read"
        raise FolderError(detail, path=str(path)) from error


class _DamagedError(Exception):
    """The packed file ends too early, or is damaged."""


def _read_lines(file: IO[bytes]) -> Iterator[bytes]:
    """Yield the lines of an unpacked file, a long one in pieces. Raise _DamagedError where it cannot be read on."""
    while True:
        try:
            line = file.readline(_MAX_LINE)
        except _BROKEN as error:
            raise _DamagedError(str(error) or type(error).__name__) from error
        if not line:
            return
        yield line


@contextmanager
def _unpack(raw: IO[bytes], head: bytes, path: Path) -> Iterator[IO[bytes]]:
    if snapshot.is_gzip(head):
        with gzip.open(raw, "rb") as file:
            yield file  # type: ignore[misc]  # it reads bytes, but typeshed does not call it IO[bytes]
        return
    if not snapshot.is_zip(head):
        yield raw
        return
    with zipfile.ZipFile(raw) as packed:
        names = [name for name in packed.namelist() if not name.endswith("/")]
        if len(names) != 1:
            remedy = "unpack it, and name the metadata file"
            raise FolderError(f"holds {len(names)} files, one is expected", path=str(path), remedy=remedy)
        with packed.open(names[0]) as file:
            yield file
