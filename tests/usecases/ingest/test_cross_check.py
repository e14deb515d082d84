"""The second source for a mailing: which is asked, when its answer counts, and what follows from it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import pytest

from syncd.core.errors import GuardRefused
from syncd.core.model import Listing, Paper, paper_id
from syncd.core.results import Done
from syncd.rehearsal.history import Membership
from syncd.usecases.ingest import sync
from syncd.usecases.ingest.context import IngestContext
from syncd.usecases.ingest.cross_check import Confirmation, ask_second_source, compare_papers
from tests.support import faults
from tests.support.changed_history import changed
from tests.support.small_archive import World, evening, noon, world

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

    from syncd.core.results import DayOutcome

DAYS = [date(2026, 6, 30), *(date(2026, 7, n) for n in (1, 2, 3, 7, 8, 9, 10, 13))]
LAST, OLD = DAYS[-1], DAYS[1]


@pytest.fixture
def here(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path, noon(LAST)) as made:
        yield made


def outcome(here: World, day: date) -> DayOutcome:
    with here.open() as work:
        (found,) = sync.sync(work, here.upstream, [day], witness=True).days
    return found


def evidence(here: World, day: date) -> str:
    with here.open() as work:
        mailing = work.store.mailing(day)
    assert mailing is not None
    return mailing.evidence


def close(here: World, *paths: str) -> None:
    for path in paths:
        here.server.faults.add(faults.maintenance().on(path, times=None))


def test_the_evidence_names_both_sources(here: World) -> None:
    assert outcome(here, LAST).action is Done.WRITTEN
    found = evidence(here, LAST)
    assert "/list/cs.CV/new" in found
    assert f"agreed by {here.server.url}/catchup/cs.CV/{LAST}" in found


def test_the_feed_is_asked_where_no_catchup_page_answers(here: World) -> None:
    close(here, "/catchup/*")
    assert outcome(here, LAST).note == ""
    assert evidence(here, LAST).endswith(f"agreed by {here.server.url}/rss/cs.CV")


def test_a_stale_feed_does_not_count_and_the_next_source_is_asked(here: World) -> None:
    close(here, "/catchup/*")
    here.server.faults.add(faults.stale_feed().on("/rss/*"))
    outcome(here, LAST)
    assert "agreed by" in evidence(here, LAST)
    assert "/list/cs.CV/recent" in evidence(here, LAST)


def test_an_older_date_is_confirmed_by_its_month_when_recent_no_longer_shows_it(here: World) -> None:
    outcome(here, OLD)
    assert "agreed by" in evidence(here, OLD)
    assert "/list/cs.CV/2026-06?" in evidence(here, OLD)


def test_in_the_evening_of_the_announcement_recent_is_asked(here: World) -> None:
    here.now = evening(LAST)
    outcome(here, LAST)
    assert "/list/cs.CV/recent" in evidence(here, LAST)
    assert not any(path.startswith(("/catchup", "/rss")) for path in here.asked)


def test_without_a_second_source_a_mailing_that_is_not_doubtful_is_written_with_a_note(here: World) -> None:
    close(here, "/catchup/*", "/rss/*", "/list/cs.CV/recent*", "/list/cs.CV/2*")
    found = outcome(here, LAST)
    assert found.action is Done.WRITTEN
    assert found.note.startswith("no second source is available; ")
    assert "agreed by" not in evidence(here, LAST)


@pytest.mark.parametrize("path", ["/catchup/*", "/rss/*", "/list/cs.CV/recent*"])
def test_a_mailing_is_not_written_when_any_source_disagrees(here: World, path: str) -> None:
    close(here, *(other for other in ("/catchup/*", "/rss/*") if other < path or path.startswith("/list")))
    (paper, *_) = here.server.history.mailings[LAST, "cs.CV"].new
    here.server.faults.add(faults.hidden([paper.id]).on(path))
    found = outcome(here, LAST)
    assert getattr(found.error, "reason", "") == "witnesses-disagree"
    assert not here.file(LAST).exists()


def test_the_response_of_the_second_source_is_kept(here: World) -> None:
    outcome(here, LAST)
    with here.open() as work:
        urls = {receipt.url.removeprefix(here.server.url) for receipt in work.vault.receipts()}
    assert f"/catchup/cs.CV/{LAST}?abs=True&page=1" in urls


# The month page


def fetch(here: World, day: date) -> Listing:
    with here.open():
        return here.upstream.fetch_catchup(day).assemble(day)


def fetch_newest(here: World) -> Listing:
    with here.open():
        return here.upstream.fetch_new().assemble(LAST)


def check(here: World, listing: Listing) -> str | None:
    with here.open() as work:
        return ask_second_source(IngestContext(work, here.upstream), listing).url


def test_a_paper_of_the_block_that_the_listing_lacks_is_found_by_the_month(here: World) -> None:
    whole = fetch(here, OLD)
    cut = replace(whole, new=(whole.new[0], *whole.new[2:]))
    with pytest.raises(GuardRefused, match=whole.new[1].id):
        check(here, cut)


def test_a_paper_that_is_in_no_month_is_found(here: World) -> None:
    whole = fetch(here, OLD)
    number = f"{int(whole.new[0].id[5:]) + 1:05d}"
    strange = replace(whole.new[0], id=paper_id(f"{whole.new[0].id[:5]}{number}"))
    more = replace(whole, new=(whole.new[0], strange, *whole.new[1:]))
    with pytest.raises(GuardRefused, match=strange.id):
        check(here, more)


def test_a_paper_cross_listed_later_is_no_disagreement(here: World) -> None:
    first, *_ = here.server.history.mailings[OLD, "cs.CV"].new
    between = paper_id(f"{first.id[:5]}{int(first.id[5:]) + 1:05d}")
    members = (Membership("cs.RO", OLD), Membership("cs.CV", LAST))
    here.server.history = changed(here.server.history, replace(first, id=between, memberships=members))
    whole = fetch(here, OLD)
    assert between not in {paper.id for paper in whole.cross}
    assert "/list/cs.CV/2026-06?" in (check(here, whole) or "")
    assert any(between in page.body.decode() for page in here.upstream.fetch_month(2026, 6).responses)


# The feed


@pytest.mark.parametrize(("more", "is_stale"), [(0, False), (1, True)])
def test_a_feed_that_lacks_more_than_half_of_the_mailing_is_stale(here: World, more: int, is_stale: bool) -> None:
    close(here, "/catchup/*")
    mailing = here.server.history.mailings[LAST, "cs.CV"]
    papers = [paper.id for paper in (*mailing.new, *mailing.cross)]
    hidden = papers[: len(papers) // 2 + more]
    here.server.faults.add(faults.hidden(hidden).on("/rss/*"))
    found = outcome(here, LAST)
    assert (found.action is Done.WRITTEN) is is_stale
    assert getattr(found.error, "reason", "") == ("" if is_stale else "witnesses-disagree")


def test_every_source_that_gave_no_answer_is_named_with_its_reason(here: World) -> None:
    listing = fetch(here, LAST)
    listing = replace(listing, source="new")
    base = here.server.url
    here.server.faults.add(faults.status(418).on("/catchup/*"))
    here.server.faults.add(faults.stale_feed().on("/rss/*"))
    here.server.faults.add(faults.maintenance().on("/list/cs.CV/recent*"))
    with here.open() as work:
        found = ask_second_source(IngestContext(work, here.upstream), listing)
        kept = {receipt.url.removeprefix(base) for receipt in work.vault.receipts() if receipt.kind == "refused"}
    refused, stale, unreadable = found.failures
    assert refused == f"{base}/catchup/cs.CV/{LAST}?abs=True&page=1: status 418"
    assert stale.startswith(f"stale source: {base}/rss/cs.CV holds another mailing, built {LAST} ")
    assert unreadable.startswith(f"{base}/list/cs.CV/recent")
    assert found.url is not None
    assert "/list/cs.CV/2026-07?" in found.url
    assert len(kept) == 2


@pytest.mark.parametrize(("lacking", "word"), [("new", "holds another mailing"), ("all", "is empty")])
def test_a_stale_feed_holds_another_mailing_or_none(here: World, lacking: str, word: str) -> None:
    mailing = here.server.history.mailings[LAST, "cs.CV"]
    close(here, "/catchup/*")
    hidden = mailing.new if lacking == "new" else (*mailing.new, *mailing.cross)
    here.server.faults.add(faults.hidden([paper.id for paper in hidden]).on("/rss/*"))
    listing = replace(fetch_newest(here), source="new")
    with here.open() as work:
        found = ask_second_source(IngestContext(work, here.upstream), listing)
    assert f" {word}, built " in found.failures[1]


def test_recent_does_not_count_when_its_day_contradicts_itself(here: World) -> None:
    close(here, "/catchup/*", "/rss/*")
    here.server.faults.add(faults.skewed().on("/list/cs.CV/recent*"))
    listing = fetch_newest(here)
    with here.open() as work:
        found = ask_second_source(IngestContext(work, here.upstream), listing)
    assert found.failures[-1].endswith(f" of {LAST}")
    assert "/list/cs.CV/2026-07?" in (found.url or "")


# What is compared

DAY = date(2021, 4, 7)


def papers(*numbers: str) -> tuple[Paper, ...]:
    return tuple(Paper(paper_id(number), "A title", "An abstract", None, ("cs.CV",)) for number in numbers)


NEW = papers("2103.17000", "2104.00010", "2104.00020")
MAILING = Listing(DAY, NEW[1:], papers("2104.00015", "2104.00001"), (), "new")
ALL = {paper.id for paper in (*MAILING.new, *MAILING.cross)}
"""Two papers new, from 00010 to 00020; one cross-list inside this block of ids and one outside it."""


def month(*, listed: Collection[str] = ALL, members: Collection[str] = ("2104.00010", "2104.00020")) -> Confirmation:
    """Return what a month page says: all ids on it, and the category's own papers in the block."""
    return Confirmation("", (), frozenset(map(paper_id, listed)), frozenset(), frozenset(map(paper_id, members)))


def agrees(listing: Listing, confirmation: Confirmation) -> bool:
    try:
        compare_papers(listing, confirmation)
    except GuardRefused:
        return False
    return True


def test_a_source_with_sections_must_name_the_same_papers_in_each() -> None:
    new, cross = frozenset(p.id for p in MAILING.new), frozenset(p.id for p in MAILING.cross)
    assert agrees(MAILING, Confirmation("", (), new, cross))
    for one in sorted(new | cross):
        assert not agrees(MAILING, Confirmation("", (), new - {one}, cross - {one}))
        assert not agrees(MAILING, Confirmation("", (), new ^ {one}, cross ^ {one}))


def test_a_month_must_list_every_paper_in_the_block_and_no_other_own_one() -> None:
    assert agrees(MAILING, month())
    for one in ("2104.00010", "2104.00015", "2104.00020"):
        assert not agrees(MAILING, month(listed=ALL - {one}, members=()))
    assert not agrees(MAILING, month(members=("2104.00010", "2104.00011", "2104.00020")))


def test_a_month_says_nothing_of_papers_outside_the_block() -> None:
    assert agrees(MAILING, month(listed=ALL - {"2104.00001"}))
    over_two_months = replace(MAILING, new=NEW)
    # Only the month of the first id was asked for.
    assert agrees(over_two_months, month(listed={"2103.17000"}, members={"2103.17000"}))
    assert not agrees(over_two_months, month(listed=(), members=()))
