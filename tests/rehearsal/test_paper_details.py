"""What the loopback arXiv knows of a paper, and that every source gives back as much of it as its real interface states."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from random import Random
from typing import TYPE_CHECKING

import pytest

from syncd.core.model import Author, Metadata, PaperId, Record
from syncd.rehearsal.history import NEW_YORK
from syncd.rehearsal.pages import render
from syncd.rehearsal.paper_details import InventedDetails, paper_details
from syncd.rehearsal.reply import Reply
from syncd.rehearsal.scene import Scene, scene
from syncd.rehearsal.sheets import Sheet
from syncd.rehearsal.site import visit
from syncd.sources import api, listing, oai, rss, snapshot
from tests.support.generated_history import grown_history
from tests.support.snapshot_lines import snapshot_line

if TYPE_CHECKING:
    from collections.abc import Iterable

    from syncd.core.model import Paper

DAY = date(2026, 5, 13)
NOON = datetime(2026, 5, 13, 12, tzinfo=NEW_YORK)


@pytest.fixture(scope="module")
def here() -> Scene:
    """Two mailings of a hundred papers each: enough for every arrangement of authors and every missing field."""
    history = grown_history(Random(7), date(2026, 5, 12), DAY, 100)
    return scene(history, NOON, NOON - NOON)


def body(here: Scene, target: str) -> bytes:
    reply = visit(here, target, 2000, 2000)
    if isinstance(reply, Sheet):
        reply = render(reply, here.today)
    assert isinstance(reply, Reply)
    return reply.body


def by_id(papers: Iterable[Paper | Record]) -> dict[PaperId, Metadata]:
    return {one.id: one.metadata for one in papers}


def expected(papers: Iterable[PaperId], *fields: str, keys: bool = False) -> dict[PaperId, Metadata]:
    """The truth of these papers, as far as a source states it. With `keys`, authors come with their key names."""
    return {one: _reduce(paper_details(one), fields, keys=keys) for one in papers}


def _reduce(details: InventedDetails, fields: Iterable[str], *, keys: bool) -> Metadata:
    whole = details.state_in_bulk()
    authors = tuple(
        Author(one.name, one.forenames, one.key_name) if keys and one.key_name else Author(one.name)
        for one in details.authors
    )
    return Metadata(authors, **{field: getattr(whole, field) for field in fields})


def test_the_same_id_has_the_same_details_and_some_papers_lack_each_field(here: Scene) -> None:
    found = [paper_details(work.id) for work in here.history.works]
    assert paper_details.__wrapped__(here.history.works[0].id) == found[0]
    for field in ("comments", "journal_reference", "doi", "report_number", "msc_class", "acm_class", "licence"):
        assert {getattr(one, field) is None for one in found} == {True, False}, field
    texts = " ".join(one.typed_authors for one in found)
    assert all(sign in texts for sign in ("\\", "van der", "Collaboration: ", "for the Lamp", " and ", "((1) "))


def test_a_listing_page_states_authors_comments_and_journal_reference(here: Scene) -> None:
    for target in ("/list/cs.CV/new", f"/catchup/cs.CV/{DAY}?abs=True", "/list/cs.CV/recent?show=2000"):
        papers = [entry.paper for entry in listing.read(body(here, target)).entries]
        found = by_id(papers)
        assert len(found) > 90
        truth = expected(found, "comments", "journal_reference", keys=True)
        # A page links a single name without a comma, so that its search does not say that it is the key name.
        for paper, stated in truth.items():
            authors = tuple(Author(one.name) if one.name == one.key_name else one for one in stated.authors or ())
            assert found[paper] == replace(stated, authors=authors), target


def test_bulk_metadata_states_every_field(here: Scene) -> None:
    found = oai.read(body(here, oai.first_url("/oai", "cs:cs:CV", date(2026, 1, 1))))
    assert found.bad_records == ()
    assert len(found.records) > 190
    assert {one.id: one for one in found.records} == {one.id: here.record(one.id) for one in found.records}
    sizes = {one.size for record in found.records for one in record.versions}
    assert len(sizes) > 100
    assert {one.source_type for record in found.records for one in record.versions} <= {"D", "I"}


def test_the_api_states_authors_comments_journal_reference_and_doi(here: Scene) -> None:
    ids = [work.id for work in here.history.works[:150]]
    found = by_id(
        paper
        for url in api.list_urls("/api/query", [(paper, 1) for paper in ids])
        for paper in api.read(body(here, url)).papers
    )
    assert found == expected(ids, "comments", "journal_reference", "doi")


def test_the_feed_states_authors_licence_journal_reference_and_doi(here: Scene) -> None:
    feed = rss.read(body(here, "/rss/cs.CV"))
    found = by_id((*feed.new, *feed.cross, *feed.replaced))
    assert len(found) > 90
    truth = expected(found, "journal_reference", "doi", "licence")
    assert found == {paper: replace(stated, licence=stated.licence or None) for paper, stated in truth.items()}


def test_the_metadata_set_states_all_but_the_classes_and_has_key_names(here: Scene) -> None:
    records = [one for work in here.history.works if (one := here.record(work.id)) is not None]
    lines = (snapshot_line(record).encode() for record in records)
    found = by_id(one for one in snapshot.read_lines(lines) if isinstance(one, Record))
    fields = ("submitter", "comments", "journal_reference", "doi", "report_number", "licence")
    truth = expected(found, *fields, keys=True)
    assert len(found) == len(records)
    for paper, stated in found.items():
        names = [author.name for author in stated.authors or ()]
        assert names == [author.name for author in truth[paper].authors or ()]
        assert replace(stated, authors=None) == replace(truth[paper], authors=None)
        for author, true in zip(stated.authors or (), truth[paper].authors or (), strict=True):
            assert (author.forenames, author.key_name) in ((true.forenames, true.key_name), ("", author.name))
