"""More records never make the result worse: what is dated right from few of them is dated right from more."""

from __future__ import annotations

import csv
from dataclasses import replace
from datetime import date, datetime
from itertools import islice
from random import Random
from typing import TYPE_CHECKING

import pytest

from syncd.core.mailing import calendar
from syncd.core.mailing.date_inference import infer_dates
from syncd.core.mailing.evidence import Bound
from syncd.core.model import PaperId
from tests.support.invented_announcements import (
    Announced,
    Habits,
    announce,
    count_lost,
    draw_subsets,
    list_right,
    stamp,
)

if TYPE_CHECKING:
    from pathlib import Path

HISTORIES = {
    "scattered": Habits(date(2023, 5, 15), date(2023, 7, 10), papers=8),
    "head": Habits(date(2026, 2, 20), date(2026, 4, 7), at_head=True, papers=8),
    "both": Habits(date(2024, 9, 16), date(2024, 11, 8), changes=(date(2024, 10, 4),), papers=8),
    "winter": Habits(date(2021, 11, 1), date(2022, 1, 20), at_head=True, papers=6),
}
"""Each has a change of the clocks, closings of a summer or both."""


def read(shared: Path, name: str) -> list[Announced]:
    """The rows of a truth set, with category 0 for its cs.CV where it says which those are."""
    with (shared / "truth" / name).open() as rows:
        papers = [
            Announced(
                Bound(PaperId(row["id"]), datetime.fromisoformat(row["v1_utc"]), None),
                date.fromisoformat(row["listing_date"]),
                0 if row.get("in_cs_CV", "yes") == "yes" else 1,
            )
            for row in csv.DictReader(rows)
        ]
    return sorted(papers, key=lambda one: one.bound.id)


def find_lost(papers: list[Announced], seed: int, trials: int) -> tuple[int, int]:
    """Return how many papers are dated right from few records, and how many of them no more from many."""
    truth = {one.bound: one.day for one in papers}
    own = [one.bound for one in papers if one.category == 0]
    counts = count_lost(draw_subsets(Random(seed), truth, own, trials))
    return counts["right"], counts["lost"]


@pytest.mark.shared
@pytest.mark.parametrize("name", ["announced_v1.csv", "announced_v1_2026.csv"])
@pytest.mark.parametrize("untouched", [None, 0.5], ids=["plain", "with datestamps"])
def test_more_records_lose_no_paper_of_a_truth_set(shared: Path, name: str, untouched: float | None) -> None:
    papers = read(shared, name)
    if untouched is not None:
        papers = stamp(Random(1), papers, untouched, max(one.day for one in papers))
    right, lost = find_lost(papers, 1, 9)
    assert right > 1000
    assert lost == 0


@pytest.mark.shared
def test_whole_days_beside_a_range_lose_no_paper_of_it(shared: Path) -> None:
    own = {one.bound: one.day for one in read(shared, "announced_v1_2026.csv") if one.category == 0}
    days = sorted(set(own.values()))
    for begin, last in ((8, 10), (8, 13), (9, 10), (9, 16)):
        alone = list_right({bound: day for bound, day in own.items() if days[begin] <= day <= days[last]})
        for first in (0, begin - 2, begin - 1):
            more = list_right({bound: day for bound, day in own.items() if days[first] <= day <= days[last]})
            assert alone <= more


@pytest.mark.parametrize("habits", HISTORIES.values(), ids=HISTORIES)
@pytest.mark.parametrize("untouched", [None, 0.5], ids=["plain", "with datestamps"])
def test_more_records_lose_next_to_no_paper_of_an_invented_history(habits: Habits, untouched: float | None) -> None:
    papers = announce(Random(3), habits)
    if untouched is not None:
        papers = stamp(Random(3), papers, untouched, habits.until)
    right, lost = find_lost(papers, 3, 9)
    assert lost <= right / 5000
    assert len(list_right({one.bound: one.day for one in papers})) >= 0.999 * len(papers)


def test_a_range_that_begins_with_any_mailing_is_dated_from_its_first_paper_on() -> None:
    habits = replace(HISTORIES["head"], papers=14, held=0.1)
    papers = stamp(Random(0), announce(Random(0), habits), 0.5, habits.until)
    days = sorted({one.day for one in papers})
    wrong = total = 0
    for first, last in zip(islice(days, 12, 24), islice(days, 15, 27), strict=False):
        cut = {one.bound: one.day for one in papers if first <= one.day <= last}
        plain = {Bound(bound.id, bound.submitted, None): day for bound, day in cut.items()}
        assert not infer_dates(cut, calendar()).learned
        total += 2 * len(cut)
        wrong += 2 * len(cut) - len(list_right(cut)) - len(list_right(plain))
    assert wrong <= 0.001 * total
