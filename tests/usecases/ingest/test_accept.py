"""What accepting a mailing, or rejecting a page, leaves in the archive."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from syncd.core.errors import LayoutUnknown
from syncd.core.model import Finding, State
from syncd.core.results import Done
from syncd.usecases.ingest.accept import accept, reject
from syncd.usecases.ingest.context import IngestContext
from syncd.usecases.ingest.upstream_client import RejectedPage
from tests.support.small_archive import World, noon, world

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LAST = date(2026, 7, 13)


@pytest.fixture
def here(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path, noon(LAST)) as made:
        yield made


@pytest.mark.parametrize(
    ("days_before", "source", "state"),
    [
        (1, "new", State.NO_MAILING),
        (400, "new", State.NO_MAILING),
        (401, "new", State.PENDING),
        (1, "catchup", State.PENDING),
        (-1, "new", State.PENDING),
    ],
)
def test_a_later_mailing_closes_dates_with_an_empty_new_page_of_the_last_400_days(
    here: World, days_before: int, source: str, state: State
) -> None:
    day = LAST - timedelta(days=days_before)
    with here.open() as work:
        work.store.put_finding(Finding(day, State.PENDING, source, f"{here.server.url} is empty, and may still fill"))
        accept(IngestContext(work, here.upstream), here.upstream.fetch_new(), LAST)
        found = work.store.findings()[day]
    assert found.state is state
    assert (f"a mailing dated {LAST} exists" in found.evidence) is (state is State.NO_MAILING)


def test_a_failed_date_stays_failed_when_a_later_mailing_comes(here: World) -> None:
    day = LAST - timedelta(days=3)
    with here.open() as work:
        work.store.put_finding(Finding(day, State.FAILED, "new", "order-broken: 1 stands after 2"))
        accept(IngestContext(work, here.upstream), here.upstream.fetch_new(), LAST)
        assert work.store.findings()[day].state is State.FAILED


def test_a_rejected_page_is_kept_and_its_date_failed(here: World) -> None:
    with here.open() as work:
        responses = here.upstream.fetch_new().responses
        outcome = reject(work, RejectedPage(LayoutUnknown("what is this", reason="headings"), responses), LAST)
        found = work.store.findings()[LAST]
        (receipt,) = work.vault.receipts()
    assert (outcome.action, outcome.state, receipt.kind) == (Done.REFUSED, State.FAILED, "refused")
    assert (found.state, found.error, found.response) == (State.FAILED, "headings", receipt.sha256)


def test_a_rejected_page_changes_nothing_of_a_held_date(here: World) -> None:
    with here.open() as work:
        fetched = here.upstream.fetch_new()
        accept(IngestContext(work, here.upstream), fetched, LAST)
        rejected = RejectedPage(LayoutUnknown("what is this", reason="headings"), fetched.responses)
        outcome = reject(work, rejected, LAST)
        assert LAST not in work.store.findings()
    assert (outcome.action, outcome.state, outcome.papers) == (Done.REFUSED, State.COMPLETE, outcome.papers)
    assert outcome.papers


def test_a_rejected_page_without_a_date_is_kept_and_names_no_date(here: World) -> None:
    with here.open() as work:
        responses = here.upstream.fetch_new().responses
        outcome = reject(work, RejectedPage(LayoutUnknown("what is this", reason="headings"), responses), None)
        assert work.store.findings() == {}
        assert [receipt.kind for receipt in work.vault.receipts()] == ["refused"]
    assert (outcome.day, outcome.state) == (None, None)
