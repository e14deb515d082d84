"""What a fetched listing is worth beside the archive, decision by decision."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from syncd.core.errors import PageError
from syncd.core.mailing import announced_at
from syncd.core.model import PaperId, State
from syncd.core.results import Done
from syncd.usecases.ingest.accept import accept
from syncd.usecases.ingest.context import Accepted, IngestContext
from syncd.usecases.ingest.validate import NothingToWrite, validate
from tests.support import faults
from tests.support.small_archive import World, noon, world

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from syncd.core.model import Entry, Section
    from syncd.usecases.ingest.upstream_client import FetchedListing

LAST = date(2026, 7, 13)
EARLIER = date(2026, 7, 10)
EMPTY = faults.Fault("empty", sheet=lambda sheet, _: replace(sheet, blocks=(), stated=0))


@pytest.fixture
def here(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path, noon(LAST)) as made:
        yield made


def versions(accepted: Accepted | NothingToWrite, section: Section | str) -> set[int | None]:
    assert isinstance(accepted, Accepted)
    return {entry.version for entry in accepted.digest.entries if entry.section == section}


def find_error(context: IngestContext, fetched: FetchedListing, day: date) -> PageError:
    """Return why a listing is refused."""
    with pytest.raises(PageError) as refused:
        validate(context, fetched, day)
    return refused.value


@pytest.mark.parametrize(("late", "version"), [(timedelta(seconds=-1), 1), (timedelta(0), None)])
def test_new_papers_are_first_versions_until_the_next_announcement(
    here: World, late: timedelta, version: int | None
) -> None:
    fetched = here.upstream.fetch_catchup(EARLIER)
    here.now = announced_at(LAST) + late
    with here.open() as work:
        decision = validate(IngestContext(work, None), fetched, EARLIER)
    assert versions(decision, "new") == {version}
    assert versions(decision, "cross") <= {None}


def test_a_date_is_believed_from_20_00_in_new_york_of_the_evening_before(here: World) -> None:
    fetched = here.upstream.fetch_new()
    with here.open() as work:
        here.now = announced_at(LAST)
        assert isinstance(validate(IngestContext(work, None), fetched, LAST), Accepted)
        here.now = announced_at(LAST) - timedelta(seconds=1)
        assert find_error(IngestContext(work, None), fetched, LAST).reason == "future-date"


def test_a_doubt_that_no_second_source_can_settle_is_a_rejection(here: World) -> None:
    with here.open() as work:
        context = IngestContext(work, here.upstream)
        for day in (date(2026, 7, n) for n in (1, 2, 3, 7, 8)):
            accept(context, here.upstream.fetch_catchup(day), day)
        mailing = here.server.history.mailings[LAST, "cs.CV"]
        hidden = faults.hidden([paper.id for paper in (*mailing.new, *mailing.cross)][1:])
        here.server.faults.add(hidden.on("/list/*", times=None))
        fetched = here.upstream.fetch_new()
        here.asked.clear()
        assert find_error(IngestContext(work, None), fetched, LAST).reason == "doubtful"
        assert here.asked == []
        # With a client the catchup page disagrees, which is worse than a doubt.
        assert find_error(context, fetched, LAST).reason == "witnesses-disagree"


def test_the_same_mailing_again_changes_nothing(here: World) -> None:
    fetched = here.upstream.fetch_new()
    with here.open() as work:
        context = IngestContext(work, None)
        accept(context, fetched, LAST)
        decision = validate(context, fetched, LAST)
    assert isinstance(decision, NothingToWrite)
    assert (decision.outcome.action, decision.outcome.state) == (Done.NONE, State.COMPLETE)
    assert decision.outcome.papers
    assert decision.finding is None


def test_the_same_papers_beside_an_adopted_file_complete_nothing(here: World) -> None:
    fetched = here.upstream.fetch_new()
    with here.open() as work:
        accept(IngestContext(work, None), fetched, LAST)
        row, digest = work.store.mailing(LAST), work.store.digest(LAST)
        assert row is not None
        assert digest is not None
        work.store.put_mailing(replace(row, state=State.ADOPTED), digest)
        decision = validate(IngestContext(work, None), fetched, LAST)
    assert isinstance(decision, Accepted)
    assert decision.evidence == f"heading of {fetched.responses[0].url}"


def refuse_beside(here: World, change: Callable[[tuple[Entry, ...]], tuple[Entry, ...]]) -> str:
    """Return why a listing is refused beside the same mailing adopted with changed entries."""
    fetched = here.upstream.fetch_new()
    with here.open() as work:
        accept(IngestContext(work, None), fetched, LAST)
        row, digest = work.store.mailing(LAST), work.store.digest(LAST)
        assert row is not None
        assert digest is not None
        entries = tuple(replace(entry, section=None) for entry in change(digest.entries))
        work.store.put_mailing(replace(row, state=State.ADOPTED), replace(digest, entries=entries))
        error = find_error(IngestContext(work, None), fetched, LAST)
    assert error.reason == "differs-from-held"
    return error.detail


@pytest.mark.parametrize(("others", "named"), [(1, 2), (2, 3)])
def test_a_listing_of_other_papers_than_held_is_refused_and_names_three_at_most(
    here: World, others: int, named: int
) -> None:
    strange = [PaperId(f"2607.9999{number}") for number in range(others)]
    odd = list(strange)

    def exchange(entries: tuple[Entry, ...]) -> tuple[Entry, ...]:
        odd.extend(entry.id for entry in entries[:others])
        changed = (replace(entry, id=paper) for entry, paper in zip(entries, strange, strict=False))
        return (*changed, *entries[others:])

    found = refuse_beside(here, exchange)
    examples = " ".join(sorted(odd)[:named])
    assert found == f"the archive and the listing differ in {2 * others} papers, e.g. {examples}"


def test_a_listing_in_another_order_than_held_is_refused(here: World) -> None:
    assert refuse_beside(here, lambda entries: entries[::-1]) == "the archive and the listing differ in order"


@pytest.mark.parametrize(
    ("target", "has_later", "state"),
    [
        ("new", False, State.PENDING),
        ("new", True, State.NO_MAILING),
        ("catchup", False, State.PENDING),
        ("catchup", True, State.PENDING),
    ],
)
def test_an_empty_page_proves_a_day_without_mailing_only_where_a_later_one_is_shown_or_held(
    here: World, target: str, has_later: bool, state: State
) -> None:
    with here.open() as work:
        context = IngestContext(work, None)
        if has_later:
            accept(context, here.upstream.fetch_new(), LAST)
        of_earlier = replace(EMPTY, sheet=lambda sheet, _: replace(sheet, blocks=(), stated=0, day=EARLIER))
        here.server.faults.add(
            replace(
                of_earlier, reply=lambda reply, _: replace(reply, body=reply.body.replace(b"Continue", b"Return"))
            ).on("*")
        )
        fetched = here.upstream.fetch_new() if target == "new" else here.upstream.fetch_catchup(EARLIER)
        decision = validate(context, fetched, EARLIER)
    assert isinstance(decision, NothingToWrite)
    assert decision.outcome.error is None
    assert decision.outcome.state is state
    assert decision.finding is not None
    assert decision.finding.state is state
