"""Queries of a backfill over many papers."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from syncd.archive.sql.backfill_queries import Submission
from syncd.core.model import Paper, PaperId
from tests.support.stored_mailings import NOW, THURSDAY, TUESDAY, WEDNESDAY, current_paper, two_papers

if TYPE_CHECKING:
    from syncd.archive.sql.store import Store

pytest_plugins = ("tests.support.postgres_server",)


def test_submissions_are_papers_whose_first_version_is_known(store: Store) -> None:
    undated = current_paper("2104.00103", versions=2)
    undated = replace(undated, record=replace(undated.record, versions=undated.record.versions[1:]))
    store.put_records([current_paper("2104.00102", versions=2), current_paper("2104.00101"), undated])
    submitted = NOW + timedelta(days=1)
    assert list(store.list_submissions()) == [
        Submission(PaperId("2104.00101"), submitted, date(2021, 4, 10), 1, ("cs.CV", "cs.LG")),
        Submission(PaperId("2104.00102"), submitted, date(2021, 4, 10), 2, ("cs.CV", "cs.LG")),
    ]


def test_current_papers_have_the_text_of_their_newest_version(store: Store) -> None:
    store.put_records([current_paper("2104.00102", versions=2)])
    found = store.get_current_papers([PaperId("2104.00102"), PaperId("2104.99999")])
    assert found == {
        "2104.00102": Paper(PaperId("2104.00102"), "Title of 2104.00102", "Abstract.", 2, ("cs.CV", "cs.LG"))
    }


def test_announced_ids_are_those_of_the_range(store: Store) -> None:
    store.put_mailings([two_papers(day, number) for number, day in enumerate((TUESDAY, WEDNESDAY, THURSDAY))])
    assert store.list_announced_ids(WEDNESDAY, THURSDAY) == {
        WEDNESDAY: {"2104.00101", "2104.00102", "2103.09999"},
        THURSDAY: {"2104.00201", "2104.00202", "2103.09999"},
    }
