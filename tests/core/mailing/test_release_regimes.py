from __future__ import annotations

import csv
import random
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from syncd.core.mailing import calendar
from syncd.core.mailing.date_inference import infer_dates
from syncd.core.mailing.evidence import Bound
from syncd.core.mailing.release_regimes import are_at_head
from syncd.core.model import Certainty, PaperId
from tests.support.invented_announcements import Habits, announce

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

CALENDAR = calendar()


@pytest.mark.parametrize(
    ("weights", "at_head"),
    [
        ([], []),
        ([0.0], [False]),
        ([1.0, 1.1], [True, True]),
        ([8.0, 0.0, 0.0, 8.0], [True, True, True, True]),
        ([-8.0, 3.0, -8.0], [False, False, False]),
        ([8.0, 8.0, -3.5, -2.4], [True, True, True, True]),
        ([*[-8.0] * 9, *[8.0] * 9], [*[False] * 9, *[True] * 9]),
        ([*[8.0] * 9, *[-8.0] * 9], [*[True] * 9, *[False] * 9]),
    ],
)
def test_neighbouring_borders_share_a_regime_unless_it_changes(weights: list[float], at_head: list[bool]) -> None:
    assert are_at_head(weights) == at_head


def records(*rows: tuple[int, str], month: str = "2604") -> list[Bound]:
    return [
        Bound(PaperId(f"{month}.{number:05}"), datetime.fromisoformat(f"2026-{moment}Z"), None)
        for number, moment in rows
    ]


EVENING = [(8300 + k, f"04-08T17:5{k}:00") for k in range(10)]
HEAD = [(8320, "04-07T05:29:00"), (8322, "04-08T01:34:00"), (8330, "04-08T17:14:00"), (8331, "04-08T17:59:48")]
OPENING = [(8340 + k, f"04-08T18:0{k}:36") for k in range(10)]


def test_a_run_of_held_papers_opens_the_next_mailing_with_its_last_member() -> None:
    found = infer_dates(records(*EVENING, *HEAD, *OPENING), CALENDAR)

    assert [one.day for one in found.dates] == [date(2026, 4, 9)] * 10 + [date(2026, 4, 10)] * 14


def test_a_held_paper_with_an_upper_bound_on_the_earlier_date_stays_there() -> None:
    evening, head, opening = records(*EVENING), records(*HEAD), records(*OPENING)
    head[1] = replace(head[1], datestamp=date(2026, 4, 9))
    found = infer_dates([*evening, *head, *opening], CALENDAR)

    assert [one.day.day for one in found.dates[:12]] == [9] * 12
    assert {one.day.day for one in found.dates[14:]} == {10}


def test_many_punctual_papers_after_a_held_one_close_their_own_mailing() -> None:
    rows = [(8200 + k, f"04-08T17:{20 + k}:00") for k in range(39)]
    rows[20] = (8220, "04-02T12:00:00")
    found = infer_dates(records(*rows, *OPENING), CALENDAR)

    assert [one.day.day for one in found.dates] == [9] * 39 + [10] * 10


def test_the_first_papers_at_hand_are_held_when_few_ids_take_a_long_time() -> None:
    head = [(1, "04-03T11:00:00"), (4, "04-06T20:00:00"), (9, "04-08T05:00:00"), (12, "04-08T16:00:00")]
    day = datetime(2026, 4, 8, 18, 0, 30)  # noqa: DTZ001  the helper adds the time zone
    dense = [(15 + 15 * k, f"{day + timedelta(minutes=20 * k):%m-%dT%H:%M:%S}") for k in range(70)]
    found = infer_dates(records(*((8000 + number, moment) for number, moment in (*head, *dense))), CALENDAR)

    assert {one.day for one in found.dates} == {date(2026, 4, 10)}


def share_wrong(truth: Mapping[Bound, date]) -> float:
    expected = {bound.id: day for bound, day in truth.items()}
    found = infer_dates(truth, CALENDAR).dates
    return sum(expected[one.id] != one.day for one in found) / len(found)


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("at_head", [False, True], ids=["scattered", "head"])
@pytest.mark.parametrize("changes", [(), (date(2023, 9, 18),)], ids=["throughout", "until"])
def test_invented_held_papers_of_either_regime_or_both_are_dated_right(
    seed: int, changes: tuple[date, ...], *, at_head: bool
) -> None:
    habits = Habits(date(2023, 8, 21), date(2023, 10, 20), at_head=at_head, changes=changes)
    truth = {one.bound: one.day for one in announce(random.Random(seed), habits)}
    assert share_wrong(truth) <= 0.001
    assert share_wrong(dict(list(truth.items())[::5])) <= 0.003


def load(shared: Path, name: str) -> dict[Bound, tuple[date, bool]]:
    with (shared / "truth" / name).open() as rows:
        return {
            Bound(PaperId(row["id"]), datetime.fromisoformat(row["v1_utc"]), None): (
                date.fromisoformat(row["listing_date"]),
                row.get("in_cs_CV") != "no",
            )
            for row in csv.DictReader(rows)
        }


@pytest.fixture(scope="module")
def new(shared: Path) -> dict[Bound, tuple[date, bool]]:
    return load(shared, "announced_v1_2026.csv")


@pytest.fixture(scope="module")
def old(shared: Path) -> dict[Bound, tuple[date, bool]]:
    return load(shared, "announced_v1.csv")


def days_of(rows: Mapping[Bound, tuple[date, bool]], *, own: bool = False) -> dict[Bound, date]:
    return {bound: day for bound, (day, is_own) in rows.items() if is_own or not own}


@pytest.mark.shared
def test_real_held_papers_of_both_eras_are_dated_right(
    old: dict[Bound, tuple[date, bool]], new: dict[Bound, tuple[date, bool]]
) -> None:
    assert share_wrong(days_of(new)) <= 0.001
    assert share_wrong(days_of(new, own=True)) <= 0.003
    assert share_wrong(days_of(old)) == 0
    assert share_wrong(days_of(old) | days_of(new)) <= 0.001


@pytest.mark.shared
@pytest.mark.parametrize("step", [3, 10])
def test_every_third_or_tenth_real_paper_is_dated_as_well(
    old: dict[Bound, tuple[date, bool]], new: dict[Bound, tuple[date, bool]], step: int
) -> None:
    for rows in (days_of(old), days_of(new)):
        samples = [dict(list(rows.items())[first::step]) for first in range(step)]
        wrong = sum(share_wrong(sample) * len(sample) for sample in samples)
        assert wrong / len(rows) <= 0.003


@pytest.mark.shared
def test_two_real_mailings_alone_are_dated_from_their_first_paper_on(new: dict[Bound, tuple[date, bool]]) -> None:
    rows = days_of(new)
    days = sorted(set(rows.values()))
    for pair in pairwise(days):
        assert share_wrong({bound: day for bound, day in rows.items() if day in pair}) <= 0.001


@pytest.mark.shared
@pytest.mark.parametrize("seed", range(2))
def test_real_papers_with_datestamps_are_dated_within_their_evidence(
    new: dict[Bound, tuple[date, bool]], seed: int
) -> None:
    chance = random.Random(seed)
    last = max(day for day, _ in new.values())
    truth = {
        replace(
            bound, datestamp=day if chance.random() < 0.5 else min(day + timedelta(days=chance.randrange(1, 9)), last)
        ): day
        for bound, day in days_of(new).items()
    }
    expected = {bound.id: day for bound, day in truth.items()}
    found = infer_dates(truth, CALENDAR).dates

    assert share_wrong(truth) <= 0.0005
    assert all(expected[one.id] == one.day for one in found if one.certainty is Certainty.PROVEN)
    assert all(one.low <= one.day and (one.high is None or one.day <= one.high) for one in found)


@pytest.mark.shared
@pytest.mark.parametrize("days", [0, 3])
def test_datestamps_of_the_end_of_the_range_show_no_closing(
    old: dict[Bound, tuple[date, bool]], new: dict[Bound, tuple[date, bool]], days: int
) -> None:
    for rows in (days_of(old), days_of(new), days_of(new, own=True)):
        last = max(rows.values())
        late = {replace(one, datestamp=max(day, last - timedelta(days=days))): day for one, day in rows.items()}
        assert not infer_dates(late, CALENDAR).learned
        assert share_wrong(late) <= 0.0005
