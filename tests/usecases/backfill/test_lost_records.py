"""The days to which a record that could not be read could belong."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from syncd.core.mailing.date_inference import InferredDate
from syncd.core.model import Certainty, Finding, PaperId, State, Unreadable
from syncd.usecases.backfill.lost_records import REASON, charge, close_read, find_day
from tests.support.small_archive import noon, world

if TYPE_CHECKING:
    from pathlib import Path

MON, TUE, WED, THU = (date(2021, 4, day) for day in (5, 6, 7, 8))
DAYS = [MON, TUE, WED, THU]


def known(paper: str, day: date) -> InferredDate:
    return InferredDate(PaperId(paper), day, day, day, Certainty.PROVEN, None)


DATES = [
    known("2104.00001", MON),
    known("2104.00009", MON),
    known("2104.00011", TUE),
    known("2104.00019", TUE),
    known("2104.00021", WED),
    known("2104.00031", THU),
    known("hep-th/9711200", date(1997, 11, 27)),
]


def days_of(
    paper: str | None = None, after: str | None = None, before: str | None = None, datestamp: date | None = None
) -> list[date]:
    own, lower, higher = (None if one is None else PaperId(one) for one in (paper, after, before))
    (lost,) = charge(DATES, [Unreadable("line 1", "cut", own, lower, higher, datestamp)], DAYS)
    return list(lost.days)


@pytest.mark.parametrize(
    ("paper", "days"),
    [
        ("2104.00005", [MON]),
        ("2104.00010", [MON, TUE]),
        ("2104.00020", [TUE, WED]),
        ("2104.00000", [MON]),
        ("2104.00021", []),
        ("hep-th/9711201", []),
    ],
)
def test_a_record_with_an_id_belongs_between_its_neighbours_by_id(paper: str, days: list[date]) -> None:
    assert days_of(paper) == days


@pytest.mark.parametrize(
    ("after", "before", "days"),
    [
        ("2104.00001", "2104.00009", [MON]),
        ("2104.00009", "2104.00011", [MON, TUE]),
        ("2104.00009", "2104.00021", [MON, TUE, WED]),
        ("2104.00021", None, [WED, THU]),
        (None, "2104.00011", [MON, TUE]),
        (None, None, DAYS),
        ("2104.00021", "2104.00001", DAYS),
        ("2104.00021", "hep-th/9711200", [WED, THU]),
        ("hep-th/9711200", None, []),
        ("hep-th/9711200", "hep-th/9711201", []),
    ],
)
def test_a_record_without_an_id_belongs_between_the_records_around_it(
    after: str | None, before: str | None, days: list[date]
) -> None:
    assert days_of(None, after, before) == days


def test_no_record_belongs_to_a_day_after_its_last_modification() -> None:
    assert days_of("2104.00020", datestamp=TUE) == [TUE]
    assert days_of(datestamp=WED) == [MON, TUE, WED]


def test_the_day_of_an_id_is_its_own_or_that_of_the_next_lower_one() -> None:
    assert [find_day(DATES, PaperId(f"2104.{n:05}")) for n in (0, 1, 10, 11)] == [None, MON, MON, TUE]


@pytest.mark.parametrize(
    ("source", "evidence", "closed"),
    [
        ("oai", "1 record that may belong to it could not be read: 2607.99999 (no title)", False),
        ("oai", "1 record that may belong to it could not be read: record 3 (no title)", True),
        ("snapshot", "1 record that may belong to it could not be read: 2607.99999 (no title)", True),
    ],
)
def test_a_snapshot_closes_what_oai_kept_open_only_where_it_has_the_paper(
    tmp_path: Path, source: str, evidence: str, closed: bool
) -> None:
    with world(tmp_path, noon(date(2026, 7, 13))) as here, here.open() as work:
        day = date(2026, 7, 9)
        work.store.put_finding(Finding(day, State.PARTIAL, source, evidence, None, REASON, work.wall()))
        assert [found.day for found in close_read(work, [day], "snapshot")] == ([] if closed else [day])
        assert (work.store.finding(day) is None) is closed
        assert close_read(work, [day], "oai") == []
        assert work.store.finding(day) is None
