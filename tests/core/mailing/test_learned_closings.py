from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from syncd.core.mailing import add_missing
from syncd.core.mailing.date_inference import infer_dates
from syncd.core.model import Certainty
from tests.support.week_of_records import CALENDAR, FRIDAY, THURSDAY, WEDNESDAY, by_number, entry, five_proven, missing

if TYPE_CHECKING:
    from syncd.core.mailing.evidence import Bound


def test_empty_day_between_two_well_proven_mailings_does_not_exist() -> None:
    waiting = [entry(20 + k, f"2021-04-06T15:0{k}", FRIDAY) for k in range(3)]
    found = infer_dates([*five_proven(WEDNESDAY, 10), *waiting, *five_proven(FRIDAY, 30)], CALENDAR)
    assert missing(found) == {THURSDAY}
    assert "2021-04-07 has 5" in found.learned[0].why
    assert "3 papers of its window last modified on 2021-04-09" in found.learned[0].why
    assert by_number(found)[20] == (FRIDAY, Certainty.BOUNDED)
    assert THURSDAY in found.calendar.missing
    assert THURSDAY not in CALENDAR.missing


def test_four_proven_neighbours_teach_nothing() -> None:
    found = infer_dates([*five_proven(WEDNESDAY, 10)[1:], *five_proven(FRIDAY, 30)], CALENDAR)
    assert not found.learned


def test_proof_leans_on_an_absence_that_was_seen_and_not_on_one_that_was_published_only() -> None:
    records = [entry(1, "2021-04-06T15:00", FRIDAY), entry(2, "2021-04-07T15:00", FRIDAY)]
    seen = add_missing(CALENDAR, {THURSDAY: "an empty page, then a later mailing"}, observed=True)
    inferred = add_missing(CALENDAR, {THURSDAY: "inferred"})
    assert by_number(infer_dates(records, seen))[1] == (FRIDAY, Certainty.PROVEN)
    assert by_number(infer_dates(records, inferred))[1] == (FRIDAY, Certainty.BOUNDED)
    assert by_number(infer_dates(records, CALENDAR))[1] == (THURSDAY, Certainty.BOUNDED)


def test_proof_leans_on_a_published_absence_only_where_the_evidence_shows_it_too() -> None:
    thursday, missing_friday, monday = date(2020, 11, 26), date(2020, 11, 27), date(2020, 11, 30)
    assert not CALENDAR.missing[missing_friday].observed

    def thanksgiving(number: int, submitted: str, datestamp: date) -> list[Bound]:
        return [entry(number + k, f"{submitted}T15:0{k}", datestamp, month="2011") for k in range(5)]

    waiting = thanksgiving(20, "2020-11-25", monday)
    after = thanksgiving(30, "2020-11-26", monday)
    assert by_number(infer_dates([*waiting, *after], CALENDAR))[20] == (monday, Certainty.BOUNDED)
    shown = [*thanksgiving(10, "2020-11-24", thursday), *waiting, *after]
    assert by_number(infer_dates(shown, CALENDAR))[20] == (monday, Certainty.PROVEN)
    assert not infer_dates(shown, CALENDAR).learned


def test_one_odd_paper_does_not_give_back_a_day_seen_to_be_missing() -> None:
    seen = add_missing(CALENDAR, {THURSDAY: "seen"}, observed=True)
    found = infer_dates([entry(1, "2021-04-06T15:00", THURSDAY)], seen)
    assert not found.learned
    assert (found.dates[0].low, found.dates[0].high) == (THURSDAY, THURSDAY)
    assert by_number(found)[1] == (FRIDAY, Certainty.BOUNDED)


def learned(*records: Bound) -> list[tuple[date, bool]]:
    return [(found.day, found.exists) for found in infer_dates(records, CALENDAR).learned]


def waiting(first: int, eve: date, day: date | None, count: int) -> list[Bound]:
    return [entry(first + k, f"{eve}T15:{k:02}", day) for k in range(count)]


MONDAY = date(2021, 4, 12)


def test_four_proven_papers_on_either_side_show_nothing() -> None:
    day = waiting(20, date(2021, 4, 6), FRIDAY, 3)

    assert learned(*five_proven(WEDNESDAY, 10), *day, *five_proven(FRIDAY, 30)) == [(THURSDAY, False)]
    assert learned(*five_proven(WEDNESDAY, 10)[1:], *day, *five_proven(FRIDAY, 30)) == []


def test_an_eighth_of_the_papers_of_a_window_must_have_waited() -> None:
    def window(touched: int) -> list[tuple[date, bool]]:
        waited = waiting(20, date(2021, 4, 6), FRIDAY, 1)
        return learned(
            *five_proven(WEDNESDAY, 10), *waited, *waiting(21, date(2021, 4, 6), MONDAY, touched), *five_proven(FRIDAY, 60),
            entry(90, "2021-04-08T16:00"),
        )  # fmt: skip

    assert window(7) == [(THURSDAY, False)]
    assert window(8) == []


def test_of_two_days_in_a_row_each_needs_five_papers_of_its_own() -> None:
    def days(first: int, second: int) -> list[tuple[date, bool]]:
        return learned(
            *five_proven(WEDNESDAY, 10),
            *waiting(20, date(2021, 4, 6), MONDAY, first),
            *waiting(30, date(2021, 4, 7), MONDAY, second),
            *[entry(40 + k, f"2021-04-08T15:0{k}", MONDAY) for k in range(5)],
        )

    assert days(5, 5) == [(THURSDAY, False), (FRIDAY, False)]
    assert days(4, 5) == []
    assert days(5, 4) == []


def test_one_paper_waiting_is_named_in_the_singular() -> None:
    found = infer_dates(
        [*five_proven(WEDNESDAY, 10), entry(20, "2021-04-06T15:00", FRIDAY), *five_proven(FRIDAY, 30)], CALENDAR
    )

    (learned_day,) = found.learned
    assert learned_day.why == (
        "no paper is proven on it, while 2021-04-07 has 5 and 2021-04-09 has 5; "
        "1 paper of its window last modified on 2021-04-09"
    )


def test_a_day_seen_to_be_missing_is_given_back_by_five_proven_papers() -> None:
    seen = add_missing(CALENDAR, {THURSDAY: "seen"}, observed=True)
    block = five_proven(THURSDAY, 10)

    assert not infer_dates(block[1:], seen).learned
    (found,) = infer_dates(block, seen).learned
    assert (found.day, found.exists, found.why) == (THURSDAY, True, "5 papers proven on it, against: seen")


def test_held_papers_before_the_first_mailing_at_hand_show_no_closing() -> None:
    day, next_day = date(2021, 4, 16), date(2021, 4, 19)
    eves = [date(2021, 4, day) for day in (5, 6, 7, 8, 9, 12, 13)]
    held = [entry(10 * k, f"{eve}T10:00", None) for k, eve in enumerate(eves)]
    held += [entry(90 + n, f"{eves[-1]}T10:{n}1", day) for n in range(6)]
    first = [entry(100 + n, f"2021-04-14T15:{n}", day) for n in range(10, 50)]
    after = [entry(200 + n, f"2021-04-15T15:{n}", next_day) for n in range(10, 50)]

    assert not infer_dates([*held, *first, *after], CALENDAR).learned
