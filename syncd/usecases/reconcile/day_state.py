"""Both sides of a date as they are now: the file's bytes, the rows, their last agreement, and whether the rows can be trusted.

It changes nothing and decides nothing; `syncd.core.reconcile` decides.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from syncd.core import digest as digests
from syncd.core.digest.hashing import sha256
from syncd.core.model import Section
from syncd.core.reasons import REASONS
from syncd.core.reconcile import DayState, decide

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from datetime import date

    from syncd.archive.sql.findings import Event
    from syncd.core.model import Digest, Mailing
    from syncd.core.reconcile import Action
    from syncd.usecases.workspace import Workspace

GONE = "its entries are gone"
"""The harm of a mailing of which only the record is left."""

_FEW = 4
"""A share smaller than one in so many is read day by day, a greater one with everything between its ends."""


@dataclass(frozen=True, slots=True)
class Day:
    """Both sides of one date; `harm` says in words why its rows cannot be trusted, None when they can or there are none."""

    day: date
    file: bytes | None
    row: Mailing | None
    digest: Digest | None
    agreed: str | None
    harm: str | None

    @property
    def hash(self) -> str | None:
        """The hash of the file's bytes."""
        return None if self.file is None else sha256(self.file)

    @property
    def action(self) -> Action | None:
        """Return what the decision table says of the hashes alone."""
        return decide(DayState(self.day, self.hash, self.row.sha256 if self.row else None, self.agreed))

    @property
    def is_vouched(self) -> bool:
        """Whether the file still holds what the row recorded, or what both last agreed on: then it can heal the rows."""
        return self.row is not None and self.hash in {self.row.sha256, self.agreed}


def look(work: Workspace, day: date) -> Day:
    """Both sides of a date; FolderError when something that is no file stands in the file's place."""
    row, digest = work.store.mailing(day), work.store.digest(day)
    harm = rows_harm(row, digest, work.store.history(day)) if row else None
    return Day(day, work.folder.read(day), row, digest, work.store.list_agreed_hashes(day, day).get(day), harm)


def rows_harm(row: Mailing, digest: Digest | None, history: Iterable[Event]) -> str | None:
    """Why the rows of a mailing cannot be trusted, in words; None when they say what was recorded, and make sense."""
    if digest is None or not digest.entries:
        return GONE
    try:
        rendered = sha256(digests.render(digest))
    except (ValueError, TypeError, AttributeError) as error:
        return f"the rows cannot be rendered: {error}"
    if rendered != row.sha256:
        return REASONS["sql-damaged"].meaning
    return _counts_harm(row, digest) or _record_harm(row, history)


def sections_make_sense(sections: Iterable[Section | None]) -> bool:
    """Whether no new submission stands after a cross-list, as far as the sections are known."""
    known = [section for section in sections if section is not None]
    return known == sorted(known, key=lambda section: section is Section.CROSS)


def stored(work: Workspace, days: Collection[date], held: int) -> Iterator[Digest]:
    """The digests of these days (ascending), of the `held` ones that there are; read in bulk where that is cheaper."""
    if not days:
        return
    if len(days) * _FEW < held:
        yield from (digest for day in sorted(days) if (digest := work.store.digest(day)) is not None)
        return
    wanted = frozenset(days)
    yield from (digest for digest in work.store.digests(min(days), max(days)) if digest.day in wanted)


def _counts_harm(row: Mailing, digest: Digest) -> str | None:
    sections = [entry.section for entry in digest.entries]
    if row.papers != len(sections):
        return f"{row.papers} papers are recorded, {len(sections)} are held"
    certain = None not in sections
    counts = (sections.count(Section.NEW), sections.count(Section.CROSS)) if certain else (None, None)
    if (row.new, row.cross) != counts:
        return f"{row.new} new and {row.cross} cross-listed papers are recorded, {counts[0]} and {counts[1]} are held"
    return None if sections_make_sense(sections) else "a new submission stands behind a cross-list"


def _record_harm(row: Mailing, history: Iterable[Event]) -> str | None:
    facts = (row.recorded, row.state, row.source, row.evidence, row.response, row.sha256, row.papers)
    for event in history:
        told = (event.recorded, event.state, event.source, event.evidence, event.response, event.sha256, event.papers)
        if told == facts:
            return None
    return "state, source or evidence are not those that were recorded"
