"""Collect the history of a paper or a mailing from rows, versions and vault. It changes nothing."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from syncd.core import mailing
from syncd.core.errors import FolderError, PageError
from syncd.core.model import Section, Version
from syncd.core.paper_history import AsOf, ChangedPaper, HistoryEvent, PaperHistory
from syncd.core.plural import pluralize

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from syncd.archive.sql.papers import Current
    from syncd.archive.sql.revisions import LaterChange
    from syncd.core.model import PaperId
    from syncd.core.results import Appearance
    from syncd.usecases.workspace import Workspace

_SECTIONS = {
    Section.NEW: "as a new submission",
    Section.CROSS: "as a cross-list",
    None: "in an unknown section",
}
_KEPT = {
    "candidate": "other bytes were kept in the vault",
    "edited": "a file edited by hand was replaced and kept in the vault",
    "adopted": "a file was adopted",
}


def of_paper(work: Workspace, paper: PaperId, as_of: date | None = None) -> PaperHistory | None:
    """Return the history of a paper, and the paper as arXiv showed it on `as_of`. None when the archive does not know it."""
    mailings, current, versions = (
        work.store.list_appearances(paper),
        work.store.paper(paper),
        work.store.versions(paper),
    )
    if not mailings and current is None:
        return None
    then, then_seen = _find_listed_categories(work, paper, mailings)
    return PaperHistory(
        paper,
        then=then,
        now=current.record.categories if current else (),
        versions=versions,
        events=tuple(sorted(_of_paper(work, paper, mailings, current, versions), key=_sort_time)),
        as_of=None if as_of is None else _as_of(work, paper, as_of),
        seen=current.seen if current else None,
        then_seen=then_seen,
    )


def of_day(work: Workspace, day: date) -> tuple[HistoryEvent, ...]:
    """Return all that was recorded about a date, and the other bytes of its file in the vault, oldest first."""
    events = [
        HistoryEvent(
            recorded.recorded,
            recorded.state,
            recorded.state if recorded.papers is None else f"{recorded.state}, {pluralize(recorded.papers, 'paper')}",
            f"{recorded.evidence} (vault {recorded.response[:12]})" if recorded.response else recorded.evidence,
        )
        for recorded in work.store.history(day)
    ]
    path = work.folder.path_of(day)
    kept = [
        HistoryEvent(receipt.received, receipt.kind, _KEPT[receipt.kind], f"vault {receipt.sha256[:12]}")
        for receipt in work.vault.receipts()
        if receipt.kind in _KEPT and receipt.url == path
    ]
    noted = [
        HistoryEvent(one.recorded, "accepted", f"{one.change.code} accepted: {one.note}", f"{one.change.id or path}")
        for one in work.store.list_accepted(day, day).values()
    ]
    return tuple(sorted([*events, *kept, *noted], key=_sort_time))


def list_changed(work: Workspace, kind: str) -> tuple[ChangedPaper, ...]:
    """Return the announced papers that were `withdrawn` or `revised` later, by their first mailing."""
    found: Iterable[LaterChange] = work.store.list_withdrawals() if kind == "withdrawn" else work.store.list_revisions()
    return tuple(
        ChangedPaper(one.id, one.day, one.title, one.version, one.created, one.withdrawn, one.seen) for one in found
    )


def _sort_time(event: HistoryEvent) -> datetime:
    """Return the time that sorts the events. A listing date counts from its announcement on the evening before."""
    when = event.when
    return when if isinstance(when, datetime) else mailing.announced_at(when).astimezone(UTC)


def _of_paper(
    work: Workspace,
    paper: PaperId,
    mailings: Iterable[Appearance],
    current: Current | None,
    versions: Iterable[Version],
) -> Iterator[HistoryEvent]:
    source = f"{current.source}, seen {current.seen:%Y-%m-%d %H:%M} UTC" if current else ""
    for version in versions:
        kind = "withdrawn" if version.withdrawn else "submitted" if version.number == 1 else "revised"
        yield HistoryEvent(version.created, kind, f"version {version.number} {kind}", source)
    for seen in mailings:
        row = work.store.mailing(seen.day)
        text = f", text of version {seen.version}" if seen.version else ""
        what = f"number {seen.number} in the mailing of {seen.day}, {_SECTIONS[seen.section]}{text}"
        yield HistoryEvent(seen.day, "announced", what, f"{seen.certainty}: {row.evidence}" if row else seen.certainty)
    if current is not None:
        what = f"text and categories {' '.join(current.record.categories)}"
        yield HistoryEvent(current.seen, "seen", what, current.source)
    deletion = work.store.get_deletions([paper]).get(paper)
    if deletion is not None:
        yield HistoryEvent(deletion.seen, "deleted", "deleted upstream, as seen then", deletion.source)


def _find_listed_categories(
    work: Workspace, paper: PaperId, mailings: tuple[Appearance, ...]
) -> tuple[tuple[str, ...], datetime | None]:
    """Return the categories on the listing page of the first mailing, and when they were seen where that was later.

    There are none when no page in the vault shows them. None as the moment means that they are those announced.
    """
    row = work.store.mailing(mailings[0].day) if mailings else None
    # A file that was adopted is its own response, and no page. The reader of pages is not imported for it.
    if row is None or row.response in {None, row.sha256}:
        return (), None
    from syncd.sources import listing

    try:
        page = listing.read(work.vault.get(row.response))
    except (FolderError, PageError):
        return (), None
    is_of_its_day = mailing.next_announcement(mailing.announced_at(row.day), work.calendar()) > row.recorded
    found = next((item.paper.categories for item in page.entries if item.paper.id == paper), ())
    return found, None if is_of_its_day else row.recorded


def _as_of(work: Workspace, paper: PaperId, day: date) -> AsOf:
    """Return the paper on a listing date. A version counts from the mailing that its submission time leads to."""
    calendar = work.calendar()
    mailings = tuple(seen for seen in work.store.list_appearances(paper) if seen.day <= day)
    public = [one for one in work.store.versions(paper) if mailing.listing_date(one.created, calendar) <= day]
    # A paper held back by moderation was not public before its mailing.
    newest = public[-1] if public and (mailings or not work.store.list_appearances(paper)) else None
    number = newest.number if newest else max((seen.version or 0 for seen in mailings), default=0) or None
    title, abstract = _text(work, paper, number, mailings)
    return AsOf(day, number, title, abstract, bool(newest and newest.withdrawn), tuple(seen.day for seen in mailings))


def _text(
    work: Workspace, paper: PaperId, number: int | None, mailings: tuple[Appearance, ...]
) -> tuple[str | None, str | None]:
    """Return title and abstract of a version from wherever they are held, or as announced when no version is known."""
    announced = [seen for seen in mailings if seen.version is not None and seen.version == number]
    if announced:
        return _announced_text(work, paper, announced[-1].day)
    held = work.store.get_version_texts([paper], number).get(paper) if number else None
    if held is not None:
        return held.title, held.abstract
    current = work.store.paper(paper)
    if current is not None and current.record.versions and current.record.versions[-1].number == number:
        return current.title, current.abstract
    without = [seen for seen in mailings if seen.version is None]
    return _announced_text(work, paper, without[-1].day) if without and number in {None, 1} else (None, None)


def _announced_text(work: Workspace, paper: PaperId, day: date) -> tuple[str | None, str | None]:
    digest = work.store.digest(day)
    texts = [(entry.title, entry.abstract) for entry in digest.entries if entry.id == paper] if digest else []
    return texts[0] if texts else (None, None)
