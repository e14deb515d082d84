from __future__ import annotations

import csv
import random
from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from syncd.core.mailing import add_missing
from syncd.core.mailing.date_inference import DateInference, Tally, infer_dates
from syncd.core.mailing.evidence import Bound, bound
from syncd.core.model import Certainty, PaperId, Record, Version

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path
from tests.support.week_of_records import (
    CALENDAR,
    DAY,
    EASTERN,
    FRIDAY,
    LATE,
    THURSDAY,
    WEDNESDAY,
    at,
    by_number,
    entry,
    missing,
)


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


History = tuple[list[Bound], dict[PaperId, date]]


def history(seed: int, world: World) -> History:
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


SECONDS = [timedelta(seconds=number) for number in range(3600)]


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
        moments += [hour + SECONDS[chance.randrange(3600)] for _ in range(int(busy * chance.uniform(0.7, 1.3)))]
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
    changed = list(records)
    newest = [max(entry.datestamp or date.max, truth[entry.id]) for entry in records]
    for _ in range(world.bulk):
        edited = world.since + (world.until - world.since) * chance.random()
        for place, last in enumerate(newest):
            if last < edited and chance.random() < 0.08:
                changed[place], newest[place] = replace(changed[place], datestamp=edited), edited
    return changed


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
        date(2021, 11, 16),
        date(2021, 12, 14),
        date(2021, 12, 15),  # two in a row
        date(2022, 4, 5),
    }
)
AS_PUBLISHED = World(date(2020, 12, 1), date(2021, 8, 1), frozenset(CALENDAR.missing))


@pytest.fixture(scope="module")
def published() -> History:
    """The history of eight months with the published calendar, to be changed in copies only."""
    return history(21, AS_PUBLISHED)


def wrong(found: DateInference, truth: dict[PaperId, date], among: Iterable[Certainty] = Certainty) -> int:
    return sum(entry.day != truth[entry.id] for entry in found.dates if entry.certainty in among)


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


def test_ids_out_of_order_mislead_about_themselves_only(published: History) -> None:
    records, truth = list(published[0]), dict(published[1])
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
    assert "arXiv's published holiday table" in found.learned[0].why
    assert deferred not in found.calendar.missing
    assert wrong(found, truth, {Certainty.PROVEN}) == 0


def test_snapshot_with_only_late_datestamps_teaches_nothing(published: History) -> None:
    records, truth = published
    found = infer_dates([replace(entry, datestamp=LATE) for entry in records], CALENDAR)
    assert not found.learned
    assert found.total == Tally(assumed=len(truth))
    assert {entry.high for entry in found.dates} == {None}
    assert wrong(found, truth) / len(truth) <= 0.006


def test_mailing_of_which_every_paper_was_touched_is_not_taken_for_a_missing_day(published: History) -> None:
    records, truth = published
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


def test_records_are_dated_by_their_first_version_even_when_withdrawn_since() -> None:
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
def test_real_papers_are_dated_right_from_id_and_first_version_alone(shared: Path, month: str) -> None:
    with (shared / "truth" / "announced_v1.csv").open() as rows:
        papers = {PaperId(row["id"]): row for row in csv.DictReader(rows) if row["id"].startswith(month)}
    found = infer_dates(
        (Bound(paper, datetime.fromisoformat(row["v1_utc"]), None) for paper, row in papers.items()), CALENDAR
    )
    truth = {paper: date.fromisoformat(row["listing_date"]) for paper, row in papers.items()}
    assert Counter(found_date.day == truth[found_date.id] for found_date in found.dates) == {True: len(papers)}
    assert len(papers) == {"2301": 976, "2406": 1318}[month]


def test_nothing_is_counted_before_a_paper_is_dated() -> None:
    assert Tally() == Tally(proven=0, bounded=0, assumed=0)


def test_missing_days_at_either_end_are_cut_off_the_bounds() -> None:
    seen = add_missing(CALENDAR, {THURSDAY: "seen", date(2021, 4, 12): "seen"}, observed=True)
    records = [entry(1, "2021-04-06T15:00", date(2021, 4, 12)), entry(2, "2021-04-12T15:00")]
    first = infer_dates(records, seen).dates[0]

    assert (first.low, first.day, first.high, first.certainty) == (FRIDAY, FRIDAY, FRIDAY, Certainty.PROVEN)


def test_bounds_that_meet_on_a_missing_day_stay_as_they_are() -> None:
    seen = add_missing(CALENDAR, {THURSDAY: "seen"}, observed=True)
    (found,) = infer_dates([entry(1, "2021-04-06T15:00", THURSDAY)], seen).dates

    assert (found.low, found.high, found.certainty) == (THURSDAY, THURSDAY, Certainty.BOUNDED)


def test_the_month_of_an_id_bounds_its_date_from_below() -> None:
    (found,) = infer_dates([entry(1, "2021-03-20T12:00")], CALENDAR).dates

    assert (found.day, found.high, found.certainty) == (date(2021, 4, 2), None, Certainty.ASSUMED)
    assert found.low == date(2021, 3, 23)


def test_bounds_that_contradict_each_other_leave_the_times_of_the_paper_itself() -> None:
    records = [
        entry(1, "2021-04-07T15:00"),
        entry(2, "2021-04-05T15:00", WEDNESDAY),
        entry(3, "2021-04-07T16:00"),
    ]

    assert by_number(infer_dates(records, CALENDAR))[2] == (WEDNESDAY, Certainty.PROVEN)


CLOSED_IN_2027 = frozenset(
    {date(2027, 6, 21), date(2027, 7, 6), date(2027, 9, 7), date(2027, 11, 26), date(2027, 12, 27)}
)
"""Listings missing in a year of which no list is published."""


@pytest.mark.parametrize(("revised", "most_wrong"), [(0.45, 0.0005), (0.9, 0.001), (0.95, 0.01)])
def test_no_mailing_is_invented_in_a_year_without_a_list_and_none_is_lost(revised: float, most_wrong: float) -> None:
    records, truth = history(81, World(date(2027, 6, 1), date(2027, 12, 31), CLOSED_IN_2027, revised=revised))
    found = infer_dates(records, CALENDAR)
    assert {entry.day for entry in found.dates} - set(truth.values()) <= found.doubtful
    assert not missing(found) & set(truth.values())
    assert len(found.doubtful) <= 2
    assert wrong(found, truth, {Certainty.PROVEN}) == 0
    assert wrong(found, truth) / len(truth) <= most_wrong


def test_without_datestamps_the_possible_closings_of_an_unlisted_year_stay_in_doubt() -> None:
    records, truth = history(82, World(date(2027, 10, 1), date(2027, 12, 31), CLOSED_IN_2027))
    found = infer_dates([replace(entry, datestamp=None) for entry in records], CALENDAR)
    assert not found.learned
    invented = {entry.day for entry in found.dates} - set(truth.values())
    assert {day for day in invented if day < date(2028, 1, 1)} <= found.doubtful
    assert set(truth.values()) - {entry.day for entry in found.dates} <= found.doubtful
    assert len(found.doubtful) < 20


CLOSED_IN_WINTER = frozenset(
    {
        date(2021, 10, 21),
        date(2021, 11, 26),
        date(2021, 12, 27),
        date(2021, 12, 29),
        date(2021, 12, 31),
        date(2022, 1, 18),
    }
)
"""The listings missing from October 2021 to January 2022."""


@pytest.mark.parametrize("seed", range(3))
def test_no_mailing_is_invented_on_a_listed_closing_when_almost_every_paper_was_modified_since(seed: int) -> None:
    records, truth = history(seed, World(date(2021, 10, 1), date(2022, 1, 31), CLOSED_IN_WINTER, revised=0.95))
    untouched = sum(entry.datestamp == truth[entry.id] for entry in records) / len(records)
    assert 0.04 < untouched < 0.06
    found = infer_dates(records, CALENDAR)
    assert {entry.day for entry in found.dates} == set(truth.values())
    assert not found.learned
    assert wrong(found, truth, {Certainty.PROVEN}) == 0
    assert wrong(found, truth) / len(truth) <= 0.0005
