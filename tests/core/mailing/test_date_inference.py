from __future__ import annotations

import csv
import random
from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from syncd.core.mailing import Bound, DateInference, Tally, add_missing, bound, calendar, infer_dates
from syncd.core.model import Certainty, PaperId, Record, Version

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

CALENDAR = calendar()
EASTERN = ZoneInfo("America/New_York")
DAY = timedelta(days=1)
LATE = date(2026, 11, 1)


@dataclass(frozen=True)
class World:
    """How an invented arXiv behaves: chances are per paper, `share` is the part of all papers in the records at hand."""

    since: date
    until: date
    absent: frozenset[date]
    share: float = 0.14
    held: float = 0.02
    held_first: float = 0.2
    revised: float = 0.45
    bulk: int = 6


def history(seed: int, world: World) -> tuple[list[Bound], dict[PaperId, date]]:
    """The records of an invented arXiv in random order, and the listing date on which each was truly announced."""
    chance = random.Random(seed)
    truth: dict[PaperId, date] = {}
    records: list[Bound] = []
    waiting: dict[date, list[datetime]] = {}
    listings = [day for day in every_day(world.since, world.until) if day.weekday() < 5 and day not in world.absent]
    number, month = 0, (0, 0)
    for k in range(1, len(listings)):
        opens, closes = closing(listings[k - 1]), closing(listings[k])
        times = submissions(chance, opens, closes)
        released = [moment for day in [day for day in waiting if day <= listings[k]] for moment in waiting.pop(day)]
        block = []
        for moment in times:
            if chance.random() < world.held:
                back = listings[k] + DAY * min(84, 1 + int(chance.expovariate(1 / 8)))
                waiting.setdefault(back, []).append(moment)
            else:
                block.append(moment)
        for moment in released:
            block.insert(0 if chance.random() < world.held_first else chance.randrange(len(block) + 1), moment)
        freeze = closes.astimezone(EASTERN)
        if month != (freeze.year, freeze.month):
            number, month = 0, (freeze.year, freeze.month)
        for moment in block:
            number += 1
            if chance.random() < world.share:
                paper = PaperId(f"{month[0] % 100:02}{month[1]:02}.{number:05}")
                truth[paper] = listings[k]
                records.append(Bound(paper, moment, touched(chance, listings[k], world)))
    records = touched_in_bulk(chance, records, truth, world)
    chance.shuffle(records)
    return records, truth


def every_day(since: date, until: date) -> Iterator[date]:
    return (date.fromordinal(day) for day in range(since.toordinal(), until.toordinal() + 1))


def closing(listing: date) -> datetime:
    eve = listing - DAY
    while eve.weekday() > 4:
        eve -= DAY
    return datetime(eve.year, eve.month, eve.day, 14, tzinfo=EASTERN).astimezone(UTC)


def submissions(chance: random.Random, opens: datetime, closes: datetime) -> list[datetime]:
    """A rush at the opening, one of it on the very second, then fewer by night and at weekends."""
    moments = [opens] + [opens + timedelta(seconds=int(chance.expovariate(0.1))) for _ in range(chance.randrange(30))]
    hour = opens
    while hour < closes:
        local = hour.astimezone(EASTERN)
        busy = (12 if 3 <= local.hour < 9 else 38) * (0.4 if local.weekday() > 4 else 1)
        moments += [
            hour + timedelta(seconds=chance.randrange(3600)) for _ in range(int(busy * chance.uniform(0.7, 1.3)))
        ]
        hour += timedelta(hours=1)
    return sorted(moments)


def touched(chance: random.Random, listed: date, world: World) -> date:
    if chance.random() >= world.revised:
        return listed
    later = listed + DAY * (1 + int(chance.expovariate(1 / 90)))
    return min(later, max(world.until, listed))


def touched_in_bulk(
    chance: random.Random, records: list[Bound], truth: dict[PaperId, date], world: World
) -> list[Bound]:
    """Some days' edits touch a part of all older papers."""
    for _ in range(world.bulk):
        edited = world.since + (world.until - world.since) * chance.random()
        records = [
            replace(entry, datestamp=edited)
            if entry.datestamp is not None and max(entry.datestamp, truth[entry.id]) < edited and chance.random() < 0.08
            else entry
            for entry in records
        ]
    return records


def exchange_ids(seed: int, records: list[Bound], truth: dict[PaperId, date], pairs: int) -> set[PaperId]:
    """Exchange the ids of some papers with those half a mailing later in the same month; the ids concerned."""
    chance = random.Random(seed)
    records.sort(key=lambda entry: entry.id)
    exchanged = set()
    for first in (chance.randrange(len(records) - 60) for _ in range(pairs)):
        one, other = records[first], records[first + 60]
        if one.id[:4] == other.id[:4]:
            records[first], records[first + 60] = replace(other, id=one.id), replace(one, id=other.id)
            truth[one.id], truth[other.id] = truth[other.id], truth[one.id]
            exchanged |= {one.id, other.id}
    return exchanged


UNLISTED = frozenset(
    {
        date(2021, 1, 19),
        date(2021, 7, 6),
        date(2021, 11, 26),
        date(2021, 12, 27),
        date(2021, 12, 28),  # two in a row
        date(2022, 4, 5),
    }
)
AS_PUBLISHED = World(date(2020, 12, 1), date(2021, 8, 1), frozenset(CALENDAR.missing))


def wrong(found: DateInference, truth: dict[PaperId, date], among: Iterable[Certainty] = Certainty) -> int:
    return sum(entry.day != truth[entry.id] for entry in found.dates if entry.certainty in among)


def missing(found: DateInference) -> set[date]:
    return {entry.day for entry in found.learned if not entry.exists}


@pytest.mark.parametrize("seed", range(3))
def test_an_invented_history_is_found_again(seed: int) -> None:
    world = replace(AS_PUBLISHED, until=date(2022, 6, 1), absent=AS_PUBLISHED.absent | UNLISTED)
    records, truth = history(seed, world)
    found = infer_dates(records, CALENDAR)
    assert wrong(found, truth) / len(truth) <= 0.0005
    assert wrong(found, truth, {Certainty.PROVEN}) == 0
    assert found.total.proven / len(truth) > 0.95
    assert missing(found) == UNLISTED
    assert all(not entry.exists for entry in found.learned)
    assert {entry.day for entry in found.dates} == set(truth.values())


def test_records_of_all_categories_leave_almost_nothing_open() -> None:
    world = replace(AS_PUBLISHED, until=date(2021, 2, 1), share=1.0)
    records, truth = history(11, world)
    found = infer_dates(records, CALENDAR)
    assert wrong(found, truth) / len(truth) <= 0.0001
    assert wrong(found, truth, {Certainty.PROVEN}) == 0
    assert not found.learned


def test_ids_out_of_order_mislead_about_themselves_only() -> None:
    records, truth = history(21, AS_PUBLISHED)
    exchanged = exchange_ids(21, records, truth, pairs=40)
    found = infer_dates(records, CALENDAR)
    misled = {entry.id for entry in found.dates if entry.certainty is Certainty.PROVEN and entry.day != truth[entry.id]}
    assert misled <= exchanged
    assert wrong(found, truth) / len(truth) <= 0.003
    assert {entry.day for entry in found.dates} == set(truth.values())


def test_denied_day_that_had_a_mailing_is_given_back() -> None:
    deferred = date(2020, 12, 30)
    records, truth = history(31, replace(AS_PUBLISHED, absent=AS_PUBLISHED.absent - {deferred}))
    found = infer_dates(records, CALENDAR)
    assert [(entry.day, entry.exists) for entry in found.learned] == [(deferred, True)]
    assert "published list of 2020" in found.learned[0].why
    assert deferred not in found.calendar.missing
    assert wrong(found, truth, {Certainty.PROVEN}) == 0


def test_snapshot_with_only_late_datestamps_teaches_nothing() -> None:
    records, truth = history(41, AS_PUBLISHED)
    found = infer_dates([replace(entry, datestamp=LATE) for entry in records], CALENDAR)
    assert not found.learned
    assert found.total == Tally(assumed=len(truth))
    assert {entry.high for entry in found.dates} == {None}
    assert wrong(found, truth) / len(truth) <= 0.006


def test_mailing_of_which_every_paper_was_touched_is_not_taken_for_a_missing_day() -> None:
    records, truth = history(51, AS_PUBLISHED)
    edited = date(2021, 6, 15)
    records = [replace(entry, datestamp=LATE) if truth[entry.id] == edited else entry for entry in records]
    found = infer_dates(records, CALENDAR)
    assert not found.learned
    assert wrong(found, truth, {Certainty.PROVEN}) == 0
    assert edited in {entry.day for entry in found.dates}


def test_heavily_edited_history_invents_no_missing_day() -> None:
    records, truth = history(61, replace(AS_PUBLISHED, revised=0.9, bulk=30))
    found = infer_dates(records, CALENDAR)
    assert not missing(found)
    assert wrong(found, truth, {Certainty.PROVEN}) == 0


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=EASTERN).astimezone(UTC)


def entry(number: int, submitted: str, datestamp: date | None = None, month: str = "2104") -> Bound:
    return Bound(PaperId(f"{month}.{number:05}"), at(submitted), datestamp)


def by_number(found: DateInference) -> dict[int, tuple[date, Certainty]]:
    return {int(found_date.id[5:]): (found_date.day, found_date.certainty) for found_date in found.dates}


WEDNESDAY, THURSDAY, FRIDAY = date(2021, 4, 7), date(2021, 4, 8), date(2021, 4, 9)


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


def test_datestamp_on_a_weekend_bounds_by_the_friday_before() -> None:
    found = infer_dates([entry(1, "2021-04-07T15:00", FRIDAY + 2 * DAY), entry(2, "2021-04-09T15:00")], CALENDAR)
    assert by_number(found)[1] == (FRIDAY, Certainty.PROVEN)
    assert found.dates[0].high == FRIDAY


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


def five_proven(day: date, first: int) -> list[Bound]:
    eve = day - 2 * DAY
    return [entry(first + k, f"{eve}T15:0{k}", day) for k in range(5)]


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
    assert by_number(found)[1] == (FRIDAY, Certainty.BOUNDED)


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


def test_record_seen_twice_is_placed_once_by_its_earlier_datestamp() -> None:
    twice = [entry(1, "2021-04-05T15:00", LATE), entry(1, "2021-04-05T15:00", WEDNESDAY)]
    for records in (twice, twice[::-1]):
        assert by_number(infer_dates(records, CALENDAR)) == {1: (WEDNESDAY, Certainty.PROVEN)}


def test_order_of_the_records_does_not_matter() -> None:
    records, _ = history(71, replace(AS_PUBLISHED, until=date(2021, 1, 15)))
    assert infer_dates(records, CALENDAR) == infer_dates(sorted(records, key=lambda entry: entry.id), CALENDAR)


def test_days_before_the_first_known_year_and_old_ids_are_never_proven() -> None:
    old = Bound(PaperId("cs/0401001"), at("2004-01-06T12:00"), date(2004, 1, 7))
    early = Bound(PaperId("1504.00001"), at("2015-04-06T12:00"), date(2015, 4, 7))
    late = entry(1, "2021-04-05T15:00", WEDNESDAY)
    found = infer_dates([old, early, late], CALENDAR)
    assert [found_date.certainty for found_date in found.dates] == [
        Certainty.BOUNDED,
        Certainty.PROVEN,
        Certainty.BOUNDED,
    ]
    assert [found_date.day for found_date in found.dates] == [date(2015, 4, 7), WEDNESDAY, date(2004, 1, 7)]


def test_total_counts_the_papers_of_each_certainty() -> None:
    records = [entry(1, "2021-04-05T15:00", WEDNESDAY), entry(2, "2021-04-06T15:00", LATE)]
    found = infer_dates(records, CALENDAR)
    assert found.total == Tally(proven=1, assumed=1)


def test_nothing_is_made_of_nothing() -> None:
    assert infer_dates([], CALENDAR) == DateInference((), (), CALENDAR)


def test_naive_time_of_a_first_version_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        infer_dates([Bound(PaperId("2104.00001"), datetime(2021, 4, 5, 15), None)], CALENDAR)  # noqa: DTZ001


def test_records_are_placed_by_their_first_version_even_when_withdrawn_since() -> None:
    first, second = at("2021-04-05T15:00"), at("2021-09-01T15:00")
    record = Record(
        PaperId("2104.00001"),
        "A title",
        "An abstract.",
        ("math.OC",),
        (Version(1, first), Version(2, second, withdrawn=True)),
        WEDNESDAY,
    )
    assert bound(record) == Bound(record.id, first, WEDNESDAY)
    (found,) = infer_dates([bound(record)], CALENDAR).dates
    assert (found.id, found.day, found.certainty) == (record.id, WEDNESDAY, Certainty.PROVEN)


@pytest.mark.shared
@pytest.mark.parametrize("month", ["2301", "2406"])
def test_real_papers_are_placed_right_from_id_and_first_version_alone(shared: Path, month: str) -> None:
    with (shared / "truth" / "announced_v1.csv").open() as rows:
        papers = {PaperId(row["id"]): row for row in csv.DictReader(rows) if row["id"].startswith(month)}
    found = infer_dates(
        (Bound(paper, datetime.fromisoformat(row["v1_utc"]), None) for paper, row in papers.items()), CALENDAR
    )
    truth = {paper: date.fromisoformat(row["listing_date"]) for paper, row in papers.items()}
    assert Counter(found_date.day == truth[found_date.id] for found_date in found.dates) == {True: len(papers)}
    assert len(papers) == {"2301": 976, "2406": 1318}[month]
