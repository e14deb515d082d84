from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from syncd.core.mailing.date_inference import infer_dates
from syncd.core.mailing.evidence import Bound, gather
from syncd.core.mailing.held_papers import find_released
from syncd.core.model import Certainty
from tests.support.week_of_records import CALENDAR, LATE, THURSDAY, WEDNESDAY, by_number, entry


def test_held_paper_inside_a_block_is_proven_by_its_neighbours() -> None:
    found = infer_dates(
        [
            entry(10, "2021-04-05T15:00", LATE),
            entry(11, "2021-02-01T12:00", LATE),
            entry(12, "2021-04-05T16:00", WEDNESDAY),
        ],
        CALENDAR,
    )
    assert by_number(found)[11] == (WEDNESDAY, Certainty.PROVEN)
    assert (found.dates[1].low, found.dates[1].high) == (WEDNESDAY, WEDNESDAY)


def test_held_paper_at_a_border_goes_where_an_upper_bound_lets_it() -> None:
    ends = [entry(10, "2021-04-06T13:00", LATE), entry(11, "2021-03-01T12:00", LATE)]
    begins = [entry(12, "2021-04-06T14:00", THURSDAY)]
    assert by_number(infer_dates([*ends, *begins], CALENDAR))[11] == (THURSDAY, Certainty.BOUNDED)
    ends[1] = replace(ends[1], datestamp=WEDNESDAY)
    assert by_number(infer_dates([*ends, *begins], CALENDAR))[11] == (WEDNESDAY, Certainty.PROVEN)


@pytest.mark.parametrize(("number", "day"), [(120, WEDNESDAY), (180, THURSDAY)])
def test_held_paper_at_a_border_goes_to_the_nearer_mailing_without_upper_bound(number: int, day: date) -> None:
    around = [
        entry(80, "2021-04-06T11:00"),
        entry(100, "2021-04-06T13:00"),
        entry(200, "2021-04-06T15:00"),
        entry(220, "2021-04-06T17:00"),
    ]
    found = by_number(infer_dates([*around, entry(number, "2021-03-01T12:00")], CALENDAR))
    assert found[number] == (day, Certainty.ASSUMED)


def test_held_paper_never_passes_its_upper_bound() -> None:
    around = [entry(100, "2021-04-06T13:00"), entry(200, "2021-04-06T15:00")]
    found = by_number(infer_dates([*around, entry(199, "2021-03-01T12:00", WEDNESDAY)], CALENDAR))
    assert found[199] == (WEDNESDAY, Certainty.PROVEN)


def test_held_paper_that_opens_a_month_is_not_put_into_the_month_before() -> None:
    found = infer_dates(
        [
            entry(900, "2021-03-31T13:00", month="2103"),
            entry(1, "2021-03-20T12:00"),
            entry(2, "2021-03-31T14:00"),
        ],
        CALENDAR,
    )
    assert [found_date.day for found_date in found.dates] == [date(2021, 4, 1), date(2021, 4, 2), date(2021, 4, 2)]


SCATTERED = [
    entry(100 * day + hour, f"2021-03-{day if hour % 2 else 2:02}T{hour:02}:00", month="2103")
    for day in (8, 9, 10)
    for hour in range(5, 12)
]
"""Three mailings of the month before, with held papers inside: they stand at no border."""


def released(*records: Bound) -> dict[int, date]:
    """The held papers that begin the later mailing where they are scattered, by the number of their id."""
    evidence = gather([*SCATTERED, *records], CALENDAR)
    days = [date.fromordinal(low) for low in evidence.low]
    return {int(evidence.ids[k][5:]): found.day for k, found in find_released(evidence, days).items()}


HELD = "2021-03-01T12:00"


def test_held_papers_before_the_first_and_after_the_last_punctual_paper_are_left_alone() -> None:
    assert released(entry(1, "2021-04-06T13:00"), entry(2, HELD)) == {}
    assert released(entry(1, HELD), entry(2, "2021-04-06T13:00")) == {}


def test_held_papers_within_one_mailing_are_left_alone() -> None:
    assert released(entry(1, "2021-04-06T12:00"), entry(2, HELD), entry(3, "2021-04-06T13:00")) == {}


def test_the_border_lies_a_little_before_the_middle_without_a_rate_on_either_side() -> None:
    around = [entry(100, "2021-04-06T13:00"), entry(200, "2021-04-06T15:00")]

    assert released(*around, entry(134, HELD), entry(135, HELD), entry(136, HELD)) == {135: THURSDAY, 136: THURSDAY}


def test_the_border_follows_the_rate_of_ids_on_each_side() -> None:
    # 20 ids an hour before, so that the earlier mailing would end at 120. The later one would begin at 180. Of 97 ids
    # that are not at hand half, less twice the root of that, belong to the earlier one.
    even = [entry(80, "2021-04-06T12:00"), entry(100, "2021-04-06T13:00")]
    later = [entry(200, "2021-04-06T15:00"), entry(220, "2021-04-06T16:00")]
    assert released(*even, *later, entry(134, HELD), entry(135, HELD)) == {135: THURSDAY}

    # Twice as many ids an hour before move the middle by half of twenty.
    dense = [entry(60, "2021-04-06T12:00"), entry(100, "2021-04-06T13:00")]
    assert released(*dense, *later, entry(143, HELD), entry(144, HELD)) == {144: THURSDAY}

    # And as many after it move it back.
    sparse = [entry(200, "2021-04-06T15:00"), entry(240, "2021-04-06T16:00")]
    assert released(*even, *sparse, entry(126, HELD), entry(127, HELD)) == {127: THURSDAY}


def test_a_rate_never_moves_the_border_beyond_the_gap() -> None:
    fast = [entry(1, "2021-04-06T12:59:50"), entry(100, "2021-04-06T13:00")]

    assert released(*fast, entry(200, "2021-04-06T15:00"), entry(177, HELD), entry(178, HELD)) == {178: THURSDAY}


def test_the_rate_is_that_of_the_five_punctual_papers_before() -> None:
    far = [entry(1, "2021-04-06T06:00")]
    near = [entry(50 + 10 * k, f"2021-04-06T{8 + k:02}:00") for k in range(6)]
    after = [entry(200, "2021-04-06T15:00"), entry(210, "2021-04-06T16:00")]

    assert released(*far, *near, *after, entry(134, HELD), entry(135, HELD)) == {135: THURSDAY}


def test_a_held_paper_between_two_neighbours_begins_the_later_mailing() -> None:
    around = [entry(number, f"2021-04-06T13:59:{50 + number}") for number in range(1, 10)]

    assert released(*around, entry(10, HELD), entry(11, "2021-04-06T14:00")) == {10: THURSDAY}


def test_a_paper_whose_id_is_too_low_makes_no_held_papers_of_those_after_it() -> None:
    evening = [entry(10 * k, f"2021-04-06T13:{10 + k}:00") for k in range(1, 40)]
    opening = [entry(400 + 10 * k, f"2021-04-06T14:{10 + k}:00") for k in range(1, 40)]

    assert released(*evening, *opening, entry(55, "2021-04-06T13:59:59"), entry(399, HELD)) == {399: THURSDAY}


def test_a_held_paper_after_an_id_that_is_too_low_does_not_hide_it() -> None:
    evening = [entry(10 * k, f"2021-04-06T13:{10 + k}:00") for k in range(1, 40)]
    opening = [entry(400 + 10 * k, f"2021-04-06T14:{10 + k}:00") for k in range(1, 40)]
    early = [entry(55, "2021-04-06T13:59:59"), entry(56, HELD)]

    assert released(*evening, *opening, *early, entry(399, HELD)) == {399: THURSDAY}


def test_papers_of_long_ago_at_the_start_of_a_month_make_no_held_papers_of_their_mailing() -> None:
    old = [entry(1, "2021-03-02T12:00"), entry(2, "2021-03-03T12:00")]
    minutes = (datetime(2021, 3, 31, 14) + timedelta(minutes=10 * k) for k in range(400))  # noqa: DTZ001  entry() has the zone
    rest = [entry(5 + 10 * k, f"{minute:%Y-%m-%dT%H:%M}") for k, minute in enumerate(minutes)]
    found = infer_dates([*old, *rest], CALENDAR).dates

    assert {one.day for one in found[:146]} == {date(2021, 4, 2)}


def test_a_rate_of_another_month_says_nothing() -> None:
    before = [entry(1, "2021-03-30T12:00", month="2103"), entry(2, "2021-03-31T13:00", month="2103")]
    after = [entry(1, HELD), entry(3, "2021-03-31T15:00")]

    assert released(*before, *after) == {}


def test_a_paper_last_modified_on_the_later_date_takes_all_held_papers_after_it_along() -> None:
    around = [entry(100, "2021-04-06T13:00"), entry(200, "2021-04-06T15:00", THURSDAY)]

    assert released(*around, entry(101, HELD, THURSDAY), entry(102, HELD)) == {101: THURSDAY, 102: THURSDAY}
    assert released(*around, entry(101, HELD, LATE), entry(102, HELD)) == {}


def test_the_rate_is_that_of_the_five_punctual_papers_after() -> None:
    before = [entry(90, "2021-04-06T12:00"), entry(100, "2021-04-06T13:00")]
    near = [entry(200 + 10 * k, f"2021-04-06T{15 + k}:00") for k in range(6)]
    far = [entry(400, "2021-04-06T21:00")]

    assert released(*before, *near, *far, entry(134, HELD), entry(135, HELD)) == {135: THURSDAY}
