from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from syncd.core.mailing.date_inference import infer_dates
from syncd.core.mailing.evidence import NEVER, Bound, Evidence, gather, month_span
from syncd.core.model import Certainty, PaperId
from tests.support.week_of_records import CALENDAR, DAY, FRIDAY, LATE, THURSDAY, WEDNESDAY, at, by_number, entry


def test_submission_on_the_stroke_of_the_freeze_opens_the_next_mailing() -> None:
    found = by_number(infer_dates([entry(1, "2021-04-06T13:59:59"), entry(2, "2021-04-06T14:00:00")], CALENDAR))
    assert [day for day, _ in found.values()] == [WEDNESDAY, THURSDAY]


def test_id_out_of_order_does_not_drag_its_block_along() -> None:
    hours = {1: 9, 2: 15, 3: 10, 4: 11, 5: 12}  # the second belongs to the next mailing
    found = by_number(infer_dates([entry(k, f"2021-04-06T{hour:02}:00") for k, hour in hours.items()], CALENDAR))
    assert [day for day, _ in found.values()] == [WEDNESDAY, THURSDAY, WEDNESDAY, WEDNESDAY, WEDNESDAY]


def test_datestamp_under_an_id_too_high_does_not_drag_the_block_before_it_along() -> None:
    block = [entry(number, f"2021-04-06T1{number}:00", LATE) for number in range(5, 9)]
    found = by_number(infer_dates([*block, entry(9, "2021-04-06T12:00", WEDNESDAY)], CALENDAR))
    assert {day for number, (day, _) in found.items() if number != 9} == {THURSDAY}
    assert found[9] == (WEDNESDAY, Certainty.PROVEN)


def test_datestamp_on_a_weekend_bounds_by_the_friday_before() -> None:
    found = infer_dates([entry(1, "2021-04-07T15:00", FRIDAY + 2 * DAY), entry(2, "2021-04-09T15:00")], CALENDAR)
    assert by_number(found)[1] == (FRIDAY, Certainty.PROVEN)
    assert found.dates[0].high == FRIDAY


def test_time_or_datestamp_that_the_id_rules_out_is_no_evidence() -> None:
    found = infer_dates(
        [
            entry(1, "2021-06-20T12:00", LATE),  # a first version two months after its id
            entry(2, "2021-04-06T12:00", date(2021, 3, 2)),  # modified before its id existed
            entry(3, "2021-04-06T12:30", WEDNESDAY),
        ],
        CALENDAR,
    )
    assert by_number(found)[2] == (WEDNESDAY, Certainty.PROVEN)
    assert by_number(found)[3] == (WEDNESDAY, Certainty.PROVEN)


def test_record_seen_twice_is_dated_once_by_its_earlier_datestamp() -> None:
    twice = [entry(1, "2021-04-05T15:00", LATE), entry(1, "2021-04-05T15:00", WEDNESDAY)]
    for records in (twice, twice[::-1]):
        assert by_number(infer_dates(records, CALENDAR)) == {1: (WEDNESDAY, Certainty.PROVEN)}


def test_naive_time_of_a_first_version_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        infer_dates([Bound(PaperId("2104.00001"), datetime(2021, 4, 5, 15), None)], CALENDAR)  # noqa: DTZ001


def columns(*records: Bound) -> Evidence:
    return gather(records, CALENDAR)


def test_an_empty_set_of_records_gives_empty_columns() -> None:
    evidence = columns()

    assert (evidence.ids, list(evidence.low), list(evidence.high), evidence.old) == ([], [], [], 0)


def test_the_lower_bound_runs_from_the_left_and_the_upper_one_from_the_right() -> None:
    evidence = columns(
        entry(1, "2021-04-05T15:00", FRIDAY),
        entry(2, "2021-04-06T15:00", THURSDAY),
        entry(3, "2021-04-05T15:00"),
    )

    assert [date.fromordinal(low) for low in evidence.low] == [WEDNESDAY, THURSDAY, THURSDAY]
    assert list(evidence.high) == [THURSDAY.toordinal(), THURSDAY.toordinal(), NEVER]


@pytest.mark.parametrize(("year", "listed"), [(1969, 0), (2200, 2**32 - 1)])
def test_a_mistyped_year_is_cut_to_the_epoch_or_to_the_latest_time(year: int, listed: int) -> None:
    old = PaperId("cs/0401001")

    assert list(columns(Bound(old, datetime(year, 1, 1, tzinfo=UTC), None)).submitted) == [listed]


def test_a_datestamp_on_any_day_bounds_by_its_own_or_the_last_weekday() -> None:
    monday = date(2021, 4, 12)
    stamps = [monday + k * DAY for k in range(7)]
    evidence = columns(
        *(entry(k, "2021-04-05T15:00", day) for k, day in enumerate(stamps)), entry(9, "2021-04-20T12:00")
    )

    weekdays = [monday + k * DAY for k in (0, 1, 2, 3, 4, 4, 4)]
    assert [date.fromordinal(day) for day in evidence.modified[:7]] == weekdays


def test_a_datestamp_after_the_last_window_is_no_bound_and_one_in_it_is() -> None:
    evidence = columns(entry(1, "2021-04-05T15:00", THURSDAY), entry(2, "2021-04-05T16:00", WEDNESDAY))

    assert list(evidence.modified) == [NEVER, WEDNESDAY.toordinal()]


def test_a_datestamp_before_the_listing_of_its_paper_is_an_error() -> None:
    evidence = columns(entry(1, "2021-04-06T15:00", WEDNESDAY), entry(2, "2021-04-06T15:00", THURSDAY))

    assert list(evidence.modified) == [NEVER, THURSDAY.toordinal()]


def test_a_first_version_after_the_month_of_its_id_is_ruled_out() -> None:
    first, last = month_span("2104")
    evidence = columns(entry(1, "2021-04-30T13:59"), entry(2, "2021-04-30T14:00"))

    assert [date.fromordinal(day) for day in (first, last)] == [date(2021, 4, 2), date(2021, 5, 3)]
    assert list(evidence.listed) == [last, first]
    assert evidence.submitted[0] > 0
    assert evidence.submitted[1] == -1


def test_the_month_of_an_id_in_december_ends_with_the_year() -> None:
    first, last = month_span("2012")

    assert (date.fromordinal(first), date.fromordinal(last)) == (date(2020, 12, 2), date(2021, 1, 1))


def test_ids_of_the_old_style_stand_at_the_end_and_bound_nothing() -> None:
    old = Bound(PaperId("cs/0401001"), at("2004-01-06T12:00"), date(2004, 1, 7))
    evidence = columns(old, entry(1, "2021-04-05T15:00", WEDNESDAY))

    assert evidence.old == 1
    assert [date.fromordinal(day) for day in evidence.high] == [WEDNESDAY, date(2004, 1, 7)]
    assert [date.fromordinal(day) for day in evidence.low] == [WEDNESDAY, date(2004, 1, 7)]


@pytest.mark.parametrize(
    ("hours", "too_low"),
    [
        ((9, 15, 10, 11), True),
        ((15, 10, 11, 12), False),  # nothing stands before it
        ((9, 15, 10, 16), False),  # only one after it is earlier
        ((9, 15, 16, 10), False),
        ((9, 15, 8, 10), False),  # the next one is earlier than all before
        ((9, 15, 10, 8), False),
        ((9, 15, 9, 9), True),
        ((9, 15, 15, 10), False),
        ((9, 15, 10, 15), False),
    ],
)
def test_an_id_is_too_low_only_where_the_next_two_lie_between_all_before_and_itself(
    hours: tuple[int, ...], *, too_low: bool
) -> None:
    evidence = columns(*(entry(k, f"2021-04-06T{hour:02}:00") for k, hour in enumerate(hours, 1)))

    early = next(k for k in range(hours.index(15), 4) if hours[k] < 14)
    assert date.fromordinal(evidence.low[early]) == (WEDNESDAY if too_low else THURSDAY)


def test_one_paper_of_a_lower_id_announced_later_does_not_make_an_id_too_high() -> None:
    one = columns(entry(1, "2021-04-06T15:00"), entry(2, "2021-04-06T12:00", WEDNESDAY), entry(3, "2021-04-08T12:00"))
    two = columns(
        entry(0, "2021-04-06T14:00"),
        entry(1, "2021-04-06T15:00"),
        entry(2, "2021-04-06T12:00", WEDNESDAY),
        entry(3, "2021-04-08T12:00"),
    )

    assert one.high[0] == WEDNESDAY.toordinal()
    assert list(two.high[:2]) == [NEVER, NEVER]


def test_the_table_of_freezes_reaches_four_days_to_either_side() -> None:
    friday, monday = date(2021, 4, 2), date(2021, 4, 12)
    evidence = columns(Bound(PaperId("2104.00001"), datetime(2021, 4, 6, 12, tzinfo=UTC), None))
    freezes = [datetime.fromtimestamp(moment, UTC) for moment in evidence.freezes.moments]

    assert freezes[0] == datetime(2021, 4, 2, 18, tzinfo=UTC)
    assert freezes[-1] == datetime(2021, 4, 9, 18, tzinfo=UTC)
    assert evidence.freezes.listings[0] == (friday + 3 * DAY).toordinal()
    assert evidence.freezes.listings[-1] == monday.toordinal()


def test_the_table_of_freezes_holds_the_last_day_of_its_span() -> None:
    evidence = columns(Bound(PaperId("2104.00001"), datetime(2021, 4, 5, 12, tzinfo=UTC), None))

    assert datetime.fromtimestamp(evidence.freezes.moments[-1], UTC).date() == FRIDAY
