from __future__ import annotations

from collections import Counter
from datetime import date
from math import log

import pytest

from syncd.core.mailing.calendar import get_closing_odds
from syncd.core.mailing.missing_odds import DayCounts, weigh_missing

DAYS = [date(2027, 4, day).toordinal() for day in (1, 2, 5, 6, 7, 8, 9)]
SILENT = DAYS[4]


def counts(papers: int, own: int, waited: int, *, untouched: int = 50, bulk: int = 0) -> DayCounts:
    """Seven dates of 100 papers of which `untouched` have their own date, but for one: this is the silent one."""
    in_time = Counter(dict.fromkeys(DAYS, 100) | {SILENT: papers})
    waiting = Counter({(day, day): untouched for day in DAYS} | {(day, DAYS[5]): bulk for day in DAYS[:4]})
    waiting |= {(SILENT, DAYS[5]): waited}
    waiting[SILENT, SILENT] = own
    return DayCounts(Counter(dict.fromkeys(DAYS, 5)) - Counter({SILENT: 5}), in_time, waiting)


LISTINGS = [day for day in DAYS if day != SILENT]


@pytest.mark.parametrize(
    ("found", "least", "most"),
    [
        (counts(100, 0, 50), 10, 12),
        (counts(0, 0, 0), 0, 0),
        (counts(100, 0, 0), -70, -50),
        (counts(100, 0, 5, untouched=5), 10, 12),
        (counts(100, 0, 1, untouched=5), 0, 3),
        (counts(100, 0, 5, untouched=5, bulk=8), 2, 3),
        (counts(20, 0, 2, untouched=5, bulk=8), 0, 2),
        (counts(100, 0, 100, untouched=1, bulk=100), -1, 1),
    ],
)
def test_papers_that_wait_for_the_next_mailing_show_a_missing_date_unless_they_were_edited_in_bulk(
    found: DayCounts, least: float, most: float
) -> None:
    weight = weigh_missing(found, SILENT, LISTINGS)
    assert weight is not None
    assert least <= weight <= most


def test_nothing_is_shown_after_the_last_mailing_nor_by_three_days_nor_where_a_paper_kept_its_date() -> None:
    found = counts(100, 0, 50)
    assert weigh_missing(found, SILENT, LISTINGS[:4]) is None
    assert weigh_missing(counts(100, 1, 50), SILENT, LISTINGS) is None
    del found.in_time[DAYS[0]]
    assert weigh_missing(found, SILENT, LISTINGS) is None


@pytest.mark.parametrize(
    ("listing", "odds"),
    [
        (date(2027, 11, 26), 3.0),  # Thanksgiving: in each of seven years, but a guess is never certain
        (date(2027, 1, 19), 3.0),
        (date(2027, 12, 29), 2.25 / 5.25),
        (date(2027, 7, 7), 1.25 / 6.25),
        (date(2027, 7, 6), 1 / 12),
        (date(2027, 4, 7), 1 / 40),
    ],
)
def test_the_closings_of_other_years_say_how_likely_a_closing_is(listing: date, odds: float) -> None:
    assert get_closing_odds(listing) == pytest.approx(log(odds), abs=0.01)
