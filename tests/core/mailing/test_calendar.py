from __future__ import annotations

import csv
from datetime import date, datetime
from typing import TYPE_CHECKING

import pytest

from syncd.core.mailing import (
    NEW_YORK,
    add_closings,
    add_missing,
    calendar,
    days,
    is_covered,
    is_due,
    list_possible_closings,
    listing_date,
    remove_missing,
)

if TYPE_CHECKING:
    from pathlib import Path

CALENDAR = calendar()


def new_york(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=NEW_YORK)  # type: ignore[arg-type, misc]


@pytest.mark.parametrize(
    ("evening", "missing"),
    [
        (date(2020, 1, 1), date(2020, 1, 2)),
        (date(2020, 11, 26), date(2020, 11, 27)),
        (date(2020, 12, 25), date(2020, 12, 28)),
        (date(2019, 12, 30), date(2019, 12, 31)),
        (date(2021, 12, 24), date(2021, 12, 27)),
        (date(2026, 6, 19), date(2026, 6, 22)),  # a Friday cancels the Sunday after it
        (date(2026, 7, 3), date(2026, 7, 6)),
        (date(2026, 12, 31), date(2027, 1, 1)),
    ],
)
def test_evening_without_announcement_means_a_missing_next_listing(evening: date, missing: date) -> None:
    assert not is_due(missing, CALENDAR)
    assert str(evening) in CALENDAR.missing[missing].why


def test_evening_itself_may_still_carry_the_listing_announced_the_day_before() -> None:
    assert is_due(date(2020, 11, 26), CALENDAR)
    assert is_due(date(2026, 6, 19), CALENDAR)
    assert is_due(date(2025, 7, 4), CALENDAR)


def test_no_absence_falls_on_a_weekend() -> None:
    assert {day.weekday() for day in CALENDAR.missing} <= {0, 1, 2, 3, 4}


@pytest.mark.shared
def test_packaged_absences_are_those_of_the_published_table(shared: Path) -> None:
    with (shared / "truth" / "closings.csv").open() as rows:
        known = {date.fromisoformat(row["missing_listing_date"]): row["freeze_skipped"] for row in csv.DictReader(rows)}
    assert len(known) == 58
    assert set(CALENDAR.missing) == set(known)
    assert all(evening in CALENDAR.missing[day].why for day, evening in known.items())


@pytest.mark.shared
def test_packaged_absences_are_called_observed_where_they_were(shared: Path) -> None:
    with (shared / "truth" / "no_mailing.csv").open() as rows:
        known = {
            date.fromisoformat(row["missing_listing_date"])
            for row in csv.DictReader(rows)
            if row["evidence"] == "observed"
        }
    assert {day for day, absence in CALENDAR.missing.items() if absence.observed} == known


def test_every_date_of_a_range_has_one_day_with_its_reason() -> None:
    shown = {entry.day: entry for entry in days(CALENDAR, date(2024, 5, 21), date(2024, 5, 26))}
    assert list(shown) == [date(2024, 5, day) for day in range(21, 27)]
    assert [entry.due for entry in shown.values()] == [True, True, False, True, False, False]
    assert "ad hoc deferral" in shown[date(2024, 5, 23)].why
    assert "not observed" in shown[date(2024, 5, 23)].why
    assert shown[date(2024, 5, 25)].why == "weekend"
    assert shown[date(2024, 5, 24)].why == "listing day (arXiv's published holiday table for 2024)"


@pytest.mark.parametrize(
    ("day", "year"),
    [(date(2031, 7, 7), 2031), (date(2027, 1, 4), 2027), (date(2019, 11, 29), 2019), (date(2018, 5, 2), 2018)],
)
def test_day_beyond_the_published_table_says_that_nothing_is_known(day: date, year: int) -> None:
    (shown,) = days(CALENDAR, day, day)
    assert not is_covered(day, CALENDAR)
    why = f"listing day, if it is no closing (no list of closings is known for {year})"
    assert (shown.due, shown.why) == (True, why)


def test_possible_closings_are_near_planned_ones_of_other_years() -> None:
    possible = list_possible_closings(CALENDAR, date(2027, 1, 1), date(2027, 12, 31))
    holidays = [(1, 19), (6, 18), (7, 5), (7, 6), (9, 7), (11, 26), (12, 24), (12, 27), (12, 31)]
    assert {date(2027, *one) for one in holidays} <= set(possible)
    assert not {day for day in possible if day.month in {3, 4, 5, 10}}
    assert {day.month for day, longest in possible.items() if longest == 2} == {1, 12}


def test_no_closing_is_merely_possible_where_the_table_or_the_user_knows() -> None:
    assert not list_possible_closings(CALENDAR, date(2019, 12, 3), date(2027, 1, 1))
    listed = add_closings(CALENDAR, [date(2027, 1, 18)])
    assert date(2027, 1, 19) not in list_possible_closings(listed, date(2027, 1, 1), date(2027, 2, 1))


def test_table_covers_the_listings_announced_from_its_first_evening_to_its_last() -> None:
    assert is_covered(date(2019, 12, 3), CALENDAR)
    assert not is_covered(date(2019, 11, 29), CALENDAR)
    assert is_covered(date(2027, 1, 1), CALENDAR)
    assert not is_covered(date(2027, 1, 4), CALENDAR)
    (day,) = days(CALENDAR, date(2019, 12, 5), date(2019, 12, 5))
    assert day.why == "listing day (arXiv's published holiday table)"


def test_range_that_ends_before_it_begins_is_empty() -> None:
    assert not list(days(CALENDAR, date(2021, 4, 7), date(2021, 4, 6)))


def test_learned_absence_moves_papers_to_the_next_listing_and_keeps_its_evidence() -> None:
    learnt = add_missing(CALENDAR, {date(2021, 1, 19): "a later mailing exists", date(2021, 1, 23): "a Saturday"})
    assert listing_date(new_york(2021, 1, 15, 15), learnt) == date(2021, 1, 20)
    (day,) = days(learnt, date(2021, 1, 19), date(2021, 1, 19))
    assert (day.due, day.why) == (False, "a later mailing exists")
    assert date(2021, 1, 23) not in learnt.missing
    assert is_due(date(2021, 1, 19), CALENDAR)


def test_published_absence_keeps_its_own_words_when_learned_again() -> None:
    assert add_missing(CALENDAR, {date(2020, 11, 27): "learnt"}).missing == CALENDAR.missing


def test_listing_that_did_appear_is_no_longer_denied() -> None:
    corrected = remove_missing(CALENDAR, [date(2024, 5, 23), date(2024, 5, 22)])
    assert is_due(date(2024, 5, 23), corrected)
    assert listing_date(new_york(2024, 5, 21, 15), corrected) == date(2024, 5, 23)
    assert not is_due(date(2024, 5, 23), CALENDAR)


def test_calendar_cannot_be_changed_in_place() -> None:
    with pytest.raises(TypeError):
        CALENDAR.missing[date(2021, 4, 7)] = CALENDAR.missing[date(2020, 1, 2)]  # type: ignore[index]


def test_closing_of_the_configuration_cancels_the_listing_after_its_evening() -> None:
    listed = add_closings(CALENDAR, [date(2027, 7, 2), date(2027, 1, 18), date(2026, 12, 31)])
    assert not is_due(date(2027, 7, 5), listed)
    assert not is_due(date(2027, 1, 19), listed)
    assert is_due(date(2027, 7, 2), listed)
    assert (
        listed.missing[date(2027, 1, 19)].why
        == "nothing announced on the evening of 2027-01-18 (the configuration's list)"
    )
    assert listed.missing[date(2027, 1, 1)] == CALENDAR.missing[date(2027, 1, 1)]
