"""A small archive without chance: the invented papers of the rehearsal, as the reference of the database shows them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from syncd.archive.sql.identity import Identity
from syncd.archive.sql.papers import Current
from syncd.core.markup import abstract_from_raw, title_from_raw
from syncd.core.model import Certainty, Digest, Entry, Finding, Mailing, Section, State
from syncd.rehearsal.history import edition, mailing, record, small_history
from tests.support.stored_mailings import sha

if TYPE_CHECKING:
    from syncd.archive.sql.store import Store
    from syncd.rehearsal.history import Work

SEEN = datetime(2026, 7, 14, 4, 30, tzinfo=UTC)
ADOPTED, RECONSTRUCTED = date(2026, 6, 30), date(2026, 7, 1)
LAST = date(2026, 7, 13)


def fill_demo(store: Store) -> None:
    """Write nine mailings, a holiday, a date that failed, and what OAI stated of all papers but one on 14 July 2026."""
    history = small_history()
    store.create_identity(Identity("11111111-2222-3333-4444-555555555555", "cs.CV", SEEN))
    for day in history.days:
        found = mailing(history, day, "cs.CV")
        entries = (
            *(_make_entry(work, day, Section.NEW) for work in found.new),
            *(_make_entry(work, day, Section.CROSS) for work in found.cross),
        )
        store.put_mailing(*_make_mailing(day, entries))
    holiday = Finding(date(2026, 7, 6), State.NO_MAILING, "calendar", "Independence Day", None, None, SEEN)
    late = Finding(date(2026, 7, 14), State.FAILED, "new", "the page ends in the middle", None, "partial-page", SEEN)
    store.put_finding(holiday, late)
    shown = [(work, record(work, LAST)) for work in history.works[1:]]
    store.put_records(
        Current(one, title_from_raw(one.title), abstract_from_raw(one.abstract), "oai", SEEN)
        for _, one in shown
        if one is not None
    )


def _make_entry(work: Work, day: date, section: Section) -> Entry:
    text = edition(work, day)
    bounded = Certainty.BOUNDED if section is Section.CROSS else Certainty.PROVEN
    certainty = {ADOPTED: Certainty.ADOPTED, RECONSTRUCTED: bounded}.get(day, Certainty.LISTED)
    title, abstract = title_from_raw(text.title), abstract_from_raw(text.abstract)
    return Entry(work.id, title, abstract, section, text.version.number, certainty)


def _make_mailing(day: date, entries: tuple[Entry, ...]) -> tuple[Mailing, Digest]:
    digest = Digest(day, "cs.CV", entries, 6)
    cross = sum(one.section is Section.CROSS for one in entries)
    made = Mailing(
        day=day,
        state=State.COMPLETE,
        source="new",
        evidence="heading of the listing",
        response=sha("page"),
        sha256=sha(repr(digest)),
        tail=6,
        papers=len(entries),
        new=len(entries) - cross,
        cross=cross,
        recorded=SEEN,
    )
    if day == ADOPTED:
        made = replace(made, state=State.ADOPTED, source="adopted", evidence="a digest file that existed")
    if day == RECONSTRUCTED:
        made = replace(made, state=State.RECONSTRUCTED, source="oai", evidence="bounds of ids")
    return made, digest
