"""Mailings, findings and papers for tests of the database, and the statements that a test sends to it."""

from __future__ import annotations

import hashlib
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa

from syncd.archive.sql.identity import Identity
from syncd.archive.sql.papers import Current
from syncd.core.model import (
    Certainty,
    Digest,
    Entry,
    FileStat,
    Finding,
    Mailing,
    PaperId,
    Record,
    Section,
    State,
    Version,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from syncd.archive.sql.mailings import MailingRecord
    from syncd.archive.sql.store import Store

TUESDAY, WEDNESDAY, THURSDAY = date(2021, 4, 6), date(2021, 4, 7), date(2021, 4, 8)
NOW = datetime(2021, 4, 7, 0, 30, tzinfo=UTC)
IDENTITY = Identity("11111111-2222-3333-4444-555555555555", "cs.CV", NOW)
STAT = FileStat(120_000, 1_617_755_400_123_456_789, 1_617_755_400_223_456_789, 2**63 + 5)


def sha(text: str) -> str:
    """Return the SHA-256 of a text."""
    return hashlib.sha256(text.encode()).hexdigest()


def entry(paper: str, section: Section | None = Section.NEW, **changes: object) -> Entry:
    """Return an entry with texts of its own and `changes`."""
    one = Entry(PaperId(paper), f"Title of {paper}", f"Abstract of {paper}.", section, 1, Certainty.LISTED)
    return replace(one, **changes)  # type: ignore[arg-type]


def mailing_of(day: date, *entries: Entry, state: State = State.COMPLETE, tail: int = 6) -> MailingRecord:
    """Return the record of a mailing with these entries, and its digest."""
    new = sum(one.section is Section.NEW for one in entries)
    cross = sum(one.section is Section.CROSS for one in entries)
    counts = (new, cross) if new + cross == len(entries) else (None, None)
    digest = Digest(day, "cs.CV", entries, tail)
    mailing = Mailing(
        day=day,
        state=state,
        source="new",
        evidence="heading seen",
        response=sha("page"),
        sha256=sha(repr(digest)),
        tail=tail,
        papers=len(entries),
        new=counts[0],
        cross=counts[1],
        recorded=NOW,
    )
    return mailing, digest


def two_papers(day: date, block: int) -> MailingRecord:
    """Return a mailing with two new papers of the id block `block` and one cross-list."""
    return mailing_of(day, entry(f"2104.{block:03}02"), entry(f"2104.{block:03}01"), entry("2103.09999", Section.CROSS))


def finding(day: date, state: State = State.FAILED, **changes: object) -> Finding:
    """Return a finding with `changes`."""
    one = Finding(day, state, "new", "the page says so", sha("page"), "partial", NOW)
    return replace(one, **changes)  # type: ignore[arg-type]


def current_paper(paper: str, versions: int = 1, **changes: object) -> Current:
    """Return a paper with `versions` versions as OAI shows it, with `changes`."""
    made = tuple(Version(number, NOW + timedelta(days=number)) for number in range(1, versions + 1))
    title = str(changes.get("title", f"Title of {paper}"))
    record = Record(PaperId(paper), title, "Abstract.", ("cs.CV", "cs.LG"), made, date(2021, 4, 10))
    one = Current(record, title, "Abstract.", "oai", NOW)
    return replace(one, **changes)  # type: ignore[arg-type]


@contextmanager
def statements(store: Store) -> Iterator[list[str]]:
    """Collect the SQL sent inside the block. A statement executed for many rows counts once."""
    sent: list[str] = []

    def note(*facts: object) -> None:
        sent.append(" ".join(str(facts[2]).split()[:3]))

    engine = store.database.engine
    sa.event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        sa.event.remove(engine, "before_cursor_execute", note)


def without_begin(sent: Sequence[str]) -> list[str]:
    """Return the statements without those that begin a transaction."""
    return [one for one in sent if not one.startswith("BEGIN")]
