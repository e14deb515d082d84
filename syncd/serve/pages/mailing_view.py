"""A mailing: its papers as they were announced, and what became of them since. Dates without one say why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from syncd.core import coverage
from syncd.core.model import Section
from syncd.core.paper_history import SinceAnnounced
from syncd.core.plural import pluralize
from syncd.report import json_fields
from syncd.report.history_text import day_fields
from syncd.serve.pages.error_view import miss_day
from syncd.serve.pages.feed_view import name_entry
from syncd.serve.visit import Form
from syncd.usecases.inspect.history import of_day
from syncd.usecases.inspect.public_addresses import PublicAddress, locate_mailing, locate_paper
from syncd.usecases.inspect.show import show_day

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date

    from syncd.core.model import Entry, PaperId
    from syncd.core.results import MailingDetails
    from syncd.serve.document import Document
    from syncd.serve.visit import Visit

_HEADS = {Section.NEW: "New submissions", Section.CROSS: "Cross-lists", None: "Section unknown"}
_NOT_ASKED = SinceAnnounced()


def show_mailing(visit: Visit) -> Document:
    """Return the page, the object or the feed of a listing date."""
    day: date = visit.request.path_params["day"]
    work = visit.work
    if not work.coverage_start() <= day <= coverage.newest_possible(work.now()) and work.store.mailing(day) is None:
        raise miss_day(day, work)
    shown = show_day(work, day)
    if visit.form is Form.JSON:
        return visit.json("show", json_fields.of_mailing(shown) | {"history": day_fields(of_day(work, day))})
    since = work.store.list_since(day)
    if visit.form is Form.ATOM:
        return _feed(visit, shown, since)
    before, after = work.store.find_neighbours(day)
    found = locate_mailing(work.config, day, work.now(), work.listed_calendar())
    return visit.html(
        "mailing.html",
        day=day,
        report=shown.report,
        sections=list(_group(shown, since)),
        before=before,
        after=after,
        source=found if isinstance(found, PublicAddress) else None,
        arxiv=locate_paper(work.config, "", None).url,  # type: ignore[arg-type]
        is_held=shown.mailing is not None,
    )


def _group(
    shown: MailingDetails, since: Mapping[PaperId, SinceAnnounced]
) -> Iterator[tuple[str, str, list[tuple[int, Entry, SinceAnnounced]]]]:
    """Yield each section with its papers, their numbers in the mailing and what became of them."""
    numbered = list(enumerate(shown.entries, start=1))
    for section, head in _HEADS.items():
        papers = [(number, one, since.get(one.id, _NOT_ASKED)) for number, one in numbered if one.section is section]
        if papers:
            yield section or "unknown", head, papers


def _feed(visit: Visit, shown: MailingDetails, since: Mapping[PaperId, SinceAnnounced]) -> Document:
    day, recorded = shown.report.day, shown.mailing.recorded if shown.mailing else visit.work.now()
    entries = [
        {
            "id": name_entry(visit.archive, f"{day}/{one.id}"),
            "title": one.title,
            "path": f"/paper/{one.id}",
            "updated": recorded,
            "authors": since.get(one.id, _NOT_ASKED).authors or (),
            "abstract": one.abstract,
        }
        for one in shown.entries
    ]
    return visit.atom(
        id=name_entry(visit.archive, str(day)),
        title=f"Mailing of {day}",
        subtitle=pluralize(len(entries), "paper"),
        path=f"/{day}",
        own=f"/{day}.atom",
        updated=recorded,
        entries=entries,
    )
