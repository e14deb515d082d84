"""What kept pages of bulk metadata prove of its completeness."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest

from syncd.core.model import Unreadable
from syncd.core.results import Done
from syncd.sources import oai
from syncd.usecases.backfill.harvest import get_key
from syncd.usecases.backfill.kept_harvests import KeptHarvests
from tests.sources.test_oai import answer, record
from tests.support.small_archive import World, noon, world

if TYPE_CHECKING:
    from collections.abc import Iterator

SET, BASE = "cs:cs:CV", "https://oaipmh.arxiv.example/oai"
FIRST, REST, OTHER = ("2026-06-01", None), (None, "one"), ("2026-07-01", None)
Page = tuple[tuple[str | None, str | None], str | None]
"""The day or the token that a page was asked for with, and the token that it gives."""


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with world(tmp_path_factory.mktemp("kept") / "here", noon(date(2026, 7, 13))) as made:
        yield made


def batch(token: str | None, bad: tuple[Unreadable, ...] = ()) -> oai.Batch:
    found = oai.read(answer(record())).records
    return oai.Batch(found, token, (), bad, None)


def prove(here: World, *pages: Page, bad: tuple[Unreadable, ...] = ()) -> tuple[date, date | None] | None:
    """Return the first and the last day that these pages prove, received on the 3rd, 4th … of July."""
    with here.open() as work:
        work.store.forget_harvests()
        kept = KeptHarvests(work)
        for number, ((since, token), following) in enumerate(pages, 3):
            url = oai.next_url(BASE, token) if token else oai.first_url(BASE, SET, date.fromisoformat(since or ""))
            kept.take(url, datetime(2026, 7, number, 12, tzinfo=UTC), batch(following, bad))
        outcome, found = kept.record(), work.store.harvest(get_key(work))
    assert outcome is not None
    assert outcome.action is (Done.NONE if found is None else Done.REGISTERED)
    return None if found is None else (found.first_from, found.until)


JUNE = date(2026, 6, 1)


@pytest.mark.parametrize(
    ("pages", "proven"),
    [
        ([(FIRST, None)], (JUNE, date(2026, 7, 3))),
        ([(FIRST, "one"), (REST, None)], (JUNE, date(2026, 7, 3))),
        ([(FIRST, "one")], None),
        ([(REST, None)], None),
        ([(FIRST, "one"), ((None, "two"), None)], None),
        ([(FIRST, "one"), (OTHER, None)], (date(2026, 7, 1), date(2026, 7, 4))),
        ([(FIRST, None), (OTHER, None)], (JUNE, date(2026, 7, 4))),
        ([(FIRST, None), (("2026-07-09", None), None)], (JUNE, date(2026, 7, 3))),
        ([(OTHER, None), (FIRST, None)], (JUNE, date(2026, 7, 4))),
    ],
)
def test_only_whole_harvests_without_a_gap_prove_something(
    here: World, pages: list[Page], proven: tuple[date, date] | None
) -> None:
    assert prove(here, *pages) == proven


def test_a_harvest_with_a_record_that_could_not_be_read_proves_nothing(here: World) -> None:
    assert prove(here, (FIRST, None), bad=(Unreadable("record 1", "odd"),)) is None


@pytest.mark.parametrize(
    "query",
    [
        "verb=ListRecords&metadataPrefix=arXivRaw&set=cs:cs:CV&from=2026-06-01&until=2026-07-01",
        "verb=ListRecords&metadataPrefix=arXivRaw&set=cs:cs:LG&from=2026-06-01",
        "verb=ListRecords&metadataPrefix=arXivRaw&set=cs:cs:CV&from=June",
        "verb=ListRecords&metadataPrefix=arXivRaw&set=cs:cs:CV",
    ],
)
def test_a_page_of_other_records_begins_no_harvest(here: World, query: str) -> None:
    with here.open() as work:
        work.store.forget_harvests()
        kept = KeptHarvests(work)
        kept.take(f"{BASE}?{query}", datetime(2026, 7, 3, tzinfo=UTC), batch(None))
        outcome = kept.record()
    assert outcome is not None
    assert outcome.note.endswith("syncd backfill asks for what is missing")


def test_what_the_database_knows_of_harvests_stays(here: World) -> None:
    with here.open() as work:
        work.store.forget_harvests()
        for day in (1, 2):
            kept = KeptHarvests(work)
            kept.take(oai.first_url(BASE, SET, date(2026, 6, day)), datetime(2026, 7, 3, tzinfo=UTC), batch(None))
            outcome = kept.record()
        assert outcome is None
        found = work.store.harvest(get_key(work))
    assert found is not None
    assert found.first_from == JUNE


def test_without_kept_pages_nothing_is_said(here: World) -> None:
    with here.open() as work:
        assert KeptHarvests(work).record() is None


def test_the_end_is_given_by_the_clock_of_the_server(here: World) -> None:
    with here.open() as work:
        work.store.forget_harvests()
        kept = KeptHarvests(work)
        answered = replace(batch(None), answered=datetime(2026, 7, 2, 1, tzinfo=UTC))
        kept.take(oai.first_url(BASE, SET, JUNE), datetime(2026, 7, 3, tzinfo=UTC), answered)
        kept.record()
        found = work.store.harvest(get_key(work))
    assert found is not None
    assert found.until == date(2026, 7, 1)
